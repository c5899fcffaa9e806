// Passkeys: what a person shows at the wallet that it is them, beside the key of the device.
import type { Page } from "./wallet-types.ts";
import type { WalletExchange } from "./wallet-exchange.ts";

/** A passkey of the account. */
export interface Passkey {
  readonly id: string;
  readonly label?: string;
  readonly createdAt: number;
  readonly lastUsedAt?: number;
  readonly removedAt?: number;
}

export class WalletPasskeys {
  /** @internal */
  constructor(private readonly exchange: WalletExchange) {}

  list(cursor?: string): Promise<Page<Passkey>> {
    return this.exchange.get("/v1/passkeys", cursor);
  }

  /**
   * Adds a passkey. `create` gets what `PublicKeyCredential.parseCreationOptionsFromJSON` takes, and gives
   * `toJSON()` of the new credential. An account that has a passkey is asked for it first.
   *
   * @throws Xp2pError `passkey_invalid`, `passkey_required`; and whatever `create` throws
   */
  async add(create: (options: object) => Promise<object>, label?: string): Promise<Passkey> {
    const begun = await this.exchange.post<{ id: string; options: object }>("/v1/passkeys", label === undefined ? {} : { label });
    const credential = await create(begun.options);
    return this.exchange.post(`/v1/passkeys/${begun.id}/finish`, { credential });
  }

  /** Lets a passkey count no longer. Any passkey of the account is asked for. */
  remove(id: string): Promise<Passkey> {
    return this.exchange.post(`/v1/passkeys/${id}/remove`, { passkey: id });
  }
}
