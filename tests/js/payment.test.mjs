// Payments through the packed package and the real sandbox: what is paid, what is refused and why,
// and that a refusal moves nothing.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { createClient, createDeviceKey, init, SigningKey, signRequest, verifyReceipt, Xp2pError } from "xp2p";
import { startSandbox } from "../sandbox.mjs";
import { errorCodes } from "../vectors.mjs";

const draft = { to: "@lutece", amount: "12.50", currency: "EUR", reference: "order-1042" };
let sandbox;
let key;
let client;
before(async () => {
  await init();
  sandbox = await startSandbox();
  key = SigningKey.generate();
  await sandbox.enrol("alice", key);
  client = await createClient({ platform: sandbox.url, key });
});
after(() => sandbox.stop());

/** Runs and makes sure that no money moved. */
async function withoutMoving(run) {
  const before = await sandbox.ledger();
  const result = await run();
  assert.deepEqual(await sandbox.ledger(), before);
  return result;
}

async function refusal(change, options) {
  const outcome = await withoutMoving(() => client.pay({ ...draft, ...change }, options));
  assert.equal(outcome.status, "refused");
  assert.ok(outcome.error instanceof Xp2pError);
  return [outcome.error.code, outcome.error.param];
}

async function rejection(run) {
  const error = await withoutMoving(() => run().then(() => assert.fail("was not refused"), (error) => error));
  assert.ok(error instanceof Xp2pError, error);
  return [error.code, error.param];
}

test("the client knows its platform", async () => {
  assert.equal(client.platform, sandbox.url);
  assert.equal(client.settings.environment, "sandbox");
  const euro = client.settings.currencies.find(({ code }) => code === "EUR");
  assert.deepEqual(euro.maximum, { value: "10000.00", currency: "EUR" });
  assert.deepEqual(await client.payee("@Lutece"), { handle: "lutece", account: "acct_lutece00", name: "Lutèce Books", kind: "merchant" });
});

test("a payment is paid once, however often its intent is sent", async () => {
  const [alice, lutece] = [await sandbox.balance("alice"), await sandbox.balance("lutece")];
  const first = await client.pay(draft);
  assert.equal(first.status, "paid");
  const again = await client.pay(draft, { idempotencyKey: first.idempotencyKey });
  assert.deepEqual(again, first);
  assert.equal(Number(await sandbox.balance("alice")), Number(alice) - 12.5);
  assert.equal(Number(await sandbox.balance("lutece")), Number(lutece) + 12.5);
});

test("the platform's decimals win over those of ISO 4217", async () => {
  const forint = client.settings.currencies.find(({ code }) => code === "HUF");
  assert.deepEqual(forint, { code: "HUF", exponent: 0, minimum: { value: "1", currency: "HUF" }, maximum: { value: "5000000", currency: "HUF" } });
  const order = { to: "@lutece", amount: "1250", currency: "HUF" };
  let outcome;
  const [sent] = await captured(async () => (outcome = await client.pay(order)));
  assert.equal(outcome.status, "paid", outcome.error?.code);
  assert.deepEqual(JSON.parse(Buffer.from(sent.body).toString()).amount, { value: "1250", currency: "HUF" });
  const { receipt } = outcome;
  assert.deepEqual(receipt.amount, { value: "1250", currency: "HUF" });
  // Without a client, as a merchant's server has it.
  const keys = await (await fetch(`${sandbox.url}/.well-known/jwks.json`)).json();
  const { issuer, payee } = receipt;
  const verify = (value) => verifyReceipt(receipt.token, keys, { issuer, payee, amount: { value, currency: "HUF" } });
  assert.equal(verify("1250").payment, receipt.payment);
  for (const value of ["1250.00", "12.50", "125000", "1251"]) {
    assert.throws(() => verify(value), ({ code }) => ["receipt_mismatch", "receipt_malformed"].includes(code), value);
  }
  assert.deepEqual(await rejection(() => client.pay({ ...order, amount: "12.50" })), ["amount_too_precise", "amount"]);
  assert.deepEqual(await refusal({ amount: "5000001", currency: "HUF", reference: undefined }), ["amount_over_maximum", "amount"]);
});

test("a key that WebCrypto keeps pays as well", async () => {
  const deviceKey = await createDeviceKey();
  assert.equal(deviceKey.protection, "non-extractable");
  await sandbox.enrol("bob", deviceKey);
  const bob = await createClient({ platform: sandbox.url, key: deviceKey });
  assert.equal((await bob.pay(draft)).status, "paid");
});

