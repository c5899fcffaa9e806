// What a payer has decided and the platform has not answered yet, kept over a reload: requirement 8.
import { now, randomText } from "./random.ts";
import type { Settings } from "./types.ts";

/** `localStorage`, or something like it. */
export type IntentStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** One decision: the key of the intent, and the exact body that goes with it. */
export interface Intent {
  readonly idempotencyKey: string;
  readonly body: string;
  /** Unix seconds. */
  readonly begunAt: number;
}

/** Keeps intents by what they are about. */
export class Intents {
  private readonly memory = new Map<string, string>();

  constructor(
    private readonly storage: IntentStorage | undefined,
    private readonly settings: Pick<Settings, "issuer">,
  ) {}

  /** The intent of this body. One that was decided before and has no answer yet goes on. */
  begin(about: string, body: string): Intent {
    const kept = this.find(about);
    if (kept?.body === body) return kept;
    const intent = { idempotencyKey: randomText(), body, begunAt: now() };
    this.memory.set(about, JSON.stringify(intent));
    this.attempt((storage) => storage.setItem(this.name(about), JSON.stringify(intent)));
    return intent;
  }

  /** What was decided and not answered. */
  find(about: string): Intent | undefined {
    const kept = this.memory.get(about) ?? this.attempt((storage) => storage.getItem(this.name(about)));
    try {
      const intent = JSON.parse(kept ?? "null");
      const { idempotencyKey, body, begunAt } = intent ?? {};
      return [idempotencyKey, body, begunAt].map((part) => typeof part).join() === "string,string,number" ? intent : undefined;
    } catch {
      return undefined;
    }
  }

  /** It is known how this ended. */
  end(about: string): void {
    this.memory.delete(about);
    this.attempt((storage) => storage.removeItem(this.name(about)));
  }

  private name(about: string): string {
    return `xp2p ${this.settings.issuer} ${about}`;
  }

  /** Storage can be forbidden or full. An intent is then kept as long as the page. */
  private attempt<T>(work: (storage: IntentStorage) => T): T | undefined {
    try {
      return this.storage && work(this.storage);
    } catch {
      return undefined;
    }
  }
}
