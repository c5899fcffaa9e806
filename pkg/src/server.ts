// xp2p/server: what a merchant's server verifies, with the platform's keys fetched and kept for it.
import { member, message } from "./arguments.ts";
import type { Client } from "./client.ts";
import { Xp2pError } from "./error.ts";
import { verifyReceipt, verifyRequest } from "./functions.ts";
import { send } from "./transport.ts";
import type { ExpectedReceipt, KeySet, PublicJwk, Receipt, SignableRequest } from "./types.ts";

export { createClient, init } from "./index.ts";
export { Client, type ClientOptions } from "./client.ts";
export { Xp2pError } from "./error.ts";
export type * from "./types.ts";

/** For how long a key set is believed, in seconds: a key that the platform withdraws fails after that. */
const LIFETIME = 300;
/** The least time between two requests for the key set, in seconds, however many unknown keys turn up. */
const PAUSE = 10;

export interface VerifierOptions {
  /** The clock, in Unix seconds. */
  readonly now?: () => number;
}

/** What the platform tells a server: `Event` of the contract. */
export interface WebhookEvent {
  readonly id: string;
  readonly type: string;
  readonly environment: string;
  /** Grows with every change of the resource. What has a lower one is older. */
  readonly version: number;
  readonly created_at: number;
  /** The resource as it stood after the change. */
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Verifies what one platform signs. Its key set is fetched when it is first needed, when it is five
 * minutes old, and once when a key is not in it.
 */
export class Verifier {
  private keySet: KeySet | undefined;
  private readAt = -Infinity;
  private askedAt = -Infinity;
  private asking: Promise<KeySet> | undefined;
  private readonly now: () => number;

  constructor(
    private readonly client: Client,
    { now = () => Math.floor(Date.now() / 1000) }: VerifierOptions = {},
  ) {
    this.now = now;
  }

  /**
   * Verifies a receipt of this platform against what was asked for.
   *
   * @throws Xp2pError `receipt_malformed`, `receipt_key_unknown`, `receipt_signature_invalid`,
   * `receipt_mismatch`, `platform_unreachable`
   */
  async verifyReceipt(token: string, expected: Omit<ExpectedReceipt, "issuer">): Promise<Receipt> {
    const { issuer } = this.client.settings;
    const verify = (keys: KeySet) => verifyReceipt(token, keys, { ...expected, issuer });
    try {
      return verify(await this.keys());
    } catch (error) {
      if (member(error, "code") !== "receipt_key_unknown") throw error;
      return verify(await this.newerKeys());
    }
  }

  /**
   * Verifies a webhook over the bytes that arrived. `url` is the address that was registered, never put
   * together from `Host`.
   *
   * The platform delivers an event at least once: `remember` stores its id durably and says whether it
   * is new. Where it is not, there is nothing to do, and the result is `undefined`.
   *
   * @throws Xp2pError `signature_invalid`, `digest_mismatch`, `clock_skew` and the other codes of the
   * contract, `platform_unreachable`
   */
  async verifyWebhook(
    request: SignableRequest,
    remember: (id: string) => boolean | Promise<boolean>,
  ): Promise<WebhookEvent | undefined> {
    const { environment } = this.client.settings;
    const [method, , fields, body] = message(request);
    const key = await this.keyOf(fields);
    // Also that the key is the one whose id is signed, and not only the one that was looked up by it.
    verifyRequest(request, key, { environment, now: this.now() });
    const event: WebhookEvent | undefined = parse(body);
    const named = `"${event?.id}"` === field(fields, "idempotency-key");
    if (method !== "POST" || event?.environment !== environment || !named) {
      throw new Xp2pError("platform_answer_invalid", "the webhook is not an event of the contract", false);
    }
    return (await remember(event.id)) ? event : undefined;
  }

  /** The key that a webhook says it was signed with. */
  private async keyOf(fields: string[]): Promise<PublicJwk> {
    const [, keyId] = /;keyid="([\w-]{43})"/.exec(field(fields, "signature-input") ?? "") ?? [];
    const kid = `${this.client.settings.environment}:${keyId}`;
    const find = ({ keys }: KeySet) => keys.find((key) => member(key, "kid") === kid);
    const key = find(await this.keys()) ?? find(await this.newerKeys());
    if (!key) throw new Xp2pError("key_unknown", "the platform has no such key", false, "keyid");
    return key as unknown as PublicJwk;
  }

  private async keys(): Promise<KeySet> {
    const age = this.now() - this.readAt;
    return this.keySet && age >= 0 && age < LIFETIME ? this.keySet : this.ask();
  }

  /** The key set once more, unless that was asked for a moment ago. */
  private async newerKeys(): Promise<KeySet> {
    const pause = this.now() - this.askedAt;
    return this.keySet && pause >= 0 && pause < PAUSE ? this.keySet : this.ask();
  }

  /** Asks for the key set; whoever wants it at the same time gets the same answer. */
  private ask(): Promise<KeySet> {
    this.asking ??= this.read().finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async read(): Promise<KeySet> {
    this.askedAt = this.now();
    const [status, , body] = await send({ method: "GET", url: `${this.client.platform}/.well-known/jwks.json`, headers: {} });
    const keySet: KeySet | undefined = status === 200 ? parse(body) : undefined;
    if (!Array.isArray(keySet?.keys)) {
      throw new Xp2pError("platform_unreachable", "the platform's key set could not be read", true);
    }
    this.readAt = this.askedAt;
    this.keySet = keySet;
    return keySet;
  }
}

/** A header field that has one line. */
function field(fields: string[], name: string): string | undefined {
  const at = fields.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  return at < 0 ? undefined : fields[at + 1];
}

/** JSON, or nothing. */
function parse<T>(body: Uint8Array | undefined): T | undefined {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) ?? undefined;
  } catch {
    return undefined;
  }
}
