// xp2p/wallet without a page: what is signed is what was shown, and a lost answer is found out.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { MemoryKeyStore } from "xp2p/keys";
import { openWallet, readableAmount, readableText } from "xp2p/wallet";
import { asker } from "../browser/payer.mjs";
import { startSandbox } from "../sandbox.mjs";

let sandbox, shop;
before(async () => {
  sandbox = await startSandbox();
  shop = await asker(sandbox);
});
after(() => sandbox?.stop());

/** What a browser's storage does. */
function storage() {
  const kept = new Map();
  return { kept, getItem: (name) => kept.get(name) ?? null, setItem: (name, text) => kept.set(name, text), removeItem: (name) => kept.delete(name) };
}

/** The wallet of a test person. */
async function walletOf(handle, options = {}) {
  const wallet = await openWallet({ platform: sandbox.url, store: new MemoryKeyStore(), ...options });
  await sandbox.enrol(handle, wallet.key);
  return wallet;
}

/** Looks at what is sent, and perhaps loses the answer; gives the requests that matched. */
async function watching(path, work, lose = () => false) {
  const { fetch } = globalThis;
  const seen = [];
  globalThis.fetch = async (input, settings) => {
    const url = typeof input === "string" ? input : input.url;
    if (!new URL(url).pathname.match(path)) return fetch(input, settings);
    const answer = await fetch(input, settings);
    seen.push({ key: settings.headers["idempotency-key"], body: settings.body && Buffer.from(settings.body).toString() });
    if (lose(seen.length)) throw new TypeError("the connection was lost");
    return answer;
  };
  try {
    return [seen, await work()];
  } finally {
    globalThis.fetch = fetch;
  }
}

test("whose wallet it is: nobody's at first, then the person's who trusts its key", async () => {
  const wallet = await openWallet({ platform: sandbox.url, store: new MemoryKeyStore() });
  assert.deepEqual([wallet.keyState, wallet.key.protection], ["created", "memory"]);
  assert.deepEqual(await wallet.session(), { status: "signed-out" });
  await assert.rejects(wallet.account(), { code: "key_unknown" });
  await sandbox.enrol("alice", wallet.key);
  const account = { handle: "alice", account: "acct_alice000", name: "Alice Martin", kind: "person" };
  assert.deepEqual(await wallet.session(), { status: "signed-in", account });
  assert.equal((await wallet.balances()).find(({ currency }) => currency === "HUF").available.split(".")[0], "150000");
});

test("signing out ends the key at the platform, and a lost one is made anew", async () => {
  const store = new MemoryKeyStore();
  const wallet = await walletOf("alice", { store });
  const { keyId } = wallet.key;
  await wallet.signOut();
  assert.notEqual(wallet.key.keyId, keyId);
  assert.deepEqual(await wallet.session(), { status: "signed-out" });

  const other = await walletOf("alice");
  const third = await walletOf("alice");
  const keys = await other.keys.list();
  assert.ok(keys.items.find((key) => key.keyId === keyId).revokedAt);
  await other.keys.revoke(third.key.keyId);
  assert.deepEqual(await third.session(), { status: "revoked" });
  await third.renew();
  assert.deepEqual(await third.session(), { status: "signed-out" });
});

test("requirement 10: what is signed is what was shown, member by member", async () => {
  const wallet = await walletOf("alice");
  const asked = await shop.checkout({ value: "12.50", note: "Two paperbacks", reference: "order-1042" });
  const shown = await wallet.open(asked.id);
  assert.deepEqual([shown.payee.name, shown.amount, shown.note, shown.status], ["Lutèce Books", { value: "12.50", currency: "EUR" }, "Two paperbacks", "opened"]);
  assert.throws(() => (shown.amount.value = "0.01"), TypeError);
  const before = await sandbox.balance("lutece");
  const [[sent], decision] = await watching(/approve$/, () => wallet.approve(shown));
  assert.deepEqual(JSON.parse(sent.body), {
    checkout: asked.id,
    payer: "acct_alice000",
    payee: { handle: "lutece", account: "acct_lutece00" },
    amount: { value: "12.50", currency: "EUR" },
    request_digest: asked.request_digest,
    expires_at: asked.expires_at,
  });
  assert.equal(decision.status, "paid");
  assert.equal(Number(await sandbox.balance("lutece")), Number(before) + 12.5);
  const keys = createRemoteJWKSet(new URL(`${sandbox.url}/.well-known/jwks.json`));
  const { payload } = await jwtVerify(decision.receipt.token, keys, { typ: "xp2p-receipt+jwt" });
  assert.deepEqual([payload.jti, payload.reference, payload.request_digest], [decision.payment.id, "order-1042", asked.request_digest]);
  assert.equal(wallet.pending(asked.id), false);
});

