// A checkout from the asking side, against the real sandbox: a page's client without a window, and a payer who decides
// through the API as the wallet does.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient, init, Xp2pError } from "xp2p";
import { startSandbox } from "../sandbox.mjs";
import { openWallet, reached } from "../wallet.mjs";

const draft = { to: "@lutece", amount: "12.50", currency: "EUR", reference: "order-1042" };
let sandbox;
let wallet;
let page;
before(async () => {
  await init();
  sandbox = await startSandbox();
  wallet = await openWallet(sandbox, "alice");
  page = await createClient({ platform: sandbox.url });
});
after(() => sandbox.stop());

let order = 0;
/** A draft that nobody has asked for before. */
const another = (change = {}) => ({ ...draft, reference: `order-${++order}`, ...change });

test("requirement 31: what is asked for is opened, approved and paid, and the receipt is for it", async () => {
  const before = await sandbox.balance("lutece");
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
  assert.equal(Number(await sandbox.balance("lutece")) - Number(before), 12.5);
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
