// The approval: whom, how much, who asks. Every value on it is taken from the one object that is signed.
import { siteAndWord } from "./asker.js";
import { avatar } from "./avatar.js";
import { afterDecision, blockedAsker, findingOut, notEnough, passkeyStep, refusal, reviewing, wrongPayer } from "./ending.js";
import { onAgreement } from "./guard.js";
import { money } from "./money.js";
import { announce, at, busy, h, show, sign, theirs, withoutEffect } from "./page.js";
import { clocked, say, words } from "./words.js";

/** Shows a checkout to a payer who is signed in, wherever it stands by now. */
export async function approval(app, id) {
  const { wallet } = app;
  const reckoning = reckoner();
  // What fails is said where it is needed.
  reckoning.catch(() => {});
  let shown;
  let blocked;
  try {
    shown = await wallet.open(id).catch((error) => {
      blocked = error.code === "account_blocked";
      if (blocked || error.code === "state_final") return wallet.checkout(id);
      throw error;
    });
  } catch (error) {
    return refusal(app, error);
  }
  if (blocked) return blockedAsker(app, shown);
  if (shown.status === "approved") return wait(app, shown);
  if (shown.status !== "opened" && shown.status !== "created") return ended(app, shown);
  if (shown.payee.account === app.account.account) return wrongPayer(app, shown);
  // Agreed to before a reload, and the answer is still out: the same agreement goes on.
  if (wallet.pending(id)) return agree(app, shown);
  const balance = (await wallet.balances()).find(({ currency }) => currency === shown.amount.currency);
  const available = { value: balance?.available ?? "0", currency: shown.amount.currency };
  const left = leftOf(available, shown.amount, await reckoning, wallet.client.settings);
  if (left === undefined) return notEnough(app, shown, available);
  ask(app, shown, left);
}

function ask(app, shown, left) {
  const { payee, amount } = shown;
  show("approval", (signal) => {
    const pay = h("button", { type: "button", class: "main", id: "approve" }, say("pay", { amount: money(amount) }));
    const decline = h("button", { type: "button", class: "second", id: "decline" }, words.decline);
    const problem = h("p", { class: "problem", role: "alert" });
    const deadline = h("p", { class: "deadline", id: "deadline" });
    let decided = false;
    onAgreement(pay, signal, () => {
      if (decided) return;
      decided = true;
      for (const button of [pay, decline]) button.setAttribute("aria-disabled", "true");
      pay.classList.add("busy");
      pay.textContent = words.paying;
      announce(words.paying);
      agree(app, shown);
    }, () => announce((problem.textContent = words.pressAgain)));
    decline.addEventListener("click", (event) => {
      if (decided || !event.isTrusted) return;
      busy(decline, words.declining, async () => {
        try {
          const checkout = await app.wallet.decline(shown.id);
          afterDecision(app, { status: "decided", checkout }, shown);
        } catch (error) {
          if (error.code === "state_final") return approval(app, shown.id);
          problem.textContent = withoutEffect(error);
        }
      })(event);
    });
    countDown(shown.expiresAt, deadline, signal, () => decided || approval(app, shown.id));
    return h(
      "section",
      { class: "card approval", "aria-describedby": "amount" },
      h(
        "div",
        { class: "whom" },
        avatar(payee, "large"),
        h("h1", {}, h("span", { class: "eyebrow" }, words.youPay), " ", h("span", { class: "name", id: "payee-name" }, theirs(payee.name))),
        h("p", { class: "quiet-text" }, at(payee.handle), " · ", payee.kind === "merchant" ? words.merchant : words.person),
      ),
      h("p", { class: "sum", id: "amount" }, money(amount)),
      shown.note && quoted(shown),
      shown.firstPayment && warning(shown),
      h("dl", { class: "facts" }, facts(app, shown, left)),
      h("div", { class: "decision" }, problem, h("div", { class: "choices" }, decline, pay), deadline),
    );
  });
}

