// Takes apart what callers hand over. A page can pass anything, so every part gets its type here; what
// it must say is for the wasm to judge.
import { toError, type Xp2pError } from "./error.ts";
import { wasm } from "./load.ts";
import { member } from "./member.ts";

export { member };

/**
 * The error with this code of the table at one argument. An argument of the wrong type is a number where an
 * amount should be, or anything else.
 */
export function wrong(param: string, code = param === "amount" ? "amount_not_text" : "argument_invalid"): Xp2pError {
  return toError(JSON.parse(wasm().errorAt(code, param)));
}

/** A text, or the error for one argument of the wrong type. */
export function asText(value: unknown, param: string): string {
  if (typeof value === "string") return value;
  throw wrong(param);
}

/** Bytes, or a string that stands for its UTF-8. */
export function asBytes(value: unknown, param: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return new TextEncoder().encode(asText(value, param));
}

/** A member that must be a text. */
export function text(object: unknown, name: string): string {
  return asText(member(object, name), name);
}

/** A member that may be absent, `undefined` or `null`. */
export function optionalText(object: unknown, name: string): string | undefined {
  const value = member(object, name) ?? undefined;
  return value === undefined ? value : asText(value, name);
}

/** A member that must be a number. */
export function number(object: unknown, name: string): number {
  const value = member(object, name);
  if (typeof value === "number") return value;
  throw wrong(name);
}

/** The parts of a draft: payee, amount, currency, reference, note. */
export function intent(draft: unknown): [string, string, string, string | undefined, string | undefined] {
  return [
    text(draft, "to"),
    text(draft, "amount"),
    text(draft, "currency"),
    optionalText(draft, "reference"),
    optionalText(draft, "note"),
  ];
}

/** The parts of an Ed25519 public key. */
export function publicKey(jwk: unknown): [string, string, string] {
  return [text(jwk, "kty"), text(jwk, "crv"), text(jwk, "x")];
}

/** The parts of an HTTP request: method, URL, names and values of its headers in turn, body. */
export function message(request: unknown): [string, string, string, Uint8Array | undefined] {
  const body = member(request, "body") ?? undefined;
  return [
    text(request, "method"),
    text(request, "url"),
    headers((member(request, "headers") ?? []) as object),
    body === undefined ? body : asBytes(body, "body"),
  ];
}

/** Names and values in turn with a NUL between each two, which no field can have; out of an object or pairs. */
export function headers(given: object): string {
  try {
    const pairs: unknown[] = Symbol.iterator in given ? [...(given as Iterable<unknown>)] : Object.entries(given);
    if (pairs.every(isPair)) return pairs.flat().join("\0");
  } catch {
    // A getter or an iterator that throws.
  }
  throw wrong("headers");
}

function isPair(pair: unknown): pair is [string, string] {
  return Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === "string" && !part.includes("\0"));
}
