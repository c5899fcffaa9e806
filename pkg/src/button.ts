// xp2p/button: <xp2p-button>, a payment in one element. Importing it registers the element, and nothing else: the
// wasm comes when the page is idle or somebody approaches, so that a click finds it there.
import { ButtonPayment } from "./button-payment.ts";
import { type ButtonState, ButtonView } from "./button-view.ts";
import { type ButtonWords, wordsOf } from "./button-words.ts";
import type { CheckoutDraft, CheckoutOutcome, CheckoutRequest } from "./checkout.ts";
import type { Client } from "./client.ts";
import type { Xp2pError } from "./error.ts";
import { readableAmount } from "./readable.ts";

export type { ButtonState } from "./button-view.ts";
export type { ButtonWords } from "./button-words.ts";
export type { CheckoutOutcome } from "./checkout.ts";

/** A checkout of the merchant's server: its id, or what gives it when the payer clicks. */
export type ServerMade = Exclude<CheckoutRequest, CheckoutDraft>;

/** What the events tell: `xp2p-paid` and the others of a state, and `xp2p-change` for every one. */
export interface ButtonEventDetail {
  readonly state: ButtonState;
  /** How it ended, once it has. */
  readonly outcome?: CheckoutOutcome | undefined;
  /** Why it is `failed`, `unknown` or `blocked`. */
  readonly error?: Xp2pError | undefined;
}

declare global {
  interface HTMLElementTagNameMap {
    "xp2p-button": Xp2pButton;
  }
  interface HTMLElementEventMap {
    "xp2p-change": CustomEvent<ButtonEventDetail>;
    "xp2p-paid": CustomEvent<ButtonEventDetail>;
    "xp2p-declined": CustomEvent<ButtonEventDetail>;
    "xp2p-cancelled": CustomEvent<ButtonEventDetail>;
    "xp2p-expired": CustomEvent<ButtonEventDetail>;
    "xp2p-failed": CustomEvent<ButtonEventDetail>;
    "xp2p-unknown": CustomEvent<ButtonEventDetail>;
    "xp2p-blocked": CustomEvent<ButtonEventDetail>;
    "xp2p-waiting": CustomEvent<ButtonEventDetail>;
  }
}

