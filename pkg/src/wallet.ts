// xp2p/wallet: the approving side, for wallet pages, extensions and apps. It knows no page: whoever uses it
// shows what `checkout` gives, and calls `approve` with that same object when the payer agrees.
import type { Client, PayOptions } from "./client.ts";
import { toError } from "./error.ts";
import { createClient } from "./index.ts";
import { IndexedDbKeyStore } from "./key-database.ts";
import { keyName, type KeyStore, MemoryKeyStore, type OpenedKey, openKey } from "./key-store.ts";
import type { Key } from "./key.ts";
import { PlatformKeys } from "./platform-keys.ts";
import type { Outcome, Payee, PaymentDraft } from "./types.ts";
import { type ApproveOptions, Approvals, asError } from "./wallet-approval.ts";
import { type PasskeyPrompt, WalletExchange } from "./wallet-exchange.ts";
import { Intents, type IntentStorage } from "./wallet-intents.ts";
import { WalletKeys } from "./wallet-keys.ts";
import { WalletLinks } from "./wallet-links.ts";
import { WalletPasskeys } from "./wallet-passkeys.ts";
import type { Balance, Block, Checkout, Decision, Page, PaymentRecord, ProvenPayment } from "./wallet-types.ts";

export { init } from "./index.ts";
export { Xp2pError } from "./error.ts";
export { readableAmount, readableText } from "./readable.ts";
export type { Approval, ApproveOptions } from "./wallet-approval.ts";
export type { IntentStorage } from "./wallet-intents.ts";
export type { PasskeyPrompt } from "./wallet-exchange.ts";
export type { WalletKeys } from "./wallet-keys.ts";
export type { LinkTerms, WalletLinks } from "./wallet-links.ts";
export type { Passkey, WalletPasskeys } from "./wallet-passkeys.ts";
export type * from "./wallet-types.ts";
export type { Amount, Outcome, Party, Payee, PaymentDraft, Receipt, Settings } from "./types.ts";

export interface WalletOptions {
  /** The platform's public origin: `"https://api.example"`. */
  readonly platform: string | URL;
  /** Where the approval key is kept: in IndexedDB unless something else is given. */
  readonly store?: KeyStore | undefined;
  /** Where it is kept what was approved and not answered yet: `localStorage` unless something else is given. */
  readonly storage?: IntentStorage | undefined;
  /** Called when the platform wants a passkey. Without it such a request is refused with `passkey_required`. */
  readonly passkey?: PasskeyPrompt | undefined;
}

/**
 * Whose wallet this is. `signed-out`: the platform does not know this device's key; enrol `wallet.key` and
 * ask again. `revoked`: it did, and somebody ended it; `renew` makes another one first.
 */
export type Session = { readonly status: "signed-in"; readonly account: Payee } | { readonly status: "signed-out" | "revoked" };

/**
 * Opens the wallet of this device: loads the wasm, the platform's settings, and the approval key.
 *
 * @throws Xp2pError `platform_unreachable` and what else `createClient` throws
 */
export async function openWallet(options: WalletOptions): Promise<Wallet> {
  const reader = await createClient({ platform: options.platform });
  const store = options.store ?? (globalThis.indexedDB ? new IndexedDbKeyStore() : new MemoryKeyStore());
  const opened = await openKey(store, reader.settings, ROLE);
  const intents = new Intents(options.storage ?? localStorageOrNone(), reader.settings);
  return new Wallet(reader, store, opened, intents, options.passkey);
}

const ROLE = "approval";

/** One device's wallet. The approval key is its session: there is no cookie and no password. */
export class Wallet {
  /** The client that signs with the approval key. */
  client!: Client;
  /** See `OpenedKey.state`: after `created` or `unstored` the platform does not know the key. */
  keyState!: OpenedKey["state"];
  /** Pages that may pay within limits. */
  links!: WalletLinks;
  /** Who may approve from this account. */
  keys!: WalletKeys;
  /** What shows that it is the payer, beside the key. */
  passkeys!: WalletPasskeys;
  private exchange!: WalletExchange;
  private approvals!: Approvals;
  private readonly platformKeys: PlatformKeys;
  private payer: Payee | undefined;

  /** @internal */
  constructor(
    private readonly reader: Client,
    private readonly store: KeyStore,
    opened: OpenedKey,
    private readonly intents: Intents,
    private readonly prompt: PasskeyPrompt | undefined,
  ) {
    this.platformKeys = new PlatformKeys(reader);
    this.use(opened);
  }

  /** This device's key, which a platform enrols. `key.protection` says what keeps it. */
  get key(): Key {
    return this.client.key!;
  }

  private use({ key, state }: OpenedKey): void {
    this.client = this.reader.withKey(key);
    this.keyState = state;
    this.exchange = new WalletExchange(this.client, this.prompt);
    this.links = new WalletLinks(this.exchange, () => this.account());
    this.keys = new WalletKeys(this.exchange);
    this.passkeys = new WalletPasskeys(this.exchange);
    this.approvals = new Approvals(this.exchange, this.platformKeys, this.intents);
    this.payer = undefined;
  }

