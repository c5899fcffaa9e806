// A wallet's exchanges with the platform, which may ask for a passkey's answer to the very body that is sent.
import type { Client } from "./client.ts";
import { Xp2pError } from "./error.ts";
import type { Exchange, Patience } from "./exchange.ts";
import { contentDigest } from "./functions.ts";
import { now, randomText } from "./random.ts";
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

  async get<T>(path: string, cursor?: string, patience: Patience = { deadline: PATIENCE }): Promise<T> {
    const query = cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    return camelCased(await this.client.exchange({ method: "GET", path: path + query, ...patience }));
  }

  /**
   * Sends a body, and once more after a passkey answered to it, if the platform asks for that.
   *
   * @throws Xp2pError what the platform refuses. One that is `retryable` says nothing about what the platform did.
   */
  async post<T>(path: string, body?: object | string, asked: Partial<Exchange> = { deadline: PATIENCE }): Promise<T> {
    const text = typeof body === "object" ? JSON.stringify(body) : body;
    const { idempotencyKey = randomText(), begunAt } = asked;
    const startedAt = now();
    const send = async (begunAt?: number): Promise<T> =>
      camelCased(await this.client.exchange({ ...asked, method: "POST", path, body: text, idempotencyKey, begunAt }));
    try {
      return await send(begunAt);
    } catch (thrown) {
      const { code, param, retryable } = thrown as Xp2pError;
      if (code !== "passkey_required" || param === "passkey" || text === undefined || !this.prompt) throw thrown;
      await this.answer(contentDigest(text), this.prompt, asked).catch((cause: unknown) => {
        // Nothing more was sent, and what was not known of the body is not known now.
        throw retryable ? new Xp2pError("passkey_required", "the payer gave no passkey", true, "passkey", { cause }) : cause;
      });
      return send(retryable ? (begunAt ?? startedAt) : begunAt);
    }
  }

  /** Has a passkey answer for one request with a body of this digest. */
  private async answer(digest: string, prompt: PasskeyPrompt, { deadline, signal, onPause }: Patience): Promise<void> {
    const patience = { deadline, signal, onPause };
    const { id, options } = await this.post<{ id: string; options: object }>("/v1/passkey-challenges", { digest }, patience);
    let credential: object;
    try {
      credential = await prompt(options);
    } catch (cause) {
      throw new Xp2pError("passkey_required", "the payer gave no passkey", false, "passkey", { cause });
    }
    await this.post(`/v1/passkey-challenges/${id}/answer`, { credential }, patience);
  }
}
