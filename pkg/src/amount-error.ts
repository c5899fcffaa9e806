// Refusals of amounts, with what they might have meant.
import { Xp2pError } from "./error.ts";
import type { Amount } from "./types.ts";

/** What exactly is wrong with an amount. */
export type AmountReason =
  /** There is nothing. */
  | "empty"
  /** Something stands there that is no part of an amount. */
  | "text"
  /** It is longer than any amount. */
  | "length"
  /** Digits of two scripts. */
  | "digits"
  /** A mark with no digits before or after it. */
  | "incomplete"
  /** A sign, or parentheses as bookkeepers write them. */
  | "sign"
  /** A symbol or code of another currency, or a symbol that several share. */
  | "currency"
  /** Group marks where the locale has none. */
  | "grouping"
  /** Marks that another locale writes. */
  | "marks"
  /** Two readings are possible. */
  | "ambiguous"
  /** More decimals than the currency has. */
  | "decimals"
  | "zero"
  | "minimum"
  | "maximum"
  | "remaining";

/** A refused amount: an `Xp2pError` that also says what exactly is wrong and what may have been meant. */
export class AmountError extends Xp2pError {
  /** What is wrong: finer than `code`, for the words that a person reads. */
  readonly reason: AmountReason | undefined;

  /** What the person may have meant, likeliest first. Only a person can choose. */
  readonly suggestions: readonly Amount[];

  /** The limit that the amount passes, where that is the reason. */
  readonly limit: Amount | undefined;

  /** @internal */
  constructor(
    { code, message, param, reason, suggestions, limit }: Refusal,
    readonly currency: string | undefined,
  ) {
    super(code, message, false, param);
    const amount = (value: string): Amount => ({ value, currency: currency ?? "" });
    this.reason = reason;
    this.suggestions = suggestions ? suggestions.split(" ").map(amount) : [];
    this.limit = limit === undefined ? undefined : amount(limit);
  }
}

/** A refusal as the wasm writes it. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly param?: string;
  readonly reason?: AmountReason;
  readonly suggestions?: string;
  readonly limit?: string;
}

/** What the wasm answered, unless it is a refusal: those begin with a brace, as no value does. */
export function unrefused(answer: string, currency?: string): string {
  if (answer.startsWith("{")) throw new AmountError(JSON.parse(answer) as Refusal, currency);
  return answer;
}
