// What was begun and has no answer yet, kept so that a crash, a reload or a closed tab loses no intent and
// pays none twice: Requirement 8.
import { transact, type Place } from "./database.ts";
import { pause } from "./pause.ts";
import { randomText } from "./random.ts";

/** One intent, as it is stored before its first byte is sent. */
export interface Intent {
  /** Its idempotency key. */
  readonly id: string;
  readonly kind: "payment" | "checkout" | "link";
  /** Names platform and environment. */
  readonly issuer: string;
  /** The key that signs it. */
  readonly keyId: string;
  /** The exact body. */
  readonly body: string;
  /** Unix seconds. */
  readonly begunAt: number;
  /** What the platform has made of it: a checkout's or a link's id. */
  readonly made?: string | undefined;
}

/** Keeps intents. A database of your own is one more of these. */
export interface Outbox {
  /** Stores an intent durably, in place of an older one with its id. */
  put(intent: Intent): Promise<void>;
  delete(id: string): Promise<void>;
  list(): Promise<readonly Intent[]>;
  /** Does the work while nobody else does any under this name: in this page or process and in others. */
  exclusively<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** Keeps intents for as long as the page or process lives. */
export class MemoryOutbox implements Outbox {
  private readonly intents = new Map<string, Intent>();
  private readonly running = new Map<string, Promise<unknown>>();

  async put(intent: Intent): Promise<void> {
    this.intents.set(intent.id, intent);
  }

  async delete(id: string): Promise<void> {
    this.intents.delete(id);
  }

  async list(): Promise<readonly Intent[]> {
    return [...this.intents.values()];
  }

  async exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
    const next = (this.running.get(name) ?? Promise.resolve()).then(work, work);
    this.running.set(name, next);
    try {
      return await next;
    } finally {
      if (this.running.get(name) === next) this.running.delete(name);
    }
  }
}

const INTENTS: Place = { database: "xp2p-outbox", store: "intents" };
const LEASES: Place = { database: "xp2p-leases", store: "leases" };
/** How long a tab that has died keeps others waiting, where there are no Web Locks; in milliseconds. */
const LEASE = 10_000;

/**
 * Keeps intents in IndexedDB, for each origin its own; in memory where the browser stores nothing. Two
 * tabs are kept apart by Web Locks, or where there are none by leases in IndexedDB.
 */
export class IndexedDbOutbox implements Outbox {
  /** What could not be stored. */
  private readonly memory = new MemoryOutbox();

  async put(intent: Intent): Promise<void> {
    const stored = transact(INTENTS, "readwrite", (store) => store.put(intent, intent.id));
    await stored.catch(() => this.memory.put(intent));
  }

  async delete(id: string): Promise<void> {
    await this.memory.delete(id);
    await transact(INTENTS, "readwrite", (store) => store.delete(id)).catch(() => {});
  }

  async list(): Promise<readonly Intent[]> {
    const stored = () =>
      transact<Intent[]>(INTENTS, "readonly", (store, say) => {
        const request = store.getAll();
        request.onsuccess = () => say(request.result);
      });
    // Once more, because what is overlooked here is begun anew.
    const found = await stored().catch(() => stored().catch(() => []));
    return [...(found ?? []), ...(await this.memory.list())];
  }

  async exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
    let begun = false;
    const begin = () => ((begun = true), work());
    try {
      const { locks } = globalThis.navigator;
      if (locks) return await locks.request(`xp2p ${name}`, begin);
    } catch (error) {
      // A frame without an origin of its own may use no locks.
      if (begun) throw error;
    }
    return this.memory.exclusively(name, () => leased(name, work));
  }
}

/** Does the work under a lease that it renews. Where nothing can be stored there is nobody to share with. */
async function leased<T>(name: string, work: () => Promise<T>): Promise<T> {
  const holder = randomText();
  const take = () =>
    transact<boolean>(LEASES, "readwrite", (store, say) => {
      const request = store.get(name);
      request.onsuccess = () => {
        const free = !request.result || request.result.holder === holder || request.result.until < Date.now();
        if (free) store.put({ holder, until: Date.now() + LEASE }, name);
        say(free);
      };
    }).catch(() => true);
  while (!(await take())) await pause(250);
  const renewing = setInterval(take, LEASE / 4);
  try {
    return await work();
  } finally {
    clearInterval(renewing);
    // A tab that slept for longer than its lease has lost it: what is there now is somebody else's.
    await transact(LEASES, "readwrite", (store) => {
      const request = store.get(name);
      request.onsuccess = () => request.result?.holder === holder && store.delete(name);
    }).catch(() => {});
  }
}
