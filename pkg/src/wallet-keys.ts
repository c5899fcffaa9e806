// The keys of an account: which there are, one more, one less.
import type { PublicJwk } from "./types.ts";
import type { WalletExchange } from "./wallet-exchange.ts";
import type { Page, RegisteredKey } from "./wallet-types.ts";

export class WalletKeys {
  /** @internal */
  constructor(private readonly exchange: WalletExchange) {}

  list(cursor?: string): Promise<Page<RegisteredKey>> {
    return this.exchange.get("/v1/keys", cursor);
  }

  /** Lets a further device approve from this account. */
  register(jwk: PublicJwk, label?: string): Promise<RegisteredKey> {
    const { kty, crv, x } = jwk;
    return this.exchange.post("/v1/keys", { jwk: { kty, crv, x }, role: "approval", ...(label === undefined ? {} : { label }) });
  }

  /** Stops a device's key, or what a linked page may do, at once and for good. */
  revoke(keyId: string): Promise<RegisteredKey> {
    return this.exchange.post(`/v1/keys/${keyId}/revoke`);
  }
}
