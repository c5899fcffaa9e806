// The platform's answers as a wallet keeps them: in camel case, and never changed.
import type { Client } from "./client.ts";
import { Xp2pError } from "./error.ts";
import { member } from "./member.ts";
import type { Amount } from "./types.ts";
import type { Checkout, Link } from "./wallet-types.ts";

/** An answer with its members in camel case. Frozen throughout: what is shown is what is signed. */
export function camelCased<T>(answer: unknown): T {
  if (typeof answer !== "object" || answer === null) return answer as T;
  if (Array.isArray(answer)) return Object.freeze(answer.map(camelCased)) as T;
  const renamed = Object.entries(answer).map(([name, value]) => [
    name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    camelCased(value),
  ]);
  return Object.freeze(Object.fromEntries(renamed));
}

/** A checkout, if it is the one that was asked for and every value that an approval repeats is there. */
export function readCheckout(answer: unknown, id: string, client: Client): Checkout {
  const checkout = answer as Checkout;
  const { payee, amount } = checkout ?? {};
  demand(checkout?.id === id, "id");
  demand(checkout.environment === client.settings.environment, "environment");
  demand(isText(payee?.handle) && isText(payee.account), "payee");
  demand(isText(payee.name), "payee.name");
  demand(isAmount(amount, client), "amount");
  demand(isText(checkout.requestDigest), "request_digest");
  demand(Number.isSafeInteger(checkout.expiresAt), "expires_at");
  return checkout;
}

/** A link, if it is the one that was asked for and can be decided about. */
export function readLink(answer: unknown, id: string, client: Client): Link {
  const link = answer as Link;
  const { limits, payees } = link ?? {};
  demand(link?.id === id, "id");
  demand(Array.isArray(payees) && payees.length > 0 && payees.every((payee) => isText(payee?.handle) && isText(payee.account)), "payees");
  for (const name of ["perPayment", "perPeriod", "lifetime"] as const) demand(isAmount(limits?.[name], client, true), "limits");
  demand(["day", "week", "month"].includes(limits.period), "limits.period");
  demand(Number.isSafeInteger(link.expiresAt), "expires_at");
  return link;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length > 0;
}

/** An amount in a currency of the platform, in its one form. A limit may be nothing. */
function isAmount(amount: unknown, client: Client, allowZero = false): boolean {
  const { value, currency } = (amount ?? {}) as Amount;
  try {
    return client.amount(value, currency).value === value;
  } catch (error) {
    return allowZero && member(error, "code") === "amount_zero";
  }
}

function demand(fits: boolean, param: string): asserts fits {
  if (!fits) throw new Xp2pError("platform_answer_invalid", "the platform's answer does not have the form the contract gives", true, param);
}
