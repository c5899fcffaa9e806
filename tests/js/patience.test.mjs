// When and how often something is sent again, through the wasm and the driver in TypeScript: pauses, deadline,
// network, clock, and that no answer without meaning is called a refusal.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient, init, SigningKey } from "xp2p";
import { hurried } from "../hurry.mjs";
import { randomness, seed } from "../random.mjs";
import { startSandbox } from "../sandbox.mjs";
import { errorCodes } from "../vectors.mjs";

const draft = { to: "@lutece", amount: "1.25", currency: "EUR" };
let sandbox;
let client;
let refused;
before(async () => {
  await init();
  sandbox = await startSandbox();
  const key = SigningKey.generate();
  await sandbox.enrol("alice", key);
  client = await createClient({ platform: sandbox.url, key });
  refused = (await client.pay({ ...draft, to: "@nobody" })).status;
});
after(() => sandbox.stop());

const problem = (status, code, headers = {}) =>
  new Response(JSON.stringify({ type: `urn:xp2p:error:${code}`, title: "", status, code, retryable: true, request_id: "req_00000000" }), {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
  });

/** Runs with answers to payments out of a function of how often one was sent; where it gives none, the platform's. */
async function answering(answer, run) {
  const { fetch } = globalThis;
  const sent = [];
  globalThis.fetch = async (url, settings) => {
    sent.push(`${settings?.method ?? "GET"} ${new URL(url).pathname}`);
    if (settings?.method !== "POST") return fetch(url, settings);
    const posts = sent.filter((line) => line.startsWith("POST")).length;
    return (await answer(posts, () => fetch(url, settings))) ?? fetch(url, settings);
  };
  try {
    return [sent, await run(sent)];
  } finally {
    globalThis.fetch = fetch;
  }
}

const lost = () => {
  throw new TypeError("connection lost");
};

test("pauses double up to thirty seconds, and each is a random part of that: full jitter", async () => {
  for (const [random, expected] of [[0, [0, 0, 0, 0, 0]], [0.5, [250, 500, 1000, 2000, 4000]], [0.9999999, [499, 999, 1999, 3999, 7999]]]) {
    const [pauses, [sent, outcome]] = await hurried(random, () => answering((posts) => (posts < 6 ? lost() : undefined), () => client.pay(draft)));
    assert.equal(outcome.status, "paid");
    assert.deepEqual(pauses, expected);
    assert.equal(sent.filter((line) => line === "POST /v1/payments").length, 6);
  }
});

test("`Retry-After` is obeyed, in seconds and as a date, with the jitter on top of it", async () => {
  const after = (value) => (posts) => (posts === 1 ? problem(503, "unavailable", { "retry-after": value }) : undefined);
  const pauseAfter = async (value) => {
    const [pauses, [, outcome]] = await hurried(0.5, () => answering(after(value), () => client.pay(draft)));
    assert.deepEqual([outcome.status, pauses.length], ["paid", 1], value);
    return pauses[0];
  };
  assert.equal(await pauseAfter("7"), 7250);
  // A date has whole seconds, and the clock goes on.
  const date = await pauseAfter(new Date(Date.now() + 9000).toUTCString());
  assert.ok(date >= 7250 && date <= 9250, date);
  for (const value of ["soon", "-7", "7.5", new Date(0).toUTCString()]) assert.equal(await pauseAfter(value), 250, value);
});

test("after the deadline a payment is unknown, however it failed, and its key finds out", async () => {
  const { now } = Date;
  let passed = 0;
  Date.now = () => now() + passed;
  try {
    for (const answer of [lost, () => problem(500, "internal"), () => problem(503, "unavailable", { "retry-after": "19" })]) {
      const forward = (milliseconds) => (passed += milliseconds);
      const carriedOut = async (posts, send) => (await send(), answer());
      const [pauses, [, outcome]] = await hurried(0.9, () => answering(carriedOut, () => client.pay(draft, { deadline: 30 })), forward);
      assert.equal(outcome.status, "unknown");
      assert.ok(pauses.length > 0 && pauses.reduce((sum, pause) => sum + pause, 0) <= 31_000, pauses.join());
      assert.equal((await client.pay(draft, { idempotencyKey: outcome.idempotencyKey })).status, "paid");
    }
  } finally {
    Date.now = now;
  }
});