test("requirement 10: an answer with other values is not shown, and one changed after it was shown moves nothing", async () => {
  const wallet = await walletOf("alice");
  const asked = await shop.checkout();
  const { fetch } = globalThis;
  for (const [change, param] of [
    [{ id: "chk_somethingelse" }, "id"],
    [{ environment: "live" }, "environment"],
    [{ amount: { value: "12.5", currency: "EUR" } }, "amount"],
    [{ amount: { value: 12.5, currency: "EUR" } }, "amount"],
    [{ payee: { handle: "lutece", name: "Lutèce Books" } }, "payee"],
    [{ expires_at: "soon" }, "expires_at"],
  ]) {
    globalThis.fetch = async (...given) => {
      const answer = await fetch(...given);
      return new Response(JSON.stringify({ ...(await answer.json()), ...change }), { status: answer.status, headers: answer.headers });
    };
    try {
      await assert.rejects(wallet.checkout(asked.id), { code: "platform_answer_invalid", param });
    } finally {
      globalThis.fetch = fetch;
    }
  }
  const before = await sandbox.balance("lutece");
  const shown = await wallet.checkout(asked.id);
  const decision = await wallet.approve({ ...shown, amount: { value: "1.00", currency: "EUR" } });
  assert.deepEqual([decision.status, decision.error.code], ["refused", "approval_mismatch"]);
  assert.equal((await shop.read(asked.id)).status, "declined");
  assert.equal(await sandbox.balance("lutece"), before);
});

test("requirement 8: an approval whose answer is lost is found out, with the same key and the same bytes", async () => {
  const wallet = await walletOf("alice");
  const asked = await shop.checkout();
  const shown = await wallet.open(asked.id);
  const before = Number(await sandbox.balance("lutece"));
  let lost = 0;
  const [seen, decision] = await watching(/approve$/, () => wallet.approve(shown, { onLost: () => lost++ }), (attempt) => attempt <= 1);
  assert.equal(decision.status, "paid");
  assert.deepEqual([lost, seen.length], [1, 2]);
  assert.equal(new Set(seen.map(({ key }) => key)).size, 1);
  assert.equal(new Set(seen.map(({ body }) => body)).size, 1);
  assert.equal(Number(await sandbox.balance("lutece")), before + 12.5);
});

test("requirement 8: who stops waiting finds the same approval after a reload", async () => {
  const [store, kept] = [new MemoryKeyStore(), storage()];
  const wallet = await walletOf("alice", { store, storage: kept });
  const asked = await shop.checkout();
  const stop = new AbortController();
  const before = Number(await sandbox.balance("lutece"));
  const [[first], unknown] = await watching(/approve$/, async () => wallet.approve(await wallet.open(asked.id), { signal: stop.signal, onLost: () => stop.abort() }), () => true);
  assert.equal(unknown.status, "unknown");

  const reloaded = await openWallet({ platform: sandbox.url, store, storage: kept });
  assert.ok(reloaded.pending(asked.id));
  const [[again], decision] = await watching(/approve$/, async () => reloaded.approve(await reloaded.checkout(asked.id)));
  assert.equal(decision.status, "paid");
  assert.deepEqual(again, first);
  assert.equal(reloaded.pending(asked.id), false);
  assert.equal(kept.kept.size, 0);
  assert.equal(Number(await sandbox.balance("lutece")), before + 12.5);
});

