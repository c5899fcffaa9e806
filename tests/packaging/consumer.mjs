// A user's project in a folder far from this repository, with the packed package installed in it.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The packed package: `cargo xtask test` says where it is. */
export const tarball = process.env.XP2P_TARBALL;
if (!tarball) throw new Error("XP2P_TARBALL does not name the packed package: run these tests with `cargo xtask test`");

export const tests = resolve(import.meta.dirname, "..");
export const repository = resolve(tests, "..");

/** The ways in that run code; `xp2p/xp2p.wasm` and `xp2p/package.json` are files. */
export function entriesOf(manifest) {
  return Object.keys(manifest.exports)
    .filter((name) => manifest.exports[name].import)
    .map((name) => `xp2p${name.slice(1)}`);
}

/** Makes a project, with no network and an empty cache. */
export async function consumer() {
  const folder = await mkdtemp(join(tmpdir(), "xp2p-packaging-"));
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const flags = ["--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", join(folder, ".npm")];
  await run(npm, ["install", ...flags, tarball], { cwd: folder, shell: process.platform === "win32" });
  const installed = join(folder, "node_modules/xp2p");

  return {
    folder,
    installed,

    remove: () => rm(folder, { recursive: true, force: true }),

    /** Writes a file of the project. */
    async file(name, text) {
      const path = join(folder, name);
      await writeFile(path, text);
      return path;
    },

    /** Runs a file of the project and reads what it prints as JSON. */
    async node(path, ...flags) {
      const { stdout } = await run(process.execPath, [...flags, path], { cwd: folder });
      return JSON.parse(stdout);
    },
  };
}

/** What every way of using the package must come to. */
export const program = `import { init, validateAmount } from "xp2p";
await init();
console.log(JSON.stringify(validateAmount("12.50", "EUR")));
`;
export const answer = { value: "12.50", currency: "EUR" };
