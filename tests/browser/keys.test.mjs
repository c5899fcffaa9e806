// Keys in the three engines: they survive a reload, tabs agree on one, what is lost is made anew; and
// whatever is stored, or lies in the wasm memory after signing, holds no seed.
import assert from "node:assert/strict";
import { createHash, verify } from "node:crypto";
import { after, before, test } from "node:test";
import { engines } from "./engines.mjs";
import { serveOrigin } from "./origin.mjs";

const issuer = "https://api.example/sandbox";
const message = "a message";

/** A worker that opens the key when it is told to. */
const worker = `import { init } from "/xp2p/index.js";
import { IndexedDbKeyStore, openKey } from "/xp2p/keys.js";
addEventListener("message", async ({ data }) => {
  await init();
  const { key, state } = await openKey(new IndexedDbKeyStore(), { issuer: data });
  postMessage({ keyId: key.keyId, state });
});`;

let origin;
before(async () => {
  origin = await serveOrigin({ "/worker.js": worker });
});
after(() => origin?.stop());

/** What older browsers, and pages in private windows, do not have. Runs before the package is loaded. */
function without(missing) {
  const refuse = (name) => {
    const original = SubtleCrypto.prototype[name];
    SubtleCrypto.prototype[name] = function (...given) {
      if (given.some((argument) => argument === "Ed25519" || argument?.name === "Ed25519")) {
        return Promise.reject(new DOMException("there is no Ed25519", "NotSupportedError"));
      }
      return original.apply(this, given);
    };
  };
  if (missing.includes("Ed25519")) ["generateKey", "importKey", "sign", "verify"].forEach(refuse);
  if (missing.includes("storage")) Object.defineProperty(globalThis, "indexedDB", { value: { open: () => { throw new DOMException("no storage here", "SecurityError"); } } });
  if (missing.includes("storing keys")) IDBObjectStore.prototype.put = () => { throw new DOMException("no keys here", "DataCloneError"); };
  if (missing.includes("WebCrypto")) Object.defineProperty(crypto, "subtle", { value: undefined });
}

/** Opens the key of an issuer and signs. */
async function open(issuer, message) {
  const { init } = await import("/xp2p/index.js");
  const { IndexedDbKeyStore, openKey } = await import("/xp2p/keys.js");
  await init();
  const { key, state } = await openKey(new IndexedDbKeyStore(), { issuer });
  globalThis.key = key;
  const signature = Array.from(await key.sign(new TextEncoder().encode(message)));
  return { state, protection: key.protection, keyId: key.keyId, publicJwk: key.publicJwk, signature };
}

function verified({ publicJwk, signature }) {
  return verify(null, Buffer.from(message), { key: publicJwk, format: "jwk" }, Buffer.from(signature));
}

/** Everything in storage: texts, and bytes as arrays of numbers; and whatever a key gave away when it was asked to. */
async function dumpStorage() {
  const found = { values: Object.entries(localStorage).concat(Object.entries(sessionStorage)).flat(), keys: [], exported: [] };
  const helper = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["wrapKey"]);
  const take = async (value) => {
    if (value instanceof CryptoKey) {
      found.keys.push([value.type, value.algorithm.name, value.extractable]);
      if (value.type === "public") return;
      for (const format of ["jwk", "raw", "pkcs8", "spki"]) {
        await crypto.subtle.exportKey(format, value).then((key) => found.exported.push(format), () => {});
        await crypto.subtle.wrapKey(format, value, helper, { name: "AES-GCM", iv: new Uint8Array(12) }).then(() => found.exported.push(format), () => {});
      }
    } else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      found.values.push(Array.from(new Uint8Array(value.buffer ?? value)));
    } else if (typeof value === "object" && value !== null) {
      for (const part of Object.entries(value).flat()) await take(part);
    } else {
      found.values.push(String(value));
    }
  };
  const settled = (request) => new Promise((resolve, reject) => Object.assign(request, { onsuccess: () => resolve(request.result), onerror: () => reject(request.error) }));
  for (const { name } of await indexedDB.databases()) {
    const database = await settled(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const keys = database.transaction(store).objectStore(store);
      const [names, records] = await Promise.all([settled(keys.getAllKeys()), settled(keys.getAll())]);
      for (const value of [...names, ...records]) await take(value);
    }
    database.close();
  }
  return found;
}

