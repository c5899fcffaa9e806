// The functions of xp2p/amount. They are synchronous and need `init()` first.
import { asText, limitedTerms, sum, terms, wrong } from "./amount-arguments.ts";
import { AmountError, type Refusal, unrefused } from "./amount-error.ts";
import { layout } from "./amount-layout.ts";
import { wasm } from "./amount-load.ts";
import type {
  AmountCheck,
  ConversionOptions,
  Currency,
  CurrencyOptions,
  FeeOptions,
  FormatOptions,
  Limits,
  NumberFormatOptions,
  ParseOptions,
  PercentageOptions,
  ValidateOptions,
} from "./amount-types.ts";
import { member } from "./member.ts";
import type { Amount } from "./types.ts";

export { validateAmounts } from "./amount-rows.ts";

/**
 * Reads what a person typed or pasted: digits of any script, the marks of the locale, the currency's
 * symbol or code before or after. `parseAmount("1.234,5 €", { locale: "de", currency: "EUR" })` is
 * `{ value: "1234.50", currency: "EUR" }`.
 *
 * Nothing is guessed: what could mean two amounts is refused, with both as suggestions.
 *
 * @throws AmountError with `code`, `reason` and `suggestions`
 */
export function parseAmount(text: string, options: ParseOptions): Amount {
  const currency = asText(member(options, "currency"), "currency");
  const locale = asText(member(options, "locale"), "locale");
  const read = wasm().parseLocalized(asText(text, "amount"), locale, terms(currency, options));
  return { value: unrefused(read, currency), currency };
}

/**
 * Checks an amount as it is written on the wire and gives its one form: `12.5` is `12.50`. With a
 * platform's settings, their decimals and limits count.
 *
 * @throws AmountError `amount_not_text` for a number, `amount_malformed`, `amount_negative`, `amount_zero`,
 * `amount_too_precise`, `amount_too_long`, `currency_unknown`, and the limits' codes
 */
export function validateAmount(value: string, currency: string, options?: ValidateOptions): Amount {
  const checked = wasm().validate(asText(value, "amount"), terms(currency, options));
  return { value: unrefused(checked, currency), currency };
}

/**
 * An amount as the locale writes it: `formatAmount({ value: "1234.50", currency: "EUR" }, "de")` is
 * `"1.234,50 €"`. Exact for every amount, and what `parseAmount` reads back in the same locale.
 *
 * The number is written by the same tables that read it, so that it is the same in every browser; where
 * the currency stands and how it looks is for `Intl.NumberFormat`.
 */
export function formatAmount(amount: Amount, locale: string, options?: FormatOptions): string {
  const [value, of] = sum(amount, options);
  const number = unrefused(wasm().formatNumber(value, of, asText(locale, "locale"), true));
  const means = (symbol: string): boolean => wasm().symbolMeans(symbol, of, locale);
  const code = member(options, "currencyDisplay") === "code";
  return layout(number, amount.currency, locale, code ? () => false : means);
}

/** The number alone: `"1.234,50"`, or `"1234,50"` without grouping, as somebody edits it. */
export function formatAmountNumber(amount: Amount, locale: string, options?: NumberFormatOptions): string {
  const grouped = member(options, "useGrouping") !== false;
  return unrefused(wasm().formatNumber(...sum(amount, options), asText(locale, "locale"), grouped));
}

/** The amount of so many minor units: `amountFromMinor(1250n, "EUR")` is `12.50`. Only a bigint is taken. */
export function amountFromMinor(minor: bigint, currency: string, options?: ValidateOptions): Amount {
  if (typeof minor !== "bigint") wrong("amount");
  return { value: unrefused(wasm().fromMinor(minor.toString(), terms(currency, options)), currency), currency };
}

/** How many minor units an amount is: `1250n`. */
export function amountToMinor(amount: Amount, options?: CurrencyOptions): bigint {
  return BigInt(unrefused(wasm().toMinor(...sum(amount, options))));
}

/** @throws AmountError `currency_mismatch`, `amount_too_long` */
export function addAmounts(amount: Amount, other: Amount, options?: CurrencyOptions): Amount {
  return combined(amount, other, false, options);
}

/** @throws AmountError `currency_mismatch`; `amount_negative` where the other is more */
export function subtractAmounts(amount: Amount, other: Amount, options?: CurrencyOptions): Amount {
  return combined(amount, other, true, options);
}

