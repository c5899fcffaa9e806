// A checkout from the asking side: what is asked for, followed and decided, with links and with a server's checkout.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { createClient, Xp2pError } from "xp2p";
import { MemoryOutbox } from "xp2p/asking";
import { reached } from "../wallet.mjs";
import { another, cents, draft, merchantKey, page, sandbox, traced, wallet } from "./checkout-client.mjs";

test("requirement 31: what is asked for is opened, approved and paid, and the receipt is for it", async () => {
  const before = await cents("lutece");
  const asked = another({ note: "two paperbacks" });
  const checkout = page.checkout(asked);
  assert.equal(checkout.state, "creating");
  const states = [];
  checkout.on("change", ({ state }) => states.push(state));
  await reached(checkout, "created");
  assert.match(checkout.id, /^chk_/);
  assert.ok(checkout.walletUrl.startsWith(page.settings.walletUrl));
  await wallet.open(checkout.id);
  await reached(checkout, "opened");
  await wallet.approve(checkout.id);
  const { status, receipt } = await checkout.outcome;
  assert.equal(status, "paid");
  assert.deepEqual(receipt.payee, { handle: "lutece", account: "acct_lutece00" });
  assert.deepEqual(receipt.amount, { value: "12.50", currency: "EUR" });
  assert.equal(receipt.reference, asked.reference);
  assert.deepEqual(states, ["created", "opened", "paid"]);
  assert.equal((await cents("lutece")) - before, 1250);
});

test("a payer who declines, a page that cancels, a clock that runs out", async () => {
  const declined = await reached(page.checkout(another()), "created");
  await wallet.decline(declined.id);
  assert.deepEqual(await declined.outcome, { status: "declined" });

  const cancelled = await reached(page.checkout(another()), "created");
  assert.deepEqual(await cancelled.cancel(), { status: "cancelled" });
  assert.equal((await wallet.checkout(cancelled.id)).status, "cancelled");

  const early = page.checkout(another());
  assert.deepEqual(await early.cancel(), { status: "cancelled" });
});

test("what was not asked for yet is taken back at once, also while the platform is out of reach", async () => {
  const { fetch } = globalThis;
  const sent = traced(page);
  await page.prepare();
  globalThis.fetch = () => Promise.reject(new TypeError("the network is gone"));
  try {
    const checkout = page.checkout(another());
    assert.deepEqual(await checkout.cancel(), { status: "cancelled" });
    assert.deepEqual(await page.checkout(() => new Promise(() => {})).cancel(), { status: "cancelled" });
  } finally {
    globalThis.fetch = fetch;
  }
  assert.equal(sent.filter(({ method, path }) => method === "POST" && path === "/v1/checkouts").length, 0);
  sent.stop();
});

test("a second call while one runs gives the running one, for the same draft", async () => {
  const asked = another();
  const first = page.checkout(asked);
  assert.equal(page.checkout({ ...asked }), first);
  const other = page.checkout(another());
  assert.notEqual(other, first);
  await Promise.all([first.cancel(), other.cancel()]);
  const next = page.checkout(asked);
  assert.notEqual(next, first);
  await next.cancel();
});

test("what is wrong in the draft is refused at the call, what the platform refuses is an outcome", async () => {
  assert.throws(() => page.checkout({ ...draft, amount: "12.505" }), ({ code, param }) => code === "amount_too_precise" && param === "amount");
  assert.throws(() => page.checkout({ ...draft, amount: 12.5 }), ({ code }) => code === "amount_not_text");
  assert.throws(() => page.checkout({ ...draft, to: "@a" }), ({ code }) => code === "handle_malformed");
  const refused = async (change) => {
    const { status, error } = await page.checkout(another(change)).outcome;
    assert.equal(status, "refused");
    assert.ok(error instanceof Xp2pError);
    return error.code;
  };
  assert.equal(await refused({ to: "@nobody" }), "handle_unknown");
  assert.equal(await refused({ amount: "10000.01" }), "amount_over_maximum");
});

