// Receipts without a network: every vector, verified in a page and in its service worker by the code
// that tests/js/vectors.test.mjs runs in Node and tests/vectors.rs in Rust.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { launch } from "./chromium.mjs";
import { vectors } from "../vectors.mjs";

const published = new URL("./", import.meta.resolve("xp2p"));
const verifyAll = `(xp2p, vectors) => vectors.map(({ token, keys, expected }) => {
  try {
    const { payment, issuedAt, origin } = xp2p.verifyReceipt(token, keys, expected);
    return { expect: { payment, issuedAt, ...(origin && { origin }) } };
  } catch ({ code, param }) {
    return { refused: { code, ...(param && { param }) } };
  }
})`;
const worker = `import * as xp2p from "/xp2p/index.js";
const loading = xp2p.init();
const verifyAll = ${verifyAll};
addEventListener("install", (event) => event.waitUntil(loading));
addEventListener("message", ({ data, ports }) => loading.then(() => ports[0].postMessage(verifyAll(xp2p, data))));`;

let browser, server, origin;
before(async () => {
  browser = await launch();
  server = createServer(async ({ url }, response) => {
    const [, name] = /^\/xp2p\/(.+)$/.exec(url) ?? [];
    const page = url === "/" ? ["text/html", "<!doctype html><title>A page</title>"] : ["text/javascript", name ? await readFile(new URL(name, published)) : worker];
    response.writeHead(200, { "content-type": page[0] }).end(page[1]);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
});
after(async () => {
  await browser?.close();
  server?.close();
  server?.closeAllConnections();
});

test("every receipt of the vectors is judged offline, in a page and in a service worker, as in Node and Rust", async (t) => {
  const cases = vectors("receipt");
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(origin);
  await page.evaluate(async () => {
    globalThis.xp2p = await import("/xp2p/index.js");
    await globalThis.xp2p.init();
    await navigator.serviceWorker.register("/worker.js", { type: "module" });
    globalThis.registration = await navigator.serviceWorker.ready;
  });
  await context.setOffline(true);
  server.closeAllConnections();
  assert.equal(await page.evaluate(() => fetch("/").then(() => "answered", () => "offline")), "offline");
  const inPage = await page.evaluate(([source, cases]) => (0, eval)(source)(globalThis.xp2p, cases), [verifyAll, cases]);
  const inWorker = await page.evaluate((cases) => {
    const { port1, port2 } = new MessageChannel();
    const answer = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
    globalThis.registration.active.postMessage(cases, [port2]);
    return answer;
  }, cases);
  for (const [index, { name, expect, refused }] of cases.entries()) {
    const expected = refused ? { refused } : { expect };
    assert.deepEqual(inPage[index], expected, `${name} in a page`);
    assert.deepEqual(inWorker[index], expected, `${name} in a service worker`);
  }
  t.diagnostic(`${cases.length} receipts judged in a page and in a service worker, offline`);
  await context.close();
});
