// A web server for a folder of static files and the packed xp2p package, with the headers of a careful site.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};
const published = new URL("./", import.meta.resolve("xp2p"));

// Nothing inline, nothing from elsewhere, and WebAssembly only because it is named.
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

/** Serves `files`, names in `folder` by their paths, and says `ready URL` when it takes requests. */
export function serve({ folder, files, listen }) {
  const [, host, port] = /^(.+):(\d+)$/.exec(listen) ?? [];
  if (!host) throw new Error("--listen takes an address and a port, such as 127.0.0.1:8789");

  const resolve = (path) => {
    if (Object.hasOwn(files, path)) return new URL(files[path], folder);
    const [, name] = /^\/xp2p\/([\w.-]+\.(?:js|wasm))$/.exec(path) ?? [];
    return name && new URL(name, published);
  };
  const server = createServer(async ({ method, url }, response) => {
    const { pathname } = new URL(url, "http://page.invalid");
    const file = method === "GET" || method === "HEAD" ? resolve(pathname) : undefined;
    const body = file && (await readFile(file).catch(() => undefined));
    if (!body) {
      response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("There is nothing at this address.\n");
      return;
    }
    response.writeHead(200, {
      "content-type": types[extname(file.pathname)],
      "content-security-policy": policy,
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "cache-control": "no-cache",
    });
    response.end(method === "HEAD" ? undefined : body);
  });
  server.on("error", (error) => {
    if (error.code !== "EADDRINUSE") throw error;
    console.error(`port ${port} is in use; taking a free one`);
    server.listen(0, host);
  });
  server.on("listening", () => console.log(`ready http://${host}:${server.address().port}`));
  server.listen(Number(port), host);
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  }
}
