// Keys that outlive a process: files, memory, and a store of one's own.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createPrivateKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { createClient, init, jwkThumbprint, SigningKey } from "xp2p";
import { FileKeyStore } from "xp2p/key-files";
import { keyName, MemoryKeyStore, openKey } from "xp2p/keys";
import { startSandbox } from "../sandbox.mjs";

const sandboxOnly = { issuer: "https://api.example/sandbox" };
const live = { issuer: "https://api.example/live" };
const message = new TextEncoder().encode("a message");
const windows = process.platform === "win32" && "Windows has no modes";

let sandbox, folder;
before(async () => {
  await init();
  sandbox = await startSandbox();
  folder = await mkdtemp(join(tmpdir(), "xp2p-keys-"));
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
  await sandbox?.stop();
});

/** A store whose keys are in a folder of its own. */
async function files() {
  const own = join(await mkdtemp(join(folder, "store-")), "keys");
  return { own, store: new FileKeyStore(own), file: async () => join(own, (await readdir(own))[0]) };
}

/** Whether a key's signatures are verified by Node's own Ed25519 under the public half it names. */
async function signs(key) {
  assert.equal(key.keyId, jwkThumbprint(key.publicJwk));
  const signature = await key.sign(message);
  return verify(null, message, { key: key.publicJwk, format: "jwk" }, signature);
}

async function pays(store) {
  const reader = await createClient({ platform: sandbox.url });
  const { key, state } = await openKey(store, reader.settings);
  if (state === "created") await sandbox.enrol("alice", key);
  const { status } = await reader.withKey(key).pay({ to: "@lutece", amount: "1.00", currency: "EUR" });
  return [state, key.protection, status];
}

test("a key in a file is created once and pays again later", async () => {
  const { store, own } = await files();
  assert.deepEqual(await pays(store), ["created", "file", "paid"]);
  assert.deepEqual(await pays(new FileKeyStore(own)), ["restored", "file", "paid"]);
});

test("a key in memory lives as long as its store", async () => {
  const store = new MemoryKeyStore();
  assert.deepEqual(await pays(store), ["created", "memory", "paid"]);
  assert.deepEqual(await pays(store), ["restored", "memory", "paid"]);
  const { key } = await store.open("one");
  await store.delete("one");
  await assert.rejects(key.sign(message));
  assert.equal((await store.open("one")).state, "created");
});

test("a store of one's own pays, with a key that never leaves it", async () => {
  const modules = new Map();
  const hardware = {
    async open(name) {
      const state = modules.has(name) ? "restored" : "created";
      if (state === "created") modules.set(name, generateKeyPairSync("ed25519"));
      const { publicKey, privateKey } = modules.get(name);
      const publicJwk = publicKey.export({ format: "jwk" });
      const key = { publicJwk, keyId: jwkThumbprint(publicJwk), protection: "hardware", sign: async (message) => new Uint8Array(sign(null, message, privateKey)) };
      return { key, state };
    },
    async delete(name) {
      modules.delete(name);
    },
  };
  assert.deepEqual(await pays(hardware), ["created", "hardware", "paid"]);
  assert.deepEqual(await pays(hardware), ["restored", "hardware", "paid"]);
});

test("requirement 33: a key of the sandbox is not offered to a live platform", async () => {
  for (const store of [new MemoryKeyStore(), (await files()).store]) {
    const opened = [await openKey(store, sandboxOnly), await openKey(store, live), await openKey(store, live, "approval"), await openKey(store, live)];
    assert.deepEqual(opened.map(({ state }) => state), ["created", "created", "created", "restored"]);
    assert.equal(new Set(opened.map(({ key }) => key.keyId)).size, 3);
    assert.equal(opened[3].key.keyId, opened[1].key.keyId);
  }
  assert.equal(keyName(live), "requester https://api.example/live");
});

test("requirement 12: the file of a key is its owner's alone", { skip: windows }, async () => {
  const { store, own, file } = await files();
  const { key } = await openKey(store, live);
  const path = await file();
  assert.deepEqual(await readdir(own), [path.slice(own.length + 1)], "nothing is left aside");
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await stat(own)).mode & 0o777, 0o700);
  for (const mode of [0o640, 0o604, 0o620, 0o666, 0o601]) {
    await chmod(path, mode);
    await assert.rejects(openKey(store, live), { code: "argument_invalid", param: "folder" }, mode.toString(8));
  }
  await chmod(path, 0o400);
  assert.equal((await openKey(store, live)).key.keyId, key.keyId);
  // A link to a file that has the right mode is no file of this store.
  const elsewhere = join(own, "elsewhere");
  await writeFile(elsewhere, await readFile(path), { mode: 0o600 });
  await rm(path);
  await symlink(elsewhere, path);
  await assert.rejects(openKey(store, live), { code: "ELOOP" });
});