/** The seed, and what RFC 8032 section 5.1.5 makes of it: whoever has scalar and prefix signs as well. */
function secretsOf(seed) {
  const bytes = Buffer.from(seed);
  const expanded = createHash("sha512").update(bytes).digest();
  const scalar = Buffer.from(expanded.subarray(0, 32));
  scalar[0] &= 248;
  scalar[31] = (scalar[31] & 127) | 64;
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const reduced = Buffer.from((BigInt(`0x${Buffer.from(scalar).reverse().toString("hex")}`) % order).toString(16).padStart(64, "0"), "hex").reverse();
  return { seed: bytes, hash: expanded.subarray(0, 32), scalar, reduced, prefix: expanded.subarray(32) };
}

/** Bytes as they are, and as somebody could have written them. */
function spellings(bytes) {
  const texts = [bytes.toString("hex"), bytes.toString("hex").toUpperCase(), bytes.toString("base64"), bytes.toString("base64").replace(/=+$/, ""), bytes.toString("base64url"), [...bytes].join()];
  return [bytes, ...texts.map((text) => Buffer.from(text)), ...texts.map((text) => Buffer.from(text, "utf16le"))];
}

/** The secrets that are found in some bytes. A half of one is as good as one. */
function secretsIn(haystack, secrets) {
  return Object.entries(secrets)
    .filter(([, secret]) => [secret, secret.subarray(0, 16), secret.subarray(16)].flatMap(spellings).some((needle) => haystack.includes(needle)))
    .map(([name]) => name);
}

/** Keeps the wasm memory and every seed that is drawn, before the package is loaded. */
function instrument() {
  globalThis.memories = [];
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (...given) => {
      const made = await original.apply(WebAssembly, given);
      globalThis.memories.push((made.instance ?? made).exports.memory);
      return made;
    };
  }
  globalThis.drawn = [];
  const { getRandomValues } = crypto;
  crypto.getRandomValues = (array) => {
    getRandomValues.call(crypto, array);
    if (array.length === 32) globalThis.drawn.push(Array.from(array));
    return array;
  };
}

/** The wasm memory as base64, without the zeros at its end. */
function dumpMemory() {
  const bytes = new Uint8Array(globalThis.memories[0].buffer);
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
  let text = "";
  for (let at = 0; at < end; at += 0x6000) text += btoa(String.fromCharCode(...bytes.subarray(at, Math.min(end, at + 0x6000))));
  return [globalThis.memories.length, text];
}

