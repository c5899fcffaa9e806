// Follows a resource of the platform: by its stream of events where it has one, by asking in growing pauses where
// that is cut off.
import type { Client } from "./client.ts";
import { Xp2pError } from "./error.ts";
import { backoff, onWake, pause } from "./pause.ts";
import { now } from "./random.ts";
import type { Requester } from "./requester.ts";
import { signedRequest } from "./signed-request.ts";
import { request } from "./transport.ts";

/** What every resource of the contract has. */
export interface Versioned {
  readonly version: number;
}

/** A stream that says nothing for so long may be one that a proxy holds back; in milliseconds. */
const SILENCE = 20_000;
/** The most that is kept of an event before it has ended. An answer of the contract is far under it. */
const MOST = 256 * 1024;
/** So many tries there are in any case: a page that slept for long wakes before its network does. */
const TRIES = 4;

/**
 * Calls `found` with every newer version, until that says that it has seen enough. What is late or
 * repeated is left out.
 *
 * @throws Xp2pError what the platform refuses for good; whatever fails otherwise is tried again in growing
 * pauses, until `giveUpAt` in Unix seconds
 */
export async function watch<T extends Versioned>(
  requester: Requester,
  path: string,
  streams: boolean,
  giveUpAt: number,
  found: (resource: T) => Promise<boolean>,
): Promise<void> {
  let version = 0;
  // How often in a row nothing new was told, whether it was a stream that was cut or an answer.
  let quiet = 0;
  let failures = 0;
  const take = async (resource: T): Promise<boolean> => {
    if (!(resource.version > version)) return false;
    if (await found(resource)) return true;
    version = resource.version;
    return false;
  };
  const look = async (): Promise<boolean> => {
    // After a stream that told nothing comes a plain question, which gets through where a stream does not.
    if (streams && quiet % 2 === 0) return requester.as((signer) => stream(signer, `${path}/events`, version, take));
    return take(await requester.ask<T>({ method: "GET", path, deadline: giveUpAt - now() }));
  };
  for (;;) {
    const before = version;
    try {
      if (await look()) return;
      failures = 0;
    } catch (error) {
      failures++;
      if (error instanceof Xp2pError && (!error.retryable || (now() > giveUpAt && failures > TRIES))) throw error;
    }
    if (version > before) failures = quiet = 0;
    else quiet++;
    await pause(streams ? backoff(quiet) : Math.min(15_000, 1000 * 1.3 ** quiet));
  }
}

/** Reads one stream (HTML, section 9.2.6). Whether enough was seen; it ends early when the page wakes. */
async function stream<T>(signer: Client, path: string, seen: number, take: (resource: T) => Promise<boolean>): Promise<boolean> {
  const message = await signedRequest(signer, { method: "GET", path });
  if (seen) message.headers["last-event-id"] = String(seen);
  const controller = new AbortController();
  const abort = () => controller.abort();
  let timer = setTimeout(abort, SILENCE);
  const awake = onWake(abort);
  // A connection would keep the page out of the cache of its browser's back button.
  globalThis.addEventListener?.("pagehide", abort);
  try {
    const response = await request(message, controller.signal);
    if (response.status !== 200 || !response.body) {
      return await take(await signer.exchange<T>({ method: "GET", path: path.slice(0, path.lastIndexOf("/")) }));
    }
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    for (let text = ""; ; ) {
      const { done, value } = await reader.read();
      if (done) return false;
      clearTimeout(timer);
      timer = setTimeout(abort, SILENCE);
      const events = (text + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/);
      text = events.pop() ?? "";
      if (text.length > MOST) throw new RangeError("an event without an end");
      for (const event of events) {
        const data = event.match(/^data:.*$/gm)?.map((line) => line.slice(5)).join("\n");
        if (data && (await take(JSON.parse(data)))) return true;
      }
    }
  } finally {
    clearTimeout(timer);
    awake();
    globalThis.removeEventListener?.("pagehide", abort);
    abort();
  }
}
