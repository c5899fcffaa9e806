// A shop's page that pays orders, keeps what it knows of each in its storage, and may be killed at any time.
import { createClient } from "/xp2p/index.js";
import { IndexedDbKeyStore, openKey } from "/xp2p/keys.js";

const platform = new URLSearchParams(location.search).get("platform");

/** What this page knows of an order: its idempotency key, and how its payment ended if it has. */
const remember = (reference, order) => localStorage.setItem(`order ${reference}`, JSON.stringify(order));
const known = (reference) => JSON.parse(localStorage.getItem(`order ${reference}`));

export const orders = () =>
  Object.keys(localStorage)
    .filter((name) => name.startsWith("order "))
    .map((name) => ({ reference: name.slice("order ".length), ...JSON.parse(localStorage.getItem(name)) }));

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
  const begun = (await client.resume()).map(({ outcome }) => outcome);
  await Promise.all(begun.map(async (outcome) => note(await outcome)));
}

/**
 * Asks for every order whose end this page never wrote down: the browser may have been killed after the
 * answer was there and before that. Says which they were.
 */
export async function askAgain() {
  const open = orders().filter(({ said = [] }) => !said.some(({ status }) => status === "paid" || status === "refused"));
  for (const { reference, amount } of open) await pay(reference, amount);
  return open.map(({ reference }) => reference);
}

/** Pays an order, the first time it is asked to and every time after that. */
export async function pay(reference, amount) {
  const idempotencyKey = known(reference)?.idempotencyKey ?? crypto.randomUUID();
  remember(reference, { ...known(reference), idempotencyKey, amount });
  note(await client.pay({ to: "@lutece", amount, currency: "EUR", reference }, { idempotencyKey }));
}

function note({ idempotencyKey, status, receipt, error }) {
  const order = orders().find((order) => order.idempotencyKey === idempotencyKey);
  if (!order) return;
  const { reference, ...rest } = order;
  const said = [...(rest.said ?? []), { status, code: error?.code, payment: receipt?.payment }];
  remember(reference, { ...rest, said });
}
