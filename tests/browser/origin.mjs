// A page of its own origin that has the packed package below /xp2p/, and nothing else in it.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";

const published = new URL("./", import.meta.resolve("xp2p"));
const types = { ".html": "text/html; charset=utf-8", ".css": "text/css" };

/** Serves a blank page and the package. `files` are further paths with what is there, scripts unless their ending says otherwise. */
export async function serveOrigin(files = {}, headers = {}) {
  const server = createServer(async ({ url }, response) => {
    const [path] = url.split("?");
    const [, name] = /^\/xp2p\/([\w.-]+)$/.exec(path) ?? [];
    const found = name ? await readFile(new URL(name, published)).catch(() => undefined) : files[path];
    const [type, body] = found ? [types[extname(path)] ?? "text/javascript", found] : [types[".html"], '<!doctype html><html lang="en"><title>A page</title>'];
    response.writeHead(name && !found ? 404 : 200, { "content-type": type, ...headers }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}/`,
    /** The same server under a name that makes it another origin. */
    other: `http://localhost:${port}/`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
