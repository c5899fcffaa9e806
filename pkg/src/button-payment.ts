// The course of a button's payment: loads the client before the click, asks in it, and follows.
import type { ButtonState } from "./button-view.ts";
import type { ButtonWords } from "./button-words.ts";
import type { Checkout, CheckoutDraft, CheckoutOutcome, CheckoutRequest } from "./checkout.ts";
import type { Client } from "./client.ts";
import type { Xp2pError } from "./error.ts";

/** What is read of the element: its attributes at the moment of the click, and a checkout of the server's. */
interface Asking {
  getAttribute(name: string): string | null;
  readonly checkout: CheckoutRequest | undefined;
}

const STATES: Readonly<Record<Checkout["state"], ButtonState>> = {
  creating: "waiting",
  created: "waiting",
  opened: "waiting",
  approved: "waiting",
  blocked: "blocked",
  paid: "paid",
  declined: "declined",
  cancelled: "cancelled",
  expired: "expired",
  refused: "failed",
  unknown: "unknown",
};

/** A client for each platform, whatever the number of buttons. */
const clients = new Map<string, Promise<Client>>();

/** The client of a platform. One that could not be had is asked for anew. */
function clientOf(platform: string): Promise<Client> {
  let client = clients.get(platform);
  if (!client) {
    // The core with its wasm is a file of its own, which is not waited for before the button is there.
    client = import("./index.ts").then(({ createClient }) => createClient({ platform }));
    clients.set(platform, client);
    client.catch(() => clients.delete(platform));
  }
  return client;
}

export class ButtonPayment {
  outcome: CheckoutOutcome | undefined;
  error: Xp2pError | undefined;
  private given: Client | undefined;
  private loaded: Client | undefined;
  private checkout: Checkout | undefined;
  private loading = false;
  /** Of a load that failed: nothing was asked. */
  private failed = false;
  private idle: number | undefined;
  private leave: (() => void) | undefined;

  constructor(
    private readonly element: Asking,
    private readonly changed: () => void,
  ) {}

  get state(): ButtonState {
    if (this.loading) return "loading";
    if (this.failed) return "failed";
    return this.checkout ? STATES[this.checkout.state] : "idle";
  }

  /** The word that says it better than the state's own. */
  get detail(): keyof ButtonWords | undefined {
    // Without a client nobody can say that nothing was paid: what was begun before a reload may have been.
    if (this.state === "failed" && (!this.client || this.error?.code === "platform_unreachable")) return "unreachable";
    return this.checkout?.state === "approved" ? "settling" : undefined;
  }

  get walletUrl(): string | undefined {
    return this.checkout?.walletUrl;
  }

  get client(): Client | undefined {
    return this.given ?? this.loaded;
  }
  set client(client: Client | undefined) {
    this.given = client;
    this.changed();
  }

  /** Whether there is something to ask for, and somebody to ask. */
  get isReady(): boolean {
    const has = (name: string) => !!this.element.getAttribute(name);
    return (!!this.given || has("platform")) && (!!this.element.checkout || ["to", "amount", "currency"].every(has));
  }

  /** In the page: load when nothing else is to be done, and go on with what a reload interrupted. */
  connected(): void {
    const load = () => void this.load().then((client) => client && this.resume(client));
    this.idle = globalThis.requestIdleCallback?.(load, { timeout: 2000 }) ?? setTimeout(load, 200);
  }

  disconnected(): void {
    (globalThis.cancelIdleCallback ?? clearTimeout)(this.idle ?? 0);
  }

  /** Somebody comes near: the requester key is made, and made known, before the click. */
  approach(): void {
    if (!this.checkout && this.isReady) void this.load().then((client) => client?.prepare()).catch(() => {});
  }

  /** In the click itself, so that the browser opens the wallet's window. */
  start(): void {
    this.failed = false;
    if (this.client) return this.ask(this.client);
    // The click came before the wasm. If the browser then opens no window, there is a link to it.
    this.loading = true;
    this.changed();
    void this.load().then((client) => {
      this.loading = false;
      if (client) this.ask(client);
      else this.fail(this.error);
    });
  }

  /** Shows the wallet again. */
  show(): void {
    this.checkout?.open();
  }

  async cancel(): Promise<void> {
    await this.checkout?.cancel();
  }

  reset(): void {
    if (this.loading || this.state === "waiting" || this.state === "blocked") return;
    this.leave?.();
    [this.checkout, this.outcome, this.error, this.failed] = [undefined, undefined, undefined, false];
    this.changed();
  }

  private async load(): Promise<Client | undefined> {
    const platform = this.element.getAttribute("platform");
    if (this.client || !platform) return this.client;
    try {
      this.loaded = await clientOf(platform);
    } catch (error) {
      this.error = error as Xp2pError;
    }
    return this.loaded;
  }

  private ask(client: Client): void {
    try {
      // What is not known to have ended is asked about, and not asked for once more.
      const unknown = this.state === "unknown" && this.checkout;
      this.follow(unknown ? unknown.again() : client.checkout(this.element.checkout ?? this.draft()));
    } catch (error) {
      this.fail(error as Xp2pError);
    }
  }

  private draft(): CheckoutDraft {
    const read = (name: string) => this.element.getAttribute(name) ?? "";
    const optional = (name: string) => this.element.getAttribute(name) || undefined;
    return {
      to: read("to"),
      amount: read("amount"),
      currency: read("currency"),
      reference: optional("reference"),
      note: optional("note"),
      returnUrl: optional("return-url"),
    };
  }

  /** After a reload, or a payer's return: what this button asked for and has not ended. */
  private async resume(client: Client): Promise<void> {
    try {
      const resumed = await client.resumeCheckout();
      const mine = resumed && client.isFor(resumed, this.element.checkout ?? this.draft());
      if (mine && !this.checkout && !this.loading) this.follow(resumed);
    } catch {
      // An address that no checkout of this browser comes back to, or a draft that cannot be asked for: the click says it.
    }
  }

  private follow(checkout: Checkout): void {
    this.leave?.();
    this.checkout = checkout;
    [this.outcome, this.error] = [undefined, undefined];
    const leave = checkout.on("change", () => {
      this.error = checkout.error;
      // How it ended is told together with what proves it.
      if (!ENDED.has(STATES[checkout.state])) this.changed();
    });
    this.leave = leave;
    this.changed();
    void checkout.outcome.then((outcome) => {
      leave();
      if (this.checkout !== checkout) return;
      this.outcome = outcome;
      if ("error" in outcome) this.error = outcome.error;
      this.changed();
    });
  }

  private fail(error: Xp2pError | undefined): void {
    [this.failed, this.error, this.outcome] = [true, error, error && { status: "refused", error }];
    this.changed();
  }
}

const ENDED: ReadonlySet<ButtonState> = new Set(["paid", "declined", "cancelled", "expired", "failed", "unknown"]);
