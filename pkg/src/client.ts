import type { WasmPlatform } from "../wasm/xp2p/xp2p.js";
import { asText, intent, member, optionalText, text, wrong } from "./arguments.ts";
import type { Asker, Resumed } from "./asker.ts";
import type { Checkout, CheckoutOptions, CheckoutRequest } from "./checkout.ts";
import { toError, unrefused, Xp2pError } from "./error.ts";
import { answer, drive, type Exchange, next, type Patience, start, until } from "./exchange.ts";
import type { Key } from "./key.ts";
import type { Link, LinkDraft, LinkOptions, LinkRequest } from "./link-request.ts";
import { wasm } from "./load.ts";
import type { Intent, Outbox } from "./outbox.ts";
import { randomText } from "./random.ts";
import { type Trace, Tracer } from "./trace.ts";
import type { Send } from "./transport.ts";
import type { Amount, Outcome, Payee, PaymentDraft, Settings } from "./types.ts";

export interface ClientOptions {
  /** The platform's public origin: `"https://api.example"`. */
  readonly platform: string | URL;
  /** The key that signs. Without one the client can only read. */
  readonly key?: Key | undefined;
  /** Where what was begun is kept until it has ended: IndexedDB where there is one, unless this is given. */
  readonly outbox?: Outbox | undefined;
}

export interface PayOptions extends Patience {
  /**
   * Made once per intent. To find out how a `pending` or `unknown` payment ended, call `resume()`, or pass
   * the outcome's own key with the same draft.
   */
  readonly idempotencyKey?: string | undefined;
  /** @internal Called once the outbox has it, before anything is sent. */
  readonly onKept?: (() => void) | undefined;
}

/** For how long a payment is tried, in seconds. */
const PATIENCE = 60;

/** @internal What a client and those made of it with other keys have in common. */
export interface Shared {
  readonly tracer: Tracer;
  readonly outbox: Outbox | undefined;
  readonly asking: Asking | undefined;
}

/** @internal The module that asks, which is loaded beside the wasm. */
export type Asking = typeof import("./asker.ts");

/** One platform, and the key that signs for it. */
export class Client {
  private own: Asker | undefined;

  /** @internal */
  constructor(
    readonly settings: Settings,
    readonly key: Key | undefined,
    /** @internal */
    readonly bound: WasmPlatform,
    private readonly shared: Shared,
  ) {}

  /** The platform's origin, in the form in which it is signed. */
  get platform(): string {
    return this.bound.origin;
  }

  /** The same platform, with a key that signs: for a key that is looked up by the platform's settings. */
  withKey(key: Key): Client {
    return new Client(this.settings, key, this.bound, this.shared);
  }

  /** @internal The same client, where the module that asks could not be loaded by itself. */
  asking(asking: Asking): Client {
    return new Client(this.settings, this.key, this.bound, { ...this.shared, asking });
  }

  /**
   * Asks a payer, in the wallet's window. To be called in the click itself. A second call for the same
   * while one runs shows the wallet again and gives the running one.
   *
   * Where a link covers the draft it is paid without a window: see `requestLink`.
   *
   * @throws Xp2pError for whatever is wrong in the draft, with its parameter. Everything else is an outcome.
   */
  checkout(request: CheckoutRequest, options?: CheckoutOptions): Checkout {
    return this.asker.checkout(request, options);
  }

  /**
   * The checkout that a payer comes back from by a redirect; else the newest one that this origin began
   * and that has not ended, after a reload for instance, or payment through a link.
   *
   * @throws Xp2pError `return_mismatch` when the address is not what a checkout of this browser comes back to
   */
  resumeCheckout(address: string | undefined = globalThis.location?.href): Promise<Checkout | undefined> {
    return this.asker.resumeCheckout(address);
  }

  /** @internal Whether a checkout asks for just this. */
  isFor(checkout: Checkout, request: CheckoutRequest): boolean {
    return this.asker.isFor(checkout, request);
  }

  /** Goes on with everything that was begun with this platform and has not ended. */
  resume(): Promise<Resumed[]> {
    return this.asker.resume();
  }

  /**
   * Opens this origin's requester key, makes it known, and reads its links, so that a click has less
   * to wait for: for an idle moment, or when a pointer comes near.
   */
  prepare(): Promise<void> {
    return this.asker.prepare();
  }

  /** Asks a payer to let this origin's key pay some payees within limits. To be called in the click itself. */
  requestLink(draft: LinkDraft, options?: LinkOptions): LinkRequest {
    return this.asker.requestLink(draft, options);
  }

  /** The links of this origin's key, the newest first. */
  links(): Promise<Link[]> {
    return this.asker.links();
  }

  /** Ends a link, at once. */
  revokeLink(id: string): Promise<Link> {
    return this.asker.revokeLink(id);
  }

