// What a client's key asks for: checkouts, links, and what was begun earlier. `createClient` loads this beside the
// wasm, so that what a page downloads first stays small.
import { intent as parts, optionalText, wrong } from "./arguments.ts";
import { type Asked, Checkout, type CheckoutDraft, type CheckoutOptions, type CheckoutRequest } from "./checkout.ts";
import type { Client } from "./client.ts";
import { Xp2pError } from "./error.ts";
import { contentDigest, parseHandle } from "./functions.ts";
import { covers, type Link, type LinkBody, LinkRequest, type LinkDraft, type LinkOptions, linkOf } from "./link-request.ts";
import { member } from "./member.ts";
import { type Intent, IndexedDbOutbox, type Outbox } from "./outbox.ts";
import { PlatformKeys } from "./platform-keys.ts";
import { now, randomText } from "./random.ts";
import { asError, PATIENCE, Requester } from "./requester.ts";
import type { Outcome, Party, PaymentDraft, Settings } from "./types.ts";
import { WalletWindow } from "./wallet-window.ts";

/** An intent that was begun earlier and goes on. */
export type Resumed =
  | { readonly kind: "payment"; readonly draft: PaymentDraft; readonly outcome: Promise<Outcome> }
  | { readonly kind: "checkout"; readonly checkout: Checkout }
  | { readonly kind: "link"; readonly link: LinkRequest };

/** For how long a platform is certain to know an intent again: 24 hours, and an hour less to be on the safe side. */
const KNOWN = 23 * 3600;

/** @internal */
export class Asker {
  readonly requester: Requester;
  readonly keys: PlatformKeys;
  private readonly running = new Set<Checkout>();
  private active: readonly Link[] = [];

  constructor(
    readonly client: Client,
    readonly outbox: Outbox = new IndexedDbOutbox(),
  ) {
    this.requester = new Requester(client);
    this.keys = new PlatformKeys(client);
  }

  get settings(): Settings {
    return this.client.settings;
  }

  checkout(request: CheckoutRequest, { mode = "auto" }: CheckoutOptions = {}): Checkout {
    // A copy: what the page does with its object after the click asks for nothing else.
    const draft = isDraft(request) ? copyOf(request) : undefined;
    if (draft) this.client.check((request = draft));
    for (const running of this.running) {
      if (!this.isFor(running, request)) continue;
      running.open();
      return running;
    }
    const linked = draft !== undefined && mode !== "redirect" && this.active.some((link) => covers(link, draft, this.client));
    const window = linked ? undefined : WalletWindow.open(this.settings.walletUrl, mode, draft?.returnUrl !== undefined);
    const checkout = this.run(new Checkout(this, request, window));
    if (draft) void checkout.ask(draft, linked, mode);
    else void checkout.follow(async () => (typeof request === "function" ? request() : (request as string | Promise<string>)));
    return checkout;
  }

  /** Whether a checkout that runs is the one that is asked for: by its id, by what gives that, or by the draft. */
  isFor({ made, request: first, asked }: Checkout, request: CheckoutRequest): boolean {
    if (request === first || (made !== undefined && request === made)) return true;
    // One that goes on after a reload was asked for by another page.
    const draft = first ?? (asked && draftOf(asked));
    return isDraft(draft) && isDraft(request) && this.termsOf(draft) === this.termsOf(request);
  }

  /** The checkout that a payer comes back from, or the newest one or payment that has not ended. */
  async resumeCheckout(address: string | undefined): Promise<Checkout | undefined> {
    const url = address === undefined ? undefined : new URL(address);
    const [id, state] = ["checkout", "state"].map((name) => url?.searchParams.get(name) ?? undefined);
    const intents = await this.unfinished("checkout");
    const intent = id === undefined ? intents.at(-1) : intents.find(({ made }) => made === id);
    if (id !== undefined && (!intent || member(JSON.parse(intent.body), "state") !== state || state === undefined)) {
      throw new Xp2pError("return_mismatch", "the address is not one that a checkout of this browser comes back to", false, "state");
    }
    if (id !== undefined && url && globalThis.history) {
      // So that the address can be reloaded, kept and shared.
      url.searchParams.delete("checkout");
      url.searchParams.delete("state");
      history.replaceState(history.state, "", url);
    }
    if (intent) return this.resumed(intent);
    const payment = (await this.unfinished("payment")).at(-1);
    if (!payment) return undefined;
    const draft = draftOf(JSON.parse(payment.body));
    const checkout = this.run(new Checkout(this, draft));
    void checkout.ask(draft, false, "auto", payment);
    return checkout;
  }

