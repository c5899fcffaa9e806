// What is in the package, and what must not be.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as attw from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { consumer, repository, tarball } from "./consumer.mjs";

let project, manifest, files;
before(async () => {
  project = await consumer();
  manifest = JSON.parse(await readFile(join(project.installed, "package.json"), "utf8"));
  const listed = await readdir(project.installed, { recursive: true, withFileTypes: true });
  files = listed
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(project.installed.length + 1).replaceAll("\\", "/"))
    .sort();
});
after(() => project.remove());

test("nothing comes with it and nothing runs when it is installed", async () => {
  for (const key of ["dependencies", "peerDependencies", "optionalDependencies", "bundleDependencies", "scripts", "bin", "gypfile"]) {
    assert.equal(manifest[key], undefined, key);
  }
  const installed = await readdir(join(project.folder, "node_modules"));
  assert.deepEqual(installed.filter((name) => !name.startsWith(".")), ["xp2p"]);
});

test("it has the version of the crate", async () => {
  const cargo = await readFile(join(repository, "Cargo.toml"), "utf8");
  assert.equal(manifest.version, cargo.match(/^version = "(.+)"$/m)?.[1]);
});

test("it holds the expected files and no others", () => {
  const entries = Object.keys(manifest.exports)
    .filter((name) => manifest.exports[name].import)
    .map((name) => (name === "." ? "index" : name.slice(2)));
  const entry = `(${entries.join("|")})`;
  const chunk = "chunk-[A-Z0-9]+";
  const expected = [
    "package\\.json",
    "README\\.md",
    "LICENSE-(APACHE|MIT)",
    "dist/xp2p(-amount)?\\.wasm",
    "dist/xp2p(-slim|-amount|-button)?\\.min\\.js",
    "dist/integrity\\.json",
    `dist/(${entry}|${chunk})\\.(js|js\\.map|cjs)`,
    "dist/inline(-amount)?\\.(js|cjs)",
    `dist/(workerd|edge-light)/(${entry}|${chunk}|inline(-amount)?)\\.js`,
    "dist/[a-z0-9-]+\\.d\\.c?ts",
  ].map((pattern) => new RegExp(`^${pattern}$`));
  assert.deepEqual(files.filter((file) => !expected.some((pattern) => pattern.test(file))), []);

  for (const file of ["LICENSE-APACHE", "LICENSE-MIT", "dist/xp2p.wasm"]) assert.ok(files.includes(file), file);
  assert.equal(files.includes("README.md"), existsSync(join(repository, "README.md")));
});

test("every file that package.json names is there", () => {
  const named = [];
  const collect = (value) => (typeof value === "string" ? named.push(value) : Object.values(value).forEach(collect));
  collect([manifest.exports, manifest.main, manifest.module, manifest.types, manifest.unpkg, manifest.jsdelivr]);
  assert.deepEqual(named.filter((file) => !files.includes(file.replace(/^\.\//, ""))), []);
});

test("`types` comes first in every condition", () => {
  for (const [name, conditions] of Object.entries(manifest.exports)) {
    for (const [condition, target] of Object.entries(conditions)) {
      if (typeof target === "object") assert.equal(Object.keys(target)[0], "types", `${name} ${condition}`);
    }
  }
});

test("no file names a folder of the machine that built it", async () => {
  const local = [homedir(), repository, "/home/", "/root/", "/Users/", "C:\\Users\\", ".cargo"];
  for (const file of files) {
    const bytes = await readFile(join(project.installed, file));
    for (const path of local) assert.ok(!bytes.includes(path), `${file} holds ${path}`);
  }
});

test("publint has nothing to say", async () => {
  const { messages } = await publint({ pkgDir: project.installed, level: "warning", strict: true, pack: false });
  assert.deepEqual(messages.map((message) => formatMessage(message, manifest, { color: false })), []);
});

test("arethetypeswrong has nothing to say", async () => {
  const loaded = attw.createPackageFromTarballData(new Uint8Array(await readFile(tarball)));
  const { problems } = await attw.checkPackage(loaded, { excludeEntrypoints: ["./xp2p.wasm", "./xp2p-amount.wasm"] });
  // TypeScript's resolution from before `exports` sees the main entry only, by its design.
  const known = ({ kind, resolutionKind, entrypoint }) =>
    kind === "NoResolution" && resolutionKind === "node10" && entrypoint !== ".";
  assert.deepEqual(problems.filter((problem) => !known(problem)), []);
});
