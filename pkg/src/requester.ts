// The key that asks for this page, and what is asked with it.
import type { Client } from "./client.ts";
import { Xp2pError } from "./error.ts";
import type { Exchange } from "./exchange.ts";
import { IndexedDbKeyStore } from "./key-database.ts";
import { keyName } from "./key-store.ts";
import { member } from "./member.ts";

/**
 * Asks with the client's own key, or with the requester key of this origin. That one moves no money; it
 * is made where there is none, and made known to the platform when it has to be.
 */
export class Requester {
  private readonly store = new IndexedDbKeyStore();
  private opening: Promise<Client> | undefined;

  constructor(private readonly client: Client) {}

  /** The client that signs. */
  signer(): Promise<Client> {
    return this.opening ?? this.hold(this.open());
  }

  /** One exchange. */
  async ask<T>(asked: Exchange): Promise<T> {
    return this.as((signer) => signer.exchange<T>(asked));
  }

  /** Does something with the key. One that the platform has forgotten is made known again, a revoked one replaced. */
  async as<T>(work: (signer: Client) => Promise<T>): Promise<T> {
    const opening = this.signer();
    const signer = await opening;
    try {
      return await work(signer);
    } catch (error) {
      const code = member(error, "code");
      if (this.client.key || (code !== "key_unknown" && code !== "key_revoked")) throw error;
      if (code === "key_unknown") await register(signer);
      // Of several requests that hear of it the first one sees to it.
      else if (this.opening === opening) void this.hold(this.replace(signer));
      return work(await this.signer());
    }
  }

  private async open(): Promise<Client> {
    if (this.client.key) return this.client;
    const { key, state } = await this.store.open(keyName(this.client.settings));
    const signer = this.client.withKey(key);
    if (state !== "restored") await register(signer);
    return signer;
  }

  private hold(opening: Promise<Client>): Promise<Client> {
    this.opening = opening.catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  /** Another key in the place of a revoked one, or the one that another tab has put there by now. */
  private async replace({ key: revoked }: Client): Promise<Client> {
    const name = keyName(this.client.settings);
    const { key } = await this.store.open(name);
    // Where nothing is stored nothing can be deleted.
    if (key.keyId === revoked?.keyId) await this.store.delete(name).catch(() => {});
    return this.open();
  }
}

/** For how long an answer is waited for before it counts as unknown, in seconds. */
export const PATIENCE = 120;

/** A requester key registers itself. */
async function register(signer: Client): Promise<void> {
  const body = JSON.stringify({ jwk: signer.key?.publicJwk, role: "requester" });
  await signer.exchange({ method: "POST", path: "/v1/keys", body, deadline: PATIENCE });
}

/** Whether it is open what became of an intent whose exchange failed so. */
export function leavesOpen({ code, retryable }: Xp2pError): boolean {
  // These two say that asking again does not find out.
  return retryable || code === "intent_expired" || code === "idempotency_key_reused";
}

/** Whatever was thrown, as the one error of this package. */
export function asError(thrown: unknown): Xp2pError {
  if (thrown instanceof Xp2pError) return thrown;
  return new Xp2pError("internal", "something failed that is no answer of the platform", true, undefined, { cause: thrown });
}
