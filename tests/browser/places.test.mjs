// The packed package in other places than an ordinary page: a service worker, a page whose policy
// forbids WebAssembly, a browser without Ed25519.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { launch } from "./chromium.mjs";
import { startSandbox } from "../sandbox.mjs";

const published = new URL("./", import.meta.resolve("xp2p"));
const pay = `async (xp2p, platform, key) => {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ handle: "alice", jwk: key.publicJwk });
  await fetch("/enrol", { method: "POST", headers, body });
  const client = await xp2p.createClient({ platform, key });
  const { status, receipt } = await client.pay({ to: "@lutece", amount: "12.50", currency: "EUR" });
  return { status, payee: receipt?.payee.handle, protection: key.protection };
}`;
const files = {
  "/": ["text/html", "<!doctype html><title>A page</title>"],
  "/strict": ["text/html", "<!doctype html><title>A page that forbids WebAssembly</title>"],
  "/worker.js": [
    "text/javascript",
    `import * as xp2p from "/xp2p/index.js";
    const pay = ${pay};
    addEventListener("message", ({ data, ports }) => {
      const paid = xp2p.init().then(xp2p.createDeviceKey).then((key) => pay(xp2p, data, key));
      paid.then((result) => ports[0].postMessage(result), (error) => ports[0].postMessage(String(error)));
    });`,
  ],
};

let browser;
let sandbox;
let server;
let origin;
before(async () => {
  [browser, sandbox] = await Promise.all([launch(), startSandbox()]);
  server = createServer(async (request, response) => {
    const { url } = request;
    // Pages enrol nobody, programs do.
    if (url === "/enrol") {
      const { status } = await fetch(`${sandbox.url}/sandbox/enrolments`, { method: "POST", headers: { "content-type": "application/json" }, body: await text(request) });
      return response.writeHead(status).end();
    }
    const [, name] = /^\/xp2p\/(.+)$/.exec(url) ?? [];
    const [type, body] = files[url] ?? ["text/javascript", name ? await readFile(new URL(name, published)) : ""];
    const policy = url === "/strict" ? { "content-security-policy": "default-src 'none'; script-src 'self'; connect-src *" } : {};
    response.writeHead(200, { "content-type": type, ...policy }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
});
after(async () => {
  await browser?.close();
  server?.close();
  server?.closeAllConnections();
  await sandbox?.stop();
});

async function visit(path, run, argument) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(origin + path);
    return await page.evaluate(run, argument);
  } finally {
    await context.close();
  }
}

test("a service worker pays", async () => {
  const result = await visit(
    "/",
    async (platform) => {
      const registration = await navigator.serviceWorker.register("/worker.js", { type: "module" });
      await navigator.serviceWorker.ready;
      const { port1, port2 } = new MessageChannel();
      const answer = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
      registration.active.postMessage(platform, [port2]);
      return answer;
    },
    sandbox.url,
  );
  assert.deepEqual(result, { status: "paid", payee: "lutece", protection: "non-extractable" });
});

test("requirement 8: where the part that keeps what was begun does not arrive there is no client, and no payment without it", async () => {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(`${origin}/`);
    const scripts = [];
    page.on("request", (request) => scripts.push(request.url()));
    const create = async (platform) => {
      const { createClient } = await import("/xp2p/index.js");
      return createClient({ platform }).then(() => "a client", ({ code, retryable }) => `${code} ${retryable}`);
    };
    await page.evaluate(() => import("/xp2p/index.js").then(({ init }) => init()));
    // What comes from here on is what `createClient` loads for itself.
    const first = scripts.length;
    await page.route("**/xp2p/*.js", (route) => (scripts.indexOf(route.request().url()) < first ? route.continue() : route.abort()));
    assert.equal(await page.evaluate(create, sandbox.url), "wasm_load_failed true");
    assert.ok(scripts.length > first);
    await page.unrouteAll({ behavior: "wait" });
    await page.reload();
    assert.equal(await page.evaluate(create, sandbox.url), "a client");
  } finally {
    await context.close();
  }
});

test("a browser without Ed25519 signs in wasm", async () => {
  const result = await visit(
    "/",
    async ([platform, source]) => {
      crypto.subtle.generateKey = () => Promise.reject(new DOMException("no Ed25519", "NotSupportedError"));
      const xp2p = await import("/xp2p/index.js");
      await xp2p.init();
      return (0, eval)(source)(xp2p, platform, await xp2p.createDeviceKey());
    },
    [sandbox.url, pay],
  );
  assert.deepEqual(result, { status: "paid", payee: "lutece", protection: "memory" });
});

test("the slim entry compiles the wasm while it arrives", async () => {
  files["/xp2p/xp2p.wasm"] = ["application/wasm", await readFile(new URL("xp2p.wasm", published))];
  const result = await visit("/", async () => {
    const { instantiateStreaming } = WebAssembly;
    let streamed = 0;
    WebAssembly.instantiateStreaming = (...given) => (streamed++, instantiateStreaming.apply(WebAssembly, given));
    const xp2p = await import("/xp2p/slim.js");
    await xp2p.init(new URL("/xp2p/xp2p.wasm", location.href));
    return [streamed, xp2p.validateAmount("12.5", "EUR").value];
  });
  assert.deepEqual(result, [1, "12.50"]);
});

test("a policy that forbids WebAssembly is named, with what to add", async () => {
  const result = await visit("/strict", async () => {
    const xp2p = await import("/xp2p/index.js");
    return xp2p.init().then(
      () => "loaded",
      ({ name, code, message }) => [name, code, message],
    );
  });
  assert.deepEqual(result.slice(0, 2), ["Xp2pError", "wasm_blocked"]);
  assert.match(result[2], /'wasm-unsafe-eval'/);
});
