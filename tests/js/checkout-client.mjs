// A page's client without a window, against the real sandbox, and a payer who decides through the API as the wallet does.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { createClient, init, SigningKey } from "xp2p";
import { startSandbox } from "../sandbox.mjs";
import { openWallet } from "../wallet.mjs";

export const draft = { to: "@lutece", amount: "12.50", currency: "EUR", reference: "order-1042" };
export let sandbox, wallet, page;
before(async () => {
  await init();
  sandbox = await startSandbox();
  wallet = await openWallet(sandbox, "alice");
  page = await createClient({ platform: sandbox.url });
});
after(() => sandbox.stop());

let order = 0;
/** A draft that nobody has asked for before. */
export const another = (change = {}) => ({ ...draft, reference: `order-${++order}`, ...change });

/** A key that the merchant's own server asks with. */
export async function merchantKey() {
  const key = SigningKey.generate();
  await sandbox.enrol("lutece", key);
  return key;
}

export async function cents(handle) {
  return Number((await sandbox.balance(handle)).replace(".", ""));
}

/** Everything that a client sends from now on. */
export function traced(client) {
  const sent = [];
  sent.stop = client.on("trace", (trace) => sent.push(trace));
  return sent;
}

/** What goes wrong from now on. */
export async function faults(...rules) {
  const answer = await fetch(`${sandbox.url}/sandbox/faults`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ seed: 1, rules }) });
  assert.ok(answer.ok, await answer.text());
}
