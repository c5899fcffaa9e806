// A page of its own origin that has the packed package below /xp2p/, and nothing else in it.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const published = new URL("./", import.meta.resolve("xp2p"));

/** Serves a blank page and the package. `files` are further paths with their scripts, or pages if they end in `.html`. */
export async function serveOrigin(files = {}, headers = {}) {
  const server = createServer(async ({ url }, response) => {
    const [, name] = /^\/xp2p\/([\w.-]+)$/.exec(url) ?? [];
    const script = name ? await readFile(new URL(name, published)).catch(() => undefined) : files[url];
    const [type, body] = script && !url.endsWith(".html") ? ["text/javascript", script] : script ? ["text/html; charset=utf-8", script] : ["text/html; charset=utf-8", '<!doctype html><html lang="en"><title>A page</title>'];
    response.writeHead(name && !script ? 404 : 200, { "content-type": type, ...headers }).end(body);
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
