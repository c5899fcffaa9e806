// The one arrow in pkg/src, as tests/layers.rs holds it in src: no file needs one that needs it.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import typescript from "typescript";

const source = join(import.meta.dirname, "../../pkg/src");
const files = readdirSync(source).filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));

/** What is imported to run: what is left of the imports once the types are gone. */
async function values() {
  const { metafile } = await build({ entryPoints: files.map((name) => join(source, name)), bundle: true, metafile: true, write: false, outdir: "nowhere", format: "esm", target: "es2022", external: ["node:*", "../wasm/*"], logLevel: "error" });
  const imports = Object.entries(metafile.inputs).map(([path, { imports }]) => [basename(path), imports.filter(({ external, kind }) => !external && kind === "import-statement").map(({ path }) => basename(path))]);
  return new Map(imports);
}

/** The same with types, and with what is imported later. */
function all() {
  const imported = (name) => typescript.preProcessFile(readFileSync(join(source, name), "utf8")).importedFiles.map(({ fileName }) => basename(fileName));
  return new Map(files.map((name) => [name, imported(name).filter((other) => files.includes(other))]));
}

/** Every set of files that lead to each other. */
function circles(graph) {
  const reach = (from, seen = new Set()) => {
    for (const next of graph.get(from) ?? []) if (!seen.has(next)) reach(next, seen.add(next));
    return seen;
  };
  const reached = new Map([...graph.keys()].map((name) => [name, reach(name)]));
  const found = [...graph.keys()].map((name) => [...reached.get(name)].filter((other) => reached.get(other)?.has(name)).sort().join(" "));
  return [...new Set(found)].filter(Boolean);
}

test("no file of the package imports one that imports it", async () => {
  const graph = await values();
  assert.equal(graph.size, files.length, [...graph.keys()].join());
  assert.deepEqual(circles(graph), []);
});

/** A client gives out checkouts and links, which ask by that client; and it is what all of them sign with. */
test("nor by its types, but a client and what it gives out", () => {
  assert.deepEqual(circles(all()), ["asker.ts checkout.ts client.ts link-request.ts platform-keys.ts requester.ts signed-request.ts watch.ts"]);
});
