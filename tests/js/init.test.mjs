// Loading: once, again after a failure, and from wherever the wasm comes.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as slim from "xp2p/slim";

const bytes = () => readFile(fileURLToPath(import.meta.resolve("xp2p/xp2p.wasm")));

// In this order: the module has one wasm instance for as long as the process lives.
test("before init every function says what to do", () => {
  for (const call of [() => slim.validateAmount("1", "EUR"), () => slim.parseHandle("@bob"), () => slim.SigningKey.generate()]) {
    assert.throws(call, { name: "Xp2pError", code: "not_initialized", retryable: false });
  }
});

test("a failed load is an error that can be tried again", async () => {
  const failing = [() => new Uint8Array([1, 2, 3]), () => Promise.reject(new TypeError("offline")), async () => new Uint8Array()];
  for (const source of failing) {
    await assert.rejects(slim.init(source()), { name: "Xp2pError", code: "wasm_load_failed", retryable: true });
  }
  assert.throws(() => slim.validateAmount("1", "EUR"), { code: "not_initialized" });
});

test("loading twice at once and once more is loading once", async () => {
  const { instantiate } = WebAssembly;
  let count = 0;
  WebAssembly.instantiate = (source, imports) => {
    // Node instantiates wasm of its own when it first fetches.
    if ("./xp2p_bg.js" in imports) count++;
    return instantiate(source, imports);
  };
  try {
    await Promise.all([slim.init(bytes()), slim.init(bytes())]);
    await slim.init(bytes());
  } finally {
    WebAssembly.instantiate = instantiate;
  }
  assert.equal(count, 1);
  assert.deepEqual(slim.validateAmount("12.5", "EUR"), { value: "12.50", currency: "EUR" });
});

test("the default entry shares the instance", async () => {
  const xp2p = await import("xp2p");
  assert.equal(xp2p.parseHandle("@Bob"), "bob");
  await xp2p.init();
  assert.equal(xp2p.Xp2pError, slim.Xp2pError);
});
