// A wallet's exchanges with the platform, which may ask for a passkey's answer to the very body that is sent.
import type { Client } from "./client.ts";
import { Xp2pError } from "./error.ts";
import { answer, type Exchange, type Patience, type Reply } from "./exchange.ts";
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

  /** @throws Xp2pError what the platform refuses, and what is not known */
  async post<T>(path: string, body?: object): Promise<T> {
    return answer(this.attempt<T>({ path, body: body && JSON.stringify(body), deadline: PATIENCE }));
  }

  /** Sends a body, and once more after a passkey answered to it, if the platform asks for that. */
  async attempt<T>(asked: Omit<Exchange, "method">): Promise<Reply<T>> {
    const { body, idempotencyKey = randomText(), begunAt = now() } = asked;
    const send = (earlier?: number) => this.client.attempt<T>({ ...asked, idempotencyKey, begunAt: earlier, method: "POST" });
    let reply = await send(asked.begunAt);
    if (body !== undefined && this.prompt && wantsPasskey(reply)) {
      const error = await this.answer(contentDigest(body), this.prompt, asked);
      // Without a passkey nothing more was sent, and what was known of the body stays so.
      reply = error ? { ...reply, error } : await send(reply.status === "unknown" ? begunAt : asked.begunAt);
    }
    return reply.status === "answered" ? { ...reply, answer: camelCased(reply.answer) } : reply;
  }

  /** Has a passkey answer for one request with a body of this digest, or says why there is none. */
  private async answer(digest: string, prompt: PasskeyPrompt, { deadline, signal, onPause }: Patience): Promise<Xp2pError | undefined> {
    const post = <T>(path: string, body: object) =>
      this.client.attempt<T>({ method: "POST", path, body: JSON.stringify(body), deadline, signal, onPause });
    const begun = await post<{ id: string; options: object }>("/v1/passkey-challenges", { digest });
    if (begun.status !== "answered") return begun.error;
    const { id, options } = begun.answer;
    let credential: object;
    try {
      credential = await prompt(camelCased(options));
    } catch (cause) {
      return new Xp2pError("passkey_required", "the payer gave no passkey", false, "passkey", { cause });
    }
    const answered = await post(`/v1/passkey-challenges/${id}/answer`, { credential });
    return answered.status === "answered" ? undefined : answered.error;
  }
}

/** Whether the platform wants a passkey's answer. At `passkey` it did not like the one it got. */
function wantsPasskey<T>(reply: Reply<T>): reply is Exclude<Reply<T>, { status: "answered" }> {
  return reply.status !== "answered" && reply.error.code === "passkey_required" && reply.error.param !== "passkey";
}
