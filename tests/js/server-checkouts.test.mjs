// What a merchant's server asks of the sandbox with xp2p/server: checkouts with an amount of its own, refunds, news.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { FileKeyStore, openKey } from "xp2p/key-files";
import { cancelCheckout, createCheckout, createClient, createWebhook, getCheckout, refund, Verifier } from "xp2p/server";
import { startSandbox } from "../sandbox.mjs";
import { openWallet } from "../wallet.mjs";

let sandbox, folder, reader, server, payer, merchant;
before(async () => {
  sandbox = await startSandbox();
  folder = await mkdtemp(join(tmpdir(), "xp2p-server-"));
  reader = await createClient({ platform: sandbox.url });
  // Nobody has told the platform of this key.
  server = reader.withKey((await openKey(new FileKeyStore(folder), reader.settings)).key);
  payer = await openWallet(sandbox, "alice");
  ({ client: merchant } = await openWallet(sandbox, "lutece"));
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
  await sandbox.stop();
});

const draft = { to: "@lutece", amount: "12.5", currency: "EUR", reference: "order-1042", note: "two paperbacks", expiresIn: 600 };
const refused = (promise, code, param) => assert.rejects(promise, { name: "Xp2pError", code, ...(param && { param }) });

test("a new key asks, the payer pays just that, and the receipt is what was expected", async () => {
  const checkout = await createCheckout(server, draft);
  assert.equal(checkout.status, "created");
  assert.deepEqual(checkout.amount, { value: "12.50", currency: "EUR" });
  assert.equal(checkout.expiresAt - checkout.createdAt, 600);
  assert.ok(checkout.walletUrl.startsWith(reader.settings.walletUrl));
  await payer.approve(checkout.id);
  const { status, payment } = await getCheckout(server, checkout.id);
  assert.equal(status, "paid");
  const verifier = new Verifier(reader);
  const receipt = await verifier.verifyReceipt(payment.receipt, checkout.expected);
  assert.equal(receipt.payment, payment.id);
  assert.equal(receipt.origin, undefined);
  // Orders are told apart by their references.
  const other = await createCheckout(server, { ...draft, reference: "order-1043" });
  await refused(verifier.verifyReceipt(payment.receipt, other.expected), "receipt_mismatch");
});

test("the same order asked for twice is one checkout, and one that is not wanted is taken back", async () => {
  const idempotencyKey = crypto.randomUUID();
  const [first, again] = [await createCheckout(server, draft, { idempotencyKey }), await createCheckout(server, draft, { idempotencyKey })];
  assert.equal(first.id, again.id);
  await refused(createCheckout(server, { ...draft, amount: "13.00" }, { idempotencyKey }), "idempotency_key_reused");
  assert.equal((await cancelCheckout(server, first.id)).status, "cancelled");
  await refused(cancelCheckout(server, first.id), "state_final");
  await refused(payer.approve(first.id), "state_final");
});

test("a payee that is known is pinned without being looked up, and refused when the account is not theirs", async () => {
  const known = await createCheckout(server, { ...draft, to: { handle: "lutece", account: "acct_lutece00" } });
  assert.equal(known.payee.name, "Lutèce Books");
  await refused(createCheckout(server, { ...draft, to: { handle: "lutece", account: "acct_alice000" } }), "payee_changed");
});

test("what is wrong in a draft is refused with its name", async () => {
  await refused(createCheckout(server, { ...draft, amount: 12.5 }), "amount_not_text", "amount");
  await refused(createCheckout(server, { ...draft, amount: "0.00" }), "amount_zero", "amount");
  await refused(createCheckout(server, { ...draft, to: "@nobody.here" }), "handle_unknown");
  await refused(createCheckout(server, { ...draft, returnUrl: "https://elsewhere.example/" }), "return_url_refused");
  await refused(createCheckout(reader, draft), "argument_invalid", "key");
  await refused(getCheckout(server, "chk_nothing00"), "not_found");
});

test("a merchant's approval key gives back, once for one key, and never more than was paid", async () => {
  const before = Number(await sandbox.balance("alice"));
  const { id } = await createCheckout(server, { ...draft, reference: "order-1044" });
  const { id: payment } = await payer.approve(id);
  const part = { amount: "4.50", currency: "EUR", note: "one came back", idempotencyKey: crypto.randomUUID() };
  const [given, again] = [await refund(merchant, payment, part), await refund(merchant, payment, part)];
  assert.deepEqual(given, again);
  assert.deepEqual([given.payment, given.amount, given.note], [payment, { value: "4.50", currency: "EUR" }, "one came back"]);
  assert.equal(Number(await sandbox.balance("alice")), before - 8);
  await refused(refund(merchant, payment, { ...part, amount: "8.01", idempotencyKey: crypto.randomUUID() }), "refund_exceeds_payment");
  await refused(refund(server, payment, { ...part, idempotencyKey: crypto.randomUUID() }), "key_not_allowed");
  await refused(refund(merchant, payment, { amount: "1.00", currency: "EUR" }), "argument_invalid", "idempotencyKey");
});

test("a webhook that is there is taken again", async () => {
  const url = "http://127.0.0.1:9999/hooks";
  const [first, again] = [await createWebhook(merchant, url, ["payment.paid", "payment.refunded"]), await createWebhook(merchant, url, ["payment.refunded", "payment.paid"])];
  assert.equal(first.id, again.id);
  assert.notEqual((await createWebhook(merchant, url, ["payment.paid"])).id, first.id);
});
