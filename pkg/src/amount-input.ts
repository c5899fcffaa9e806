// xp2p/amount-input: turns a text field into a field for an amount. It has no looks of its own.
import { AmountError, compareAmounts, currencyOf, formatAmountNumber, parseAmount, validateAmount } from "./amount.ts";
import { messageFor } from "./amount-messages.ts";
import type { CurrencySettings } from "./amount-types.ts";
import type { Amount } from "./types.ts";

export { init } from "./amount.ts";

export interface AmountInputOptions {
  /** An ISO 4217 code: `"EUR"`. */
  readonly currency: string;
  /** How the amount is written. By default the language of the element that the field is in. */
  readonly locale?: string | undefined;
  /** The language of the messages. By default as the locale. */
  readonly language?: "en" | "fr" | undefined;
  /** The platform's settings of the currency: its decimals and limits count. */
  readonly settings?: CurrencySettings | undefined;
  readonly allowZero?: boolean | undefined;
}

/** A field that holds an amount. */
export interface AmountInput {
  /** The amount in the field, `undefined` where there is none. Setting it writes it into the field. */
  amount: Amount | undefined;
  /** Why what stands in the field is no amount. */
  readonly error: AmountError | undefined;
  /** Makes the field what it was. */
  detach(): void;
}

/**
 * Turns a text field into a field for an amount. While somebody types it is only checked, and
 * `setCustomValidity` says what is wrong; when the field is left, the amount is written as the locale
 * writes it. The form sends the exact amount: `1234.50` for `1.234,50`, and nothing for what is none.
 *
 * A value that the page wrote into the HTML is read as it is on the wire: `value="1234.50"`.
 *
 * Call `await init()` first.
 *
 * @throws AmountError `currency_unknown`, and `argument_invalid` at `locale`
 */
export function amountInput(input: HTMLInputElement, options: AmountInputOptions): AmountInput {
  const { currency, settings, allowZero } = options;
  const given = options.locale ?? (input.closest<HTMLElement>("[lang]")?.lang || globalThis.navigator.language);
  const locale = given.split("_").join("-");
  const language = options.language ?? (/^fr\b/i.test(locale) ? "fr" : "en");
  const reading = { locale, currency, settings, allowZero };
  const written = (useGrouping: boolean, { value }: Amount): string =>
    formatAmountNumber({ value, currency }, locale, { settings, useGrouping });

  let amount: Amount | undefined;
  let error: AmountError | undefined;

  /** Takes the outcome of reading the field and tells it to the form. */
  const take = (read: () => Amount): void => {
    amount = error = undefined;
    try {
      // An empty field is for `required` to refuse, in the browser's own words.
      if (input.value.trim() !== "") amount = read();
    } catch (refusal) {
      if (!(refusal instanceof AmountError) || refusal.reason === undefined) throw refusal;
      error = refusal;
    }
    input.setCustomValidity(error ? messageFor(error, language, reading) : "");
  };
  const check = (): void => take(() => parseAmount(input.value, reading));
  const format = (): void => {
    if (amount) input.value = written(true, amount);
  };
  const start = (): void => {
    take(() => validateAmount(input.value, currency, { settings, allowZero }));
    format();
  };

  /** Group marks would be in the way of who edits; the caret stays behind the same digit. */
  const edit = (): void => {
    const plain = amount && written(false, amount);
    if (plain === undefined || plain === input.value) return;
    const [first, last] = [input.selectionStart ?? 0, input.selectionEnd ?? 0];
    const all = first === 0 && last === input.value.length;
    const marks = (end: number): number => digitsIn(input.value.slice(0, end));
    const [from, to] = [behind(plain, marks(first)), behind(plain, marks(last))];
    input.value = plain;
    if (all) input.select();
    else input.setSelectionRange(from, to);
  };

  const send = (event: Event): void => {
    const { formData } = event as FormDataEvent;
    if (event.target === input.form && input.name && !input.disabled) formData.set(input.name, amount?.value ?? "");
  };
  const reset = (event: Event): void => {
    // The field has its first value only after this event.
    if (event.target === input.form) queueMicrotask(start);
  };

  // Throws here, and not while somebody types, where the currency or the locale is unknown.
  const { exponent } = currencyOf(currency, { settings: settings && { code: settings.code, exponent: settings.exponent } });
  formatAmountNumber({ value: "1", currency }, locale);
  const changed = ["type", "inputmode", "autocomplete"].map((name) => [name, input.getAttribute(name)] as const);
  input.type = "text";
  input.inputMode = exponent === 0 ? "numeric" : "decimal";
  if (!input.hasAttribute("autocomplete")) input.setAttribute("autocomplete", "transaction-amount");

  const document = input.ownerDocument;
  const listeners: [EventTarget, string, (event: Event) => void][] = [
    [input, "input", check],
    [input, "blur", format],
    [input, "focus", edit],
    [document, "formdata", send],
    [document, "reset", reset],
  ];
  // Before the page's own listeners, so that they find the new amount.
  for (const [target, type, listener] of listeners) target.addEventListener(type, listener, true);
  start();

  return {
    get amount() {
      return amount;
    },
    set amount(value) {
      // Refuses another currency.
      if (value) compareAmounts(value, { value: "0", currency }, { settings });
      input.value = value ? value.value : "";
      take(() => validateAmount(input.value, currency, { settings, allowZero }));
      if (document.activeElement === input) edit();
      else format();
    },
    get error() {
      return error;
    },
    detach() {
      for (const [target, type, listener] of listeners) target.removeEventListener(type, listener, true);
      input.setCustomValidity("");
      for (const [name, value] of changed) {
        if (value === null) input.removeAttribute(name);
        else input.setAttribute(name, value);
      }
    },
  };
}

function digitsIn(text: string): number {
  return text.match(/\p{Nd}/gu)?.length ?? 0;
}

/** The place behind so many digits. */
function behind(text: string, count: number): number {
  let seen = 0;
  for (let index = 0; index < text.length; index++) {
    if (seen === count) return index;
    if (/\p{Nd}/u.test(text.charAt(index))) seen++;
  }
  return text.length;
}
