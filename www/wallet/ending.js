// How it ended, or where it stands: each in a few words, with the one thing that can be done next.
import { approval } from "./approval.js";
import { avatar } from "./avatar.js";
import { money } from "./money.js";
import { announce, busy, h, show, sign, theirs } from "./page.js";
import { hasPasskeys } from "./passkeys.js";
import { receiptPanel } from "./receipt.js";
import { cameFromPage, returnAddress } from "./window.js";
import { say, words } from "./words.js";

/** Milliseconds until the payer goes back by themselves. */
const RETURN = 4000;

/** After a checkout has come to an end. */
export function afterDecision(app, decision, shown) {
  const { status } = decision.status === "paid" ? decision : decision.checkout;
  const name = theirs(shown.payee.name);
  if (decision.status === "paid") {
    return ending(app, "paid", "done", words.paid, say("paidText", { amount: money(decision.receipt.amount), name }), shown, receiptPanel(decision));
  }
  if (status === "declined") return ending(app, "declined", "stopped", words.declined, say("declinedText", { name }), shown);
  if (status === "cancelled") return ending(app, "cancelled", "stopped", words.cancelled, say("cancelledText", { name }), shown);
  if (status === "expired") return ending(app, "expired", "clock", words.expired, words.expiredText, shown);
  return ending(app, "paid-by-other", "done", words.paidByOther, words.paidByOtherText, shown);
}

/** A final view, and the way back. */
function ending(app, state, mark, title, text, shown, ...more) {
  show(state, (signal) => h("section", { class: "card ending" }, sign(mark), h("h1", {}, title), h("p", { class: "lead" }, text), ...more, wayBack(shown, signal)));
  announce(title);
}

/**
 * Back to the page that asked, with the id and the state it gave and no word of how it ended (requirement 22): by
 * a click, and by itself where the payer came from there in this window and does nothing else.
 */
function wayBack(shown, signal) {
  const address = shown && returnAddress(shown);
  if (!address) return closing();
  const site = theirs(address.host);
  const back = h("a", { class: "main button", id: "return", href: address.href }, say("returnTo", { site }));
  if (!cameFromPage) return h("div", { class: "decision" }, back, closing());
  const soon = h("p", { class: "deadline" }, say("returning", { site: theirs(address.host) }));
  const timer = setTimeout(() => location.assign(address), RETURN);
  const stay = h("button", { type: "button", class: "second", onclick: () => (clearTimeout(timer), soon.remove(), stay.remove(), back.focus()) }, words.stay);
  signal.addEventListener("abort", () => clearTimeout(timer));
  return h("div", { class: "decision" }, back, stay, soon);
}

/** A window of its own has done its work. Whether a script may close it is for the browser to say. */
function closing() {
  const button = history.length === 1 && h("button", { type: "button", class: "second", onclick: () => window.close() }, words.close);
  return h("div", { class: "decision" }, h("p", { class: "deadline" }, words.youCanClose), button);
}

/** The answer to an agreement was lost: never a failure, and nothing to do for the payer (requirement 8). */
export function findingOut(app, shown, stop) {
  working("finding-out", words.findingOut, words.findingOutText, shown, stop);
}

export function reviewing(app, shown, stop) {
  working("reviewing", words.reviewing, say("reviewingText", { amount: money(shown.amount) }), shown, stop);
}

function working(state, title, text, shown, stop) {
  show(state, (signal) => {
    signal.addEventListener("abort", () => stop.abort());
    return h("section", { class: "card ending" }, h("p", { class: "spinner", "aria-hidden": "true" }), h("h1", {}, title), h("p", { class: "lead" }, text), summary(shown));
  });
}

/** What it is about, in one line. */
function summary({ payee, amount }) {
  return h("p", { class: "summary" }, avatar(payee), h("span", { class: "name" }, theirs(payee.name)), h("span", { class: "amount" }, money(amount)));
}

/** Calm: nothing is wrong with the payer, there is only too little in this account. */
export function notEnough(app, shown, available) {
  show("insufficient", () => {
    const again = h("button", { type: "button", class: "main" }, words.checkAgain);
    const decline = h("button", { type: "button", class: "second" }, words.decline);
    again.addEventListener("click", busy(again, words.loading, () => approval(app, shown.id)));
    decline.addEventListener("click", busy(decline, words.declining, () => declineFrom(app, shown)));
    return h(
      "section",
      { class: "card ending" },
      sign("notice"),
      h("h1", {}, words.notEnough),
      h("p", { class: "lead" }, say("notEnoughText", { balance: h("strong", {}, money(available)), amount: h("strong", {}, money(shown.amount)) })),
      summary(shown),
      h("div", { class: "decision" }, again, otherAccount(app), decline),
    );
  });
}

async function declineFrom(app, shown) {
  try {
    afterDecision(app, { status: "decided", checkout: await app.wallet.decline(shown.id) }, shown);
  } catch {
    await approval(app, shown.id);
  }
}

/** Somebody who asked and now looks at their own request. */
export function wrongPayer(app, shown) {
  show("own-payee", () => h("section", { class: "card ending" }, sign("notice"), h("h1", {}, words.ownPayee), h("p", { class: "lead" }, words.ownPayeeText), summary(shown), h("div", { class: "decision" }, otherAccount(app))));
}

function otherAccount(app) {
  return h("button", { type: "button", class: "second", onclick: () => app.switchAccount() }, words.otherAccount);
}

/** A passkey that was wanted and not given, or that this browser has none of. */
export function passkeyStep(app, shown, go) {
  const amount = money(shown.amount);
  show("passkey", () => {
    const [title, text] = hasPasskeys ? [words.passkeyNeeded, say("passkeyNeededText", { amount })] : [words.passkeyMissing, say("passkeyMissingText", { amount })];
    const use = h("button", { type: "button", class: "main", id: "use-passkey" }, words.passkeyUse);
    use.addEventListener("click", (event) => event.isTrusted && busy(use, words.addingPasskey, go)(event));
    const decline = h("button", { type: "button", class: "second" }, words.decline);
    decline.addEventListener("click", busy(decline, words.declining, () => declineFrom(app, shown)));
    return h("section", { class: "card ending" }, sign("seal"), h("h1", {}, title), h("p", { class: "lead" }, text), summary(shown), h("div", { class: "decision" }, hasPasskeys && use, decline));
  });
}

/** The payer has blocked the payee, or the page that asks. */
export function blockedAsker(app, shown) {
  ending(app, "blocked", "stopped", words.blocked, words.blockedText, shown);
}

/** What the platform refused, or could not be asked. */
export function refusal(app, error, shown) {
  const { code } = error;
  if (error.retryable) return app.unreachable();
  if (code === "key_unknown" || code === "key_revoked") return app.start();
  if (code === "not_found") return ending(app, "not-found", "notice", words.unknownCheckout, words.unknownCheckoutText);
  if (code === "state_final" && shown) return approval(app, shown.id);
  if (code === "account_blocked") return ending(app, "account-blocked", "stopped", words.accountBlocked, words.accountBlockedText, shown);
  if (code === "approval_mismatch" || code === "payee_changed") return ending(app, "changed", "stopped", words.changed, words.changedText, shown);
  ending(app, "refused", "stopped", words.refused, say("refusedText", { code }), shown);
}