test("offline nothing is tried: what waits goes on when the network is back", async (t) => {
  const page = new EventTarget();
  const given = ["navigator", "addEventListener", "removeEventListener"].map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  t.after(() => given.forEach(([name, before]) => (before ? Object.defineProperty(globalThis, name, before) : delete globalThis[name])));
  const set = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  const network = { onLine: true };
  set("navigator", network);
  set("addEventListener", page.addEventListener.bind(page));
  set("removeEventListener", page.removeEventListener.bind(page));
  const gone = (posts) => (posts === 1 ? ((network.onLine = false), lost()) : undefined);
  const [pauses, [sent, outcome]] = await hurried(0.5, () =>
    answering(gone, async (sent) => {
      const paying = client.pay(draft);
      while (network.onLine) await new Promise((resolve) => setImmediate(resolve));
      const tries = sent.length;
      // With a network its pause would be over by then.
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
      assert.equal(sent.length, tries, "nothing was sent offline");
      network.onLine = true;
      page.dispatchEvent(new Event("online"));
      return paying;
    }),
  );
  assert.equal(outcome.status, "paid");
  assert.deepEqual(pauses, [], "it waited for the network, and for nothing else");
  assert.equal(sent.filter((line) => line.startsWith("POST")).length, 2);
});

test("an abort ends a pause at once, and what was sent stays open", async () => {
  const stop = new AbortController();
  const later = () => (setImmediate(() => stop.abort()), problem(503, "unavailable", { "retry-after": "50" }));
  const [sent, outcome] = await answering(later, () => client.pay(draft, { signal: stop.signal }));
  assert.equal(outcome.status, "pending");
  assert.equal(sent.filter((line) => line.startsWith("POST")).length, 1);
});

test("requirement 9: a clock that is wrong is corrected once, by the platform's", async () => {
  const { now } = Date;
  for (const hours of [-1, 1]) {
    const key = SigningKey.generate();
    await sandbox.enrol("alice", key);
    const wrong = await createClient({ platform: sandbox.url, key });
    Date.now = () => now() + hours * 3_600_000;
    try {
      const [sent, outcome] = await answering(() => undefined, () => wrong.pay(draft));
      assert.equal(outcome.status, "paid");
      assert.deepEqual(sent.filter((line) => line !== "GET /.well-known/jwks.json"), ["GET /v1/handles/lutece", "POST /v1/payments", "GET /.well-known/xp2p", "POST /v1/payments"]);
      // What was learned serves the next payment.
      const [again, next] = await answering(() => undefined, () => wrong.pay(draft));
      assert.deepEqual([next.status, again.filter((line) => line.startsWith("POST")).length], ["paid", 1]);
      // A platform that finds every clock wrong is asked twice and no more.
      const skewed = await createClient({ platform: sandbox.url, key });
      const [tries, refusal] = await answering(() => problem(401, "clock_skew"), () => skewed.pay(draft));
      assert.deepEqual([refusal.error.code, tries.filter((line) => line.startsWith("POST")).length], ["clock_skew", 2]);
    } finally {
      Date.now = now;
    }
  }
});

test(`requirement 8: no answer without meaning turns unknown into refused (XP2P_SEED=${seed})`, async () => {
  assert.equal(refused, "refused", "the platform's own word is one");
  const { below, choose, bytes } = randomness();
  // A wrong clock is corrected and tried again at once, which the test above is about.
  const clock = ["clock_skew", "signature_expired"];
  const codes = errorCodes.filter(({ status, code }) => status && !clock.includes(code)).map(({ code }) => code);
  const types = ["application/json", "application/problem+json", "text/html", "application/jose"];
  const respond = (status, type, body) => new Response([204, 205, 304].includes(status) ? null : body, { status, headers: { "content-type": type } });
  const quoted = () => JSON.stringify({ code: choose(codes), retryable: below(2) === 0, status: 402, title: "", type: "", request_id: "req_00000000" });
  const ways = [
    lost,
    () => respond(500 + below(100), choose(types), quoted()),
    () => respond(400 + below(100), choose(types), bytes(60)),
    () => respond(400 + below(100), "text/html", quoted()),
    () => respond(200 + below(200), choose(types), bytes(60)),
    () => respond(200 + below(100), "application/json", JSON.stringify({ receipt: bytes(60).toString("base64url") })),
    // One that was altered.
    async (send) => {
      const payment = await (await send()).json();
      const [head, claims, signature] = payment.receipt.split(".");
      const said = JSON.parse(Buffer.from(claims, "base64url"));
      const forged = { ...said, ...choose([{ jti: "pay_00000000" }, { amount: { value: "0.01", currency: "EUR" } }, { iss: "https://evil.example/sandbox" }]) };
      const token = [head, Buffer.from(JSON.stringify(forged)).toString("base64url"), signature].join(".");
      return respond(201, "application/json", JSON.stringify({ ...payment, receipt: token }));
    },
    // The true receipt of another payment.
    async () => {
      const { receipt } = await client.pay({ ...draft, amount: "0.01" });
      return respond(201, "application/json", JSON.stringify({ receipt: receipt.token }));
    },
  ];
  for (let round = 0; round < 80; round++) {
    const way = ways[round % ways.length];
    let meddled = false;
    const once = (posts, send) => (meddled ? undefined : ((meddled = true), way(send)));
    const [, { status, error }] = await answering(once, () => client.pay(draft, { deadline: 0 }));
    assert.ok(status === "unknown" || status === "pending", `round ${round}: ${status} ${error?.code}`);
  }
});