  /** Tells of each request and its answer, in this page and nowhere else. The result ends that. */
  on(event: "trace", listener: (trace: Trace) => void): () => void {
    const { listeners } = this.shared.tracer;
    if (event === "trace") listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /**
   * Any exchange with the platform. Without a key nothing is signed.
   *
   * @internal
   * @throws Xp2pError the platform's refusal, `platform_unreachable`, `argument_invalid` without a key
   */
  exchange<T>(asked: Exchange, key: Key | null = this.signer()): Promise<T> {
    return answer(this.bound, start(this.bound, key, asked), key, this.send, asked);
  }

  /** @internal */
  get send(): Send {
    return this.shared.tracer.send;
  }

  /** @internal Refuses what is wrong in a draft. */
  check(draft: PaymentDraft): void {
    const payment = this.bound.pay(...intent(draft), randomText(), "", 0);
    try {
      next(payment);
    } finally {
      payment.free();
    }
  }

  /** @internal An amount with the decimals that the platform gives its currency. */
  amount(value: string, currency: string): Amount {
    return { value: unrefused(this.bound.amount(asText(value, "amount"), asText(currency, "currency"))), currency };
  }

  /**
   * Who holds a handle at this moment.
   *
   * @throws Xp2pError `handle_malformed`, `handle_unknown`, `platform_unreachable`
   */
  async payee(handle: string, patience: Patience = {}): Promise<Payee> {
    return answer(this.bound, this.bound.payee(asText(handle, "handle"), until(patience, 0)), null, this.send, patience);
  }

  /**
   * Pays.
   *
   * Rejects only for what is wrong in the call itself: a malformed draft, no key. Everything else is
   * an outcome.
   *
   * @throws Xp2pError for whatever is wrong in the draft, with its parameter
   */
  async pay(draft: PaymentDraft, options: PayOptions = {}): Promise<Outcome> {
    this.signer();
    // A copy: what the caller does with its object afterwards pays nothing else.
    draft = { ...draft };
    this.check(draft);
    return this.finish(optionalText(options, "idempotencyKey") ?? randomText(), options, draft);
  }

  /**
   * Finishes the payment with this idempotency key: with the very bytes that the outbox has of it or had when
   * it was found there, or else with the draft.
   *
   * @internal
   */
  async finish(id: string, options: PayOptions = {}, draft?: PaymentDraft, found?: Intent): Promise<Outcome> {
    const key = this.signer();
    const keyId = text(key, "keyId");
    const asker = this.shared.asking && this.asker;
    const work = async (begun?: Intent): Promise<Outcome> => {
      // Of a linked key the platform keeps the intents for that key alone: another one would pay once more.
      if (begun && begun.keyId !== keyId) throw wrong("key");
      const course = begun
        ? this.bound.resume(begun.body, id, keyId, begun.begunAt, until(options, PATIENCE))
        : this.bound.pay(...intent(draft), id, keyId, until(options, PATIENCE));
      try {
        const { paid, refused, unknown } = await drive(course, key, this.send, options, asker?.keeping(id, options.onKept));
        this.bound.learn(course);
        const error = refused ?? unknown;
        if (error) return { status: refused ? "refused" : "unknown", error: toError(error), idempotencyKey: id };
        return paid ? { status: "paid", receipt: paid, idempotencyKey: id } : { status: "pending", idempotencyKey: id };
      } finally {
        course.free();
      }
    };
    return asker ? asker.keep(id, draft, work, found) : work();
  }

  private get asker(): Asker {
    const { asking, outbox } = this.shared;
    if (asking) return (this.own ??= new asking.Asker(this, outbox));
    throw new Xp2pError("not_initialized", "use `withAsking` of `xp2p/asking`", false);
  }

  /** @internal @throws Xp2pError without a key */
  signer(): Key {
    if (this.key) return this.key;
    throw wrong("key");
  }
}

/** @internal Reads the platform's settings and makes its client. The wasm is loaded by now. */
export async function connect(options: ClientOptions, loading: ReturnType<typeof loadAsking>): Promise<Client> {
  const platform = member(options, "platform");
  const bound = wasm().openPlatform(platform instanceof URL ? platform.href : asText(platform, "platform"));
  if (!bound) throw wrong("platform", "platform_url_invalid");
  const tracer = new Tracer();
  const settings = await answer<Settings>(bound, bound.settings(), null, tracer.send, {});
  const asking = await loading;
  if (asking instanceof Xp2pError) throw asking;
  return new Client(settings, options.key, bound, { tracer, outbox: options.outbox, asking });
}

/**
 * Loads the module that asks, while the wasm is on its way. Service workers may import nothing later
 * (Service Workers, section 4.8.2), and do without it. Elsewhere a client without it would keep nothing of
 * what it begins: there is none, and an error in its place.
 *
 * @internal
 */
export async function loadAsking(): Promise<Asking | Xp2pError | undefined> {
  if ("ServiceWorkerGlobalScope" in globalThis) return undefined;
  return import("./asker.ts").catch((cause) => new Xp2pError("wasm_load_failed", "a module could not be loaded", true, undefined, { cause }));
}
