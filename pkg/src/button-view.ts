// What is in the button's shadow root, and how a state is drawn and said.
import { adoptStyle } from "./button-style.ts";
import type { ButtonWords } from "./button-words.ts";

/** What a state looks like. */
export type ButtonState =
  | "idle" | "loading" | "waiting" | "blocked"
  | "paid" | "declined" | "cancelled" | "expired" | "failed" | "unknown";

/** Everything that is drawn. */
export interface Drawing {
  readonly state: ButtonState;
  readonly words: ButtonWords;
  readonly language: string;
  /** As people write it, or nothing where it is not known. */
  readonly amount: string | undefined;
  readonly disabled: boolean;
  /** In place of the state's own word: what went wrong, what is being done. */
  readonly detail?: keyof ButtonWords | undefined;
  /** Where the wallet is, for the link of `blocked`, and whether there is one to show again. */
  readonly walletUrl?: string | undefined;
}

export interface Reactions {
  pay(): void;
  show(): void;
  cancel(): void;
}

/** The word on the button, and the one below it. */
const SAID: Readonly<Record<ButtonState, readonly [label: keyof ButtonWords, status: keyof ButtonWords]>> = {
  idle: ["pay", "hint"],
  loading: ["loading", "loading"],
  waiting: ["waiting", "waiting"],
  blocked: ["open", "blocked"],
  paid: ["paid", "thanks"],
  declined: ["pay", "declined"],
  cancelled: ["pay", "cancelled"],
  expired: ["pay", "expired"],
  failed: ["pay", "failed"],
  unknown: ["check", "unknown"],
};

/** From right to left, of the languages that there are words for. */
const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);

export class ButtonView {
  private readonly frame = element("div", { class: "frame", part: "frame" });
  private readonly button = element("button", { class: "main", part: "button", type: "button", "aria-describedby": "status" });
  private readonly link = element("a", { class: "main", part: "button link", target: "_blank", rel: "noopener", "aria-describedby": "status" });
  private readonly label = element("span", { part: "label" });
  private readonly status = element("p", { class: "status", part: "status", id: "status", role: "status", "aria-live": "polite" });
  private readonly actions = element("div", { class: "actions", part: "actions" });
  private readonly showing = element("button", { class: "action", part: "action show", type: "button" });
  private readonly cancelling = element("button", { class: "action", part: "action cancel", type: "button" });

  constructor(
    private readonly root: ShadowRoot,
    reactions: Reactions,
  ) {
    adoptStyle(root);
    this.button.append(sign("spinner", "M12 3a9 9 0 1 0 9 9"), sign("done", "M5 13l4 4L19 7"), this.label);
    this.actions.append(this.showing, this.cancelling);
    const row = element("div", { class: "row", part: "row" });
    row.append(this.status, this.actions);
    this.frame.append(this.button, this.link, row);
    root.append(this.frame);
    const react = (target: HTMLElement, work: () => void) =>
      target.addEventListener("click", () => target.ariaDisabled !== "true" && work());
    react(this.button, reactions.pay);
    react(this.showing, reactions.show);
    react(this.cancelling, reactions.cancel);
  }

  /** What a form points at when it is not valid. */
  get anchor(): HTMLElement {
    return this.button;
  }

  click(): void {
    (this.link.hidden ? this.button : this.link).click();
  }

  draw({ state, words, language, amount, disabled, detail, walletUrl }: Drawing): void {
    const focused = this.root.activeElement;
    const busy = state === "loading" || state === "waiting";
    const said = (word: keyof ButtonWords) => words[word].replace("{amount}", amount ?? "").trim();
    const [label, status] = SAID[state];
    this.frame.dataset.state = state;
    this.frame.dataset.detail = detail ?? "";
    this.frame.lang = language;
    this.frame.dir = RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";
    this.frame.setAttribute("aria-busy", String(busy));

    const blocked = state === "blocked" && walletUrl !== undefined;
    this.link.hidden = !blocked;
    this.button.hidden = blocked;
    if (blocked) {
      this.link.href = walletUrl;
      set(this.link, said(label));
    } else this.link.removeAttribute("href");
    set(this.label, said(state === "waiting" && detail ? detail : label));
    this.button.disabled = disabled && !busy && state !== "paid";
    // It keeps the focus, which a disabled button would lose.
    this.button.setAttribute("aria-disabled", String(busy || state === "paid"));

    set(this.status, said(detail ?? status));
    const acting = state === "waiting" || state === "blocked";
    this.actions.hidden = !acting;
    this.status.classList.toggle("unseen", state === "waiting" || state === "loading");
    this.showing.hidden = state !== "waiting" || walletUrl === undefined;
    set(this.showing, said("show"));
    set(this.cancelling, said("cancel"));

    // What had the focus and is gone hands it on.
    if (focused && (focused as HTMLElement).closest("[hidden]")) (blocked ? this.link : this.button).focus();
  }
}

/** Changes a text only where it differs: a live region would say it again. */
function set(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

function element<Name extends keyof HTMLElementTagNameMap>(name: Name, attributes: Record<string, string>): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}

/** A sign drawn by lines. The words say it as well. */
function sign(name: string, line: string): SVGElement {
  const svg = "http://www.w3.org/2000/svg";
  const drawn = document.createElementNS(svg, "svg");
  const path = document.createElementNS(svg, "path");
  path.setAttribute("d", line);
  for (const [attribute, value] of [["class", `sign ${name}`], ["viewBox", "0 0 24 24"], ["aria-hidden", "true"], ["focusable", "false"]] as const) {
    drawn.setAttribute(attribute, value);
  }
  drawn.append(path);
  return drawn;
}
