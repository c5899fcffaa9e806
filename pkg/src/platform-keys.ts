// The platform's keys, fetched and kept, and receipts verified by them.
import type { Client } from "./client.ts";
import { Xp2pError } from "./error.ts";
import type { Patience } from "./exchange.ts";
import { verifyReceipt } from "./functions.ts";
import { member } from "./member.ts";
import { now as systemTime } from "./random.ts";
import type { ExpectedReceipt, KeySet, Receipt } from "./types.ts";

/** For how long a key set is believed, in seconds: a key that the platform withdraws fails after that. */
const LIFETIME = 300;
/** The least time between two requests for the key set, in seconds, however many unknown keys turn up. */
const PAUSE = 10;

/**
 * The key set of one platform. It is fetched when it is first needed, when it is five minutes old, and
 * once when a key is not in it.
 */
export class PlatformKeys {
  private keySet: KeySet | undefined;
  private readAt = -Infinity;
  private askedAt = -Infinity;
  private asking: Promise<KeySet> | undefined;

  constructor(
    protected readonly client: Client,
    protected readonly now: () => number = systemTime,
  ) {}

  /**
   * Verifies a receipt of this platform against what was asked for.
   *
   * @throws Xp2pError `receipt_malformed`, `receipt_key_unknown`, `receipt_signature_invalid`,
   * `receipt_mismatch`, `platform_unreachable`
   */
  async verifyReceipt(token: string, expected: Omit<ExpectedReceipt, "issuer">, patience: Patience = {}): Promise<Receipt> {
    const { issuer } = this.client.settings;
    const verify = (keys: KeySet) => verifyReceipt(token, keys, { ...expected, issuer });
    try {
      return verify(await this.keys(patience));
    } catch (error) {
      if (member(error, "code") !== "receipt_key_unknown") throw error;
      return verify(await this.newerKeys(patience));
    }
  }

  protected async keys(patience: Patience = {}): Promise<KeySet> {
    const age = this.now() - this.readAt;
    return this.keySet && age >= 0 && age < LIFETIME ? this.keySet : this.ask(patience);
  }

  /** The key set once more, unless that was asked for a moment ago. */
  protected async newerKeys(patience: Patience = {}): Promise<KeySet> {
    const pause = this.now() - this.askedAt;
    return this.keySet && pause >= 0 && pause < PAUSE ? this.keySet : this.ask(patience);
  }

  /** Asks for the key set; whoever wants it at the same time gets the same answer. */
  private ask(patience: Patience): Promise<KeySet> {
    this.asking ??= this.read(patience).finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async read(patience: Patience): Promise<KeySet> {
    this.askedAt = this.now();
    const asked = { method: "GET", path: "/.well-known/jwks.json", ...patience } as const;
    const keySet = await this.client.exchange<KeySet | null>(asked, null).catch(() => null);
    if (!Array.isArray(keySet?.keys)) {
      throw new Xp2pError("platform_unreachable", "the platform's key set could not be read", true);
    }
    this.readAt = this.askedAt;
    this.keySet = keySet;
    return keySet;
  }
}

/** @internal JSON, or nothing. */
export function parse<T>(body: Uint8Array | undefined): T | undefined {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) ?? undefined;
  } catch {
    return undefined;
  }
}