/** The payee's words, as theirs: quoted, named and apart. */
function quoted({ note, payee }) {
  return h("figure", { class: "note" }, h("figcaption", {}, say("writes", { name: theirs(payee.name) })), h("blockquote", { id: "note" }, theirs(note)));
}

/** A look-alike is new to the payer, whatever it is called: requirement 11. */
function warning({ payee, origin, originVerified }) {
  const word = origin && !originVerified ? "firstUnverified" : "firstPayment";
  return h("div", { class: "notice", id: "first-payment" }, sign("notice"), h("p", {}, say(word, { name: theirs(payee.name) })));
}

function facts(app, shown, left) {
  const { payee, origin, reference } = shown;
  const name = theirs(payee.name);
  return [
    fact(words.askedBy, ...(origin ? siteAndWord(shown, name) : [say("noOrigin", { name })].flat())),
    reference && fact(words.reference, h("span", { id: "reference" }, theirs(reference))),
    fact(words.from, at(app.account.handle)),
    fact(words.balanceAfter, h("span", { id: "balance-after" }, money(left))),
  ];
}

export function fact(label, ...value) {
  return h("div", {}, h("dt", {}, label), h("dd", {}, ...value));
}

/** Signs what was shown, and follows it to its end. */
async function agree(app, shown) {
  const stop = new AbortController();
  let lost = false;
  const onLost = () => {
    if (lost) return;
    lost = true;
    findingOut(app, shown, stop);
  };
  const decision = await app.wallet.approve(shown, { signal: stop.signal, onLost }).catch((error) => ({ status: "refused", error }));
  if (stop.signal.aborted) return;
  if (decision.status === "unknown") {
    const { code } = decision.error;
    if (code.startsWith("key_")) return app.start();
    // Nothing is asked any more: what is known of it stays on the page.
    return code === "passkey_required" ? passkeyStep(app, shown, () => agree(app, shown)) : findingOut(app, shown, stop);
  }
  if (decision.status === "reviewed") return wait(app, shown);
  if (decision.status !== "refused") return afterDecision(app, decision, shown);
  const { code } = decision.error;
  if (code === "insufficient_funds") return approval(app, shown.id);
  if (code === "passkey_required") return passkeyStep(app, shown, () => agree(app, shown));
  refusal(app, decision.error, shown);
}

/** It is final already. That it was paid is said once its receipt verifies. */
async function ended(app, shown) {
  try {
    afterDecision(app, await app.wallet.decided(shown), shown);
  } catch {
    await wait(app, shown, findingOut);
  }
}

/** The platform looks at the payment before it settles it. */
async function wait(app, shown, tell = reviewing) {
  const stop = new AbortController();
  tell(app, shown, stop);
  const decision = await app.wallet.settled(shown, stop.signal);
  if (decision.status === "refused") return refusal(app, decision.error, shown);
  if (decision.status !== "unknown") afterDecision(app, decision, shown);
}

/** Says calmly how long there is: by the minute, and never aloud. */
function countDown(expiresAt, element, signal, over) {
  const tick = () => {
    const seconds = expiresAt - Date.now() / 1000;
    if (seconds <= -1) return over();
    element.textContent =
      seconds < 60 ? words.lastMinute : seconds > 3600 ? say("hoursLeft", { time: clocked(expiresAt) }) : say("minutesLeft", { count: Math.floor(seconds / 60) });
    timer = setTimeout(tick, seconds < 60 ? 1000 : Math.min(30_000, (seconds % 60) * 1000 + 50));
  };
  let timer;
  tick();
  signal.addEventListener("abort", () => clearTimeout(timer));
}

/** Fetches what reckons amounts, which is a wasm of its own. */
async function reckoner() {
  const amounts = await import("/xp2p/amount.js");
  await amounts.init();
  return amounts;
}

/** What is left of a balance, in its currency's decimals as the platform has them; nothing where it does not suffice. */
function leftOf(available, amount, { subtractAmounts }, { currencies }) {
  try {
    return subtractAmounts(available, amount, { settings: currencies.find(({ code }) => code === amount.currency) });
  } catch (error) {
    if (error.code === "amount_negative") return undefined;
    throw error;
  }
}