/** `-1`, `0` or `1`, as `sort` takes it. @throws AmountError `currency_mismatch` */
export function compareAmounts(amount: Amount, other: Amount, options?: CurrencyOptions): -1 | 0 | 1 {
  return Number(unrefused(wasm().compare(...sum(amount, options), ...sum(other, options)))) as -1 | 0 | 1;
}

/**
 * Splits an amount by whole weights: `[1, 1, 1]` splits `100.00` into `33.34`, `33.33`, `33.33`. The
 * shares sum to the amount; what is left after rounding down goes to those who lost most by it, the
 * earlier one first where two lost the same.
 *
 * @throws AmountError `argument_invalid` at `weights`
 */
export function allocateAmount(amount: Amount, weights: readonly (number | bigint)[], options?: CurrencyOptions): Amount[] {
  if (!Array.isArray(weights)) wrong("weights");
  const whole = (weight: unknown): boolean =>
    typeof weight === "bigint" ? weight >= 0n : Number.isSafeInteger(weight) && (weight as number) >= 0;
  if (!weights.every(whole)) wrong("weights");
  const shares = unrefused(wasm().allocate(...sum(amount, options), weights.join(" ")));
  return shares.split("\n").map((value) => ({ value, currency: amount.currency }));
}

/** So many percent of an amount: `percentageOfAmount(amount, "2.9", { rounding: "halfEven" })`. */
export function percentageOfAmount(amount: Amount, percent: string, options: PercentageOptions): Amount {
  const rounding = asText(member(options, "rounding"), "rounding");
  return like(amount, wasm().fee(...sum(amount, options), asText(percent, "percent"), undefined, rounding));
}

/** A fee of so many percent, rounded, and a fixed part. */
export function feeForAmount(amount: Amount, options: FeeOptions): Amount {
  const [percent, rounding] = ["percent", "rounding"].map((name) => asText(member(options, name), name)) as [string, string];
  const fixed = member(options, "fixed") ?? undefined;
  const part = fixed === undefined ? undefined : asText(fixed, "fixed");
  return like(amount, wasm().fee(...sum(amount, options), percent, part, rounding));
}

/** An amount in another currency, at a quoted rate and with a named rounding. */
export function convertAmount(amount: Amount, options: ConversionOptions): Amount {
  const [currency, rate, rounding] = ["currency", "rate", "rounding"].map((name) => asText(member(options, name), name)) as [
    string,
    string,
    string,
  ];
  const into = terms(currency, { allowFunds: member(options, "allowFunds") }, member(options, "into") ?? undefined);
  return { value: unrefused(wasm().convert(...sum(amount, options), rate, into, rounding), currency), currency };
}

/** Whether an amount is within limits; if not, the first reason, its code and the values to show a person. */
export function checkAmount(amount: Amount, limits: Limits): AmountCheck {
  const currency = asText(member(amount, "currency"), "currency");
  const value = asText(member(amount, "value"), "amount");
  const answer = unrefused(wasm().checkLimits(value, limitedTerms(currency, limits)), currency);
  if (!answer.startsWith(" ")) return { ok: true, amount: { value: answer, currency } };
  const passed = JSON.parse(answer) as { value: string; difference: string; refusal: Refusal & { limit: string } };
  const error = new AmountError(passed.refusal, currency);
  return {
    ok: false,
    amount: { value: passed.value, currency },
    code: error.code,
    reason: error.reason as "minimum" | "maximum" | "remaining",
    limit: { value: passed.refusal.limit, currency },
    difference: { value: passed.difference, currency },
    error,
  };
}

/** What ISO 4217, or the platform, says of a currency. @throws AmountError `currency_unknown` */
export function currencyOf(code: string, options?: CurrencyOptions): Currency {
  const [number = "", exponent] = unrefused(wasm().currency(terms(code, options))).split(" ");
  return { code, number: number.padStart(3, "0"), exponent: Number(exponent) };
}

function combined(amount: Amount, other: Amount, subtract: boolean, options?: CurrencyOptions): Amount {
  return like(amount, wasm().combine(...sum(amount, options), ...sum(other, options), subtract));
}

function like({ currency }: Amount, answer: string): Amount {
  return { value: unrefused(answer, currency), currency };
}