  /** Goes on with everything that was begun and has not ended. */
  async resume(): Promise<Resumed[]> {
    const resumed: Resumed[] = [];
    for (const intent of await this.unfinished()) {
      if (intent.kind === "checkout") resumed.push({ kind: "checkout", checkout: this.resumed(intent) });
      else if (intent.kind === "link") resumed.push({ kind: "link", link: LinkRequest.resume(this, intent) });
      else {
        const signer = await this.requester.signer();
        // Only the key that began it is known by the platform to have.
        if (signer.key?.keyId !== intent.keyId) continue;
        resumed.push({ kind: "payment", draft: draftOf(JSON.parse(intent.body)), outcome: signer.finish(intent.id, {}, undefined, intent) });
      }
    }
    return resumed;
  }

  /** Makes the key, and reads its links: so that a click has only to ask. */
  async prepare(): Promise<void> {
    await this.requester.signer();
    await this.links();
  }

  requestLink(draft: LinkDraft, options: LinkOptions = {}): LinkRequest {
    return LinkRequest.ask(this, draft, options);
  }

  async links(): Promise<Link[]> {
    const links: Link[] = [];
    for (let cursor = ""; ; ) {
      const path = `/v1/links?limit=100${cursor}`;
      const page = await this.requester.ask<{ items: LinkBody[]; next_cursor?: string }>({ method: "GET", path });
      links.push(...page.items.map(linkOf));
      if (!page.next_cursor) break;
      cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`;
    }
    this.active = links.filter(({ status }) => status === "active");
    return links;
  }

  async revokeLink(id: string): Promise<Link> {
    const path = `/v1/links/${encodeURIComponent(id)}/revoke`;
    const link = linkOf(await this.requester.ask<LinkBody>({ method: "POST", path }));
    this.active = this.active.filter((active) => active.id !== id);
    return link;
  }

  /** The payment of a draft through a link; of one that was begun and not answered in any case, before it is asked for anew. */
  async payLinked(draft: PaymentDraft, linked: boolean, found?: Intent): Promise<Outcome | undefined> {
    // One that another tab has finished since it was found is kept no longer, and is answered as there.
    const find = async () => (await this.unfinished("payment")).find((intent) => this.pays(intent, draft)) ?? found;
    if (!linked && !(await find())) return undefined;
    // Two tabs that ask for the same at once share one payment: the second looks when the first has stored it.
    const [paying] = await this.alone(contentDigest(this.termsOf(draft)), async () => {
      const [begun, signing] = [await find(), this.requester.signer()];
      // It may have been paid, whatever keeps that from being found out.
      const open = (error: unknown): Outcome => ({ status: "unknown", error: asError(error), idempotencyKey: begun?.id ?? "" });
      if (begun) return [signing.then((signer) => signer.finish(begun.id, {}, undefined, begun)).catch(open)];
      const signer = await signing;
      return new Promise<[Promise<Outcome>]>((resolve) => {
        const outcome: Promise<Outcome> = signer.pay(draft, { onKept: () => resolve([outcome]) });
        const end = () => resolve([outcome]);
        outcome.then(end, end);
      });
    });
    const outcome = await paying;
    // What is left has changed, or was less than it looked.
    if (linked) void this.links().catch(() => {});
    return outcome;
  }

  /**
   * Does a payment while nobody else does it, with what is kept of it from an earlier run, and keeps it from
   * before its first byte until its answer.
   */
  keep(id: string, draft: PaymentDraft | undefined, work: (begun?: Intent) => Promise<Outcome>, found?: Intent): Promise<Outcome> {
    return this.alone(id, async () => {
      // Another tab that has finished it in the meantime keeps it no longer: sent again, it is answered as there.
      const begun = (await this.outbox.list()).find((intent) => intent.id === id) ?? found;
      // Another draft under its key would take the place of a payment that may have been made.
      if (begun && draft && !this.pays(begun, draft)) throw wrong("idempotencyKey");
      const outcome = await work(begun);
      if (outcome.status === "paid" || outcome.status === "refused") await this.forget(id);
      return outcome;
    });
  }

  /** Keeps an intent no longer. One that cannot be deleted is sent once more at worst, and answered as before. */
  async forget(id: string): Promise<void> {
    try {
      await this.outbox.delete(id);
    } catch {}
  }

  /** Does the work while nobody else does. What fails once it is done, such as giving a lock back, takes nothing from its result. */
  private async alone<T>(name: string, work: () => Promise<T>): Promise<T> {
    let done: [T] | undefined;
    const doing = this.outbox.exclusively(name, async () => void (done = [await work()]));
    await doing.catch((error: unknown) => {
      if (!done) throw error;
    });
    return done![0];
  }

  /** What stores the body of a payment, when it is made. */
  keeping(id: string, kept?: () => void): (body: string) => Promise<unknown> {
    return (body) => this.note("payment", undefined, body, id).then(kept);
  }

  /** Whether a payment that was begun is the one of this draft. */
  private pays(begun: Intent, draft: PaymentDraft): boolean {
    return this.termsOf(draft) === terms(draftOf(JSON.parse(begun.body)));
  }

  /** What a draft pays, however it is written. */
  private termsOf({ to, amount, currency, reference, note }: PaymentDraft): string {
    return terms({ to: parseHandle(to), amount: this.client.amount(amount, currency).value, currency, reference, note });
  }

  /** Makes a checkout for this draft, or finds the one that was made for it and has not ended. */
  async begin<T extends { readonly status: string }>(
    draft: CheckoutDraft,
    { handle, account }: Party,
    returnUrl: string | undefined,
    begun: (intent: Intent) => void,
  ): Promise<T> {
    const { reference, note } = draft;
    const asked = { payee: { handle, account }, amount: this.client.amount(draft.amount, draft.currency), reference, note };
    // Two tabs that ask for the same at once share one checkout.
    return this.alone(contentDigest(JSON.stringify(asked)), async () => {
      for (const kept of await this.unfinished("checkout")) {
        const same = { ...JSON.parse(kept.body), return_url: undefined, state: undefined };
        if (JSON.stringify(same) !== JSON.stringify(asked)) continue;
        begun(kept);
        const made = await this.make<T>("/v1/checkouts", kept);
        if (!["declined", "cancelled", "expired"].includes(made.status)) return made;
        await this.forget(kept.id);
      }
      const state = returnUrl && randomText();
      const intent = await this.note("checkout", undefined, JSON.stringify({ ...asked, return_url: returnUrl, state }));
      begun(intent);
      return this.make<T>("/v1/checkouts", intent);
    });
  }

  /** Stores a new intent. */
  async note(kind: Intent["kind"], made: string | undefined, body: string, id = made ?? randomText()): Promise<Intent> {
    const { key } = await this.requester.signer();
    const intent: Intent = { id, kind, keyId: key?.keyId ?? "", issuer: this.settings.issuer, body, begunAt: now(), made };
    await this.outbox.put(intent);
    return intent;
  }

  /** What the platform made of an intent: asked for now, or read where that is known. */
  async make<T>(path: string, intent: Intent): Promise<T> {
    const { made, body, id } = intent;
    if (made) return this.requester.ask<T>({ method: "GET", path: `${path}/${encodeURIComponent(made)}`, deadline: PATIENCE });
    const answer = await this.alone(id, () =>
      this.requester.ask<T & { id: string }>({ method: "POST", path, body, idempotencyKey: id, deadline: PATIENCE }),
    );
    await this.outbox.put({ ...intent, made: answer.id });
    return answer;
  }

  /** Intents for this platform, the oldest first, as long as it is certain to know them again. */
  private async unfinished(kind?: Intent["kind"]): Promise<Intent[]> {
    const intents = (await this.outbox.list()).filter(
      (intent) => intent.issuer === this.settings.issuer && intent.begunAt > now() - KNOWN && (!kind || intent.kind === kind),
    );
    return intents.sort((a, b) => a.begunAt - b.begunAt);
  }

  resumed(intent: Intent): Checkout {
    for (const running of this.running) if (intent.made && running.id === intent.made) return running;
    const checkout = this.run(new Checkout(this, undefined));
    void checkout.resume(intent);
    return checkout;
  }

  private run(checkout: Checkout): Checkout {
    this.running.add(checkout);
    void checkout.outcome.then(() => this.running.delete(checkout));
    return checkout;
  }
}

function isDraft(request: CheckoutRequest | undefined): request is CheckoutDraft {
  return typeof request === "object" && request !== null && typeof member(request, "then") !== "function";
}

function copyOf(draft: CheckoutDraft): CheckoutDraft {
  const [to, amount, currency, reference, note] = parts(draft);
  return { to, amount, currency, reference, note, returnUrl: optionalText(draft, "returnUrl") };
}

/** What is paid, as one text. */
export function terms(draft: PaymentDraft): string {
  const [to, amount, currency, reference, note] = parts(draft);
  return JSON.stringify({ to, amount, currency, reference, note });
}

/** The draft that the body of a payment or a checkout was made of. */
function draftOf({ payee, amount, reference, note }: Asked): PaymentDraft {
  return { to: payee.handle, amount: amount.value, currency: amount.currency, reference, note };
}
