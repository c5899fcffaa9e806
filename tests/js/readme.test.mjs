// The README's example, as it stands there, against the sandbox.
import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startSandbox } from "../sandbox.mjs";

let sandbox;
before(async () => {
  sandbox = await startSandbox();
});
after(() => sandbox.stop());

test("the example of the README pays", async () => {
  const readme = await readFile(join(import.meta.dirname, "../../README.md"), "utf8");
  const [, example] = /```js\n(.*?)```/s.exec(readme);
  const file = join(import.meta.dirname, `readme-example-${process.pid}.mjs`);
  const trusting = example.replace(/(await createDeviceKey\(\);.*)/, "$1\nawait globalThis.trust(key);");
  await writeFile(file, trusting.replace("https://api.example", sandbox.url));
  globalThis.trust = (key) => sandbox.enrol("alice", key);
  const printed = [];
  const { log } = console;
  console.log = (...words) => printed.push(words.join(" "));
  try {
    await import(file);
  } finally {
    console.log = log;
    await rm(file);
  }
  assert.equal(printed.length, 1);
  assert.match(printed[0], /^paid, receipt verified: pay_/);
  assert.equal(await sandbox.balance("lutece"), "12.50");
});
