// A page asks to pay without asking each time: to whom, within which limits, until when.
import { fact } from "./approval.js";
import { siteAndWord, siteOf } from "./asker.js";
import { avatar } from "./avatar.js";
import { onAgreement } from "./guard.js";
import { limitFields } from "./limits.js";
import { announce, at, busy, h, show, sign, theirs, withoutEffect } from "./page.js";
import { say, words } from "./words.js";

export async function linking(app, id) {
  let link;
  try {
    link = await app.wallet.links.get(id);
  } catch (error) {
    if (error.code !== "not_found") throw error;
    return ended("link-not-found", "notice", words.linkUnknown, words.linkUnknownText);
  }
  // Also when the answer to an agreement was lost: only who agreed is shown what they agreed to.
  if (link.status === "active") return allowed(link);
  if (link.status !== "requested") return ended("link-over", "notice", words.linkOver, words.linkOverText);
  const [fields, payees] = await Promise.all([limitFields(app, link, { withEnd: true }), Promise.all(link.payees.map((payee) => named(app, payee)))]);
  show("link", (signal) => {
    const allow = h("button", { type: "button", class: "main", id: "allow" }, words.allow);
    const decline = h("button", { type: "button", class: "second", id: "decline" }, words.decline);
    const problem = h("p", { class: "problem", role: "alert" });
    const decide = (button, label, work) =>
      busy(button, label, async () => {
        problem.textContent = "";
        try {
          await work();
        } catch (error) {
          if (error.code === "state_final") return await linking(app, id);
          problem.textContent = error.code === "account_blocked" ? words.blocked : withoutEffect(error);
        }
      });
    const agree = decide(allow, words.allowing, async () => {
      const terms = fields.read();
      if (!terms) return;
      allowed(await app.wallet.links.approve(link, terms));
    });
    onAgreement(allow, signal, agree, () => announce((problem.textContent = words.pressAgain)));
    decline.addEventListener("click", decide(decline, words.declining, async () => {
      await app.wallet.links.decline(link.id);
      ended("link-declined", "stopped", words.linkDeclined, say("linkDeclinedText", { site: siteOf(link) }));
    }));
    return h(
      "section",
      { class: "card approval" },
      h("h1", {}, link.origin ? say("linkAsks", { site: siteOf(link) }) : words.linkAsksProgram),
      h("p", { class: "lead" }, words.linkText),
      link.origin && h("dl", { class: "facts part" }, fact(words.askedBy, ...siteAndWord(link, payees.length > 1 ? words.everyPayee : theirs(payees[0].name)))),
      link.note && h("figure", { class: "note part" }, h("figcaption", {}, say("writes", { name: siteOf(link) })), h("blockquote", {}, theirs(link.note))),
      h("h2", { class: "part" }, words.linkPayees),
      h("ul", {}, payees.map((payee) => h("li", { class: "summary" }, avatar(payee), h("span", { class: "who" }, h("span", { class: "name" }, theirs(payee.name)), h("span", { class: "quiet-text" }, at(payee.handle)))))),
      fields.element,
      h("div", { class: "decision" }, problem, h("div", { class: "choices" }, decline, allow)),
    );
  });
}

function allowed(link) {
  ended("link-allowed", "done", words.linkAllowed, say("linkAllowedText", { site: siteOf(link) }), h("a", { class: "second button", href: "/#pages" }, words.pages));
}

/** A payee by the name that the platform has checked, as long as the handle is still the account's. */
async function named(app, { handle, account }) {
  const holder = await app.wallet.client.payee(handle).catch(() => undefined);
  return { handle, account, name: holder?.account === account ? holder.name : handle };
}

function ended(state, mark, title, text, ...more) {
  show(state, () => h("section", { class: "card ending" }, sign(mark), h("h1", {}, title), h("p", { class: "lead" }, text), h("div", { class: "decision" }, h("p", { class: "deadline" }, words.youCanClose), ...more)));
  announce(title);
}
