// Any signed exchange of the contract: JSON in, JSON out. Which keys may ask for what is the platform's to say.
import type { WasmPlatform } from "../wasm/xp2p/xp2p.js";
import { text } from "./arguments.ts";
import { member } from "./member.ts";
import { now, randomText } from "./random.ts";
import type { Key } from "./key.ts";
import { send } from "./transport.ts";

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

/**
 * Signs, sends, and reads the answer.
 *
 * @throws Xp2pError the platform's refusal; `platform_unreachable` where no answer came, which for a
 * `POST` says nothing about what the platform did
 */
export async function exchange<T>(platform: WasmPlatform, key: Key, asked: Exchange): Promise<T> {
  const { method, path, body } = asked;
  const idempotencyKey = method === "POST" ? (asked.idempotencyKey ?? randomText()) : undefined;
  const bytes = body === undefined ? body : new TextEncoder().encode(body);
  for (let corrected = false; ; corrected = true) {
    const request = platform.request(method, path, bytes, idempotencyKey, text(key, "keyId"), now(), randomText());
    const signature = await key.sign(new TextEncoder().encode(request.base()));
    const [status, fields, answer] = await send(JSON.parse(request.signed(signature)));
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
