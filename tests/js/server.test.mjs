// xp2p/server against a platform of this file: its key set can be rotated, which the sandbox's cannot,
// and its webhooks are signed by http-message-signatures.
import assert from "node:assert/strict";
import { createHash, createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { httpbis } from "http-message-signatures";
import { CompactSign, calculateJwkThumbprint } from "jose";
import { createClient, init, Verifier } from "xp2p/server";

const address = "https://shop.example/webhooks/xp2p";
const payee = { handle: "lutece", account: "acct_lutece00" };
const amount = { value: "12.50", currency: "EUR" };
const claims = { iat: 1_763_819_689, jti: "pay_00000001", payer: { handle: "alice", account: "acct_alice000" }, payee, amount, request_digest: "sha-256=:AAAA:" };
const event = { id: "evt_0198f0a6b3c97d2e", type: "payment.paid", environment: "sandbox", version: 1, created_at: 1_763_819_689, data: {} };

const start = Math.floor(Date.now() / 1000);
let server, platform, client, now, published, asked, answering;
before(async () => {
  await init();
  server = createServer((request, response) => {
    const settings = { environment: "sandbox", issuer: `${platform}/sandbox`, wallet_url: "https://wallet.example/", currencies: [], now: start };
    const keys = request.url === "/.well-known/jwks.json";
    if (keys) asked++;
    if (keys && !answering) return response.destroy();
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(keys ? { keys: published.map(({ jwk }) => jwk) } : settings));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  platform = `http://127.0.0.1:${server.address().port}`;
  client = await createClient({ platform });
});
after(() => {
  server.close();
  server.closeAllConnections();
});

/** A platform with one key, and a verifier that has asked for nothing yet. */
async function beginning() {
  [now, asked, answering] = [start, 0, true];
  published = [await platformKey()];
  return [new Verifier(client, { now: () => now }), published[0]];
}

async function platformKey() {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const jwk = publicKey.export({ format: "jwk" });
  const thumbprint = await calculateJwkThumbprint(jwk);
  return { thumbprint, privateKey, jwk: { ...jwk, kid: `sandbox:${thumbprint}`, alg: "EdDSA", use: "sig" } };
}

function receipt({ privateKey, jwk }) {
  const payload = Buffer.from(JSON.stringify({ iss: `${platform}/sandbox`, ...claims }));
  return new CompactSign(payload).setProtectedHeader({ alg: "EdDSA", kid: jwk.kid, typ: "xp2p-receipt+jwt" }).sign(privateKey);
}

async function webhook({ privateKey, thumbprint }, said = event) {
  const body = Buffer.from(JSON.stringify(said));
  const headers = {
    "content-type": "application/json",
    "content-digest": `sha-256=:${createHash("sha256").update(body).digest("base64")}:`,
    "idempotency-key": `"${said.id}"`,
  };
  const created = new Date(now * 1000);
  const signed = await httpbis.signMessage(
    {
      name: "xp2p",
      key: { id: thumbprint, alg: "ed25519", sign: async (base) => sign(null, base, createPrivateKey({ key: privateKey.export({ format: "jwk" }), format: "jwk" })) },
      fields: ["@method", "@target-uri", "content-digest", "content-type", "idempotency-key"],
      params: ["created", "expires", "nonce", "keyid", "alg", "tag"],
      paramValues: { created, expires: new Date(+created + 300_000), nonce: "q83vEjRWeJCrze8SNFZ4kA", tag: "xp2p-sandbox" },
    },
    { method: "POST", url: address, headers },
  );
  const lowered = Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return { method: "POST", url: address, headers: Object.fromEntries(lowered), body };
}

const isNew = () => true;
const refused = (promise, code) => assert.rejects(promise, { name: "Xp2pError", code });

test("requirement 24: a webhook is taken once, whichever way it comes", async () => {
  const [verifier, key] = await beginning();
  const seen = new Set();
  const remember = async (id) => !seen.has(id) && !!seen.add(id);
  const request = await webhook(key);
  assert.deepEqual(await verifier.verifyWebhook(request, remember), event);
  assert.equal(await verifier.verifyWebhook(request, remember), undefined);
  const lines = Object.entries(request.headers).map(([name, value]) => [name.toUpperCase(), value]);
  assert.deepEqual(await verifier.verifyWebhook({ ...request, headers: lines }, isNew), event);
  assert.equal(asked, 1);
});

test("requirement 24: what was changed on the way, is old, or is for somebody else is refused", async () => {
  const [verifier, key] = await beginning();
  const request = await webhook(key);
  const change = (change) => verifier.verifyWebhook({ ...request, ...change }, () => assert.fail("remembered"));
  await refused(change({ body: Buffer.concat([request.body, Buffer.from(" ")]) }), "digest_mismatch");
  await refused(change({ url: "https://other.example/webhooks/xp2p" }), "signature_invalid");
  await refused(change({ method: "PUT" }), "signature_invalid");
  const { signature, ...unsigned } = request.headers;
  await refused(change({ headers: unsigned }), "signature_missing");
  await refused(change({ headers: { ...request.headers, "idempotency-key": '"evt_0198f0a6b3c97d2f"' } }), "signature_invalid");
  await refused(change({ headers: {} }), "key_unknown");
  await refused(verifier.verifyWebhook(await webhook(key, { ...event, environment: "live" }), isNew), "platform_answer_invalid");
  const stranger = await platformKey();
  await refused(verifier.verifyWebhook(await webhook(stranger), isNew), "key_unknown");
  await refused(verifier.verifyWebhook(await webhook({ ...stranger, thumbprint: key.thumbprint }), isNew), "signature_invalid");
  now += 301;
  await refused(change({}), "clock_skew");
});

test("requirement 24: while the platform changes its key both are taken, and the withdrawn one fails", async () => {
  const [verifier, old] = await beginning();
  await verifier.verifyWebhook(await webhook(old), isNew);
  const fresh = await platformKey();
  published.push(fresh);
  now += 60;
  assert.deepEqual(await verifier.verifyWebhook(await webhook(fresh), isNew), event);
  assert.deepEqual(await verifier.verifyWebhook(await webhook(old), isNew), event);
  assert.equal(asked, 2, "once at first, and once for the new key");
  published.shift();
  now += 300;
  await refused(verifier.verifyWebhook(await webhook(old), isNew), "key_unknown");
  assert.deepEqual(await verifier.verifyWebhook(await webhook(fresh), isNew), event);
});

test("requirement 24: a fetch-style request is verified over its bytes, at the address that was registered, and not read without end", async () => {
  const [verifier, key] = await beginning();
  const { method, headers, body } = await webhook(key);
  // Behind a proxy its own address is another one.
  const arrived = (change = {}) => new Request("http://10.0.0.7:3000/hooks", { method, headers, body, ...change });
  assert.deepEqual(await verifier.verifyWebhookRequest(arrived(), address, isNew), event);
  assert.deepEqual(await verifier.verifyWebhookRequest(arrived(), new URL(address), isNew), event);
  assert.equal(await verifier.verifyWebhookRequest(arrived(), address, () => false), undefined);
  await refused(verifier.verifyWebhookRequest(arrived(), "http://10.0.0.7:3000/hooks", isNew), "signature_invalid");
  await refused(verifier.verifyWebhookRequest(arrived({ body: Buffer.concat([body, Buffer.from(" ")]) }), address, isNew), "digest_mismatch");
  let pulled = 0;
  const endless = new ReadableStream({ pull: (controller) => (pulled++, controller.enqueue(new Uint8Array(10_000))) });
  await refused(verifier.verifyWebhookRequest(arrived({ body: endless, duplex: "half" }), address, isNew), "request_too_large");
  assert.ok(pulled < 12, `${pulled} parts were read`);
});

test("a receipt verifies, and its key set is asked for once", async () => {
  const [verifier, key] = await beginning();
  const token = await receipt(key);
  const verified = await Promise.all([1, 2, 3].map(() => verifier.verifyReceipt(token, { payee, amount })));
  assert.deepEqual(verified.map(({ payment }) => payment), Array(3).fill("pay_00000001"));
  assert.equal(asked, 1);
  await refused(verifier.verifyReceipt(token, { payee, amount: { ...amount, value: "12.51" } }), "receipt_mismatch");
});

test("an unknown key asks for the key set once, and not again for every receipt that names one", async () => {
  const [verifier, key] = await beginning();
  await verifier.verifyReceipt(await receipt(key), { payee, amount });
  const fresh = await platformKey();
  published.push(fresh);
  now += 60;
  assert.equal((await verifier.verifyReceipt(await receipt(fresh), { payee, amount })).payment, "pay_00000001");
  assert.equal(asked, 2);
  for (let count = 0; count < 20; count++) {
    await refused(verifier.verifyReceipt(await receipt(await platformKey()), { payee, amount }), "receipt_key_unknown");
  }
  assert.equal(asked, 2, "twenty more unknown keys within the pause");
  now += 10;
  await refused(verifier.verifyReceipt(await receipt(await platformKey()), { payee, amount }), "receipt_key_unknown");
  assert.equal(asked, 3);
});

test("a revoked key fails once the key set is five minutes old, also when the platform is away", async () => {
  const [verifier, key] = await beginning();
  const token = await receipt(key);
  await verifier.verifyReceipt(token, { payee, amount });
  published = [await platformKey()];
  now += 299;
  await verifier.verifyReceipt(token, { payee, amount });
  now += 1;
  answering = false;
  await refused(verifier.verifyReceipt(token, { payee, amount }), "platform_unreachable");
  answering = true;
  await refused(verifier.verifyReceipt(token, { payee, amount }), "receipt_key_unknown");
});
