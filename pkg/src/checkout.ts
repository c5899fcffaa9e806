// A checkout as the asking page sees it: asked for once, shown in the wallet, followed until it has ended.
import { wrong } from "./arguments.ts";
import { contentDigest } from "./functions.ts";
import type { Asker } from "./asker.ts";
import { Xp2pError } from "./error.ts";
import { member } from "./member.ts";
import type { Intent } from "./outbox.ts";
import { asError, leavesOpen, PATIENCE } from "./requester.ts";
import { now } from "./random.ts";
import type { Amount, Outcome, Party, PaymentDraft, Receipt } from "./types.ts";
import { type Versioned, watch } from "./watch.ts";
import { blocked, WalletRequest } from "./wallet-request.ts";
import { type WalletMode, WalletWindow } from "./wallet-window.ts";

/** What a page asks for. */
export interface CheckoutDraft extends PaymentDraft {
  /** Where the payer comes back to after a redirect: registered by the payee, exactly. */
  readonly returnUrl?: string | undefined;
}

/**
 * A draft; or the id of a checkout that a server has made, or what gives that id in the click. A page may
 * follow by its id what the payee's server has made where the payee has registered the page's origin.
 */
export type CheckoutRequest = CheckoutDraft | string | Promise<string> | (() => string | Promise<string>);

export interface CheckoutOptions {
  readonly mode?: WalletMode | undefined;
}

/**
 * `creating`: the platform does not know of it yet. `created`: the wallet can show it. `blocked`: the
 * browser showed no wallet, so `walletUrl` has to become a link, or a click has to call `open()`.
 * `opened`: a payer looks at it. `approved`: the payer agreed, and the platform settles it later. The
 * others are how it ended.
 */
export type CheckoutState =
  | "creating" | "created" | "blocked" | "opened" | "approved"
  | "paid" | "declined" | "cancelled" | "expired" | "refused" | "unknown";

/**
 * How a checkout ended. `refused`: the platform did not take it, so nothing was asked of anybody.
 * `unknown`: the platform could not be reached for long; `client.resume()` finds out.
 */
export type CheckoutOutcome =
  | { readonly status: "paid"; readonly receipt: Receipt }
  | { readonly status: "declined" | "cancelled" | "expired" }
  | { readonly status: "refused" | "unknown"; readonly error: Xp2pError };

/** `Checkout` of the contract, as far as it is read here. */
interface CheckoutBody extends Versioned, Asked {
  readonly id: string;
  readonly status: string;
  readonly request_digest: string;
  readonly wallet_url: string;
  readonly state?: string;
  readonly created_at: number;
  readonly expires_at: number;
  readonly payment?: { readonly id: string; readonly receipt: string };
}

/** What was asked for: the platform's every word about it has to say the same. */
interface Terms extends Asked, Pick<CheckoutBody, "request_digest" | "state"> {}

/** What a checkout asks a payer for. */
export interface Asked {
  readonly payee: Party;
  readonly amount: Amount;
  readonly reference?: string;
  readonly note?: string;
}

const FINAL = new Set(["paid", "declined", "cancelled", "expired"]);

/** A checkout that runs. */
export class Checkout extends WalletRequest<CheckoutState, CheckoutOutcome> {
  private terms: Terms | undefined;
  private intent: Intent | undefined;
  private readonly stopping = new AbortController();
  private lost = false;
  /** What a server has made, before the platform has told of it. */
  private given: string | undefined;

  /** @internal */
  constructor(
    private readonly asker: Asker,
    /** @internal What the page asked with. Nothing after a reload. */
    readonly request: CheckoutRequest | undefined,
    private window?: WalletWindow,
  ) {
    super("creating");
  }

  /** @internal The id, also before the platform has told of it again. */
  get made(): string | undefined {
    return this.id ?? this.intent?.made ?? this.given;
  }

  /** Whom and how much, as soon as that is known. */
  get asked(): Asked | undefined {
    return this.terms;
  }

