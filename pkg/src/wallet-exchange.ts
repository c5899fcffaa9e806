// A wallet's exchanges with the platform, which may ask for a passkey's answer to the very body that is sent.
import type { Client } from "./client.ts";
import { Xp2pError } from "./error.ts";
import { contentDigest } from "./functions.ts";
import { member } from "./member.ts";
import { randomText } from "./random.ts";
import { camelCased } from "./wallet-answers.ts";

/**
 * Has a passkey answer a challenge. `options` is what `PublicKeyCredential.parseRequestOptionsFromJSON`
 * takes, and what comes back is `toJSON()` of the credential. Whoever does not want to, throws.
 */
export type PasskeyPrompt = (options: object) => Promise<object>;

/** For how many seconds an answer that was lost is asked for again, before the payer is told. */
const PATIENCE = 10;

export class WalletExchange {
  constructor(
    readonly client: Client,
    private readonly prompt: PasskeyPrompt | undefined,
  ) {}

  async get<T>(path: string, cursor?: string): Promise<T> {
    const query = cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    return camelCased(await this.client.exchange({ method: "GET", path: path + query, deadline: PATIENCE }));
  }

  /**
   * Sends a body, and once more after a passkey answered to it, if the platform asks for that. Whoever has an
   * idempotency key of their own looks after lost answers; `begunAt` is when the same was sent before.
   */
  async post<T>(path: string, body?: object | string, idempotencyKey?: string, begunAt?: number): Promise<T> {
    const text = typeof body === "object" ? JSON.stringify(body) : body;
    const intent = idempotencyKey === undefined ? { idempotencyKey: randomText(), deadline: PATIENCE } : { idempotencyKey, begunAt };
    const asked = { method: "POST", path, body: text, ...intent } as const;
    try {
      return camelCased(await this.client.exchange(asked));
    } catch (error) {
      const required = member(error, "code") === "passkey_required" && member(error, "param") !== "passkey";
      if (!required || text === undefined || !this.prompt) throw error;
      await this.answer(contentDigest(text), this.prompt);
      return camelCased(await this.client.exchange(asked));
    }
  }

  /** Has a passkey answer for one request with a body of this digest. */
  private async answer(digest: string, prompt: PasskeyPrompt): Promise<void> {
    const { id, options } = await this.post<{ id: string; options: object }>("/v1/passkey-challenges", { digest });
    let credential: object;
    try {
      credential = await prompt(options);
    } catch (cause) {
      throw new Xp2pError("passkey_required", "the payer gave no passkey", false, "passkey", { cause });
    }
    await this.post(`/v1/passkey-challenges/${id}/answer`, { credential });
  }
}
