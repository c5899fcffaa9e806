// A link: a payer lets this page's key pay some payees within limits.
import type { Asker } from "./asker.ts";
import type { Client } from "./client.ts";
import { Xp2pError } from "./error.ts";
import { parseHandle } from "./functions.ts";
import type { Intent } from "./outbox.ts";
import { now } from "./random.ts";
import { asError, leavesOpen, PATIENCE } from "./requester.ts";
import type { Amount, Party, PaymentDraft } from "./types.ts";
import { type Versioned, watch } from "./watch.ts";
import { blocked, WalletRequest } from "./wallet-request.ts";
import { type WalletMode, WalletWindow } from "./wallet-window.ts";

/** Limits of a link, all in one currency. */
export interface LinkLimits {
  readonly currency: string;
  /** A decimal string, as an amount is. */
  readonly perPayment: string;
  readonly perPeriod: string;
  /** Calendar days, weeks from Monday, or months, in UTC. */
  readonly period: "day" | "week" | "month";
  readonly lifetime: string;
}

/** What a page asks a payer for. */
export interface LinkDraft {
  /** The handles of those who may be paid: at most eight. */
  readonly payees: readonly string[];
  readonly limits: LinkLimits;
  /** Unix seconds, at most 366 days ahead. */
  readonly expiresAt: number;
  readonly note?: string | undefined;
}

export interface LinkOptions {
  readonly mode?: Exclude<WalletMode, "redirect"> | undefined;
}

/** A link as the platform has it. */
export interface Link {
  readonly id: string;
  readonly status: "requested" | "active" | "declined" | "revoked" | "expired";
  readonly payees: readonly Party[];
  /** What the payer agreed to, which may be less than was asked for. */
  readonly limits: LinkLimits;
  /** What one payment may be at most at this moment, while the link is active. */
  readonly remaining?: Amount | undefined;
  readonly note?: string | undefined;
  readonly expiresAt: number;
}

export type LinkState =
  | "creating" | "created" | "blocked"
  | "active" | "declined" | "revoked" | "expired" | "refused" | "unknown";

export type LinkOutcome =
  | { readonly status: "active"; readonly link: Link }
  | { readonly status: "declined" | "revoked" | "expired" }
  | { readonly status: "refused" | "unknown"; readonly error: Xp2pError };

/** @internal `Link` of the contract, as far as it is read here. */
export interface LinkBody extends Versioned {
  readonly id: string;
  readonly status: Link["status"];
  readonly payees: readonly Party[];
  readonly limits: { readonly per_payment: Amount; readonly per_period: Amount; readonly period: LinkLimits["period"]; readonly lifetime: Amount };
  readonly remaining?: Amount;
  readonly note?: string;
  readonly wallet_url: string;
  readonly expires_at: number;
}

/** For how long the platform may be out of reach while a payer decides, in seconds. */
const LASTS = 3600;

/** A link that a payer is asked for. */
export class LinkRequest extends WalletRequest<LinkState, LinkOutcome> {
  private intent: Intent | undefined;

  private constructor(
    private readonly asker: Asker,
    private readonly window?: WalletWindow,
  ) {
    super("creating");
  }

  /** @internal In the click. */
  static ask(asker: Asker, draft: LinkDraft, { mode = "auto" }: LinkOptions): LinkRequest {
    const handles = draft.payees.map(parseHandle);
    const { limits } = draft;
    const amount = (value: string): Amount => asker.client.amount(value, limits.currency);
    const asked = {
      limits: { per_payment: amount(limits.perPayment), per_period: amount(limits.perPeriod), period: limits.period, lifetime: amount(limits.lifetime) },
      expires_at: draft.expiresAt,
      note: draft.note,
    };
    const request = new LinkRequest(asker, WalletWindow.open(asker.settings.walletUrl, mode, false));
    void request.run(async () => {
      const holders = await Promise.all(handles.map((handle) => asker.client.payee(handle, { deadline: PATIENCE })));
      const payees = holders.map(({ handle, account }) => ({ handle, account }));
      return asker.note("link", undefined, JSON.stringify({ payees, ...asked }));
    });
    return request;
  }

  /** @internal */
  static resume(asker: Asker, intent: Intent): LinkRequest {
    const request = new LinkRequest(asker);
    void request.run(async () => intent);
    return request;
  }

  private async run(begin: () => Promise<Intent>): Promise<void> {
    try {
      this.intent = await begin();
      const body = await this.asker.make<LinkBody>("/v1/links", this.intent);
      const asked: LinkBody = JSON.parse(this.intent.body);
      const same = JSON.stringify(body.payees.map(partyOf)) === JSON.stringify(asked.payees);
      if (!same || !body.wallet_url.startsWith(this.asker.settings.walletUrl)) {
        throw new Xp2pError("platform_answer_invalid", "the platform's link is not what was asked for", false);
      }
      this.created(body.id, body.wallet_url);
      this.move("created");
      if (this.window?.show(body.wallet_url) === false) this.move("blocked", blocked());
    } catch (thrown) {
      this.window?.close();
      const error = asError(thrown);
      // What the platform has made of it may be active.
      if (this.intent && (this.intent.made || leavesOpen(error))) return this.over("unknown", error);
      await this.forget();
      return this.over("refused", error);
    }
    const path = `/v1/links/${encodeURIComponent(this.id ?? "")}`;
    await watch<LinkBody>(this.asker.requester, path, false, now() + LASTS, (body) => this.found(body)).catch((error: unknown) =>
      this.over("unknown", asError(error)),
    );
  }

  private async found(body: LinkBody): Promise<boolean> {
    if (body.status === "requested") return false;
    await this.forget();
    if (body.status === "active") {
      await this.asker.links().catch(() => {});
      this.ended("active", { status: "active", link: linkOf(body) });
    } else this.ended(body.status, { status: body.status });
    return true;
  }

  private over(status: "refused" | "unknown", error: Xp2pError): void {
    this.ended(status, { status, error }, error);
  }

  private async forget(): Promise<void> {
    if (this.intent) await this.asker.forget(this.intent.id);
  }
}

function partyOf({ handle, account }: Party): Party {
  return { handle, account };
}

/** @internal */
export function linkOf({ id, status, payees, limits, remaining, note, expires_at: expiresAt }: LinkBody): Link {
  const { per_payment, per_period, period, lifetime } = limits;
  return {
    id,
    status,
    payees,
    limits: { currency: lifetime.currency, perPayment: per_payment.value, perPeriod: per_period.value, period, lifetime: lifetime.value },
    remaining,
    note,
    expiresAt,
  };
}

/** @internal Whether a link allows this payment, as far as is known here: the platform decides. */
export function covers({ payees, remaining, expiresAt }: Link, draft: PaymentDraft, client: Client): boolean {
  const [handle, { value, currency }] = [parseHandle(draft.to), client.amount(draft.amount, draft.currency)];
  // Both have the decimals of the platform, so their digits compare.
  const minor = (text: string) => BigInt(text.replace(".", ""));
  return (
    remaining?.currency === currency &&
    minor(remaining.value) >= minor(value) &&
    expiresAt * 1000 > Date.now() &&
    payees.some((payee) => payee.handle === handle)
  );
}