  /** Takes it back. The payer may have been quicker: the outcome says what counts. */
  async cancel(): Promise<CheckoutOutcome> {
    if (this.id) await this.takeBack(this.id);
    this.stopping.abort();
    return this.outcome;
  }

  /**
   * After `unknown`: finds out how it ended. To be called in a click. What was begun goes on, and nothing is asked
   * for a second time.
   */
  again(): Checkout {
    if (this.state !== "unknown") return this;
    if (this.intent) return this.asker.resumed({ ...this.intent, made: this.made });
    return this.asker.checkout(this.given ?? (this.request as CheckoutRequest));
  }

  /** @internal Pays through a link where one covers it or did when it was begun, and asks the payer otherwise. */
  async ask(draft: CheckoutDraft, linked: boolean, mode: WalletMode, begun?: Intent): Promise<void> {
    try {
      const paying = await this.asker.payLinked(draft, linked, begun);
      if (paying && !(paying.status === "refused" && STEP_UP.has(paying.error.code))) return this.paid(paying);
      // Above the limit. Long after the click the browser may show no window.
      if (linked) this.window = WalletWindow.open(this.asker.settings.walletUrl, mode, draft.returnUrl !== undefined);
    } catch (error) {
      return this.failed(error);
    }
    const returnUrl = this.window?.redirects ? draft.returnUrl : undefined;
    return this.run(async () => {
      const payee = await this.unlessCancelled(this.asker.client.payee(draft.to, { deadline: PATIENCE, signal: this.stopping.signal }));
      return this.asker.begin<CheckoutBody>(draft, payee, returnUrl, (intent) => this.begun(intent));
    });
  }