test("requirement 12: a key file is PKCS #8, as OpenSSL reads it, and anything else is refused and kept", async () => {
  const { store, file } = await files();
  const { key } = await openKey(store, live);
  assert.ok(await signs(key));
  const path = await file();
  const bytes = await readFile(path);
  const { d, ...publicJwk } = createPrivateKey({ key: bytes, format: "der", type: "pkcs8" }).export({ format: "jwk" });
  assert.equal(Buffer.from(d, "base64url").length, 32);
  assert.deepEqual(publicJwk, { ...key.publicJwk });
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "der", type: "pkcs8" });
  const x25519 = generateKeyPairSync("x25519").privateKey.export({ format: "der", type: "pkcs8" });
  for (const wrong of [Buffer.alloc(0), bytes.subarray(1), bytes.subarray(0, 47), Buffer.concat([bytes, Buffer.alloc(1)]), rsa, x25519]) {
    await writeFile(path, wrong);
    await assert.rejects(openKey(store, live), { code: "key_malformed" });
    assert.deepEqual(await readFile(path), wrong);
  }
  const own = generateKeyPairSync("ed25519");
  await writeFile(path, own.privateKey.export({ format: "der", type: "pkcs8" }));
  assert.equal((await openKey(store, live)).key.publicJwk.x, own.publicKey.export({ format: "jwk" }).x);
});

test("a lost file is an ordinary event: there is another key, to be enrolled", async () => {
  const { store, file } = await files();
  const first = await openKey(store, live);
  await rm(await file());
  const second = await openKey(store, live);
  assert.deepEqual([first.state, second.state], ["created", "created"]);
  assert.notEqual(first.key.keyId, second.key.keyId);
  await store.delete(keyName(live));
  await store.delete(keyName(live));
  assert.equal((await openKey(store, live)).state, "created");
});

test("processes that start at once end up with one key", async () => {
  const { own } = await files();
  const program = `import { init } from "xp2p";
import { openKey } from "xp2p/keys";
import { FileKeyStore } from "xp2p/key-files";
await init();
const opened = await Promise.all([1, 2, 3].map(() => openKey(new FileKeyStore(${JSON.stringify(own)}), ${JSON.stringify(live)})));
console.log(JSON.stringify(opened.map(({ key, state }) => [key.keyId, state])));`;
  const run = () => promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], { cwd: import.meta.dirname });
  const printed = await Promise.all([run(), run(), run(), run()]);
  const opened = printed.flatMap(({ stdout }) => JSON.parse(stdout));
  assert.equal(opened.length, 12);
  assert.equal(new Set(opened.map(([keyId]) => keyId)).size, 1);
  assert.equal(opened.filter(([, state]) => state === "created").length, 1);
  assert.equal((await readdir(own)).length, 1);
});

test("a folder that cannot be written to is said as it is", async () => {
  const occupied = join(folder, "occupied");
  await writeFile(occupied, "");
  await assert.rejects(openKey(new FileKeyStore(occupied), live), ({ code }) => ["ENOTDIR", "EEXIST", "ENOENT"].includes(code));
  await mkdir(join(folder, "usable"));
  assert.equal((await openKey(new FileKeyStore(join(folder, "usable")), live)).state, "created");
});

test("requirement 26: what is shown of a stored key, and what is thrown, holds no seed", { skip: windows }, async () => {
  const { inspect } = await import("node:util");
  const { store, file } = await files();
  const { key } = await openKey(store, live);
  const bytes = (await readFile(await file())).subarray(16);
  await chmod(await file(), 0o644);
  const refused = await openKey(store, live).then(assert.fail, (error) => error);
  await chmod(await file(), 0o600);
  await writeFile(await file(), Buffer.concat([Buffer.from([0]), bytes]));
  const malformed = await openKey(store, live).then(assert.fail, (error) => error);
  const shown = [key, store, refused, malformed].flatMap((value) => [inspect(value, { depth: Infinity, showHidden: true }), JSON.stringify(value), String(value.stack)]);
  const spellings = [bytes.toString("hex"), bytes.toString("base64"), bytes.toString("base64url"), [...bytes.subarray(0, 8)].join(", "), bytes.toString("latin1")];
  for (const text of shown) for (const secret of spellings) assert.ok(!text?.includes(secret), text);
});

test("hostile arguments are refused with a code", async () => {
  for (const noise of [undefined, null, 7, {}, Symbol("noise")]) {
    assert.throws(() => new FileKeyStore(noise), { code: "argument_invalid" });
    for (const store of [new MemoryKeyStore(), (await files()).store]) {
      await assert.rejects(store.open(noise), { code: "argument_invalid" });
      await assert.rejects(openKey(store, { issuer: noise }), { code: "argument_invalid" });
      await assert.rejects(openKey(store, live, noise ?? 7), { code: "argument_invalid" });
    }
  }
  assert.ok(SigningKey.generate().keyId);
});
