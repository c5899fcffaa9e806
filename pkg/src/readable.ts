// How amounts and other people's texts are put before a person. It needs no wasm.
import type { Amount } from "./types.ts";

/**
 * The amount as the locale writes it. `Intl` takes the decimal as a text, without a detour through
 * binary numbers; an engine that is too old for that loses digits, and then the plain form stands.
 */
export function readableAmount({ value, currency }: Amount, locale: string): string {
  const digits = (text: string) => text.replace(/\D/g, "");
  const decimals = value.split(".")[1]?.length ?? 0;
  const settings = { style: "currency", currency, minimumFractionDigits: decimals, maximumFractionDigits: decimals } as const;
  // Digits as the receipt has them: a locale's own are compared with nothing.
  const written = new Intl.NumberFormat(locale, { ...settings, numberingSystem: "latn" }).format(value as unknown as number);
  return digits(written) === digits(value) ? written : `${value} ${currency}`;
}

/** A text without control characters and marks that change the direction of what follows. */
export function readableText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "");
}