for (const [name, start] of Object.entries(engines)) {
  const skip = !start && `there is no ${name} on this machine`;
  test(`requirement 12 and 26: a key is kept and no seed is found, in ${name}`, { skip }, async (t) => {
    const engine = await start();
    /** A page whose storage is empty. */
    const visit = async (url = origin.url) => {
      const page = await engine.open(url);
      await page.evaluate(async () => {
        const request = indexedDB.deleteDatabase("xp2p-keys");
        await new Promise((resolve, reject) => Object.assign(request, { onsuccess: resolve, onerror: reject }));
      });
      return page;
    };
    try {
      for (const [missing, protection] of [[[], "non-extractable"], [["Ed25519"], "encrypted"]]) {
        await t.test(`${protection}: survives a reload, and is made anew when it was lost`, async () => {
          const page = await visit();
          const opened = async (issuer) => {
            await page.evaluate(without, missing);
            const key = await page.evaluate(open, issuer, message);
            assert.equal(key.protection, protection);
            assert.ok(verified(key));
            await page.reload();
            return key;
          };
          const created = await opened(issuer);
          assert.equal(created.state, "created");
          const restored = await opened(issuer);
          assert.deepEqual([restored.state, restored.keyId, restored.publicJwk], ["restored", created.keyId, created.publicJwk]);
          const live = await opened("https://api.example/live");
          assert.equal(live.state, "created");
          assert.notEqual(live.keyId, created.keyId);
          await page.evaluate(async () => {
            const request = indexedDB.deleteDatabase("xp2p-keys");
            await new Promise((resolve, reject) => Object.assign(request, { onsuccess: resolve, onerror: reject }));
          });
          const anew = await opened(issuer);
          assert.equal(anew.state, "created");
          assert.notEqual(anew.keyId, created.keyId);
          // A record that came back without its keys is a lost one.
          await page.evaluate(async (name) => {
            const request = indexedDB.open("xp2p-keys");
            await new Promise((resolve) => (request.onsuccess = resolve));
            const transaction = request.result.transaction("keys", "readwrite");
            transaction.objectStore("keys").put({ privateKey: null, publicKey: null }, name);
            await new Promise((resolve) => (transaction.oncomplete = resolve));
            request.result.close();
          }, `requester ${issuer}`);
          assert.equal((await opened(issuer)).state, "created");
          assert.equal((await opened(issuer)).state, "restored");
          await page.close();
        });

        await t.test(`${protection}: no seed in IndexedDB, localStorage or the wasm memory`, async () => {
          const page = await visit();
          await page.evaluate(without, missing);
          await page.evaluate(instrument);
          const key = await page.evaluate(open, issuer, message);
          assert.equal(key.protection, protection);
          const [seeds, [memories, dump], storage] = [await page.evaluate(() => globalThis.drawn), await page.evaluate(dumpMemory), await page.evaluate(dumpStorage)];
          assert.equal(memories, 1);
          const memory = Buffer.from(dump, "base64");
          assert.deepEqual(storage.exported, [], "no format gives a key away");
          const stored = Buffer.concat(storage.values.map((value) => (typeof value === "string" ? Buffer.from(`${value}\n`) : Buffer.from(value))));
          assert.ok(stored.includes(`requester ${issuer}`), "the dump has what is stored");
          assert.ok(storage.keys.every(([type, , extractable]) => type === "public" || !extractable), JSON.stringify(storage.keys));
          assert.ok(storage.keys.some(([type]) => type !== "public"));
          if (protection === "non-extractable") {
            assert.deepEqual(seeds, [], "no script has drawn a seed");
          } else {
            assert.equal(seeds.length, 1);
            const secrets = secretsOf(seeds[0]);
            assert.deepEqual(secretsIn(stored, secrets), [], "in storage");
            assert.deepEqual(secretsIn(memory, secrets), [], "in the wasm memory");
          }
          // The search finds what is there: a key that lives in the wasm memory.
          const seed = Array.from({ length: 32 }, (_, index) => (index * 37 + 11) % 256);
          await page.evaluate(async (seed) => {
            const { SigningKey, signRequest } = await import("/xp2p/index.js");
            globalThis.living = SigningKey.fromSeed(Uint8Array.from(seed));
            await globalThis.living.sign(new Uint8Array(8));
            const options = { environment: "sandbox", created: 1000, expires: 1300, nonce: "q83vEjRWeJCrze8SNFZ4kA" };
            signRequest({ method: "GET", url: "https://api.example/", headers: {} }, globalThis.living, options);
          }, seed);
          const alive = Buffer.from((await page.evaluate(dumpMemory))[1], "base64");
          assert.deepEqual(secretsIn(alive, secretsOf(seed)), ["reduced", "prefix"]);
          await page.evaluate(() => globalThis.living.free());
          const freed = Buffer.from((await page.evaluate(dumpMemory))[1], "base64");
          assert.deepEqual(secretsIn(freed, secretsOf(seed)), [], "a key that was freed");
          await page.close();
          t.diagnostic(`${name}, ${protection}: ${memory.length} bytes of wasm memory and ${stored.length} of storage searched`);
        });

        await t.test(`${protection}: everybody who opens it at once gets one key`, async () => {
          const page = await visit();
          await page.evaluate(without, missing);
          const opened = await page.evaluate(
            async (issuer, missing, without) => {
              const frames = Array.from({ length: 4 }, () => document.body.appendChild(document.createElement("iframe")));
              await Promise.all(frames.map((frame) => new Promise((resolve) => { frame.onload = resolve; frame.src = "/"; })));
              const tabs = frames.map((frame) => {
                const { eval: run } = frame.contentWindow;
                run(`(${without})(${JSON.stringify(missing)})`);
                return run(`async (issuer) => {
                  const { init } = await import("/xp2p/index.js");
                  const { IndexedDbKeyStore, openKey } = await import("/xp2p/keys.js");
                  await init();
                  const opened = await Promise.all([openKey(new IndexedDbKeyStore(), { issuer }), openKey(new IndexedDbKeyStore(), { issuer })]);
                  return opened.map(({ key, state }) => ({ keyId: key.keyId, state }));
                }`);
              });
              const workers = missing.length ? [] : [1, 2].map(() => new Worker("/worker.js", { type: "module" }));
              const answers = workers.map((worker) => new Promise((resolve, reject) => {
                worker.onmessage = ({ data }) => resolve([data]);
                worker.onerror = ({ message }) => reject(new Error(message));
                worker.postMessage(issuer);
              }));
              return (await Promise.all([...answers, ...tabs.map((tab) => tab(issuer))])).flat();
            },
            issuer,
            missing,
            String(without),
          );
          assert.equal(opened.length, missing.length ? 8 : 10);
          assert.equal(new Set(opened.map(({ keyId }) => keyId)).size, 1);
          assert.equal(opened.filter(({ state }) => state === "created").length, 1);
          await page.close();
        });
      }

      await t.test("two tabs that open it at once get one key", async (t) => {
        const page = await visit();
        if (!page.beside) return t.skip(`one window of ${name} can be driven: the frames and workers above stand for tabs`);
        const tabs = [page, await page.beside(origin.url)];
        for (let round = 0; round < 5; round++) {
          const issuer = `https://round${round}.example/sandbox`;
          const opened = await Promise.all(tabs.map((tab) => tab.evaluate(open, issuer, message)));
          assert.equal(opened[0].keyId, opened[1].keyId);
          assert.deepEqual(opened.map(({ state }) => state).sort(), ["created", "restored"]);
          assert.ok(opened.every(verified));
        }
        for (const tab of tabs.reverse()) await tab.close();
      });

      await t.test("a key of one origin is not another's", async () => {
        const page = await visit();
        const here = await page.evaluate(open, issuer, message);
        await page.close();
        const other = await visit(origin.other);
        const there = await other.evaluate(open, issuer, message);
        assert.deepEqual([here.state, there.state], ["created", "created"]);
        assert.notEqual(here.keyId, there.keyId);
        await other.close();
      });

      await t.test("where nothing can be kept, there is a key for the page, and it says so", async () => {
        for (const [missing, protection] of [
          [["storage"], "non-extractable"],
          [["storing keys"], "non-extractable"],
          [["storage", "Ed25519"], "encrypted"],
          [["WebCrypto"], "memory"],
        ]) {
          const page = await visit();
          await page.evaluate(without, missing);
          const key = await page.evaluate(open, issuer, message);
          assert.deepEqual([key.state, key.protection], ["unstored", protection], missing.join());
          assert.ok(verified(key));
          await page.close();
        }
      });

      await t.test("a deleted key is gone", async () => {
        const page = await visit();
        const first = await page.evaluate(open, issuer, message);
        await page.evaluate(async (issuer) => {
          const { IndexedDbKeyStore, keyName } = await import("/xp2p/keys.js");
          await new IndexedDbKeyStore().delete(keyName({ issuer }));
        }, issuer);
        const second = await page.evaluate(open, issuer, message);
        assert.deepEqual([first.state, second.state], ["created", "created"]);
        await page.close();
      });
    } finally {
      await engine.close();
    }
  });
}
