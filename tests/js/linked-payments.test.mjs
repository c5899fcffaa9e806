// Payments through a link, which no payer looks at: by several tabs, over lost answers, and with an outbox that fails.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient, init, SigningKey } from "xp2p";
import { MemoryOutbox } from "xp2p/asking";
import { startSandbox } from "../sandbox.mjs";
import { openWallet, reached } from "../wallet.mjs";

let sandbox, wallet;
before(async () => {
  await init();
  sandbox = await startSandbox();
  wallet = await openWallet(sandbox, "alice");
});
after(() => sandbox.stop());

let order = 0;
const another = () => ({ to: "@lutece", amount: "2.50", currency: "EUR", reference: `linked-${++order}` });

async function cents(handle) {
  return Number((await sandbox.balance(handle)).replace(".", ""));
}

/** Tabs of one page whose key is linked to @lutece: they have the key and the outbox in common. */
async function tabsOf(count, outbox = new MemoryOutbox()) {
  const key = SigningKey.generate();
  const tabs = await Promise.all(Array.from({ length: count }, () => createClient({ platform: sandbox.url, key, outbox })));
  const [first] = tabs;
  await first.exchange({ method: "POST", path: "/v1/keys", body: JSON.stringify({ jwk: key.publicJwk, role: "requester" }) });
  const limits = { currency: "EUR", perPayment: "20.00", perPeriod: "200.00", period: "day", lifetime: "200.00" };
  const request = await reached(first.requestLink({ payees: ["@lutece"], limits, expiresAt: Math.floor(Date.now() / 1000) + 3600 }), "created");
  await wallet.approveLink(request.id);
  assert.equal((await request.outcome).status, "active");
  for (const tab of tabs) await tab.links();
  return tabs;
}

/** Holds every answer of one kind back until `release`. `arrived` is when the first has been given. */
function holding(method, path) {
  const { fetch } = globalThis;
  let arrive, release;
  const arrived = new Promise((resolve) => (arrive = resolve));
  const released = new Promise((resolve) => (release = resolve));
  globalThis.fetch = async (input, settings) => {
    const answer = await fetch(input, settings);
    if (settings?.method !== method || !new URL(input).pathname.match(path)) return answer;
    arrive();
    await released;
    return answer;
  };
  const restore = () => (globalThis.fetch = fetch);
  return { arrived, release: () => (restore(), release()), restore };
}

test("requirement 8: a tab that finds another one's payment under way ends as that one does, and pays nothing more", async () => {
  const [one, other] = await tabsOf(2);
  const before = await cents("lutece");
  const asked = another();
  const held = holding("POST", /^\/v1\/payments$/);
  try {
    const first = one.checkout(asked);
    await held.arrived;
    const second = other.checkout(asked);
    const [resumed] = await other.resume();
    assert.equal(resumed.kind, "payment");
    held.release();
    const outcomes = [await first.outcome, await second.outcome, await resumed.outcome];
    assert.deepEqual(outcomes.map(({ status }) => status), ["paid", "paid", "paid"]);
    assert.equal(new Set(outcomes.map(({ receipt }) => receipt.payment)).size, 1);
    await second.again().outcome;
  } finally {
    held.restore();
  }
  assert.equal((await cents("lutece")) - before, 250);
});

test("requirement 8: two tabs that are clicked before either has sent anything pay once", async () => {
  const [one, other] = await tabsOf(2);
  const before = await cents("lutece");
  const asked = another();
  const held = holding("GET", /^\/v1\/handles\/lutece$/);
  try {
    const checkouts = [one.checkout(asked), other.checkout({ ...asked, amount: "2.5" })];
    await held.arrived;
    held.release();
    const [first, second] = await Promise.all(checkouts.map(({ outcome }) => outcome));
    assert.deepEqual([first.status, second.status], ["paid", "paid"]);
    assert.equal(first.receipt.payment, second.receipt.payment);
  } finally {
    held.restore();
  }
  assert.equal((await cents("lutece")) - before, 250);
});

