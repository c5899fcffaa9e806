import type { AmountError, AmountReason } from "./amount-error.ts";
import type { Amount } from "./types.ts";

/**
 * What a platform takes in one currency: an entry of `client.settings.currencies`. Where it differs from
 * ISO 4217, it wins.
 */
export interface CurrencySettings {
  readonly code: string;
  /** Decimals of an amount, 0 to 4. */
  readonly exponent: number;
  readonly minimum?: Amount | undefined;
  readonly maximum?: Amount | undefined;
}

/** How a currency is taken. */
export interface CurrencyOptions {
  /** The platform's settings of the currency. Without them ISO 4217 decides, and there are no limits. */
  readonly settings?: CurrencySettings | undefined;
  /** Takes codes of funds, such as CLF, as well. */
  readonly allowFunds?: boolean | undefined;
}

export interface ValidateOptions extends CurrencyOptions {
  /** Takes zero as well. */
  readonly allowZero?: boolean | undefined;
}

export interface ParseOptions extends ValidateOptions {
  /** A BCP 47 tag: `"de-CH"`. */
  readonly locale: string;
  /** An ISO 4217 code: `"EUR"`. */
  readonly currency: string;
}

export interface FormatOptions extends CurrencyOptions {
  /** How the currency is shown, as in `Intl.NumberFormat`. A symbol by default, where it is clear. */
  readonly currencyDisplay?: "symbol" | "code" | undefined;
}

export interface NumberFormatOptions extends CurrencyOptions {
  /** Writes group marks: on by default. */
  readonly useGrouping?: boolean | undefined;
}

/** How what does not come out even becomes whole minor units; the names are those of `Intl.NumberFormat`. */
export type Rounding = "expand" | "trunc" | "halfExpand" | "halfTrunc" | "halfEven";

export interface PercentageOptions extends CurrencyOptions {
  readonly rounding: Rounding;
}

export interface FeeOptions extends PercentageOptions {
  /** A decimal such as `"2.9"`. */
  readonly percent: string;
  /** Added after rounding, in the amount's currency: `"0.30"`. */
  readonly fixed?: string | undefined;
}

export interface ConversionOptions extends CurrencyOptions {
  /** The currency to convert into. */
  readonly currency: string;
  /** What one whole unit of the amount's currency is in the other: `"1.0831"`. */
  readonly rate: string;
  readonly rounding: Rounding;
  /** The platform's settings of the currency to convert into. */
  readonly into?: CurrencySettings | undefined;
}

/** Both ends belong to what is allowed. */
export interface Limits extends CurrencyOptions {
  readonly minimum?: Amount | undefined;
  readonly maximum?: Amount | undefined;
  /** What is left of an allowance, such as that of a linked key. */
  readonly remaining?: Amount | undefined;
}

/** Whether an amount is within limits; if not, the first reason with the values to show a person. */
export type AmountCheck =
  | { readonly ok: true; readonly amount: Amount }
  | {
      readonly ok: false;
      readonly amount: Amount;
      /** `amount_under_minimum`, `amount_over_maximum` or `link_limit_exceeded`. */
      readonly code: string;
      readonly reason: "minimum" | "maximum" | "remaining";
      /** The limit. */
      readonly limit: Amount;
      /** How far the amount is from it. */
      readonly difference: Amount;
      readonly error: AmountError;
    };

/** Rows that were validated together. */
export interface ValidatedAmounts {
  /** The amount of each row in its one form; `undefined` where the row is refused. */
  readonly amounts: ReadonlyArray<Amount | undefined>;
  /** The refused rows in their order. */
  readonly refused: readonly RefusedAmount[];
}

/** A row that is refused: what an `AmountError` says of it. */
export interface RefusedAmount {
  /** The row, counted from 0. */
  readonly row: number;
  readonly code: string;
  readonly message: string;
  readonly param: string | undefined;
  readonly reason: AmountReason | undefined;
  /** The limit that the amount passes, where that is the reason. */
  readonly limit: Amount | undefined;
}

export interface RowsOptions {
  /** The platform's settings, for the currencies it takes. Others are held against ISO 4217. */
  readonly settings?: readonly CurrencySettings[] | undefined;
  readonly allowZero?: boolean | undefined;
}

/** What ISO 4217, or the platform, says of a currency. */
export interface Currency {
  readonly code: string;
  /** The numeric code with its three digits: `"978"`. */
  readonly number: string;
  /** Decimals of an amount. */
  readonly exponent: number;
}
