// Amounts by the thousand, in one crossing to the wasm.
import { settingsIn, terms, wrong } from "./amount-arguments.ts";
import { AmountError, type Refusal } from "./amount-error.ts";
import { wasm } from "./amount-load.ts";
import type { RefusedAmount, RowsOptions, ValidatedAmounts } from "./amount-types.ts";
import { member } from "./member.ts";
import type { Amount } from "./types.ts";

/**
 * Checks rows of `{ value, currency }` in one crossing to the wasm: each row as `validateAmount` does,
 * and each refusal with the number of its row, counted from 0.
 */
export function validateAmounts(rows: readonly Amount[], options?: RowsOptions): ValidatedAmounts {
  if (!Array.isArray(rows)) wrong("rows");
  const known = settingsIn(options) ?? [];
  if (!Array.isArray(known)) wrong("settings");
  const settled = known.map((settings: unknown) => terms(member(settings, "code"), options, settings));
  const flag = member(options, "allowZero") === true;

  const amounts: (Amount | undefined)[] = new Array(rows.length);
  const values: string[] = new Array(rows.length);
  const currencies: string[] = new Array(rows.length);
  const mistyped = new Map<number, string>();
  let one = true;
  for (let row = 0; row < rows.length; row++) {
    const value = member(rows[row], "value");
    const currency = member(rows[row], "currency");
    if (typeof value !== "string") mistyped.set(row, "amount");
    else if (typeof currency !== "string") mistyped.set(row, "currency");
    values[row] = typeof value === "string" ? value : "";
    currencies[row] = typeof currency === "string" ? currency : "";
    if (currencies[row] !== currencies[0]) one = false;
    amounts[row] = { value: values[row] as string, currency: currencies[row] as string };
  }

  const refused: RefusedAmount[] = [];
  const refuse = (row: number, refusal: string): void => {
    const mistake = mistyped.get(row);
    const text = mistake === undefined ? refusal : wasm().wrongType(mistake);
    // Plain members and no Error: thousands of them take no time.
    const { code, message, param, reason, limit } = JSON.parse(text) as Refusal;
    const currency = currencies[row] as string;
    refused.push({ row, code, message, param, reason, limit: limit === undefined ? limit : { value: limit, currency } });
    amounts[row] = undefined;
  };
  const change = (row: number, answer: string): void => {
    if (mistyped.has(row) || answer.startsWith("{")) refuse(row, answer);
    else amounts[row] = { value: answer, currency: currencies[row] as string };
  };

  const codes = one ? (currencies[0] ?? "") : currencies.join("\n");
  const answer = rows.length === 0 ? "" : wasm().validateAll(values.join("\n"), codes, rows.length, settled, flag);
  if (answer === "!") {
    // A line break within a row: each goes on its own.
    for (let row = 0; row < rows.length; row++) {
      const code = currencies[row] as string;
      const settings = known.find((entry: unknown) => member(entry, "code") === code);
      change(row, wasm().validate(values[row] as string, terms(code, { allowZero: flag }, settings)));
    }
  } else if (answer.startsWith("{")) {
    throw new AmountError(JSON.parse(answer) as Refusal, undefined);
  } else {
    for (const line of answer.split("\n")) {
      const tab = line.indexOf("\t");
      if (tab > 0) change(Number(line.slice(0, tab)), line.slice(tab + 1));
    }
  }
  return { amounts, refused };
}
