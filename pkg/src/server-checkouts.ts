// What a merchant's server asks of the platform: checkouts whose amount no page can change, refunds, news.
import { asText, intent, member, optionalText, text } from "./arguments.ts";
import type { Client } from "./client.ts";
import { Xp2pError } from "./error.ts";
import type { Exchange } from "./exchange.ts";
import { contentDigest, createPaymentRequest } from "./functions.ts";
import type { Amount, ExpectedReceipt, Party, PaymentDraft } from "./types.ts";
import { camelCased, readCheckout } from "./wallet-answers.ts";
import type { Checkout } from "./wallet-types.ts";

/** What a server asks a payer for. */
export interface ServerCheckoutDraft extends Omit<PaymentDraft, "to"> {
  /** The payee's handle, or the account that is known to be behind it, which saves looking it up. */
  readonly to: string | Party;
  /** Where the payer comes back to after a redirect: registered by the payee, exactly. */
  readonly returnUrl?: string | undefined;
  /** Comes back with the payer, to know the visit again. No word of how it ended. */
  readonly state?: string | undefined;
  /** Seconds until it can no longer be approved: 60 to 86,400, 900 if left out. */
  readonly expiresIn?: number | undefined;
}

/** A checkout, for the server that made it. */
export interface ServerCheckout extends Checkout {
  /** Where a payer decides. A page takes the `id` instead, for `client.checkout(id)`. */
  readonly walletUrl: string;
}

/** A checkout as it was made, with what its receipt has to say: keep that with the order. */
export interface CreatedCheckout extends ServerCheckout {
  readonly expected: Omit<ExpectedReceipt, "issuer">;
}

export interface CreateCheckoutOptions {
  /** Made once per order: asked again with it, the same checkout comes back. */
  readonly idempotencyKey?: string | undefined;
}

export interface RefundDraft {
  readonly amount: string;
  readonly currency: string;
  /** What the payer is told: 1 to 280 characters. */
  readonly note?: string | undefined;
  /** Made once per refund and kept: after a lost answer, the same key gives back once and not twice. */
  readonly idempotencyKey: string;
}

/** Where a platform sends an account's news. */
export interface Webhook {
  readonly id: string;
  /** As the platform writes it: `verifyWebhook` takes this very text. */
  readonly url: string;
  readonly events: readonly string[];
  readonly enabled: boolean;
  readonly createdAt: number;
}

/** Money given back. */
export interface Refund {
  readonly id: string;
  /** The payment's id. */
  readonly payment: string;
  readonly amount: Amount;
  readonly note?: string;
  readonly createdAt: number;
}

/**
 * Asks for a payment. The amount is the server's: a page gets the id, and nothing that it could change.
 * The client's key asks; one that the platform does not know yet is made known as a requester key,
 * which moves no money. Give each order a reference of its own: it tells their receipts apart.
 *
 * @throws Xp2pError for whatever is wrong in the draft, with its parameter; the platform's refusal;
 * `platform_unreachable`
 */
export async function createCheckout(
  client: Client,
  draft: ServerCheckoutDraft,
  options: CreateCheckoutOptions = {},
): Promise<CreatedCheckout> {
  const to = member(draft, "to");
  const { handle, account } = typeof to === "object" && to ? (to as Party) : await client.payee(asText(to, "to"));
  const request = createPaymentRequest({ ...draft, to: handle, account });
  const body = JSON.stringify({
    ...JSON.parse(request.body),
    return_url: optionalText(draft, "returnUrl"),
    state: optionalText(draft, "state"),
    expires_in: draft.expiresIn,
  });
  const idempotencyKey = optionalText(options, "idempotencyKey");
  const answer = await known(client, { method: "POST", path: "/v1/checkouts", body, idempotencyKey });
  const checkout = read(client, answer);
  const { payee, amount, reference } = request;
  const expected = { payee, amount, ...(reference === undefined ? {} : { reference }), requestDigest: contentDigest(body) };
  // What the payer is going to see is what was asked for, or it is not taken.
  const differs =
    checkout.requestDigest !== expected.requestDigest ||
    checkout.payee.account !== payee.account ||
    checkout.amount.value !== amount.value ||
    checkout.amount.currency !== amount.currency;
  if (differs) throw new Xp2pError("platform_answer_invalid", "the checkout is not the one that was asked for", false);
  return { ...checkout, expected };
}

