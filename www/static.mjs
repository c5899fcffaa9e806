// A web server for a folder of files, the packed xp2p package and some routes, with the headers of a careful site.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};
const published = new URL("./", import.meta.resolve("xp2p"));
/** No body of these sites is larger. */
const MAX_BODY = 64 * 1024;

/** Nothing inline, nothing from elsewhere but what is named, and WebAssembly because it is named. */
function policy(connect) {
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self'",
    ...(connect.length ? [`connect-src ${connect.join(" ")}`] : []),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

/**
 * Serves `files`, names in `folder` by their paths, and `routes`: functions from a `Request` to a `Response`
 * by method and path, such as `"POST /orders"`. `connect` lists the sources that pages may fetch from,
 * `fill` has texts that are put into pages in place of `%NAME%`. Before it says `ready URL`, `prepare` is told the URL.
 */
export function serve({ folder, files, listen, routes = {}, connect = [], fill = {}, prepare = async () => {} }) {
  const [, host, port] = /^(.+):(\d+)$/.exec(listen) ?? [];
  if (!host) throw new Error("--listen takes an address and a port, such as 127.0.0.1:8788");
  const headers = {
    "content-security-policy": policy(connect),
    // The wallet's window is opened from here, and may then leave this page's group.
    "cross-origin-opener-policy": "same-origin-allow-popups",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
  };
  const nothing = () => new Response("There is nothing at this address.\n", { status: 404 });

  async function file(path) {
    const [, name] = /^\/xp2p\/([\w.-]+\.(?:js|wasm))$/.exec(path) ?? [];
    const found = Object.hasOwn(files, path) ? new URL(files[path], folder) : name && new URL(name, published);
    const body = found && (await readFile(found).catch(() => undefined));
    if (!body) return nothing();
    const type = types[extname(found.pathname)];
    const filled = type === types[".html"] ? body.toString().replace(/%([A-Z]+)%/g, (whole, name) => fill[name] ?? whole) : body;
    return new Response(filled, { headers: { "content-type": type } });
  }

  async function respond(incoming, origin) {
    const { method } = incoming;
    const { pathname } = new URL(incoming.url, origin);
    const route = Object.hasOwn(routes, `${method} ${pathname}`) && routes[`${method} ${pathname}`];
    if (!route) return method === "GET" || method === "HEAD" ? file(pathname) : nothing();
    // No other site's page acts here in somebody's name. Who is no browser has no origin.
    if (incoming.headers.origin && incoming.headers.origin !== origin) return new Response(null, { status: 403 });
    const body = await bodyOf(incoming);
    if (!body) return new Response(null, { status: 413 });
    const pairs = incoming.rawHeaders.flatMap((name, index, all) => (index % 2 ? [] : [[name, all[index + 1]]]));
    const settings = { method, headers: pairs, ...(method === "GET" ? {} : { body }) };
    return route(new Request(new URL(incoming.url, origin), settings));
  }

  const server = createServer(async (incoming, outgoing) => {
    const origin = urlOf(server, host);
    const response = await respond(incoming, origin).catch((error) => {
      console.error(error);
      return new Response(null, { status: 500 });
    });
    outgoing.writeHead(response.status, { ...headers, ...Object.fromEntries(response.headers) });
    outgoing.end(incoming.method === "HEAD" ? undefined : Buffer.from(await response.arrayBuffer()));
  });
  server.on("error", (error) => {
    if (error.code !== "EADDRINUSE") throw error;
    console.error(`port ${port} is in use; taking a free one`);
    server.listen(0, host);
  });
  server.on("listening", async () => {
    const url = urlOf(server, host);
    await prepare(url);
    console.log(`ready ${url}`);
  });
  server.listen(Number(port), host);
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  }
}

function urlOf(server, host) {
  return `http://${host}:${server.address().port}`;
}

/** The bytes of a body, or nothing where there are too many. */
async function bodyOf(incoming) {
  const parts = [];
  let length = 0;
  for await (const part of incoming) {
    length += part.length;
    if (length > MAX_BODY) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
