// Where keys are kept: what a store does, the name of a key, and the store that keeps nothing.
import { asText, text } from "./arguments.ts";
import { type Key, SigningKey } from "./key.ts";
import type { Settings } from "./types.ts";

/** A key out of a store. */
export interface OpenedKey {
  readonly key: Key;
  /**
   * `created`: there was none, or it was lost, so this one has to be enrolled. `restored`: the one that
   * was stored. `unstored`: created, and the browser keeps nothing here, so it ends with the page.
   */
  readonly state: "created" | "restored" | "unstored";
}

/** Keeps keys by their names. An HSM or the keychain of an operating system is one more of these. */
export interface KeyStore {
  /**
   * The key of this name, made now if there is none. However many ask at the same time, in this page or
   * process and in others, all of them get the same key.
   */
  open(name: string): Promise<OpenedKey>;
  /** Forgets a key. Revoke it at the platform as well. */
  delete(name: string): Promise<void>;
}

/**
 * The name of a key: its role and the issuer, which names platform and environment. So a key of the
 * sandbox is never offered to a live platform, nor one platform's key to another.
 */
export function keyName(settings: Pick<Settings, "issuer">, role = "requester"): string {
  return `${asText(role, "role")} ${text(settings, "issuer")}`;
}

/** The key of this device for a platform, whose settings are `client.settings`. */
export async function openKey(store: KeyStore, settings: Pick<Settings, "issuer">, role?: string): Promise<OpenedKey> {
  return store.open(keyName(settings, role));
}

/** Keeps keys in the wasm memory, and not longer than the page or process lives. */
export class MemoryKeyStore implements KeyStore {
  private readonly keys = new Map<string, SigningKey>();

  async open(name: string): Promise<OpenedKey> {
    const found = this.keys.get(asText(name, "name"));
    if (found) return { key: found, state: "restored" };
    const key = SigningKey.generate();
    this.keys.set(name, key);
    return { key, state: "created" };
  }

  async delete(name: string): Promise<void> {
    this.keys.get(name)?.free();
    this.keys.delete(name);
  }
}
