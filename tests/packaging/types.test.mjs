// The shipped declarations, read by the compiler of a strict user, in each way TypeScript resolves a package.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { consumer, entriesOf, tests } from "./consumer.mjs";

const tsc = join(tests, "node_modules/typescript/bin/tsc");
const strict = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--verbatimModuleSyntax"];
const libraries = ["--target", "es2022", "--lib", "es2023,dom,dom.iterable"];

let project, imports;
before(async () => {
  project = await consumer();
  const manifest = JSON.parse(await readFile(join(project.installed, "package.json"), "utf8"));
  imports = (line) => entriesOf(manifest).map((entry, index) => line(entry, `entry${index}`)).join("\n");
});
after(() => project.remove());

/** The package's own .d.ts files are checked as well, since `skipLibCheck` is not given. */
async function compiles(file, ...options) {
  try {
    await promisify(execFile)(process.execPath, [tsc, ...strict, ...libraries, ...options, file], { cwd: project.folder });
  } catch (error) {
    assert.fail(error.stdout || error.message);
  }
}

const use = `
async function use() {
  await entry0.init();
  const amount: { value: string; currency: string } = entry0.validateAmount("12.50", "EUR");
  // @ts-expect-error a number has lost digits before anybody can look at it
  entry0.validateAmount(12.5, "EUR");
  return amount;
}
void use;

/** Every outcome has its own members, and whoever forgets one of the four is told so. */
function said(outcome: entry0.Outcome): string {
  switch (outcome.status) {
    case "paid": return outcome.receipt.payment;
    case "refused": return outcome.error.code;
    case "pending": return outcome.idempotencyKey;
    case "unknown": return outcome.error.code;
  }
}
// @ts-expect-error without a branch for "unknown" there is a way to its end that returns nothing
function forgetful(outcome: entry0.Outcome): string {
  switch (outcome.status) {
    case "paid": return "paid";
    case "refused": return "refused";
    case "pending": return "pending";
  }
}
function careless(outcome: entry0.Outcome): unknown {
  // @ts-expect-error a receipt is there only once it is paid
  return outcome.receipt;
}
void [said, forgetful, careless];
`;

const esm = () => imports((entry, name) => `import * as ${name} from "${entry}"; void ${name};`) + use;

test("ES modules in Node", async () => {
  await compiles(await project.file("node.mts", esm()), "--module", "nodenext");
});

test("ES modules through a bundler", async () => {
  await compiles(await project.file("bundled.ts", esm()), "--module", "esnext", "--moduleResolution", "bundler");
});

test("CommonJS in Node", async () => {
  const cts = imports((entry, name) => `import ${name} = require("${entry}"); void ${name};`) + use;
  await compiles(await project.file("node.cts", cts), "--module", "node16");
});
