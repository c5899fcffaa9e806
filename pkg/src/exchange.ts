// Any signed exchange of the contract: JSON in, JSON out. Which keys may ask for what is the platform's to say.
import type { WasmPlatform } from "../wasm/xp2p/xp2p.js";
import { text } from "./arguments.ts";
import { member } from "./member.ts";
import { now, randomText } from "./random.ts";
import type { Key } from "./key.ts";
import type { Message, Send } from "./transport.ts";

/** What is asked of the platform. */
export interface Exchange {
  readonly method: "GET" | "POST";
  /** With its query: `"/v1/checkouts"`. */
  readonly path: string;
  /** The exact body, which is JSON. */
  readonly body?: string | undefined;
  /** Of the intent: kept over every retry. A new one for each `POST` that comes without. */
  readonly idempotencyKey?: string | undefined;
}

/** The message that asks for it, signed now and with a nonce of its own: it is sent once. */
export async function signed(platform: WasmPlatform, key: Key, asked: Exchange): Promise<Message> {
  const { method, path, body } = asked;
  const bytes = body === undefined ? body : new TextEncoder().encode(body);
  const request = platform.request(method, path, bytes, asked.idempotencyKey, text(key, "keyId"), now(), randomText());
  return JSON.parse(request.signed(await key.sign(new TextEncoder().encode(request.base()))));
}

/**
 * Signs, sends, and reads the answer.
 *
 * @throws Xp2pError the platform's refusal; `platform_unreachable` where no answer came, which for a
 * `POST` says nothing about what the platform did
 */
export async function exchange<T>(platform: WasmPlatform, key: Key, asked: Exchange, send: Send): Promise<T> {
  const idempotencyKey = asked.method === "POST" ? (asked.idempotencyKey ?? randomText()) : undefined;
  for (let corrected = false; ; corrected = true) {
    const [status, fields, answer] = await send(await signed(platform, key, { ...asked, idempotencyKey }));
    try {
      platform.answered(status, fields, answer);
      return JSON.parse(new TextDecoder().decode(answer));
    } catch (error) {
      // A clock is corrected once. The refused signature moved nothing.
      if (corrected || member(error, "code") !== "clock_skew") throw error;
      platform.settingsAnswered(...(await send(JSON.parse(platform.settingsRequest()))));
      platform.takeClock(now());
    }
  }
}
