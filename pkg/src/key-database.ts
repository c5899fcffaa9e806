// Keys in IndexedDB: in pages, workers and the service workers of extensions, for each origin its own.
import { asText } from "./arguments.ts";
import { type Place, transact, type Work } from "./database.ts";
import { type Key, generatePair, pairKey, SigningKey } from "./key.ts";
import type { KeyStore, OpenedKey } from "./key-store.ts";
import { sealedKey, type SealedSeed, sealNewSeed } from "./sealed-key.ts";

const KEYS: Place = { database: "xp2p-keys", store: "keys" };

/** What is stored under a name: a pair that the browser keeps, or an encrypted seed. */
type Stored = Readonly<CryptoKeyPair> | SealedSeed;

/**
 * Keeps keys in the browser: a non-extractable Ed25519 key, or, where the browser has none, a seed
 * encrypted under a non-extractable AES key.
 *
 * Browsers wipe storage, and people clear it: then there is a new key with the state `created`.
 */
export class IndexedDbKeyStore implements KeyStore {
  async open(name: string): Promise<OpenedKey> {
    asText(name, "name");
    // Storage that cannot be used holds no key.
    const found = await transact(KEYS, "readonly", look(name)).catch(() => undefined);
    if (found) return { key: await keyOf(found), state: "restored" };
    const made = await make();
    if (!made) return { key: SigningKey.generate(), state: "unstored" };
    const kept = await transact(KEYS, "readwrite", keep(name, made)).catch(() => undefined);
    if (!kept) return { key: await keyOf(made), state: "unstored" };
    return { key: await keyOf(kept), state: kept === made ? "created" : "restored" };
  }

  async delete(name: string): Promise<void> {
    await transact(KEYS, "readwrite", (keys) => void keys.delete(asText(name, "name")));
  }
}

/** A new key, or nothing in a page without WebCrypto, which is one that is not loaded over https. */
async function make(): Promise<Stored | undefined> {
  return (await generatePair()) ?? sealNewSeed().catch(() => undefined);
}

async function keyOf(stored: Stored): Promise<Key> {
  return "sealed" in stored ? sealedKey(stored) : pairKey(stored);
}

/** Reads what is stored under a name. */
function look(name: string): Work<Stored> {
  return (keys, say) => {
    const request = keys.get(name);
    request.onsuccess = () => say(usable(request.result));
  };
}

/**
 * Stores a key unless there is one by now. Transactions that write follow one another, so of two tabs
 * the second finds what the first has stored.
 */
function keep(name: string, made: Stored): Work<Stored> {
  return (keys, say) =>
    look(name)(keys, (found) => {
      say(found ?? made);
      if (found) return;
      try {
        keys.put(made, name);
      } catch {
        // Some browsers store no keys in private windows.
        keys.transaction.abort();
      }
    });
}

/** A browser that lost the secret it encrypts keys with gives back a record without them. */
function usable(stored: Partial<CryptoKeyPair & SealedSeed> | undefined): Stored | undefined {
  const { privateKey, publicKey, wrapping, sealed } = stored ?? {};
  return (privateKey && publicKey) || (wrapping && sealed) ? (stored as Stored) : undefined;
}
