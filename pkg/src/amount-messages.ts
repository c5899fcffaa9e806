// What a person reads about an amount that is none.
import type { AmountError, AmountReason } from "./amount-error.ts";
import { amountFromMinor, formatAmount, formatAmountNumber } from "./amount-functions.ts";
import type { ParseOptions } from "./amount-types.ts";
import type { Amount } from "./types.ts";

interface Words {
  example(amount: string): string;
  meant(amount: string): string;
  either(one: string, other: string): string;
  noDecimals(currency: string): string;
  decimals(most: number): string;
  only(currency: string): string;
  tooLong: string;
  negative: string;
  zero: string;
  minimum(limit: string): string;
  maximum(limit: string): string;
  remaining(limit: string): string;
}

const english: Words = {
  example: (amount) => `Enter an amount such as ${amount}.`,
  meant: (amount) => `Did you mean ${amount}?`,
  either: (one, other) => `Did you mean ${one} or ${other}?`,
  noDecimals: (currency) => `Amounts in ${currency} have no decimals.`,
  decimals: (most) => `Enter at most ${most} decimals.`,
  only: (currency) => `Enter an amount in ${currency}.`,
  tooLong: "This amount has too many digits.",
  negative: "An amount cannot be negative.",
  zero: "Enter an amount of more than zero.",
  minimum: (limit) => `Enter at least ${limit}.`,
  maximum: (limit) => `Enter at most ${limit}.`,
  remaining: (limit) => `Only ${limit} is left of what you allowed.`,
};

const french: Words = {
  example: (amount) => `Saisissez un montant comme ${amount}.`,
  meant: (amount) => `Vouliez-vous dire ${amount} ?`,
  either: (one, other) => `Vouliez-vous dire ${one} ou ${other} ?`,
  noDecimals: (currency) => `Les montants en ${currency} n’ont pas de décimales.`,
  decimals: (most) => `Saisissez au plus ${most} décimales.`,
  only: (currency) => `Saisissez un montant en ${currency}.`,
  tooLong: "Ce montant a trop de chiffres.",
  negative: "Un montant ne peut pas être négatif.",
  zero: "Saisissez un montant supérieur à zéro.",
  minimum: (limit) => `Saisissez au moins ${limit}.`,
  maximum: (limit) => `Saisissez au plus ${limit}.`,
  remaining: (limit) => `Il ne reste que ${limit} de ce que vous avez autorisé.`,
};

/** A plain amount: 12.50, 1250 or 1.250. */
function exampleOf({ currency, settings }: ParseOptions): Amount {
  const decimals = settings && { code: settings.code, exponent: settings.exponent };
  return amountFromMinor(1250n, currency, { settings: decimals });
}

/** What to tell a person, with what they may have meant. */
export function messageFor(error: AmountError, language: "en" | "fr", options: ParseOptions): string {
  const words = language === "fr" ? french : english;
  const { locale, currency, settings } = options;
  const shown = (amount: Amount | undefined): string => (amount ? formatAmount(amount, locale, { settings }) : "");
  const [one, other] = error.suggestions.map(shown);
  const meant = one === undefined ? "" : other === undefined ? words.meant(one) : words.either(one, other);
  const both = (sentence: string): string => [sentence, meant].filter(Boolean).join(" ");
  const example = words.example(formatAmountNumber(exampleOf(options), locale, { settings }));
  const exponent = exampleOf(options).value.split(".")[1]?.length ?? 0;
  const sentences: Record<AmountReason, () => string> = {
    empty: () => example,
    text: () => example,
    digits: () => example,
    incomplete: () => meant || example,
    grouping: () => meant || example,
    marks: () => meant || example,
    ambiguous: () => meant || example,
    currency: () => both(words.only(currency)),
    decimals: () => both(exponent === 0 ? words.noDecimals(currency) : words.decimals(exponent)),
    length: () => words.tooLong,
    sign: () => words.negative,
    zero: () => words.zero,
    minimum: () => words.minimum(shown(error.limit)),
    maximum: () => words.maximum(shown(error.limit)),
    remaining: () => words.remaining(shown(error.limit)),
  };
  return sentences[error.reason ?? "text"]();
}
