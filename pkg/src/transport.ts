// Sends messages with the `fetch` of the page, worker or runtime.
import { headers } from "./arguments.ts";
import { now } from "./random.ts";

/** What to send, as the wasm says it. */
export interface Message {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** Status, header fields, body: as the wasm takes them. */
export type Answer = [status: number, fields: string, body: Uint8Array];

/** What sends a message, and waits for its whole answer. */
export type Send = (message: Message, signal?: AbortSignal) => Promise<Answer>;

/**
 * Asks, and has an answer that is still arriving.
 *
 * No cookies, no redirect, no cache: the platform knows a caller by its signature alone, and a redirect
 * would take a signed request to an address that it does not name.
 */
export function request({ url, ...message }: Message, signal?: AbortSignal): Promise<Response> {
  return globalThis.fetch(url, {
    ...message,
    credentials: "omit",
    redirect: "error",
    cache: "no-store",
    referrerPolicy: "no-referrer",
    signal: signal ?? null,
  });
}

/**
 * Sends a message and waits for the whole answer. Where none came, whatever the reason, the status is
 * 0, as in a network error of the Fetch standard.
 */
export async function send(message: Message, signal?: AbortSignal): Promise<Answer> {
  try {
    const response = await request(message, signal);
    // The wasm reads seconds in `Retry-After`; a proxy may give an IMF-fixdate (RFC 9110, section 10.2.3).
    const fields = headers(response.headers).replace(/(?<=retry-after\0).{26}GMT/, (date) => `${Date.parse(date) / 1000 - now()}`);
    // A page can put a `fetch` of its own here: everything gets its type before it is handed on.
    return [Number(response.status), fields, new Uint8Array(await response.arrayBuffer())];
  } catch {
    return [0, "", new Uint8Array()];
  }
}

/** A header field of an answer or a request that has one line. */
export function field(fields: string, name: string): string | undefined {
  const parts = fields.split("\0");
  const at = parts.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  return at < 0 ? undefined : parts[at + 1];
}