test("an amount that is reviewed is approved first, and paid later", async () => {
  const checkout = await reached(page.checkout(another({ amount: "11.07" })), "created");
  const states = [];
  checkout.on("change", ({ state }) => states.push(state));
  await wallet.approve(checkout.id);
  assert.equal((await checkout.outcome).status, "paid");
  assert.deepEqual(states, ["approved", "paid"]);
});

test("the checkout of a server is followed by its id, given late or at once", async () => {
  const server = await createClient({ platform: sandbox.url, key: await merchantKey() });
  const make = async () => {
    const { handle, account } = await server.payee("lutece");
    const body = JSON.stringify({ payee: { handle, account }, amount: { value: "12.50", currency: "EUR" }, reference: another().reference });
    return (await server.exchange({ method: "POST", path: "/v1/checkouts", body })).id;
  };
  for (const request of [await make(), make(), make]) {
    const checkout = await reached(server.checkout(request), "created");
    await wallet.approve(checkout.id);
    const { status, receipt } = await checkout.outcome;
    assert.equal(status, "paid");
    assert.equal(receipt.amount.value, "12.50");
  }
  // A key that is bound to no origin of the payee's follows only what it made itself.
  const foreign = await page.checkout(await make()).outcome;
  assert.deepEqual([foreign.status, foreign.error.code], ["refused", "not_found"]);

  const failed = await server.checkout(() => Promise.reject(new TypeError("the shop is closed"))).outcome;
  assert.equal(failed.status, "refused");
  assert.equal(failed.error.cause.message, "the shop is closed");
  const nothing = await server.checkout("chk_0198f0a6b3c97d2e8f4a5b6c7d8e9f01").outcome;
  assert.deepEqual([nothing.status, nothing.error.code], ["refused", "not_found"]);
});

test("requirement 8: the checkout of a server that this side cannot note down is unknown, and never called refused", async () => {
  class Full extends MemoryOutbox {
    async put() {
      throw new Error("the disk is full");
    }
  }
  const key = await merchantKey();
  const server = await createClient({ platform: sandbox.url, key, outbox: new MemoryOutbox() });
  const { id } = await reached(server.checkout(another()), "created");
  await wallet.approve(id);
  const full = await createClient({ platform: sandbox.url, key, outbox: new Full() });
  const { status, error } = await full.checkout(id).outcome;
  assert.deepEqual([status, error.cause.message], ["unknown", "the disk is full"]);
  // What was to be asked for first was not.
  assert.equal((await full.checkout(another()).outcome).status, "refused");
});

test("a window that was opened for what has ended by then is closed again", async () => {
  const server = await createClient({ platform: sandbox.url, key: await merchantKey(), outbox: new MemoryOutbox() });
  const first = await reached(server.checkout(another()), "created");
  const { id } = first;
  await wallet.approve(id);
  await first.outcome;
  const opened = { closed: false, location: { replace: () => assert.fail("there is nothing to show") }, close: () => (opened.closed = true) };
  // What a page has of its browser's windows.
  Object.assign(globalThis, { document: {}, open: () => opened });
  try {
    assert.equal((await server.checkout(id).outcome).status, "paid");
  } finally {
    delete globalThis.document;
    delete globalThis.open;
  }
  assert.equal(opened.closed, true);
});