test("requirement 10: what one payer agreed to is nothing that the next one on this device has agreed to", async () => {
  const kept = storage();
  const alice = await walletOf("alice", { storage: kept });
  const asked = await shop.checkout();
  const stop = new AbortController();
  const shown = await alice.open(asked.id);
  const { fetch } = globalThis;
  globalThis.fetch = async (input, settings) => {
    if (String(input.url ?? input).endsWith("/approve")) throw new TypeError("the network is gone");
    return fetch(input, settings);
  };
  const unknown = await alice.approve(shown, { signal: stop.signal, onLost: () => stop.abort() }).finally(() => (globalThis.fetch = fetch));
  assert.deepEqual([unknown.status, alice.pending(asked.id)], ["unknown", true]);

  const bob = await walletOf("bob", { storage: kept });
  assert.equal((await bob.session()).account.handle, "bob");
  assert.equal((await bob.open(asked.id)).status, "opened");
  assert.equal(bob.pending(asked.id), false);
  await alice.session();
  assert.equal(alice.pending(asked.id), true);
  assert.equal((await alice.approve(shown)).status, "paid");
  // Bob's own agreement comes late, and is no refusal of what Alice paid.
  const late = await bob.approve(shown);
  assert.deepEqual([late.status, late.checkout.status], ["decided", "paid"]);
});

test("a refusal is known at once, and nothing was paid", async () => {
  const before = await sandbox.ledger();
  const carol = await walletOf("carol");
  const asked = await shop.checkout();
  const poor = await carol.approve(await carol.open(asked.id));
  assert.deepEqual([poor.status, poor.error.code], ["refused", "insufficient_funds"]);
  const declined = await carol.decline(asked.id);
  assert.equal(declined.status, "declined");
  assert.deepEqual(await carol.decided(declined), { status: "decided", checkout: declined });
  await assert.rejects(carol.decline(asked.id), { code: "state_final" });
  await assert.rejects(carol.checkout("chk_0000000000"), { code: "not_found" });
  assert.deepEqual((await sandbox.ledger()).balances, before.balances);
});

test("what the platform reviews first is waited for", async () => {
  const wallet = await walletOf("alice");
  const asked = await shop.checkout({ value: "11.07" });
  const reviewed = await wallet.approve(await wallet.open(asked.id));
  assert.equal(reviewed.status, "reviewed");
  const decision = await wallet.settled(reviewed.checkout);
  assert.deepEqual([decision.status, decision.receipt.amount.value], ["paid", "11.07"]);
});

test("requirement 8: what was agreed to is never called refused because this device cannot look", async () => {
  const kept = storage();
  const store = new MemoryKeyStore();
  const wallet = await walletOf("alice", { store, storage: kept });
  const reviewed = await wallet.approve(await wallet.open((await shop.checkout({ value: "11.07" })).id));
  assert.equal(reviewed.status, "reviewed");

  // Agreed to before a reload, and now the platform is out of reach.
  const asked = await shop.checkout();
  const stop = new AbortController();
  await watching(/approve$/, async () => wallet.approve(await wallet.open(asked.id), { signal: stop.signal, onLost: () => stop.abort() }), () => true);
  const reloaded = await openWallet({ platform: sandbox.url, store, storage: kept });
  const shown = await reloaded.checkout(asked.id);
  const [, unreachable] = await watching(/account$/, () => reloaded.approve(shown), () => true);
  assert.deepEqual([unreachable.status, unreachable.error.code], ["unknown", "platform_unreachable"]);
  assert.ok(reloaded.pending(asked.id));

  // The key ends while others wait for what it has sent.
  const other = await walletOf("alice");
  await reloaded.account();
  await other.keys.revoke(wallet.key.keyId);
  for (const decision of [await wallet.settled(reviewed.checkout), await reloaded.approve(shown)]) {
    assert.deepEqual([decision.status, decision.error.code], ["unknown", "key_revoked"]);
  }
  assert.ok(reloaded.pending(asked.id));
});

test("requirement 31: a receipt that does not verify proves nothing", async () => {
  const wallet = await walletOf("alice");
  const asked = await shop.checkout();
  const shown = await wallet.open(asked.id);
  const stop = new AbortController();
  const { fetch } = globalThis;
  globalThis.fetch = async (input, settings) => {
    const answer = await fetch(input, settings);
    if (!String(input.url ?? input).endsWith("/approve")) return answer;
    const payment = await answer.json();
    const [head, , signature] = payment.receipt.split(".");
    return new Response(JSON.stringify({ ...payment, receipt: [head, Buffer.from("{}").toString("base64url"), signature].join(".") }), { status: 201, headers: answer.headers });
  };
  const decision = await wallet.approve(shown, { signal: stop.signal, onLost: () => stop.abort() }).finally(() => (globalThis.fetch = fetch));
  assert.equal(decision.status, "unknown");
  assert.match(decision.error.code, /^receipt_/);
  assert.equal((await wallet.approve(shown)).status, "paid");
});