test("what is wrong in the call is refused before anything is sent", async () => {
  const rejected = (change) => rejection(() => client.pay({ ...draft, ...change }));
  assert.deepEqual(await rejected({ amount: "12.505" }), ["amount_too_precise", "amount"]);
  assert.deepEqual(await rejected({ amount: "-12.50" }), ["amount_negative", "amount"]);
  assert.deepEqual(await rejected({ amount: "0.00" }), ["amount_zero", "amount"]);
  assert.deepEqual(await rejected({ amount: 12.5 }), ["amount_not_text", "amount"]);
  assert.deepEqual(await rejected({ amount: "1e3" }), ["amount_malformed", "amount"]);
  assert.deepEqual(await rejected({ currency: "EUX" }), ["currency_unknown", "currency"]);
  assert.deepEqual(await rejected({ to: "@a" }), ["handle_malformed", "to"]);
  assert.deepEqual(await rejected({ reference: "a b" }), ["reference_malformed", "reference"]);
  assert.deepEqual(await rejected({ note: "a\u0000b" }), ["note_malformed", "note"]);
  assert.deepEqual(await rejected({ note: 7 }), ["argument_invalid", "note"]);
  assert.deepEqual(await rejection(() => client.pay(draft, { idempotencyKey: "short" })), ["idempotency_key_malformed", "idempotency-key"]);
  const reader = await createClient({ platform: sandbox.url });
  assert.deepEqual(await rejection(() => reader.pay(draft)), ["argument_invalid", "key"]);
});

test("what the platform refuses moves nothing and says why", async () => {
  assert.deepEqual(await refusal({ amount: "10000.01" }), ["amount_over_maximum", "amount"]);
  assert.deepEqual(await refusal({ currency: "CHF" }), ["currency_unsupported", "currency"]);
  assert.deepEqual(await refusal({ to: "@nobody" }), ["handle_unknown", "handle"]);
  assert.deepEqual(await refusal({ amount: "9999.00" }), ["insufficient_funds", "amount"]);
  assert.equal((await refusal({ to: "@alice" }))[0], "payee_is_payer");
  const { idempotencyKey } = await client.pay(draft);
  // What became of the other body with this key, which was paid, the refusal does not say.
  const reused = await withoutMoving(() => client.pay({ ...draft, amount: "12.51" }, { idempotencyKey }));
  assert.deepEqual([reused.status, reused.error.code, reused.error.retryable], ["unknown", "idempotency_key_reused", false]);
  const stranger = await createClient({ platform: sandbox.url, key: SigningKey.generate() });
  const outcome = await withoutMoving(() => stranger.pay(draft));
  assert.deepEqual([outcome.status, outcome.error.code], ["refused", "key_unknown"]);
});

test("what was changed on the way is refused", async () => {
  const [request] = await captured(() => client.pay(draft, { idempotencyKey: "0198f0a6-captured-1" }));
  const send = async (change) => {
    const answer = await withoutMoving(() => fetch(request.url, { ...request, ...change }));
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    const { code, param } = await answer.json();
    return [code, param];
  };
  assert.deepEqual(await send({}), ["nonce_reused", "nonce"]);
  const body = Buffer.from(String(request.body).replace("12.50", "92.50"));
  assert.deepEqual(await send({ body }), ["digest_mismatch", "content-digest"]);
  const { createHash } = await import("node:crypto");
  const digest = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
  const headers = { ...request.headers, "content-digest": digest };
  assert.deepEqual(await send({ body, headers }), ["signature_invalid", "signature"]);
  const { signature, ...unsigned } = request.headers;
  assert.deepEqual(await send({ headers: unsigned }), ["signature_missing", "signature"]);
});

test("a payment is read by its payer and by nobody else", async () => {
  const { receipt } = await client.pay(draft);
  const read = async (reader) => {
    const created = Math.floor(Date.now() / 1000);
    const request = { method: "GET", url: `${sandbox.url}/v1/payments/${receipt.payment}`, headers: {} };
    const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url");
    const headers = signRequest(request, reader, { environment: "sandbox", created, expires: created + 60, nonce });
    return fetch(request.url, { headers });
  };
  const mine = await (await read(key)).json();
  assert.equal(mine.receipt, receipt.token);
  const bob = SigningKey.generate();
  await sandbox.enrol("bob", bob);
  assert.equal((await read(bob)).status, 404);
});

test("a platform's address is checked, and one that is not there says so", async () => {
  for (const platform of ["", "api.example", "http://api.example", "https://api.example/v1", "https://me@api.example", "ftp://api.example"]) {
    assert.deepEqual(await rejection(() => createClient({ platform, key })), ["platform_url_invalid", "platform"]);
  }
  const [code] = await rejection(() => createClient({ platform: "http://127.0.0.1:9", key }));
  assert.equal(code, "platform_unreachable");
});

test("every code of the contract arrives as itself, and no failure of the platform as a refusal", async () => {
  for (const { code, status, retryable } of errorCodes.filter(({ status }) => status)) {
    const problem = { type: `urn:xp2p:error:${code}`, title: "", status, code, retryable, request_id: "req_00000000" };
    const answer = () => new Response(JSON.stringify(problem), { status, headers: { "content-type": "application/problem+json" } });
    const outcome = await withoutMoving(() => meddled(answer, () => client.pay(draft, { deadline: 0 })));
    const expected = code === "idempotency_in_progress" ? "pending" : retryable || code === "idempotency_key_reused" ? "unknown" : "refused";
    assert.equal(outcome.status, expected, code);
    if (outcome.error) assert.deepEqual([outcome.error.code, outcome.error.retryable], [code, retryable]);
  }
});

