// The installed package, run in Node in every way that Node can take it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { answer, consumer, entriesOf, program } from "./consumer.mjs";

let project, manifest;
before(async () => {
  project = await consumer();
  manifest = JSON.parse(await readFile(join(project.installed, "package.json"), "utf8"));
});
after(() => project.remove());

test("import", async () => {
  assert.deepEqual(await project.node(await project.file("import.mjs", program)), answer);
});

const required = `const { init, validateAmount } = require("xp2p");
init().then(() => {
  console.log(JSON.stringify({ file: require.resolve("xp2p"), amount: validateAmount("12.50", "EUR") }));
});
`;

test("require", async () => {
  const { amount } = await project.node(await project.file("require.cjs", required));
  assert.deepEqual(amount, answer);
});

test("require of the CommonJS files, as Jest and older Nodes do it", async () => {
  const modern = process.allowedNodeEnvironmentFlags.has("--experimental-require-module");
  const flags = modern ? ["--no-experimental-require-module"] : [];
  const { file, amount } = await project.node(await project.file("commonjs.cjs", required), ...flags);
  assert.match(file, /index\.cjs$/);
  assert.deepEqual(amount, answer);
});

test("the file that is everything in one", async () => {
  const text = program.replace('"xp2p"', '"./node_modules/xp2p/dist/xp2p.min.js"');
  assert.deepEqual(await project.node(await project.file("standalone.mjs", text)), answer);
});

test("xp2p/slim with the bytes of xp2p/xp2p.wasm", async () => {
  const text = `import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { init, validateAmount } from "xp2p/slim";
await init(readFileSync(createRequire(import.meta.url).resolve("xp2p/xp2p.wasm")));
console.log(JSON.stringify(validateAmount("12.50", "EUR")));
`;
  assert.deepEqual(await project.node(await project.file("slim.mjs", text)), answer);
});

test("entries share one wasm instance", async () => {
  const esm = `import { init } from "xp2p";
import { validateAmount } from "xp2p/slim";
await init();
console.log(JSON.stringify(validateAmount("12.50", "EUR")));
`;
  assert.deepEqual(await project.node(await project.file("shared.mjs", esm)), answer);
});

test("init may be called twice, and at the same time", async () => {
  const text = program.replace("await init();", "await Promise.all([init(), init()]); await init();");
  assert.deepEqual(await project.node(await project.file("twice.mjs", text)), answer);
});

test("importing does nothing: no global is read or added, nothing is compiled or fetched", async () => {
  const watched = ["WebAssembly", "DecompressionStream", "fetch", "crypto", "window", "document", "navigator", "indexedDB", "localStorage"];
  const text = `const touched = [];
const original = Object.fromEntries(${JSON.stringify(watched)}.map((name) => [name, globalThis[name]]));
// Node itself reads some of these while it loads a module, so only reads from the package count.
for (const name in original) {
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get() {
      if (new Error().stack.includes("node_modules")) touched.push(name);
      return original[name];
    },
  });
}
const before = new Set(Reflect.ownKeys(globalThis));
for (const entry of ${JSON.stringify(entriesOf(manifest))}) await import(entry);
const added = Reflect.ownKeys(globalThis).filter((key) => !before.has(key)).map(String);
console.log(JSON.stringify({ touched, added }));
`;
  assert.deepEqual(await project.node(await project.file("effects.mjs", text)), { touched: [], added: [] });
});
