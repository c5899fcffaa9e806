// What a page asks a payer for and follows until it has ended: a checkout, a link.
import { Xp2pError } from "./error.ts";
import { openTab } from "./wallet-window.ts";

type Listener<Self> = (request: Self) => void;

/** Something that a payer decides about in the wallet. */
export abstract class WalletRequest<State extends string, Outcome> {
  /** How it ended. Never rejects. */
  readonly outcome: Promise<Outcome>;
  private end!: (outcome: Outcome) => void;
  private readonly listeners = new Map<string, Set<Listener<this>>>();
  private at: State;
  private known: { readonly id: string; readonly walletUrl: string } | undefined;
  private failure: Xp2pError | undefined;

  /** @internal */
  constructor(first: State) {
    this.at = first;
    this.outcome = new Promise((resolve) => (this.end = resolve));
  }

  /** Where it stands. */
  get state(): State {
    return this.at;
  }

  /** The platform's id, once there is one. */
  get id(): string | undefined {
    return this.known?.id;
  }

  /** Where the payer decides: for a link or a QR code. `undefined` until the platform knows of it. */
  get walletUrl(): string | undefined {
    return this.known?.walletUrl;
  }

  /** Why it is `blocked`, `refused` or `unknown`. */
  get error(): Xp2pError | undefined {
    return this.failure;
  }

  /** Tells of each time that it gets to a state, or of every `change`. The result ends that. */
  on(event: State | "change", listener: Listener<this>): () => void {
    const listeners = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /**
   * Shows the wallet, again or for the first time. To be called in a click. `false` where the browser
   * blocks the window, and where there is nothing to show yet: then `walletUrl` makes a link.
   */
  open(): boolean {
    return this.walletUrl !== undefined && openTab(this.walletUrl) !== null;
  }

  /** @internal */
  protected created(id: string, walletUrl: string): void {
    this.known = { id, walletUrl };
  }

  /** @internal */
  protected move(state: State, error?: Xp2pError): void {
    if (state === this.at) return;
    this.at = state;
    this.failure = error;
    for (const event of [state, "change"]) {
      // What a listener throws is its own affair.
      for (const listener of this.listeners.get(event) ?? []) void Promise.resolve(this).then(listener);
    }
  }

  /** @internal */
  protected ended(state: State, outcome: Outcome, error?: Xp2pError): void {
    this.move(state, error);
    this.end(outcome);
  }
}

/** @internal */
export function blocked(): Xp2pError {
  return new Xp2pError("window_blocked", "the browser shows no wallet: make `walletUrl` a link, or call `open()` in a click", true);
}
