// What a wallet shows and decides about: the contract's resources, with their members as JavaScript writes them.
import type { Xp2pError } from "./error.ts";
import type { Amount, Party, Payee, Receipt } from "./types.ts";

/** What an account has in one currency. */
export interface Balance {
  readonly currency: string;
  readonly available: string;
  /** Set aside for payments that are not settled. */
  readonly held: string;
}

export type CheckoutStatus = "created" | "opened" | "approved" | "paid" | "declined" | "cancelled" | "expired";

/** A checkout as the platform holds it. What is shown of it is what `approve` signs. */
export interface Checkout {
  readonly id: string;
  readonly version: number;
  readonly status: CheckoutStatus;
  readonly environment: string;
  readonly payee: Payee;
  /** Whether this payer has never paid this payee: ask them to look twice. */
  readonly firstPayment?: boolean;
  readonly amount: Amount;
  readonly reference?: string;
  /** The payee's words: not the platform's, and not to be believed. */
  readonly note?: string;
  readonly requestDigest: string;
  /** The web origin that asks, where there is one. */
  readonly origin?: string;
  /** Whether the payee has registered it as its own. */
  readonly originVerified?: boolean;
  readonly returnUrl?: string;
  readonly state?: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly payment?: PaymentRecord;
}

/** A payment as the platform tells it. Only its receipt proves it. */
export interface PaymentRecord {
  readonly id: string;
  readonly version: number;
  readonly status: "paid";
  readonly payer: Party;
  readonly payee: Party;
  readonly amount: Amount;
  readonly reference?: string;
  readonly note?: string;
  readonly checkout?: string;
  readonly link?: string;
  /** What was given back, in the payment's currency. */
  readonly refunded: string;
  readonly requestDigest: string;
  readonly createdAt: number;
  /** The signed token. */
  readonly receipt: string;
}

/** A payment, and its receipt if that verifies. */
export interface ProvenPayment {
  readonly payment: PaymentRecord;
  readonly receipt?: Receipt;
}

/**
 * What became of an approval. `reviewed`: the platform settles it later, and `settled` waits for that.
 * `decided`: the checkout had come to an end already. `unknown`: whoever waited gave up; the same approval
 * goes on with `approve`, also after a reload.
 */
export type Decision =
  | ({ readonly status: "paid" } & Required<ProvenPayment>)
  | { readonly status: "reviewed"; readonly checkout: Checkout }
  | { readonly status: "decided"; readonly checkout: Checkout }
  | { readonly status: "refused"; readonly error: Xp2pError }
  | { readonly status: "unknown"; readonly error: Xp2pError };

/** What a linked page may pay. */
export interface LinkLimits {
  readonly perPayment: Amount;
  readonly perPeriod: Amount;
  /** Calendar days, weeks from Monday, or months, in UTC. */
  readonly period: "day" | "week" | "month";
  readonly lifetime: Amount;
}

/** A page's key that may pay some payees within limits, once its payer has agreed. */
export interface Link {
  readonly id: string;
  readonly version: number;
  readonly status: "requested" | "active" | "declined" | "revoked" | "expired";
  readonly keyId: string;
  /** The web origin that asks, where there is one. */
  readonly origin?: string;
  /** Whether every payee has registered it as its own. */
  readonly originVerified?: boolean;
  readonly payer?: Party;
  readonly payees: readonly Party[];
  readonly limits: LinkLimits;
  /** What one payment may be at most now. */
  readonly remaining?: Amount;
  readonly note?: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** A key as the platform knows it. */
export interface RegisteredKey {
  readonly keyId: string;
  readonly role: "requester" | "linked" | "approval";
  readonly account?: string;
  readonly origin?: string;
  readonly label?: string;
  readonly createdAt: number;
  readonly revokedAt?: number;
}

/** An account or a web origin from which the payer wants to hear nothing. */
export interface Block {
  readonly id: string;
  readonly account?: string;
  readonly origin?: string;
  readonly createdAt: number;
  readonly removedAt?: number;
}

/** One page of a list, newest first. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins. Absent on the last one. */
  readonly nextCursor?: string;
}
