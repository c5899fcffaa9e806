// The shop's web server: static files, the packed xp2p package, and the headers of a careful site.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    listen: { type: "string", default: "127.0.0.1:8788" },
    platform: { type: "string", default: "http://127.0.0.1:8787" },
  },
});
const platform = new URL(values.platform).origin;
const [, host, port] = /^(.+):(\d+)$/.exec(values.listen) ?? [];
if (!host) throw new Error("--listen takes an address and a port, such as 127.0.0.1:8788");

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};
const files = { "/": "index.html", "/shop.js": "shop.js", "/words.js": "words.js", "/shop.css": "shop.css", "/icon.svg": "icon.svg" };
const folder = new URL(".", import.meta.url);
const published = new URL("./", import.meta.resolve("xp2p"));

// Nothing inline, nothing from elsewhere, and WebAssembly only because it is named.
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  `connect-src ${platform}`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

/** The file behind a path, or undefined where there is none. */
function resolve(path) {
  if (path in files) return new URL(files[path], folder);
  const [, name] = /^\/xp2p\/([\w.-]+\.(?:js|wasm))$/.exec(path) ?? [];
  return name && new URL(name, published);
}

const server = createServer(async ({ method, url }, response) => {
  const { pathname } = new URL(url, "http://shop.invalid");
  const file = method === "GET" || method === "HEAD" ? resolve(pathname) : undefined;
  const body = file && (await readFile(file).catch(() => undefined));
  if (!body) {
    response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("There is nothing at this address.\n");
    return;
  }
  const type = types[extname(fileURLToPath(file))];
  response.writeHead(200, {
    "content-type": type,
    "content-security-policy": policy,
    "cross-origin-opener-policy": "same-origin-allow-popups",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
  });
  const page = pathname === "/" ? Buffer.from(body.toString().replaceAll("%PLATFORM%", platform)) : body;
  response.end(method === "HEAD" ? undefined : page);
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