test("requirement 2: a linked key pays its payee without a window, and asks the wallet above its limits", async () => {
  const linked = await createClient({ platform: sandbox.url });
  const limits = { currency: "EUR", perPayment: "20.00", perPeriod: "40", period: "day", lifetime: "100.00" };
  const expiresAt = Math.floor(Date.now() / 1000) + 3600;
  const request = await reached(linked.requestLink({ payees: ["@lutece"], limits, expiresAt, note: "tips" }), "created");
  assert.ok(request.walletUrl.startsWith(linked.settings.walletUrl));
  await wallet.approveLink(request.id, { per_payment: { value: "15.00", currency: "EUR" } });
  const { status, link } = await request.outcome;
  assert.equal(status, "active");
  assert.deepEqual(link.limits, { ...limits, perPayment: "15.00", perPeriod: "40.00" });
  assert.deepEqual((await linked.links()).map(({ id, remaining }) => [id, remaining]), [[link.id, { value: "15.00", currency: "EUR" }]]);

  const sent = traced(linked);
  const paid = await linked.checkout(another()).outcome;
  assert.equal(paid.status, "paid");
  assert.equal(paid.receipt.payer.handle, "alice");
  assert.ok(!sent.some(({ path }) => path === "/v1/checkouts"));

  // Over one payment's limit, to another payee, and over what is left of the day: the payer is asked.
  for (const change of [{ amount: "15.01" }, { to: "@tamarind" }]) {
    const asked = await reached(linked.checkout(another(change)), "created");
    await asked.cancel();
  }
  assert.equal((await linked.checkout(another()).outcome).status, "paid");
  assert.equal((await linked.checkout(another({ amount: "15.00" })).outcome).status, "paid");
  const over = await reached(linked.checkout(another()), "created");
  await wallet.approve(over.id);
  assert.equal((await over.outcome).status, "paid");

  // Revoked by the payer while this page believes otherwise.
  const fresh = await reached(linked.requestLink({ payees: ["lutece"], limits, expiresAt }), "created");
  await wallet.approveLink(fresh.id);
  await fresh.outcome;
  await wallet.revokeLink(fresh.id);
  const afterwards = await reached(linked.checkout(another({ amount: "19.00" })), "created");
  await afterwards.cancel();
  await linked.revokeLink(link.id);
  assert.deepEqual((await linked.links()).map((entry) => entry.status), ["revoked", "revoked"]);

  const refused = await linked.requestLink({ payees: ["lutece"], limits: { ...limits, perPeriod: "1.00" }, expiresAt }).outcome;
  assert.deepEqual([refused.status, refused.error.code], ["refused", "request_malformed"]);
  const declined = await reached(linked.requestLink({ payees: ["lutece"], limits, expiresAt }), "created");
  await wallet.declineLink(declined.id);
  assert.deepEqual(await declined.outcome, { status: "declined" });
});

test("requirement 26: a trace tells times, tries and request ids, and no secret", async () => {
  const client = await createClient({ platform: sandbox.url });
  const sent = traced(client);
  const asked = another({ note: "not for others" });
  const checkout = await reached(client.checkout(asked), "created");
  await checkout.cancel();
  for (const entry of sent) {
    assert.deepEqual(Object.keys(entry).sort(), ["attempt", "duration", "method", "path", "requestId", "startedAt", "status"]);
    assert.match(entry.requestId, /^req_/);
    assert.ok(!entry.path.includes("?"));
  }
  assert.ok(sent.some(({ path }) => path === "/v1/keys"), "the key made itself known");
  const text = JSON.stringify(sent);
  for (const secret of [asked.note, asked.reference, "12.50", "nonce", "sig", "jwk"]) assert.ok(!text.includes(secret), secret);
  sent.stop();
});

test("a listener that throws is no lost answer", async () => {
  // In a process of its own: the runner of this one takes every error for a test's.
  const program = `
    import { createClient } from "xp2p";
    const thrown = new Set();
    process.on("unhandledRejection", ({ message }) => thrown.add(message));
    const fail = () => { throw new Error("from a listener"); };
    const client = await createClient({ platform: process.argv[1] });
    client.on("trace", fail);
    const checkout = client.checkout({ to: "@lutece", amount: "12.50", currency: "EUR", reference: "heard" });
    checkout.on("created", fail);
    await new Promise((resolve) => checkout.on("created", resolve));
    const outcome = await checkout.cancel();
    console.log(JSON.stringify([outcome, ...thrown]));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program, sandbox.url], { cwd: import.meta.dirname });
  assert.deepEqual(JSON.parse(stdout), [{ status: "cancelled" }, "from a listener"]);
});

test("a checkout expires by the platform's clock", async () => {
  const checkout = await reached(page.checkout(another()), "created");
  const clock = (change) => fetch(`${sandbox.url}/sandbox/clock`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(change) });
  await clock({ advance: 901 });
  assert.deepEqual(await checkout.outcome, { status: "expired" });
  await clock({ ahead: 0 });
});