/**
 * A checkout that this client's key made, as it stands. That it says `paid` proves nothing: verify
 * `payment.receipt` against what `createCheckout` said is expected.
 *
 * @throws Xp2pError the platform's refusal, `platform_unreachable`
 */
export async function getCheckout(client: Client, id: string): Promise<ServerCheckout> {
  return read(client, await client.exchange({ method: "GET", path: `/v1/checkouts/${segment(id, "id")}` }), id);
}

/**
 * Takes a checkout back.
 *
 * @throws Xp2pError `state_final` when it has ended before, the platform's other refusals,
 * `platform_unreachable`
 */
export async function cancelCheckout(client: Client, id: string): Promise<ServerCheckout> {
  return read(client, await client.exchange({ method: "POST", path: `/v1/checkouts/${segment(id, "id")}/cancel` }), id);
}

/**
 * Gives a payment back, whole or in part. It takes a client with an approval key of the payee: keep
 * that one away from the server that faces the web, if you can.
 *
 * @throws Xp2pError `refund_exceeds_payment`, `insufficient_funds` and the platform's other refusals;
 * `platform_unreachable`, which says nothing about what was done: ask again with the same key
 */
export async function refund(client: Client, payment: string, draft: RefundDraft): Promise<Refund> {
  // Read as a payment's is, and with its errors.
  const [, value, currency, , note] = intent({ ...draft, to: "" });
  const body = JSON.stringify({ amount: { value, currency }, note });
  const path = `/v1/payments/${segment(payment, "payment")}/refunds`;
  return camelCased(await client.exchange({ method: "POST", path, body, idempotencyKey: text(draft, "idempotencyKey") }));
}

/**
 * Has the news of an account sent to a server: `payment.paid`, `checkout.expired` and the other events of
 * the contract. One that is there for this address and these events is taken again. It takes a client
 * with an approval key.
 *
 * @throws Xp2pError `webhook_url_refused`, the platform's other refusals, `platform_unreachable`
 */
export async function createWebhook(client: Client, url: string | URL, events: readonly string[]): Promise<Webhook> {
  const { href } = new URL(url);
  const wanted = [...events].sort().join();
  for (let cursor = ""; ; ) {
    const path = `/v1/webhooks?limit=100${cursor}`;
    const page = camelCased<{ items: Webhook[]; nextCursor?: string }>(await client.exchange({ method: "GET", path }));
    const found = page.items.find((webhook) => webhook.enabled && webhook.url === href && [...webhook.events].sort().join() === wanted);
    if (found) return found;
    if (!page.nextCursor) break;
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
  }
  const body = JSON.stringify({ url: href, events });
  return camelCased(await client.exchange({ method: "POST", path: "/v1/webhooks", body }));
}

/** Asks, and makes the key known first where the platform does not know it. */
async function known(client: Client, asked: Exchange): Promise<unknown> {
  try {
    return await client.exchange(asked);
  } catch (error) {
    if (member(error, "code") !== "key_unknown") throw error;
    const body = JSON.stringify({ jwk: client.key?.publicJwk, role: "requester" });
    await client.exchange({ method: "POST", path: "/v1/keys", body });
    return client.exchange(asked);
  }
}

function read(client: Client, answer: unknown, id?: string): ServerCheckout {
  const checkout = camelCased<ServerCheckout>(answer);
  return readCheckout(checkout, id ?? checkout?.id ?? "", client) as ServerCheckout;
}

/** An id as a part of a path. */
function segment(id: unknown, param: string): string {
  return encodeURIComponent(asText(id, param));
}
