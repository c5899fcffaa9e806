// A page that is hostile: once the package is loaded, `fetch`, `JSON`, `Promise`, `crypto.subtle` and the
// methods of arrays are the attacker's, and every key that is seen or lies in storage is tried. No
// money moves and no seed is read, in the three engines.
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { after, before, test } from "node:test";
import { createClient, init, SigningKey } from "xp2p";
import { startSandbox } from "../sandbox.mjs";
import { openWallet } from "../wallet.mjs";
import { engines } from "./engines.mjs";
import { serveOrigin } from "./origin.mjs";

let origin, sandbox;
before(async () => {
  [origin, sandbox] = await Promise.all([serveOrigin(), startSandbox()]);
  await init();
});
after(async () => {
  origin?.stop();
  await sandbox?.stop();
});

/** Signs a request by hand, without the package, and sends it: contract/signing.md. */
async function send(sign, keyId, method, url, content) {
  const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
  const random = () => base64(crypto.getRandomValues(new Uint8Array(18))).replace(/\W/g, "_");
  const encode = (text) => new TextEncoder().encode(text);
  const body = JSON.stringify(content);
  const now = Math.floor(Date.now() / 1000);
  const headers = {
    "content-digest": `sha-256=:${base64(await crypto.subtle.digest("SHA-256", encode(body)))}:`,
    "content-type": "application/json",
    "idempotency-key": `"${random()}"`,
  };
  const covered = { "@method": method, "@target-uri": url, ...headers };
  const names = Object.keys(covered).map((name) => `"${name}"`).join(" ");
  const parameters = `(${names});created=${now};expires=${now + 60};nonce="${random()}";keyid="${keyId}";alg="ed25519";tag="xp2p-sandbox"`;
  const base = [...Object.entries(covered).map(([name, value]) => `"${name}": ${value}`), `"@signature-params": ${parameters}`].join("\n");
  headers["signature-input"] = `xp2p=${parameters}`;
  headers.signature = `xp2p=:${base64(await sign(encode(base)))}:`;
  const answer = await fetch(url, { method, headers, body });
  return [answer.status, await answer.json()];
}

