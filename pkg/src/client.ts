import type { WasmPayment, WasmPlatform } from "../wasm/xp2p/xp2p.js";
import { asText, intent, member, optionalText, text } from "./arguments.ts";
import { type Exchange, exchange } from "./exchange.ts";
import { type ErrorMembers, toError, Xp2pError } from "./error.ts";
import type { Key } from "./key.ts";
import { wasm } from "./load.ts";
import { now, randomText } from "./random.ts";
import { type Message, send } from "./transport.ts";
import type { Outcome, Payee, PaymentDraft, Receipt, Settings } from "./types.ts";

export interface ClientOptions {
  /** The platform's public origin: `"https://api.example"`. */
  readonly platform: string | URL;
  /** The key that signs. Without one the client can only read. */
  readonly key?: Key | undefined;
}

export interface PayOptions {
  /**
   * Made once per intent. To find out how an `unknown` payment ended, pass the outcome's own key with
   * the same draft.
   */
  readonly idempotencyKey?: string | undefined;
}

/** One platform, and the key that signs for it. */
export class Client {
  /** @internal */
  constructor(
    readonly settings: Settings,
    readonly key: Key | undefined,
    private readonly bound: WasmPlatform,
  ) {}

  /** The platform's origin, in the form in which it is signed. */
  get platform(): string {
    return this.bound.origin;
  }

  /** The same platform, with a key that signs: for a key that is looked up by the platform's settings. */
  withKey(key: Key): Client {
    return new Client(this.settings, key, this.bound);
  }

  /**
   * Any signed exchange with the platform.
   *
   * @internal
   * @throws Xp2pError the platform's refusal, `platform_unreachable`, `argument_invalid` without a key
   */
  exchange<T>(asked: Exchange): Promise<T> {
    return exchange(this.bound, this.signer(), asked);
  }

  /**
   * Who holds a handle at this moment.
   *
   * @throws Xp2pError `handle_malformed`, `handle_unknown`, `platform_unreachable`
   */
  async payee(handle: string): Promise<Payee> {
    const asked = asText(handle, "handle");
    const message: Message = JSON.parse(this.bound.payeeRequest(asked));
    return JSON.parse(this.bound.payeeAnswered(asked, ...(await send(message))));
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
    const key = this.signer();
    const idempotencyKey = optionalText(options, "idempotencyKey") ?? randomText();
    const payment = this.bound.pay(...intent(draft), idempotencyKey, text(key, "keyId"));
    try {
      const outcome = await drive(payment, key, idempotencyKey);
      this.bound.learn(payment);
      return outcome;
    } finally {
      payment.free();
    }
  }

  private signer(): Key {
    if (this.key) return this.key;
    throw new Xp2pError("argument_invalid", "signing takes a client with a key", false, "key");
  }
}

/** Reads the platform's settings and makes its client. The wasm is loaded by now. */
export async function connect(options: ClientOptions): Promise<Client> {
  const platform = member(options, "platform");
  const bound = new (wasm().WasmPlatform)(platform instanceof URL ? platform.href : asText(platform, "platform"));
  const settings = bound.settingsAnswered(...(await send(JSON.parse(bound.settingsRequest()))));
  return new Client(JSON.parse(settings), options.key, bound);
}

/** What to do next, told apart by which member is there. */
interface Step {
  readonly send?: Message;
  readonly sign?: string;
  readonly paid?: Receipt;
  readonly refused?: ErrorMembers;
  readonly unknown?: ErrorMembers;
}

/** Does what the payment says until it says that it is done. */
async function drive(payment: WasmPayment, key: Key, idempotencyKey: string): Promise<Outcome> {
  for (;;) {
    const step: Step = JSON.parse(payment.next(now(), randomText()));
    if (step.paid) return { status: "paid", receipt: step.paid, idempotencyKey };
    if (step.refused) return { status: "refused", error: toError(step.refused), idempotencyKey };
    if (step.unknown) return { status: "unknown", error: toError(step.unknown), idempotencyKey };
    if (step.send) payment.answered(...(await send(step.send)), now());
    else payment.signed(await signature(key, step.sign));
  }
}

/** A signer that fails has signed nothing: the payment itself says how that ends. */
async function signature(key: Key, base: string | undefined): Promise<Uint8Array | undefined> {
  try {
    const signed = await key.sign(new TextEncoder().encode(base));
    return signed instanceof Uint8Array ? signed : undefined;
  } catch {
    return undefined;
  }
}