test("requirement 8: what an outbox cannot delete was paid all the same", async () => {
  class Stuck extends MemoryOutbox {
    async delete() {
      throw new Error("the disk is read-only by now");
    }
  }
  class Unlocked extends MemoryOutbox {
    async exclusively(name, work) {
      await super.exclusively(name, work);
      throw new Error("the lock could not be given back");
    }
  }
  for (const outbox of [new Stuck(), new Unlocked()]) {
    const [client] = await tabsOf(1, outbox);
    const before = await cents("lutece");
    const { status } = await client.checkout(another()).outcome;
    assert.equal(status, "paid");
    assert.equal((await client.pay(another())).status, "paid");
    assert.equal((await cents("lutece")) - before, 500);
  }
  // Nor does it hold up how a checkout ends that a payer looks at.
  const page = await createClient({ platform: sandbox.url, key: wallet.client.key, outbox: new Stuck() });
  const declined = await reached(page.checkout(another()), "created");
  await wallet.decline(declined.id);
  assert.deepEqual(await declined.outcome, { status: "declined" });
  const refused = await page.checkout({ ...another(), amount: "10000.01" }).outcome;
  assert.equal(refused.status, "refused");
});

test("requirement 8: a payment that was begun by a key that is gone stays unknown, and is never called refused", async () => {
  const outbox = new MemoryOutbox();
  const [page] = await tabsOf(1, outbox);
  const asked = another();
  const held = holding("POST", /^\/v1\/payments$/);
  const stop = new AbortController();
  try {
    const begun = page.pay(asked, { signal: stop.signal });
    await held.arrived;
    stop.abort();
    held.release();
    assert.notEqual((await begun).status, "refused");
  } finally {
    held.restore();
  }
  const [intent] = await outbox.list();
  assert.equal(intent.kind, "payment");
  const [next] = await tabsOf(1, outbox);
  const { status, error } = await next.checkout(asked).outcome;
  assert.deepEqual([status, error.param], ["unknown", "key"]);
});

test("requirement 8: after a crash a page goes on with a payment through a link as with a checkout", async () => {
  const outbox = new MemoryOutbox();
  const [page] = await tabsOf(1, outbox);
  const before = await cents("lutece");
  const asked = another();
  const held = holding("POST", /^\/v1\/payments$/);
  try {
    // The process that asked never hears of it.
    void page.pay(asked);
    await held.arrived;
  } finally {
    held.restore();
  }
  // Also where another tab has finished it just after it was found, and keeps it no longer.
  for (const times of [Infinity, 1]) {
    let looked = 0;
    const kept = Object.assign(new MemoryOutbox(), { list: async () => (looked++ < times * 2 ? outbox.list() : []) });
    const reloaded = await createClient({ platform: sandbox.url, key: page.key, outbox: kept });
    const checkout = await reloaded.resumeCheckout();
    assert.equal(reloaded.isFor(checkout, { ...asked }), true);
    const { status, receipt } = await checkout.outcome;
    assert.deepEqual([status, receipt?.reference], ["paid", asked.reference]);
    assert.equal((await cents("lutece")) - before, 250);
  }
  held.release();
});

test("a link that another key asked for is not called refused because this one may not read it", async () => {
  const outbox = new MemoryOutbox();
  const limits = { currency: "EUR", perPayment: "1.00", perPeriod: "1.00", period: "day", lifetime: "1.00" };
  const [first] = await tabsOf(1, outbox);
  const request = await reached(first.requestLink({ payees: ["@lutece"], limits, expiresAt: Math.floor(Date.now() / 1000) + 3600 }), "created");
  const client = await createClient({ platform: sandbox.url, key: SigningKey.generate(), outbox });
  await client.exchange({ method: "POST", path: "/v1/keys", body: JSON.stringify({ jwk: client.key.publicJwk, role: "requester" }) });
  const [{ kind, link }] = await client.resume();
  const { status, error } = await link.outcome;
  assert.deepEqual([kind, status, error.code], ["link", "unknown", "not_found"]);
  assert.equal((await outbox.list()).length, 1);
  await wallet.declineLink(request.id);
  assert.equal((await request.outcome).status, "declined");
});