/** Loads the package, opens the page's key, puts the attacker's functions in place, and attacks. */
async function attack({ platform, payee, missing, send: source }) {
  if (missing) {
    const { generateKey } = SubtleCrypto.prototype;
    SubtleCrypto.prototype.generateKey = function (algorithm, ...given) {
      return algorithm === "Ed25519" ? Promise.reject(new DOMException("there is no Ed25519", "NotSupportedError")) : generateKey.call(this, algorithm, ...given);
    };
  }
  const xp2p = await import("/xp2p/index.js");
  const { IndexedDbKeyStore, openKey } = await import("/xp2p/keys.js");
  await xp2p.init();
  const reader = await xp2p.createClient({ platform });
  const { key } = await openKey(new IndexedDbKeyStore(), reader.settings);
  const client = reader.withKey(key);

  // What the attacker sees: texts and bytes long enough for a seed, and keys.
  const seen = new Set();
  const keys = new Set();
  const calls = {};
  const { stringify } = JSON;
  const { isArray } = Array;
  const NativePromise = Promise;
  let busy = false;
  const look = (value, depth = 0) => {
    if (value instanceof CryptoKey) keys.add(value);
    else if (typeof value === "string") value.length >= 32 && seen.add(value);
    else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      if (value.byteLength < 32 || value.byteLength > 4096) return;
      let hex = "";
      for (const byte of new Uint8Array(value.buffer ?? value, value.byteOffset ?? 0, value.byteLength)) hex += (byte < 16 ? "0" : "") + byte.toString(16);
      seen.add(`hex:${hex}`);
    } else if (typeof value === "object" && value !== null && depth < 3) {
      if (isArray(value) && value.length >= 32 && typeof value[0] === "number") look(Uint8Array.from(value), depth);
      for (const name in value) {
        try {
          look(value[name], depth + 1);
        } catch {
          // Not everything can be looked at.
        }
      }
    }
  };
  const watch = (...values) => {
    if (busy) return;
    busy = true;
    for (const value of values) look(value);
    busy = false;
  };
  const { then } = NativePromise.prototype;
  const replace = (owner, name, label) => {
    const replaced = owner[name];
    owner[name] = function (...given) {
      if (!busy) calls[label] = (calls[label] ?? 0) + 1;
      watch(this, ...given);
      const result = Reflect.apply(replaced, this, given);
      if (result instanceof NativePromise) Reflect.apply(then, result, [(value) => watch(value), () => {}]);
      else watch(result);
      return result;
    };
  };
  const { exportKey, sign, wrapKey } = crypto.subtle;
  const original = globalThis.fetch.bind(globalThis);
  const helper = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["wrapKey"]);
  for (const name of ["sign", "verify", "encrypt", "decrypt", "digest", "exportKey", "importKey", "generateKey", "wrapKey", "unwrapKey", "deriveBits"]) replace(SubtleCrypto.prototype, name, `subtle.${name}`);
  for (const name of Object.getOwnPropertyNames(Array.prototype)) {
    if (typeof Array.prototype[name] === "function" && name !== "constructor") replace(Array.prototype, name, `array.${name}`);
  }
  for (const name of ["parse", "stringify"]) replace(JSON, name, `JSON.${name}`);
  for (const name of ["then", "catch", "finally"]) replace(Promise.prototype, name, `promise.${name}`);
  globalThis.Promise = class extends Promise {};
  replace(globalThis, "fetch", "fetch");

  // The page pays: first as it is, then with every answer in the attacker's hands.
  const draft = { to: "@lutece", amount: "12.50", currency: "EUR" };
  const outcomes = [(await client.pay(draft)).status];
  globalThis.fetch = async (url, init) => {
    if (init?.method !== "POST") return original(url, init);
    const forged = { id: "pay_forged00", status: "paid", receipt: "eyJhbGciOiJFZERTQSJ9.e30.AAAA", payee, amount: { value: "12.50", currency: "EUR" } };
    return new Response(stringify(forged), { status: 201, headers: { "content-type": "application/json" } });
  };
  outcomes.push((await client.pay(draft)).status);
  globalThis.fetch = original;
  await key.sign(new TextEncoder().encode("once more"));

  // By hand: with the page's key, and with every key that was seen or lies in storage.
  const signers = [[key.sign, key.keyId]];
  const database = await new Promise((resolve) => { const request = indexedDB.open("xp2p-keys"); request.onsuccess = () => resolve(request.result); });
  const stored = await new Promise((resolve) => { const request = database.transaction("keys").objectStore("keys").getAll(); request.onsuccess = () => resolve(request.result); });
  database.close();
  const storedKeys = stored.length;
  for (const record of stored) for (const name in record) if (record[name] instanceof CryptoKey) keys.add(record[name]);
  const exported = [];
  for (const found of keys) {
    if (found.type === "public" || found === helper) continue;
    if (found.algorithm.name === "Ed25519") signers.push([(bytes) => sign.call(crypto.subtle, "Ed25519", found, bytes), key.keyId]);
    for (const format of ["jwk", "pkcs8", "raw"]) {
      await exportKey.call(crypto.subtle, format, found).then(() => exported.push(format), () => {});
      await wrapKey.call(crypto.subtle, format, found, helper, { name: "AES-GCM", iv: new Uint8Array(12) }).then(() => exported.push(format), () => {});
    }
  }
  const send = (0, eval)(`(${source})`);
  const answers = [];
  const request = { payee, amount: { value: "12.50", currency: "EUR" } };
  for (const [signer, keyId] of signers) {
    const post = async (path, content) => {
      const [status, body] = await send(signer, keyId, "POST", platform + path, content);
      answers.push([path.replace(/chk_\w+/, "{id}"), status, body.code ?? body.role ?? body.status]);
      return body;
    };
    await post("/v1/keys", { jwk: key.publicJwk, role: "approval" });
    await post("/v1/keys", { jwk: key.publicJwk, role: "requester" });
    await post("/v1/payments", request);
    const checkout = await post("/v1/checkouts", request);
    const approval = { checkout: checkout.id, payer: "acct_alice000", payee, amount: request.amount, request_digest: checkout.request_digest, expires_at: checkout.expires_at };
    await post(`/v1/checkouts/${checkout.id}/approve`, approval);
  }
  const texts = [];
  for (const text of seen) texts[texts.length] = text;
  return { protection: key.protection, x: key.publicJwk.x, outcomes, exported, answers, calls, texts, storedKeys, signers: signers.length };
}

