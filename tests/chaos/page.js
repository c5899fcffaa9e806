// A shop's page that pays orders, keeps what it knows of each in its storage, and may be killed at any time.
import { createClient } from "/xp2p/index.js";
import { IndexedDbKeyStore, openKey } from "/xp2p/keys.js";

const platform = new URLSearchParams(location.search).get("platform");

/**
 * What this page has been told of an order. A browser that is killed may lose the last of it: what must not be
 * lost, the package keeps itself.
 */
const told = (reference) => JSON.parse(localStorage.getItem(`order ${reference}`) ?? "[]");

const ended = (reference) => told(reference).some(({ status }) => status === "paid" || status === "refused");

/** Tries until it is through: that is about reading, and reading again costs nothing. */
async function connected() {
  for (;;) {
    try {
      const client = await createClient({ platform });
      const { key } = await openKey(new IndexedDbKeyStore(), client.settings, "approval");
      return client.withKey(key);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

const client = await connected();

export const publicJwk = client.key.publicJwk;

/** Finishes what an earlier page began. */
export async function resume() {
  const begun = await client.resume();
  await Promise.all(begun.map(async ({ draft, outcome }) => note(draft.reference, await outcome)));
}

/** Pays an order, the first time it is asked to and every time after that: an order has one idempotency key. */
export async function pay(reference, amount) {
  const idempotencyKey = `${reference}.of-this-shop`;
  note(reference, await client.pay({ to: "@lutece", amount, currency: "EUR", reference }, { idempotencyKey }));
}

/** Asks for every order whose end this page does not know. Says which they were. */
export async function askAgain(orders) {
  const open = orders.filter(({ reference }) => !ended(reference));
  for (const { reference, amount } of open) await pay(reference, amount);
  return open.map(({ reference }) => reference);
}

/** What it has been told of each order. */
export const said = (orders) => orders.map(({ reference }) => told(reference));

function note(reference, { status, receipt, error }) {
  localStorage.setItem(`order ${reference}`, JSON.stringify([...told(reference), { status, code: error?.code, payment: receipt?.payment }]));
}
