// Takes apart what callers hand over: every part gets its type here, what it must say is for the wasm to judge.
import { unrefused } from "./amount-error.ts";
import { wasm } from "./amount-load.ts";
import { member } from "./member.ts";

/** An amount's value, and what is taken in its currency, as the wasm reads it. */
export type Sum = [value: string, terms: string];

/** A text, or the error for one argument of the wrong type. */
export function asText(value: unknown, param: string): string {
  return typeof value === "string" ? value : wrong(param);
}

export function wrong(param: string): never {
  unrefused(wasm().wrongType(param));
  throw new TypeError(param);
}

/** The settings that go with a currency, out of an object that may have them. */
export function settingsIn(options: unknown): unknown {
  return member(options, "settings") ?? undefined;
}

/** Code, exponent, minimum, maximum, remaining and flags. */
export function terms(currency: unknown, options?: unknown, settings = settingsIn(options)): string {
  const code = asText(currency, "currency");
  const decimals = exponent(settings, code);
  const limits = ["minimum", "maximum"].map((name) => limit(settings, name, code));
  return line(code, decimals, [...limits, ""], flags(options));
}

/** The same with limits beside those of the settings. */
export function limitedTerms(currency: unknown, limits: unknown): string {
  const code = asText(currency, "currency");
  const settings = settingsIn(limits);
  const decimals = exponent(settings, code);
  const named = (name: string): string => limit(limits, name, code) || limit(settings, name, code);
  return line(code, decimals, [named("minimum"), named("maximum"), limit(limits, "remaining", code)], "z");
}

/** An amount for a calculation, in which limits do not matter. */
export function sum(amount: unknown, options?: unknown): Sum {
  const value = asText(member(amount, "value"), "amount");
  const code = asText(member(amount, "currency"), "currency");
  return [value, line(code, exponent(settingsFor(code, options), code), ["", "", ""], flags(options))];
}

function line(code: string, exponent: string, limits: string[], flags: string): string {
  return [code, exponent, ...limits, flags].join("\t");
}

function flags(options: unknown): string {
  return (member(options, "allowZero") === true ? "z" : "") + (member(options, "allowFunds") === true ? "f" : "");
}

/** Settings of another currency say nothing about this one. */
function settingsFor(code: string, options: unknown): unknown {
  const settings = settingsIn(options);
  return settings !== undefined && member(settings, "code") === code ? settings : undefined;
}

function exponent(settings: unknown, code: string): string {
  if (settings === undefined) return "";
  if (member(settings, "code") !== code) wrong("settings.code");
  const number = member(settings, "exponent");
  return typeof number === "number" && Number.isInteger(number) && number >= 0 ? String(number) : wrong("settings.exponent");
}

/** The value of a limit that is in the currency; nothing where there is no limit. */
function limit(limits: unknown, name: string, code: string): string {
  const amount = member(limits, name) ?? undefined;
  if (amount === undefined) return "";
  if (member(amount, "currency") !== code) wrong(`${name}.currency`);
  const value = asText(member(amount, "value"), name);
  // Nothing given is no limit, so a limit must not be nothing.
  return value === "" ? wrong(name) : value;
}