/** On a server there are no elements, and the module can be imported all the same. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

export class Xp2pButton extends Base {
  static readonly formAssociated = true;
  static readonly observedAttributes = ["to", "amount", "currency", "reference", "note", "platform", "return-url", "checkout", "disabled", "required", "lang", "words"];

  private readonly internals = this.attachInternals();
  private readonly view: ButtonView;
  private readonly payment = new ButtonPayment(this, () => this.changed());
  private serverMade: ServerMade | undefined;
  private ownWords: Partial<ButtonWords> = {};
  private disabledByForm = false;
  private said: ButtonState = "idle";

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    this.view = new ButtonView(root, {
      pay: () => this.payment.start(),
      show: () => this.payment.show(),
      // Where the platform is out of reach it is waited for as before, and can be cancelled again.
      cancel: () => void this.payment.cancel().catch(() => {}),
    });
    for (const type of ["pointerenter", "focusin", "touchstart"]) {
      this.addEventListener(type, () => this.payment.approach(), { passive: true });
    }
  }

  /** Where the payment stands. */
  get state(): ButtonState {
    return this.payment.state;
  }

  /** How the last one ended. */
  get outcome(): CheckoutOutcome | undefined {
    return this.payment.outcome;
  }

  /** Where the payer decides, while there is something to decide: for a link or a QR code of the page's own. */
  get walletUrl(): string | undefined {
    return this.payment.walletUrl;
  }

  /** A checkout that the merchant's server made, instead of `to`, `amount` and `currency`. */
  get checkout(): ServerMade | undefined {
    return this.serverMade ?? this.getAttribute("checkout") ?? undefined;
  }
  set checkout(made: ServerMade | undefined) {
    this.serverMade = made;
    this.changed();
  }

  /** A client of the page, where it has one: with a linked key, or for a platform it chose already. */
  get client(): Client | undefined {
    return this.payment.client;
  }
  set client(client: Client | undefined) {
    this.payment.client = client;
  }

  /** Texts in place of the element's own, for a language that it does not have for instance. */
  get words(): Partial<ButtonWords> {
    return this.ownWords;
  }
  set words(words: Partial<ButtonWords>) {
    this.ownWords = { ...words };
    this.changed();
  }

  get disabled(): boolean {
    return this.hasAttribute("disabled");
  }
  set disabled(disabled: boolean) {
    this.toggleAttribute("disabled", disabled);
  }

  get form(): HTMLFormElement | null {
    return this.internals.form;
  }
  /** The signed receipt, once it is paid: what a form sends as `name`. For the server to verify. */
  get value(): string {
    const { outcome } = this.payment;
    return outcome?.status === "paid" ? outcome.receipt.token : "";
  }
  get name(): string {
    return this.getAttribute("name") ?? "";
  }
  get validity(): ValidityState {
    return this.internals.validity;
  }
  get validationMessage(): string {
    return this.internals.validationMessage;
  }
  get willValidate(): boolean {
    return this.internals.willValidate;
  }
  checkValidity(): boolean {
    return this.internals.checkValidity();
  }
  reportValidity(): boolean {
    return this.internals.reportValidity();
  }

  override click(): void {
    this.view.click();
  }

  /** Ready for another payment. One that runs goes on: cancel it first. */
  reset(): void {
    this.payment.reset();
  }

  /** Takes back what is asked. The payer may have been quicker. */
  async cancel(): Promise<void> {
    await this.payment.cancel();
  }

  connectedCallback(): void {
    // Set by a script that ran before this one.
    for (const name of ["checkout", "client", "words"] as const) {
      const set = Object.getOwnPropertyDescriptor(this, name);
      if (set && delete this[name]) Object.assign(this, { [name]: set.value });
    }
    this.payment.connected();
    watchLanguage(this, () => this.changed());
    this.changed();
  }

  disconnectedCallback(): void {
    this.payment.disconnected();
    drawn.delete(this);
  }

  attributeChangedCallback(name: string, _: string | null, value: string | null): void {
    if (name === "words") this.ownWords = readWords(value);
    this.changed();
  }

  formDisabledCallback(disabled: boolean): void {
    this.disabledByForm = disabled;
    this.changed();
  }

  formResetCallback(): void {
    this.reset();
  }

  /** Draws, tells the form, and tells the page what is new. */
  private changed(): void {
    const { state, detail, walletUrl, outcome, error } = this.payment;
    const paid = outcome?.status === "paid" && state === "paid" ? outcome.receipt : undefined;
    const tag = languageOf(this);
    const { language, words } = wordsOf(tag);
    const own = Object.keys(this.ownWords).length > 0;
    const amount = paid?.amount ?? { value: this.getAttribute("amount") ?? "", currency: this.getAttribute("currency") ?? "" };
    this.view.draw({
      state,
      language: own ? tag : language,
      words: { ...words, ...this.ownWords },
      amount: amountText(amount, own || tag.toLowerCase().startsWith(language) ? tag : language),
      disabled: this.disabledByForm || this.disabled || !this.payment.isReady,
      detail,
      walletUrl,
    });
    this.internals.setFormValue(this.value || null);
    const missing = this.hasAttribute("required") && !paid;
    this.internals.setValidity(missing ? { valueMissing: true } : {}, missing ? { ...words, ...this.ownWords }.hint : "", this.view.anchor);
    if (state === this.said) return;
    this.internals.states?.delete(this.said);
    this.internals.states?.add((this.said = state));
    for (const name of [`xp2p-${state}`, "xp2p-change"]) {
      this.dispatchEvent(new CustomEvent<ButtonEventDetail>(name, { bubbles: true, composed: true, detail: { state, outcome, error } }));
    }
  }
}

/** The language around an element, also where that stands outside of its shadow tree. */
function languageOf(element: Element): string {
  for (let node: Element | null = element; node; ) {
    const lang = node.closest("[lang]")?.getAttribute("lang");
    if (lang) return lang;
    const root = node.getRootNode();
    node = root instanceof ShadowRoot ? root.host : null;
  }
  return navigator.language;
}

const drawn = new Map<Xp2pButton, () => void>();
let watching: MutationObserver | undefined;

/** Draws again when the page's own language is another one: one observer for all buttons. */
function watchLanguage(button: Xp2pButton, draw: () => void): void {
  drawn.set(button, draw);
  watching ??= new MutationObserver(() => drawn.forEach((draw) => draw()));
  watching.observe(document.documentElement, { attributeFilter: ["lang"] });
}

/** The amount as the locale writes it; nothing where it is none. */
function amountText({ value, currency }: { value: string; currency: string }, locale: string): string | undefined {
  try {
    if (!/^\d{1,18}(\.\d{1,4})?$/.test(value)) return undefined;
    const { maximumFractionDigits = 0 } = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions();
    const [whole = "", decimals = ""] = value.split(".");
    const padded = decimals ? `${whole}.${decimals.padEnd(maximumFractionDigits, "0")}` : whole;
    return readableAmount({ value: padded, currency }, locale);
  } catch {
    return value && `${value} ${currency}`;
  }
}

/** The attribute `words`: an object of texts, as JSON. */
function readWords(text: string | null): Partial<ButtonWords> {
  try {
    const words: unknown = JSON.parse(text ?? "{}");
    return Object.fromEntries(Object.entries(words ?? {}).filter(([, word]) => typeof word === "string"));
  } catch {
    return {};
  }
}

// Twice, as by two copies of the package in one page, it would throw.
if (globalThis.customElements && !customElements.get("xp2p-button")) customElements.define("xp2p-button", Xp2pButton);
