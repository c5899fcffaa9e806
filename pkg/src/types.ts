import type { Xp2pError } from "./error.ts";

/** An amount of money as the W3C Payment Request API writes it. */
export interface Amount {
  /** A decimal with exactly the currency's decimals: `"12.50"`, `"1250"` for yen. */
  readonly value: string;
  /** An ISO 4217 code: `"EUR"`. */
  readonly currency: string;
}

/** An account, with the handle it was known by at the time. */
export interface Party {
  /** Without `@`. */
  readonly handle: string;
  /** The account id: never given to somebody else, unlike a handle. */
  readonly account: string;
}

/** Who holds a handle, as the platform knows them. */
export interface Payee extends Party {
  /** The name that the platform has checked. */
  readonly name: string;
  readonly kind: "person" | "merchant";
}

/** What somebody wants to pay. */
export interface PaymentDraft {
  /** The payee's handle, with or without `@`. */
  readonly to: string;
  /** A decimal string such as `"12.50"`. Numbers are refused: they have already lost digits. */
  readonly amount: string;
  /** An ISO 4217 code: `"EUR"`. */
  readonly currency: string;
  /** The payee's own number for this payment: 1 to 64 visible ASCII characters. */
  readonly reference?: string | undefined;
  /** What the payer tells the payee: 1 to 280 characters. */
  readonly note?: string | undefined;
}

/** A request that names exactly one account, with the bytes that are signed. */
export interface PaymentRequest {
  readonly payee: Party;
  readonly amount: Amount;
  readonly reference?: string;
  readonly note?: string;
  /** The exact body. */
  readonly body: string;
  /** The value of its `Content-Digest`. */
  readonly digest: string;
}

/** An HTTP request to sign or to verify. */
export interface SignableRequest {
  /** In capitals. */
  readonly method: string;
  /** Absolute, without fragment. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>> | ReadonlyArray<readonly [name: string, value: string]>;
  /** The exact bytes; a string stands for its UTF-8. */
  readonly body?: Uint8Array | string | undefined;
}

/** When a signature was made and what makes it unlike any other. */
export interface SignatureOptions {
  /** The platform's environment, such as `"sandbox"`. */
  readonly environment: string;
  /** Unix seconds. */
  readonly created: number;
  /** Unix seconds, at most 300 after `created`. */
  readonly expires: number;
  /** At least 128 random bits as 22 to 64 characters of base64url, never used before. */
  readonly nonce: string;
}

/** What a verified signature says. */
export interface VerifiedRequest {
  readonly keyId: string;
  readonly created: number;
  readonly expires: number;
  readonly nonce: string;
}

/** An Ed25519 public key (RFC 8037). */
export interface PublicJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
}

/** A JSON Web Key Set (RFC 7517), as the platform publishes it. */
export interface KeySet {
  readonly keys: ReadonlyArray<Readonly<Record<string, unknown>>>;
}

/** What a receipt must say to count. */
export interface ExpectedReceipt {
  /** The platform's issuer, from its settings. */
  readonly issuer: string;
  readonly payee: Party;
  readonly amount: Amount;
  /** Left out for a payment that was made without one. */
  readonly reference?: string | undefined;
  /** The digest of the request that was signed, where it is known. */
  readonly requestDigest?: string | undefined;
  /** The payment's id, where it is known. */
  readonly payment?: string | undefined;
}

/** The platform's signed word that a payment was made, verified. */
export interface Receipt {
  readonly issuer: string;
  /** Unix seconds. */
  readonly issuedAt: number;
  /** The payment's id. */
  readonly payment: string;
  readonly payer: Party;
  readonly payee: Party;
  readonly amount: Amount;
  readonly reference?: string;
  readonly requestDigest: string;
  /** The web origin that sent the request, where there was one. */
  readonly origin?: string;
  /** The receipt as it was signed: a compact JWS that any JOSE library verifies. */
  readonly token: string;
}

/**
 * How a payment ended. A lost answer is `unknown`, never a failure, and `pending` is what nobody waits for any
 * longer: `client.resume()`, or the same draft with the same `idempotencyKey`, finds out and pays at most once.
 */
export type Outcome = { readonly idempotencyKey: string } & (
  | { readonly status: "paid"; readonly receipt: Receipt }
  | { readonly status: "refused"; readonly error: Xp2pError }
  | { readonly status: "pending" }
  | { readonly status: "unknown"; readonly error: Xp2pError }
);

/** What a platform says about itself. */
export interface Settings {
  readonly environment: string;
  readonly issuer: string;
  /** The wallet, where payers decide: the root of an origin. Every checkout's address lies under it. */
  readonly walletUrl: string;
  readonly currencies: ReadonlyArray<{
    readonly code: string;
    /** Decimals of an amount. */
    readonly exponent: number;
    readonly minimum: Amount;
    readonly maximum: Amount;
  }>;
}
