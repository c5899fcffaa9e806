// Drives exchanges and payments: does what the wasm says until it says that it is done. Retries, pauses and what may
// be said of a lost answer are decided there.
import type { WasmExchange, WasmPlatform } from "../wasm/xp2p/xp2p.js";
import { text } from "./arguments.ts";
import { type ErrorMembers, toError } from "./error.ts";
import type { Key } from "./key.ts";
import { pause } from "./pause.ts";
import { now, randomText } from "./random.ts";
import type { Answer, Message, Send } from "./transport.ts";
import type { Receipt } from "./types.ts";

/** How long something is tried, and until when its caller cares. */
export interface Patience {
  /** Ends the waiting. What was sent by then may still be carried out. */
  readonly signal?: AbortSignal | undefined;
  /** For how many seconds it is tried: a payment for 60 if nothing else is said, anything else once. */
  readonly deadline?: number | undefined;
  /** @internal Called before each pause: an answer was lost, or the platform wants to be asked later. */
  readonly onPause?: (() => void) | undefined;
}

/** What is asked of the platform. */
export interface Exchange extends Patience {
  readonly method: "GET" | "POST";
  /** With its query: `"/v1/checkouts"`. */
  readonly path: string;
  /** The exact body, which is JSON. */
  readonly body?: string | undefined;
  /** Of the intent: kept over every retry. A new one for each `POST` that comes without. */
  readonly idempotencyKey?: string | undefined;
  /** When somebody began this very intent before, in Unix seconds: it may have been carried out. */
  readonly begunAt?: number | undefined;
}

/** What to do next or how it ended, told apart by which member is there. */
export interface Step {
  readonly store?: string;
  readonly sign?: string;
  readonly send?: Message;
  readonly wait?: number;
  readonly answered?: unknown;
  readonly paid?: Receipt;
  readonly refused?: ErrorMembers;
  readonly pending?: true;
  readonly unknown?: ErrorMembers;
  readonly invalid?: ErrorMembers;
}

/** The longest one try takes, in milliseconds: afterwards its answer counts as lost. */
const TRY = 45_000;

/** @internal Unix seconds until which something is tried. */
export function until({ deadline }: Patience, otherwise: number): number {
  return now() + (deadline ?? otherwise);
}

/**
 * @internal Does what it says until it has ended. `store` keeps the body of a payment before anything is sent.
 *
 * @throws whatever `store` throws: nothing was sent by then
 */
export async function drive(
  course: WasmExchange,
  key: Key | null,
  send: Send,
  { signal, onPause }: Patience,
  store?: (body: string) => Promise<unknown>,
): Promise<Step> {
  for (;;) {
    if (signal?.aborted) course.stop();
    const step = next(course);
    if (step.send) course.answered(...(await attempt(step.send, send, signal)), now(), Math.random());
    else if (step.sign !== undefined) course.signed(await signature(key, step.sign));
    else if (step.wait !== undefined) {
      onPause?.();
      await pause(step.wait, signal);
      course.done();
    } else if (step.store !== undefined) {
      await store?.(step.store);
      course.done();
    } else return step;
  }
}

/**
 * @internal The answer of an exchange. A key is needed where something is signed.
 *
 * @throws Xp2pError the platform's refusal. One that is `retryable` says nothing about what the platform
 * did: the same exchange with the same idempotency key finds out.
 */
export async function answer<T>(platform: WasmPlatform, course: WasmExchange, key: Key | null, send: Send, patience: Patience): Promise<T> {
  try {
    const { answered, refused, unknown } = await drive(course, key, send, patience);
    platform.learn(course);
    const error = refused ?? unknown;
    if (error) throw toError(error);
    return answered as T;
  } finally {
    course.free();
  }
}

/** @internal @throws Xp2pError for what is wrong in the call itself */
export function next(course: WasmExchange): Step {
  const step: Step = JSON.parse(course.next(now(), randomText()));
  if (step.invalid) throw toError(step.invalid);
  return step;
}

/** @internal An exchange that nothing has been sent for. Without a key nothing will be signed. */
export function start(platform: WasmPlatform, key: Key | null, asked: Exchange): WasmExchange {
  const idempotencyKey = asked.method === "POST" ? (asked.idempotencyKey ?? randomText()) : undefined;
  return platform.exchange(asked.path, asked.body, idempotencyKey, key ? text(key, "keyId") : "", asked.begunAt ?? 0, until(asked, 0));
}

/** One try, which is cut when it takes too long or nobody waits any longer. */
async function attempt(message: Message, send: Send, signal?: AbortSignal): Promise<Answer> {
  const cut = new AbortController();
  const abort = () => cut.abort();
  const timer = setTimeout(abort, TRY);
  signal?.addEventListener("abort", abort);
  try {
    return await send(message, cut.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** @internal A signer that fails has signed nothing: the payment itself says how that ends. */
export async function signature(key: Key | null, base: string): Promise<Uint8Array> {
  try {
    const signed = await key?.sign(new TextEncoder().encode(base));
    if (signed instanceof Uint8Array) return signed;
  } catch {}
  return new Uint8Array();
}