  /** Whose wallet this is at this moment. @throws Xp2pError `platform_unreachable` and the like */
  async session(): Promise<Session> {
    this.payer = undefined;
    try {
      const account = await this.exchange.get<Payee>("/v1/account");
      this.payer = account;
      return { status: "signed-in", account };
    } catch (thrown) {
      const { code } = asError(thrown);
      if (code === "key_unknown") return { status: "signed-out" };
      if (code === "key_revoked") return { status: "revoked" };
      throw thrown;
    }
  }

  /** Whose wallet this is. @throws Xp2pError `key_unknown` where nobody is signed in */
  async account(): Promise<Payee> {
    if (this.payer) return this.payer;
    const session = await this.session();
    if (session.status === "signed-in") return session.account;
    const code = session.status === "revoked" ? "key_revoked" : "key_unknown";
    throw toError({ code, message: "nobody is signed in", retryable: false });
  }

  /** Forgets this device's key and makes another one, which has to be enrolled. */
  async renew(): Promise<void> {
    await this.store.delete(keyName(this.reader.settings, ROLE));
    this.use(await openKey(this.store, this.reader.settings, ROLE));
  }

  /** Ends this device's key at the platform, and forgets it here. */
  async signOut(): Promise<void> {
    await this.keys.revoke(this.key.keyId);
    await this.renew();
  }

  async balances(): Promise<readonly Balance[]> {
    const { balances } = await this.exchange.get<{ balances: Balance[] }>("/v1/balances");
    return balances;
  }

  /**
   * A checkout as the platform holds it. Show it, and give this very object to `approve`.
   *
   * @throws Xp2pError `not_found`, `key_unknown`, `platform_unreachable`
   */
  checkout(id: string): Promise<Checkout> {
    return this.approvals.read(id);
  }

  /** Tells the asking side that the payer is looking. @throws Xp2pError `account_blocked`, `state_final` */
  open(id: string): Promise<Checkout> {
    return this.approvals.post(id, "open");
  }

  /**
   * Signs and sends the payer's agreement to exactly what was shown, and waits until it is known what
   * became of it: an answer that is lost is asked for again, with the same key and the same bytes.
   */
  async approve(shown: Checkout, options: ApproveOptions = {}): Promise<Decision> {
    try {
      return await this.approvals.approve(shown, (await this.account()).account, options);
    } catch (thrown) {
      return { status: this.pending(shown.id) ? "unknown" : "refused", error: asError(thrown) };
    }
  }

  /** Whether whoever is signed in approved this checkout here and its answer is still out. Then `approve` goes on with it. */
  pending(id: string): boolean {
    return this.approvals.pending(id, this.payer?.account);
  }

  /** How a checkout ended that is final, with its receipt verified if this account paid it. */
  async decided(checkout: Checkout): Promise<Decision> {
    return this.approvals.decided(checkout, (await this.account()).account);
  }

  /** Waits until the platform has settled what it reviews. */
  async settled(checkout: Checkout, signal?: AbortSignal): Promise<Decision> {
    return this.approvals.settled(checkout, (await this.account()).account, signal);
  }

  /** The payer does not agree. @throws Xp2pError `state_final` */
  decline(id: string): Promise<Checkout> {
    return this.approvals.post(id, "decline");
  }

  /** Pays of the payer's own accord. */
  pay(draft: PaymentDraft, options?: PayOptions): Promise<Outcome> {
    return this.client.pay(draft, options);
  }

  /** Payments of the account, newest first, each with its receipt if that verifies. */
  async payments(cursor?: string): Promise<Page<ProvenPayment>> {
    const { items, ...rest } = await this.exchange.get<Page<PaymentRecord>>("/v1/payments", cursor);
    return { ...rest, items: await Promise.all(items.map((payment) => this.proven(payment))) };
  }

  private async proven(payment: PaymentRecord): Promise<ProvenPayment> {
    const { receipt, payee, amount, reference, requestDigest, id } = payment;
    try {
      return { payment, receipt: await this.platformKeys.verifyReceipt(receipt, { payee, amount, reference, requestDigest, payment: id }) };
    } catch (error) {
      if (asError(error).retryable) throw error;
      return { payment };
    }
  }

  /** Whom the payer wants to hear nothing from. */
  blocks(cursor?: string): Promise<Page<Block>> {
    return this.exchange.get("/v1/blocks", cursor);
  }

  /** From now on an account or a web origin can ask this payer for nothing. */
  block(whom: { readonly account: string } | { readonly origin: string }): Promise<Block> {
    return this.exchange.post("/v1/blocks", whom);
  }

  unblock(id: string): Promise<Block> {
    return this.exchange.post(`/v1/blocks/${id}/remove`);
  }
}

/** Reading `localStorage` throws where storage is forbidden. */
function localStorageOrNone(): IntentStorage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}
