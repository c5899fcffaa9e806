// xp2p/server: what a merchant's server asks for, and what it verifies with the platform's keys fetched and
// kept for it.
import { member, message } from "./arguments.ts";
import type { Client } from "./client.ts";
import { Xp2pError } from "./error.ts";
import { verifyRequest } from "./functions.ts";
import { parse, PlatformKeys } from "./platform-keys.ts";
import type { KeySet, PublicJwk, SignableRequest } from "./types.ts";

export { createClient, init } from "./index.ts";
export { Client, type ClientOptions } from "./client.ts";
export { Xp2pError } from "./error.ts";
export {
  cancelCheckout,
  createCheckout,
  type CreateCheckoutOptions,
  type CreatedCheckout,
  createWebhook,
  getCheckout,
  refund,
  type Refund,
  type RefundDraft,
  type ServerCheckout,
  type ServerCheckoutDraft,
  type Webhook,
} from "./server-checkouts.ts";
export type * from "./types.ts";

/** The most bytes of a webhook: no body of the contract is larger. */
const MAX_BODY = 64 * 1024;

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
export class Verifier extends PlatformKeys {
  constructor(client: Client, { now }: VerifierOptions = {}) {
    super(client, now);
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

  /**
   * The same for a `Request` of the Fetch standard, as Workers, Deno, Bun and the routes of Next have it.
   * Its address is not believed: behind a proxy it is another one than was registered.
   *
   * @throws Xp2pError `request_too_large` over 64 KiB, and what `verifyWebhook` throws
   */
  async verifyWebhookRequest(
    request: Request,
    url: string | URL,
    remember: (id: string) => boolean | Promise<boolean>,
  ): Promise<WebhookEvent | undefined> {
    const { method, headers } = request;
    return this.verifyWebhook({ method, url: String(url), headers: [...headers], body: await bodyOf(request) }, remember);
  }

  /** The key that a webhook says it was signed with. */
  private async keyOf(fields: string): Promise<PublicJwk> {
    const [, keyId] = /;keyid="([\w-]{43})"/.exec(field(fields, "signature-input") ?? "") ?? [];
    const kid = `${this.client.settings.environment}:${keyId}`;
    const find = ({ keys }: KeySet) => keys.find((key) => member(key, "kid") === kid);
    const key = find(await this.keys()) ?? find(await this.newerKeys());
    if (!key) throw new Xp2pError("key_unknown", "the platform has no such key", false, "keyid");
    return key as unknown as PublicJwk;
  }
}

/** The bytes of a body, as they arrived. Who sends more than a webhook can have is not read to the end. */
async function bodyOf({ body }: Request): Promise<Uint8Array> {
  const bytes = new Uint8Array(MAX_BODY);
  let length = 0;
  const reader = body?.getReader();
  for (;;) {
    const { value } = (await reader?.read()) ?? {};
    if (!value) return bytes.slice(0, length);
    if (length + value.length > MAX_BODY) {
      await reader?.cancel();
      throw new Xp2pError("request_too_large", "the webhook is over 64 KiB", false);
    }
    bytes.set(value, length);
    length += value.length;
  }
}

/** A header field that has one line. */
function field(fields: string, name: string): string | undefined {
  const parts = fields.split("\0");
  const at = parts.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  return at < 0 ? undefined : parts[at + 1];
}
