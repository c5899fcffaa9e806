// xp2p/asking: the part that asks payers, for where it is not loaded by itself, and what keeps intents.
import * as asker from "./asker.ts";
import type { Client } from "./client.ts";

export { type Intent, IndexedDbOutbox, MemoryOutbox, type Outbox } from "./outbox.ts";

/**
 * The same client, able to ask. `createClient` does this by itself but in service workers, which may
 * import nothing later: there it is for the service worker of an extension to do.
 */
export function withAsking(client: Client): Client {
  return client.asking(asker);
}
