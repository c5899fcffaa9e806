// A three-line program, bundled by each engine with no configuration for the wasm, then run in Node.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { rollup } from "@rollup/wasm-node";
import * as esbuild from "esbuild";
import * as vite from "vite";
import webpack from "webpack";
import { answer, consumer, program } from "./consumer.mjs";

let project, entry, amounts, keys, server, button;
before(async () => {
  project = await consumer();
  entry = await project.file("main.mjs", program);
  amounts = await project.file("amounts.mjs", program.replace('"xp2p"', '"xp2p/amount"'));
  // The stores for pages come without a module of Node.
  keys = await project.file("keys.mjs", `${program}import { MemoryKeyStore } from "xp2p/keys";\nawait new MemoryKeyStore().open("one");\n`);
  server = await project.file("server.mjs", `${program}import { Verifier } from "xp2p/server";\nif (!("verifyWebhookRequest" in Verifier.prototype)) throw new Error("no verifyWebhookRequest");\n`);
  // Imported for what it does: a bundler must not take it for unused.
  button = await project.file("button.mjs", `import "xp2p/button";\n${program}`);
});
after(() => project.remove());

/** Registered where there are elements; on a server the import does nothing. */
const registers = (text) => assert.match(text, /customElements[^;]{0,80}define\("xp2p-button"|define\(["'`]xp2p-button/);

async function answers(output) {
  assert.deepEqual(await project.node(output), answer);
}

test("esbuild", async () => {
  const outfile = join(project.folder, "esbuild.mjs");
  for (const entryPoint of [entry, amounts, keys, server, button]) {
    await esbuild.build({ entryPoints: [entryPoint], outfile, bundle: true, format: "esm", logLevel: "error" });
    await answers(outfile);
  }
  registers(readFileSync(outfile, "utf8"));
});

test("Rollup", async () => {
  for (const input of [entry, button]) {
    const file = join(project.folder, "rollup.mjs");
    const bundle = await rollup({ input, plugins: [nodeResolve()], onwarn: ({ message }) => assert.fail(message) });
    await bundle.write({ file, format: "es", inlineDynamicImports: true });
    await bundle.close();
    await answers(file);
    if (input === button) registers(readFileSync(file, "utf8"));
  }
});

test("Vite", async () => {
  const outDir = join(project.folder, "vite");
  await vite.build({
    root: project.folder,
    configFile: false,
    logLevel: "error",
    build: {
      outDir,
      // The preload helper is for pages; Node has no document.
      modulePreload: false,
      rollupOptions: { input: entry, output: { entryFileNames: "main.mjs" } },
    },
  });
  await answers(join(outDir, "main.mjs"));
});

test("webpack", async () => {
  const path = join(project.folder, "webpack");
  const compiler = webpack({
    mode: "production",
    target: ["web", "es2022"],
    context: project.folder,
    entry,
    output: { path, filename: "main.cjs" },
    performance: false,
  });
  const stats = await new Promise((resolve, reject) => compiler.run((error, stats) => (error ? reject(error) : resolve(stats))));
  assert.ok(!stats.hasErrors() && !stats.hasWarnings(), stats.toString("errors-warnings"));
  await answers(join(path, "main.cjs"));
});

// In these runtimes importing a .wasm gives a compiled module, and compiling bytes is refused; both
// are acted out here.
for (const [condition, suffix] of [["workerd", ""], ["edge-light", "?module"]]) {
  test(`the ${condition} condition, where the .wasm is imported as a module`, async () => {
    const outfile = join(project.folder, `${condition}.mjs`);
    const wasmModules = {
      name: "wasm-modules",
      setup({ onResolve, onLoad }) {
        onResolve({ filter: /\.wasm(\?.*)?$/ }, ({ path, resolveDir }) => {
          assert.ok(path.endsWith(`.wasm${suffix}`), path);
          return { path: join(resolveDir, path.replace(/\?.*$/, "")), namespace: "wasm-module" };
        });
        onLoad({ filter: /.*/, namespace: "wasm-module" }, ({ path }) => ({
          contents: `const text = "${readFileSync(path).toString("base64")}";
const module = new WebAssembly.Module(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (source, imports) => {
  if (!(source instanceof WebAssembly.Module)) throw new WebAssembly.CompileError("no bytes here");
  return instantiate(source, imports);
};
export default module;`,
        }));
      },
    };
    const options = { bundle: true, format: "esm", conditions: [condition, "worker"], plugins: [wasmModules], logLevel: "error" };
    for (const entryPoint of [entry, amounts, keys, server]) {
      await esbuild.build({ ...options, entryPoints: [entryPoint], outfile });
      await answers(outfile);
    }
  });
}