test("a lost answer is unknown, and the same intent finds out without paying twice", async () => {
  const balance = async () => Number(await sandbox.balance("lutece"));
  const before = await balance();
  const loseTheAnswer = async (_, send) => {
    await send();
    throw new TypeError("connection lost");
  };
  const lost = await meddled(loseTheAnswer, () => client.pay(draft, { deadline: 0 }));
  assert.deepEqual([lost.status, lost.error.code], ["unknown", "platform_unreachable"]);
  assert.equal(await balance(), before + 12.5);
  const found = await client.pay(draft, { idempotencyKey: lost.idempotencyKey });
  assert.equal(found.status, "paid");
  assert.equal(await balance(), before + 12.5);
});

test("requirement 8: an answer that is lost is asked for again, by the same key and bytes", async () => {
  const balance = async () => Number(await sandbox.balance("lutece"));
  const before = await balance();
  const sent = [];
  const outcome = await meddled(async (request, send) => {
    sent.push([await request.clone().text(), request.headers.get("idempotency-key"), request.headers.get("signature-input")]);
    const answer = await send();
    if (sent.length < 3) throw new TypeError("connection lost");
    return answer;
  }, () => client.pay(draft));
  assert.equal(outcome.status, "paid");
  assert.equal(await balance(), before + 12.5);
  const [bodies, keys, signatures] = [0, 1, 2].map((part) => new Set(sent.map((request) => request[part])).size);
  assert.deepEqual([bodies, keys, signatures], [1, 1, 3]);
});

test("a payment that is not awaited any longer is pending, and resume finishes it", async () => {
  const balance = async () => Number(await sandbox.balance("lutece"));
  const before = await balance();
  const kept = new Map();
  const outbox = {
    put: async (intent) => void kept.set(intent.id, intent),
    delete: async (id) => void kept.delete(id),
    list: async () => [...kept.values()],
    exclusively: (_, work) => work(),
  };
  const stopped = await createClient({ platform: sandbox.url, key, outbox });
  const stop = new AbortController();
  const outcome = await meddled(async (request, send) => {
    const [intent] = kept.values();
    assert.equal(intent.body, await request.clone().text(), "kept before it is sent");
    await send();
    stop.abort();
    throw new TypeError("connection lost");
  }, () => stopped.pay(draft, { signal: stop.signal }));
  assert.deepEqual(Object.keys(outcome).sort(), ["idempotencyKey", "status"]);
  assert.equal(outcome.status, "pending");
  const [resumed] = await stopped.resume();
  const found = await resumed.outcome;
  assert.deepEqual([found.status, found.idempotencyKey], ["paid", outcome.idempotencyKey]);
  assert.equal(await balance(), before + 12.5);
  assert.deepEqual([kept.size, await stopped.resume()], [0, []], "nothing is left");
});

test("a payment that is stopped before anything was sent is refused", async () => {
  const outcome = await withoutMoving(() => client.pay(draft, { signal: AbortSignal.abort() }));
  assert.deepEqual([outcome.status, outcome.error.code], ["refused", "aborted"]);
});

test("another draft does not take the place of a payment that may have been made", async () => {
  const lose = async (_, send) => {
    await send();
    throw new TypeError("connection lost");
  };
  const { idempotencyKey } = await meddled(lose, () => client.pay(draft, { deadline: 0 }));
  const other = { ...draft, amount: "13.00" };
  assert.deepEqual(await rejection(() => client.pay(other, { idempotencyKey })), ["argument_invalid", "idempotencyKey"]);
  assert.equal((await client.pay(draft, { idempotencyKey })).status, "paid");
});

test("requirement 10: what is done with the draft after the call pays nothing else", async () => {
  const mine = { ...draft, amount: "1.25" };
  const paying = client.pay(mine);
  mine.amount = "125.00";
  const { status, receipt } = await paying;
  assert.deepEqual([status, receipt.amount.value], ["paid", "1.25"]);
});

test("whatever fetch throws, the payment ends and the package works on", async () => {
  for (const thrown of [undefined, null, 7, "text", new Error("no"), Symbol("no"), {}]) {
    const outcome = await meddled(() => Promise.reject(thrown), () => client.pay(draft, { deadline: 0 }));
    assert.deepEqual([outcome.status, outcome.error.code], ["unknown", "platform_unreachable"]);
  }
  assert.equal((await client.pay(draft)).status, "paid");
});

/** Runs with somebody between us and the platform, who may answer a POST in its place. */
async function meddled(meddle, run) {
  const { fetch: direct } = globalThis;
  globalThis.fetch = async (input, settings) => {
    const request = new Request(input, settings);
    const answer = request.method === "POST" ? await meddle(request, () => direct(request.clone())) : undefined;
    return answer ?? direct(request);
  };
  try {
    return await run();
  } finally {
    globalThis.fetch = direct;
  }
}

/** The POST requests that are sent while something runs. */
async function captured(run) {
  const requests = [];
  await meddled(async (request) => {
    const { method, url, headers } = request;
    const body = Buffer.from(await request.clone().arrayBuffer());
    requests.push({ method, url, headers: Object.fromEntries(headers), body });
  }, run);
  return requests;
}