test("payments are listed with their receipts verified, and a forged one without", async () => {
  const wallet = await walletOf("bob");
  const outcome = await wallet.pay({ to: "@lutece", amount: "3.00", currency: "EUR", note: "thanks" });
  assert.equal(outcome.status, "paid");
  const { items } = await wallet.payments();
  assert.deepEqual([items[0].payment.note, items[0].receipt.payment], ["thanks", outcome.receipt.payment]);
  const { fetch } = globalThis;
  globalThis.fetch = async (input, settings) => {
    const answer = await fetch(input, settings);
    if (!String(input.url ?? input).includes("/v1/payments")) return answer;
    const list = await answer.json();
    list.items[0].amount.value = "300.00";
    return new Response(JSON.stringify(list), { headers: answer.headers });
  };
  const forged = await wallet.payments().finally(() => (globalThis.fetch = fetch));
  assert.equal(forged.items[0].receipt, undefined);
});

test("a link is agreed to with lower limits, lowered again, and ended", async () => {
  const wallet = await walletOf("alice");
  const asked = await shop.link();
  const shown = await wallet.links.get(asked.id);
  assert.deepEqual(shown.limits.perPayment, { value: "5.00", currency: "EUR" });
  const amount = (value) => ({ value, currency: "EUR" });
  await assert.rejects(wallet.links.approve(shown, { limits: { perPayment: amount("9.00") } }), { code: "approval_mismatch" });
  const agreed = await wallet.links.approve(shown, { limits: { perPayment: amount("2.00") }, expiresAt: shown.expiresAt - 86_400 });
  assert.deepEqual([agreed.status, agreed.limits.perPayment.value, agreed.expiresAt], ["active", "2.00", shown.expiresAt - 86_400]);
  assert.equal((await shop.pay({ to: "lutece", amount: "2.00", currency: "EUR" })).status, "paid");
  const lowered = await wallet.links.lower(agreed, { perPayment: amount("1.00") });
  assert.equal(lowered.limits.perPayment.value, "1.00");
  assert.equal((await shop.pay({ to: "lutece", amount: "2.00", currency: "EUR" })).error.code, "link_limit_exceeded");
  assert.equal((await wallet.links.list()).items[0].id, asked.id);
  assert.equal((await wallet.links.revoke(asked.id)).status, "revoked");
  assert.equal((await shop.pay({ to: "lutece", amount: "1.00", currency: "EUR" })).error.code, "key_not_allowed");
  const declined = await shop.link();
  assert.equal((await wallet.links.decline(declined.id)).status, "declined");
});

test("who is blocked asks in vain", async () => {
  const wallet = await walletOf("bob");
  const block = await wallet.block({ account: "acct_tamarind" });
  const asked = await shop.checkout({ to: "tamarind" });
  await assert.rejects(wallet.open(asked.id), { code: "account_blocked" });
  assert.equal((await wallet.blocks()).items[0].account, "acct_tamarind");
  await wallet.unblock(block.id);
  assert.equal((await wallet.open(asked.id)).status, "opened");
});

test("requirement 11: other people's texts lose what turns text around, and amounts keep every digit", () => {
  assert.equal(readableText("a\u202eb\u2066c\u0007d\u200fe\u{e0041}"), "abcde");
  assert.equal(readableText("<b>&amp;</b>"), "<b>&amp;</b>");
  assert.equal(readableAmount({ value: "999999999999999.99", currency: "EUR" }, "en-IE"), "€999,999,999,999,999.99");
  assert.equal(readableAmount({ value: "1250", currency: "JPY" }, "en-IE"), "JP¥1,250");
  assert.equal(readableAmount({ value: "12.50", currency: "EUR" }, "fr-FR").replace(/\s/g, " "), "12,50 €");
});