/** Whether a seed of this public key is anywhere in some texts: in bytes, hex, base64 or base64url. */
function seedIn(texts, x) {
  const prefix = Buffer.from("302e020100300506032b657004220420", "hex");
  const tried = new Set();
  for (const text of texts) {
    const readings = text.startsWith("hex:") ? [Buffer.from(text.slice(4), "hex")] : [Buffer.from(text, "latin1"), ...(text.match(/[0-9a-fA-F]{64,}/g) ?? []).map((hex) => Buffer.from(hex, "hex")), ...(text.match(/[\w+/-]{43,}/g) ?? []).map((base64) => Buffer.from(base64, "base64"))];
    for (const bytes of readings) {
      for (let at = 0; at + 32 <= bytes.length; at++) tried.add(bytes.subarray(at, at + 32).toString("latin1"));
    }
  }
  const isSeed = (window) => {
    const key = createPrivateKey({ key: Buffer.concat([prefix, Buffer.from(window, "latin1")]), format: "der", type: "pkcs8" });
    return createPublicKey(key).export({ format: "jwk" }).x === x;
  };
  return { windows: tried.size, found: [...tried].some(isSeed) };
}

test("requirement 2: the search for a seed finds one", () => {
  const seed = Buffer.from("5eed0001787032703a206e6f206d65737361676520686f6c64732074686973ff", "hex");
  const { x } = SigningKey.fromSeed(Uint8Array.from(seed)).publicJwk;
  for (const text of [`hex:00${seed.toString("hex")}ff`, `{"d":"${seed.toString("base64url")}"}`, seed.toString("hex"), `key ${seed.toString("base64")}`, `a${seed.toString("latin1")}b`]) {
    assert.ok(seedIn([text], x).found, text);
  }
  assert.ok(!seedIn([`hex:${seed.toString("hex").replace("5eed", "5eec")}`], x).found);
});

for (const [name, start] of Object.entries(engines)) {
  const skip = !start && `there is no ${name} on this machine`;
  test(`requirement 1 and 2: a hostile page moves no money and reads no seed, in ${name}`, { skip }, async (t) => {
    const engine = await start();
    try {
      for (const [missing, protection, signers] of [[false, "non-extractable", 2], [true, "encrypted", 1]]) {
        await t.test(protection, async () => {
          const { handle, account } = await (await createClient({ platform: sandbox.url })).payee("lutece");
          const payee = { handle, account };
          const before = await sandbox.ledger();
          const page = await engine.open(missing ? origin.other : origin.url);
          const { texts, calls, ...found } = await page.evaluate(attack, { platform: sandbox.url, payee, missing, send: String(send) });
          await page.close();
          assert.deepEqual(await sandbox.ledger(), before, "nothing has moved");
          assert.equal(found.protection, protection);
          assert.deepEqual(found.outcomes, ["refused", "unknown"]);
          assert.equal(found.storedKeys, 1);
          assert.deepEqual(found.exported, []);
          assert.ok(found.signers >= signers, "the key was found in storage, and signs");
          for (let index = 0; index < found.signers; index++) {
            assert.deepEqual(found.answers.slice(index * 5, index * 5 + 5), [
              ["/v1/keys", index ? 403 : 401, index ? "key_not_allowed" : "key_unknown"],
              ["/v1/keys", 201, "requester"],
              ["/v1/payments", 403, "key_not_allowed"],
              ["/v1/checkouts", 201, "created"],
              ["/v1/checkouts/{id}/approve", 403, "key_not_allowed"],
            ]);
          }
          const { windows, found: seed } = seedIn(texts, found.x);
          assert.ok(!seed, "no seed among what was seen");
          // The attacker's functions were in use, or this would show nothing.
          for (const label of ["fetch", "JSON.parse"]) assert.ok(calls[label] > 0, label);
          assert.ok(Object.keys(calls).some((label) => label.startsWith("array.")), JSON.stringify(calls));
          if (!missing) assert.ok(calls["subtle.sign"] > 0);
          t.diagnostic(`${name}, ${protection}: ${Object.values(calls).reduce((sum, count) => sum + count, 0)} calls watched, ${windows} pieces of 32 bytes tried as the seed`);
        });
      }
    } finally {
      await engine.close();
    }
  });
}

