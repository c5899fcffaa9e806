// Judges that share no line with us: http-message-signatures and structured-headers for signatures,
// jose for receipts, Node's OpenSSL for Ed25519 and SHA-256.
import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";
import { after, before, test } from "node:test";
import { httpbis } from "http-message-signatures";
import { calculateJwkThumbprint, createLocalJWKSet, jwtVerify } from "jose";
import { parseDictionary, parseItem } from "structured-headers";
import { createClient, init, SigningKey, signRequest, verifyRequest } from "xp2p";
import { startSandbox } from "../sandbox.mjs";

let sandbox;
let key;
before(async () => {
  await init();
  sandbox = await startSandbox();
  key = SigningKey.generate();
  await sandbox.enrol("alice", key);
});
after(() => sandbox.stop());

/** Runs with every request that leaves this process written down. */
async function captured(run) {
  const { fetch } = globalThis;
  const requests = [];
  globalThis.fetch = async (input, settings) => {
    const request = new Request(input, settings);
    requests.push({
      method: request.method,
      url: request.url,
      headers: Object.fromEntries(request.headers),
      body: Buffer.from(await request.clone().arrayBuffer()),
    });
    return fetch(request);
  };
  try {
    return [await run(), requests];
  } finally {
    globalThis.fetch = fetch;
  }
}

/** Verifies with http-message-signatures and looks at everything that it does not look at. */
async function judge(request, jwk) {
  const publicKey = createPublicKey({ key: jwk, format: "jwk" });
  const seen = {};
  const verified = await httpbis.verifyMessage(
    {
      all: true,
      requiredParams: ["created", "expires", "nonce", "keyid", "alg", "tag"],
      async keyLookup(parameters) {
        Object.assign(seen, parameters);
        return {
          id: parameters.keyid,
          algs: ["ed25519"],
          verify: async (base, signature) => verify(null, base, publicKey, signature),
        };
      },
    },
    request,
  );
  // The digest has to be recomputed: the library checks only that the header is signed.
  const digest = request.body?.length ? createHash("sha256").update(request.body).digest("base64") : undefined;
  const digestHeader = request.headers["content-digest"];
  return { verified, seen, digestHolds: digestHeader === (digest && `sha-256=:${digest}:`) };
}

test("a captured payment is a signature by RFC 9421, a digest by RFC 9530 and a receipt by RFC 7515", async () => {
  const client = await createClient({ platform: sandbox.url, key });
  const draft = { to: "@lutece", amount: "12.50", currency: "EUR", reference: "order-1042", note: "déjeuner 🍜" };
  const [outcome, requests] = await captured(() => client.pay(draft));
  assert.equal(outcome.status, "paid");

  const post = requests.find(({ method }) => method === "POST");
  assert.equal(post.url, `${sandbox.url}/v1/payments`);
  const { verified, seen, digestHolds } = await judge(post, key.publicJwk);
  assert.equal(verified, true);
  assert.equal(digestHolds, true);
  assert.equal(seen.keyid, await calculateJwkThumbprint(key.publicJwk));
  assert.equal(seen.tag, "xp2p-sandbox");
  assert.ok(seen.expires - seen.created <= 300_000 || seen.expires - seen.created <= 300);
  const [components] = parseDictionary(post.headers["signature-input"]).get("xp2p");
  assert.deepEqual(
    components.map(([name]) => name),
    ["@method", "@target-uri", "content-digest", "content-type", "idempotency-key"],
  );
  const [idempotencyKey] = parseItem(post.headers["idempotency-key"]);
  assert.equal(idempotencyKey, outcome.idempotencyKey);

  const keys = createLocalJWKSet(await (await fetch(`${sandbox.url}/.well-known/jwks.json`)).json());
  const { payload, protectedHeader } = await jwtVerify(outcome.receipt.token, keys, {
    issuer: `${sandbox.url}/sandbox`,
    typ: "xp2p-receipt+jwt",
    algorithms: ["EdDSA", "Ed25519"],
  });
  assert.match(protectedHeader.kid, /^sandbox:/);
  assert.deepEqual(payload.amount, { value: "12.50", currency: "EUR" });
  assert.deepEqual(payload.payee, { handle: "lutece", account: "acct_lutece00" });
  assert.equal(payload.request_digest, post.headers["content-digest"]);
  assert.deepEqual(JSON.parse(post.body), {
    payee: payload.payee,
    amount: payload.amount,
    reference: "order-1042",
    note: "déjeuner 🍜",
  });
});

test("the judge can say no", async () => {
  const request = { method: "POST", url: "https://api.example/v1/payments", headers: { "content-type": "application/json", "idempotency-key": '"0198f0a6-b3c9-7d2e"' }, body: Buffer.from("{}") };
  const created = Math.floor(Date.now() / 1000);
  const options = { environment: "sandbox", created, expires: created + 60, nonce: "q83vEjRWeJCrze8SNFZ4kA" };
  const signed = { ...request, headers: { ...request.headers, ...signRequest(request, key, options) } };
  assert.deepEqual(pick(await judge(signed, key.publicJwk)), { verified: true, digestHolds: true });
  assert.deepEqual(pick(await judge({ ...signed, body: Buffer.from("[]") }, key.publicJwk)), { verified: true, digestHolds: false });
  const elsewhere = await judge({ ...signed, url: "https://api.example/v1/refunds" }, key.publicJwk);
  assert.equal(elsewhere.verified, false);
  const other = await judge(signed, SigningKey.generate().publicJwk);
  assert.equal(other.verified, false);
});

test("a request that http-message-signatures signed verifies here", async () => {
  const { createPrivateKey, sign } = await import("node:crypto");
  const seed = Buffer.alloc(32, 5);
  const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  const privateKey = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  const { kty, crv, x } = createPublicKey(privateKey).export({ format: "jwk" });
  const keyId = await calculateJwkThumbprint({ kty, crv, x });
  const created = new Date(1_763_819_689_000);
  const message = { method: "GET", url: "https://api.example/v1/payments?cursor=a%2Fb", headers: {} };
  const signed = await httpbis.signMessage(
    {
      name: "xp2p",
      key: { id: keyId, alg: "ed25519", sign: async (base) => sign(null, base, privateKey) },
      fields: ["@method", "@target-uri"],
      params: ["created", "expires", "nonce", "keyid", "alg", "tag"],
      paramValues: { created, expires: new Date(+created + 300_000), nonce: "q83vEjRWeJCrze8SNFZ4kA", tag: "xp2p-sandbox" },
    },
    message,
  );
  const headers = Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  const policy = { environment: "sandbox", now: 1_763_819_690 };
  assert.equal(verifyRequest({ ...message, headers }, { kty, crv, x }, policy).keyId, keyId);
});

function pick({ verified, digestHolds }) {
  return { verified, digestHolds };
}
