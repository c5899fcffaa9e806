// The pure functions. They are synchronous and need `init()` first.
import { asBytes, asText, intent, member, message, number, optionalText, publicKey, text, wrong } from "./arguments.ts";
import { unrefused } from "./error.ts";
import { SigningKey } from "./key.ts";
import { wasm } from "./load.ts";
import type {
  Amount,
  ExpectedReceipt,
  KeySet,
  PaymentDraft,
  PaymentRequest,
  PublicJwk,
  Receipt,
  SignableRequest,
  SignatureOptions,
  VerifiedRequest,
} from "./types.ts";

/**
 * Checks an amount and gives its one form: `validateAmount("12.5", "EUR")` is
 * `{ value: "12.50", currency: "EUR" }`.
 *
 * @throws Xp2pError `amount_not_text` for a number, `amount_malformed`, `amount_negative`,
 * `amount_zero`, `amount_too_precise`, `amount_too_long`, `currency_unknown`
 */
export function validateAmount(value: string, currency: string): Amount {
  return { value: unrefused(wasm().validateAmount(asText(value, "amount"), asText(currency, "currency"))), currency };
}

/**
 * The handle as it is written on the wire: `parseHandle("@Lutece")` is `"lutece"`.
 *
 * @throws Xp2pError `handle_malformed`
 */
export function parseHandle(handle: string): string {
  return unrefused(wasm().parseHandle(asText(handle, "handle")));
}

/**
 * A payment request with the exact bytes that are signed.
 *
 * @throws Xp2pError for whatever is wrong in the draft, with its parameter
 */
export function createPaymentRequest(draft: PaymentDraft & { readonly account: string }): PaymentRequest {
  const body = unrefused(wasm().createPaymentRequest(...intent(draft), text(draft, "account")));
  return { ...JSON.parse(body), body, digest: contentDigest(body) };
}

/** The value of `Content-Digest` (RFC 9530) for a body. */
export function contentDigest(body: Uint8Array | string): string {
  return wasm().contentDigest(asBytes(body, "body"));
}

/**
 * The headers that make a request a signed one (RFC 9421): `content-digest`, `signature-input` and
 * `signature`. The request itself is not changed.
 *
 * @throws Xp2pError `signature_incomplete` at a header that must be there, `signature_malformed`, also at an
 * address that would not be asked for as it is written
 */
export function signRequest(
  request: SignableRequest,
  key: SigningKey,
  options: SignatureOptions,
): Readonly<Record<string, string>> {
  if (!(key instanceof SigningKey)) throw wrong("key");
  const parts = message(request);
  const signed = wasm().signRequest(
    ...parts,
    key.bound,
    text(options, "environment"),
    number(options, "created"),
    number(options, "expires"),
    text(options, "nonce"),
  );
  const fields = JSON.parse(unrefused(signed));
  if (!isAskedForAsWritten(parts[1])) throw wrong("@target-uri", "signature_malformed");
  return fields;
}

/**
 * `fetch` asks for what the WHATWG URL standard makes of an address: without `..`, with `%20` for a space. WebKitGTK
 * brings what is encoded into the one form of RFC 3986 section 6.2.2 as well: `%2f` is sent as `%2F`, `%41` as `A`.
 */
function isAskedForAsWritten(url: string): boolean {
  try {
    return new URL(url).href === url && !/%(?![0189A-F][\dA-F]|2[\dA-CF]|3[A-F]|[46]0|5[B-E]|7[B-DF])/.test(url);
  } catch {
    return false;
  }
}

/**
 * Verifies a signed request strictly, over the bytes that arrived. That the nonce is new is for the
 * caller to check.
 *
 * @throws Xp2pError `signature_invalid`, `digest_mismatch`, `clock_skew` and the other codes of the
 * contract
 */
export function verifyRequest(
  request: SignableRequest,
  key: PublicJwk,
  policy: { readonly environment: string; readonly now: number },
): VerifiedRequest {
  const verified = wasm().verifyRequest(
    ...message(request),
    ...publicKey(key),
    text(policy, "environment"),
    number(policy, "now"),
  );
  return JSON.parse(unrefused(verified));
}

/**
 * Verifies a receipt against what was asked for. The receipt's value has to be the expected one as it
 * is written there, or with the decimals of ISO 4217: a platform can have others.
 *
 * @throws Xp2pError `receipt_malformed`, `receipt_key_unknown`, `receipt_signature_invalid`,
 * `receipt_mismatch`
 */
export function verifyReceipt(token: string, keys: KeySet, expected: ExpectedReceipt): Receipt {
  const [payee, amount] = [member(expected, "payee"), member(expected, "amount")];
  const parts = {
    issuer: text(expected, "issuer"),
    payee: { handle: text(payee, "handle"), account: text(payee, "account") },
    amount: { value: asText(member(amount, "value"), "amount"), currency: text(amount, "currency") },
    reference: optionalText(expected, "reference"),
    requestDigest: optionalText(expected, "requestDigest"),
    payment: optionalText(expected, "payment"),
  };
  const verified = wasm().verifyReceipt(asText(token, "token"), json(keys), JSON.stringify(parts));
  return JSON.parse(unrefused(verified));
}

/** The id of a key: its RFC 7638 thumbprint. */
export function jwkThumbprint(key: PublicJwk): string {
  return unrefused(wasm().jwkThumbprint(...publicKey(key)));
}

/** The key set as text, which the wasm reads with its own strict reader. */
function json(keys: unknown): string {
  try {
    return asText(JSON.stringify(keys), "keys");
  } catch {
    throw wrong("keys");
  }
}