/** Asks for a link, as an honest page does. */
async function askForLink({ platform, limits }) {
  const { createClient } = await import("/xp2p/index.js");
  globalThis.open = () => null;
  const client = await createClient({ platform });
  const request = client.requestLink({ payees: ["@lutece"], limits, expiresAt: Math.floor(Date.now() / 1000) + 3600 });
  while (!request.id) await new Promise((resolve) => setTimeout(resolve, 20));
  return request.id;
}

/** Has the linked key pay whomever and whatever, in its own words, and looks what it gets. */
async function overspend({ platform, payees, send: source }) {
  const { init } = await import("/xp2p/index.js");
  const { IndexedDbKeyStore, openKey } = await import("/xp2p/keys.js");
  await init();
  const { issuer } = await (await fetch(`${platform}/.well-known/xp2p`)).json();
  const { key } = await openKey(new IndexedDbKeyStore(), { issuer });
  for (const name of ["parse", "stringify"]) {
    const replaced = JSON[name];
    JSON[name] = function (...given) { return Reflect.apply(replaced, this, given); };
  }
  const { fetch: sending } = globalThis;
  globalThis.fetch = (url, init) => sending(url, init);
  const send = (0, eval)(`(${source})`);
  const answers = [];
  for (const [payee, value] of payees) {
    const [status, body] = await send((bytes) => key.sign(bytes), key.keyId, "POST", `${platform}/v1/payments`, { payee, amount: { value, currency: "EUR" } });
    answers.push([status, body.code ?? body.status]);
  }
  return answers;
}

for (const [name, start] of Object.entries(engines)) {
  const skip = !start && `there is no ${name} on this machine`;
  test(`requirement 2: a hostile page with a linked key pays its payee within the limits, and nobody else, in ${name}`, { skip }, async () => {
    const engine = await start();
    try {
      const wallet = await openWallet(sandbox, "bob");
      const holder = async (handle) => {
        const { account } = await wallet.client.payee(handle);
        return { handle, account };
      };
      const [lutece, tamarind, mine] = await Promise.all(["lutece", "tamarind", "bob"].map(holder));
      const page = await engine.open(origin.url);
      const limits = { currency: "EUR", perPayment: "2.00", perPeriod: "3.00", period: "day", lifetime: "10.00" };
      await wallet.approveLink(await page.evaluate(askForLink, { platform: sandbox.url, limits }));
      const cents = async (handle) => Number((await sandbox.balance(handle)).replace(".", ""));
      const before = await Promise.all(["bob", "lutece", "tamarind"].map(cents));
      const payees = [[tamarind, "1.00"], [mine, "1.00"], [{ ...lutece, account: tamarind.account }, "1.00"], [lutece, "2.01"], [lutece, "2.00"], [lutece, "1.01"], [lutece, "1.00"], [lutece, "0.01"]];
      const answers = await page.evaluate(overspend, { platform: sandbox.url, payees, send: String(send) });
      assert.deepEqual(answers.slice(0, 2), [[403, "key_not_allowed"], [403, "key_not_allowed"]]);
      assert.ok(answers[2][0] >= 400, String(answers[2]));
      assert.deepEqual(answers.slice(3), [[403, "link_limit_exceeded"], [201, "paid"], [403, "link_limit_exceeded"], [201, "paid"], [403, "link_limit_exceeded"]]);
      const after = await Promise.all(["bob", "lutece", "tamarind"].map(cents));
      assert.deepEqual(after.map((now, index) => now - before[index]), [-300, 300, 0]);
      await page.close();
    } finally {
      await engine.close();
    }
  });
}

test("requirement 1: the same request by hand pays with a key that may", async () => {
  const key = SigningKey.generate();
  await sandbox.enrol("alice", key);
  const { handle, account } = await (await createClient({ platform: sandbox.url })).payee("lutece");
  const before = await sandbox.balance("lutece");
  const content = { payee: { handle, account }, amount: { value: "12.50", currency: "EUR" } };
  const [status, payment] = await send((bytes) => key.sign(bytes), key.keyId, "POST", `${sandbox.url}/v1/payments`, content);
  assert.deepEqual([status, payment.status], [201, "paid"]);
  assert.equal(Number(await sandbox.balance("lutece")) - Number(before), 12.5);
});