  /** What comes before the platform is asked for anything. */
  private unlessCancelled<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.stopping;
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", reject);
      if (signal.aborted) reject();
      work.then(resolve, reject);
    });
  }

  /** @internal Follows one that a server has made: what it is for, the platform says. */
  async follow(id: () => string | Promise<string>): Promise<void> {
    return this.run(async () => {
      this.given = await this.unlessCancelled(Promise.resolve(id()));
      const path = checkoutPath(this.given);
      const asked = { method: "GET", path, deadline: PATIENCE } as const;
      // It may have been paid by now, wherever it was shown, unless the platform says otherwise.
      this.lost = true;
      const body = await this.asker.requester.ask<CheckoutBody>(asked).catch((error: unknown) => {
        this.lost = leavesOpen(asError(error));
        throw error;
      });
      const { payee, amount, reference, note, request_digest, state } = body;
      this.terms = { payee, amount, reference, note, request_digest, state } as Terms;
      this.intent = await this.asker.note("checkout", body.id, JSON.stringify({ state }));
      return body;
    });
  }

  /** @internal Goes on after a reload, a crash, or a way through the wallet. */
  async resume(intent: Intent): Promise<void> {
    const { made } = intent;
    this.intent = intent;
    // Without a body a server has asked.
    if (made && !JSON.parse(intent.body).payee) return this.follow(() => made);
    this.begun(intent);
    return this.run(() => this.asker.make<CheckoutBody>("/v1/checkouts", intent));
  }

  private begun(intent: Intent): void {
    this.intent = intent;
    this.terms = { ...JSON.parse(intent.body), request_digest: contentDigest(intent.body) };
  }

  private async run(start: () => Promise<CheckoutBody>): Promise<void> {
    let giveUpAt: number;
    try {
      const body = await start();
      // By the clock of this device, whatever the platform's says.
      giveUpAt = now() + body.expires_at - body.created_at + PATIENCE;
      if (!this.agrees(body) || !body.wallet_url.startsWith(this.asker.settings.walletUrl)) {
        throw new Xp2pError("platform_answer_invalid", "the platform's checkout is not what was asked for", false);
      }
      this.created(body.id, new URL(body.wallet_url).href);
      const { aborted } = this.stopping.signal;
      // There is nothing to decide.
      if (aborted || FINAL.has(body.status)) this.window?.close();
      if (aborted) await this.takeBack(body.id);
      else if (!FINAL.has(body.status)) {
        this.move("created");
        if (this.window?.show(body.wallet_url) === false) this.move("blocked", blocked());
      }
    } catch (error) {
      return this.failed(error);
    }
    await watch<CheckoutBody>(this.asker.requester, checkoutPath(this.id ?? ""), true, giveUpAt, (body) => this.found(body)).catch(
      // The platform has a checkout that it no longer tells of: nobody here knows how it ends.
      (error: unknown) => this.over("unknown", asError(error)),
    );
  }

  /** Takes in what the platform says. Whether that was the end. */
  private async found(body: CheckoutBody): Promise<boolean> {
    if (body.id !== this.id || !this.agrees(body)) {
      throw new Xp2pError("platform_answer_invalid", "the answer is about another checkout", true);
    }
    const { status, payment } = body;
    if (status === "opened" || status === "approved") this.move(status);
    if (!FINAL.has(status)) return false;
    if (status === "paid") {
      const { payee, amount, reference, request_digest: requestDigest } = this.terms as Terms;
      const expected = { payee, amount, reference, requestDigest, payment: payment?.id };
      const receipt = await this.asker.keys.verifyReceipt(payment?.receipt ?? "", expected);
      await this.forget();
      this.ended("paid", { status, receipt });
    } else {
      await this.forget();
      this.ended(status as "declined", { status: status as "declined" });
    }
    return true;
  }

  /** Whether the platform's words are about exactly what was asked for. */
  private agrees({ payee, amount, reference, note, request_digest, state }: CheckoutBody): boolean {
    const said = (terms: Terms): string => {
      const { handle, account } = terms.payee;
      const { value, currency } = terms.amount;
      return JSON.stringify([handle, account, value, currency, terms.reference, terms.note, terms.request_digest, terms.state]);
    };
    return this.terms !== undefined && said({ payee, amount, reference, note, request_digest, state } as Terms) === said(this.terms);
  }

  private async takeBack(id: string): Promise<void> {
    const request = { method: "POST", path: `${checkoutPath(id)}/cancel`, deadline: PATIENCE } as const;
    await this.asker.requester.ask(request).catch((error: unknown) => {
      // It has ended already, and how is on its way.
      if (member(error, "code") !== "state_final") throw error;
    });
  }

  private paid(outcome: Outcome): void {
    this.window?.close();
    if (outcome.status === "paid") this.ended("paid", { status: "paid", receipt: outcome.receipt });
    else if (outcome.status === "refused") this.over("refused", outcome.error);
    else this.over("unknown", outcome.status === "unknown" ? outcome.error : wrong("idempotencyKey", "idempotency_in_progress"));
  }

  /** Before the platform has said that it knows the checkout. */
  private async failed(thrown: unknown): Promise<void> {
    this.window?.close();
    if (this.stopping.signal.aborted && !this.intent && !this.lost) return this.ended("cancelled", { status: "cancelled" });
    const error = asError(thrown);
    // An intent that was stored may have arrived, and what the platform has made of one may be paid.
    if (this.lost || this.intent?.made || (this.intent && leavesOpen(error))) return this.over("unknown", error);
    await this.forget();
    this.over("refused", error);
  }

  private over(status: "refused" | "unknown", error: Xp2pError): void {
    this.ended(status, { status, error }, error);
  }

  private async forget(): Promise<void> {
    if (this.intent) await this.asker.forget(this.intent.id);
  }
}

/** Refusals of a link that a payer can overrule in the wallet. */
const STEP_UP: ReadonlySet<string> = new Set(["link_limit_exceeded", "key_not_allowed", "key_unknown", "key_revoked"]);

/** @internal */
export function checkoutPath(id: string): string {
  return `/v1/checkouts/${encodeURIComponent(id)}`;
}
