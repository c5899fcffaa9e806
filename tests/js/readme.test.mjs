// The README's example, as it stands there, against the sandbox: the click is ours, and so is the payer.
import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { init } from "xp2p";
import { startSandbox } from "../sandbox.mjs";
import { openWallet } from "../wallet.mjs";

let sandbox;
before(async () => {
  await init();
  sandbox = await startSandbox();
});
after(() => sandbox.stop());

test("the example of the README pays", async () => {
  const readme = await readFile(join(import.meta.dirname, "../../README.md"), "utf8");
  const [, example] = /```js\n(.*?)```/s.exec(readme);
  const file = join(import.meta.dirname, `readme-example-${process.pid}.mjs`);
  await writeFile(file, example.replace("https://api.example", sandbox.url));
  const payer = await openWallet(sandbox, "alice");
  let click;
  globalThis.button = { addEventListener: (_, work) => (click = work) };
  // What the click has asked for: in a page the payer's window shows it.
  const asked = [];
  const { fetch } = globalThis;
  globalThis.fetch = async (input, settings) => {
    const answer = await fetch(input, settings);
    if (settings?.method === "POST" && String(input).endsWith("/v1/checkouts")) asked.push(await answer.clone().json());
    return answer;
  };
  const printed = [];
  const { log } = console;
  console.log = (...words) => printed.push(words.join(" "));
  try {
    await import(file);
    const done = click();
    while (!asked.length) await new Promise((resolve) => setTimeout(resolve, 20));
    await payer.approve(asked[0].id);
    await done;
  } finally {
    console.log = log;
    globalThis.fetch = fetch;
    await rm(file);
  }
  assert.equal(printed.length, 1);
  assert.match(printed[0], /^paid, receipt verified: pay_/);
  assert.equal(await sandbox.balance("lutece"), "12.50");
});
