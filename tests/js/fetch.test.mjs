// The crate's feature `fetch`: a Rust program pays by itself, through gloo-net.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { init as initPackage, SigningKey } from "xp2p";
import { startSandbox } from "../sandbox.mjs";

const folder = process.env.XP2P_FETCH_TEST;
if (!folder) throw new Error("XP2P_FETCH_TEST does not name the program: run these tests with `cargo xtask test`");

const seed = () => new Uint8Array(32).fill(11);
const nonces = () => [0, 1].map(() => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url"));
let program;
let sandbox;
before(async () => {
  program = await import(pathToFileURL(join(folder, "program.js")));
  await program.default({ module_or_path: await readFile(join(folder, "program_bg.wasm")) });
  sandbox = await startSandbox();
  await initPackage();
  await sandbox.enrol("alice", SigningKey.fromSeed(seed()));
});
after(() => sandbox.stop());

test("it pays", async () => {
  assert.match(await program.pay(sandbox.url, seed(), nonces()), /^pay_/);
  assert.equal(await sandbox.balance("lutece"), "12.50");
});

test("whatever a page's own fetch throws is a lost answer, and the program works on", async () => {
  const { fetch } = globalThis;
  for (const thrown of [undefined, null, 7, "text", Symbol("no"), {}, new Error("no")]) {
    globalThis.fetch = () => Promise.reject(thrown);
    try {
      assert.equal(await program.pay(sandbox.url, seed(), nonces()), "platform_unreachable");
    } finally {
      globalThis.fetch = fetch;
    }
  }
  for (const answer of [undefined, {}, 7, new Response(null, { status: 204 })]) {
    globalThis.fetch = () => Promise.resolve(answer);
    try {
      assert.match(await program.pay(sandbox.url, seed(), nonces()), /^platform_(unreachable|answer_invalid)$/);
    } finally {
      globalThis.fetch = fetch;
    }
  }
  assert.match(await program.pay(sandbox.url, seed(), nonces()), /^pay_/);
});

test("requirement 13: in WebAssembly too, signatures are judged as Wycheproof judges them", (t) => {
  const counts = program.judge_wycheproof();
  const total = [...counts.matchAll(/: (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  assert.equal(total, 151, counts);
  t.diagnostic(`Wycheproof, in WebAssembly: ${counts}`);
});
