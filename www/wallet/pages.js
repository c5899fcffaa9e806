// The pages that may pay within limits, and the end of it.
import { sure } from "./ask.js";
import { siteOf } from "./asker.js";
import { all } from "./devices.js";
import { labelOf, limitFields, limitNames } from "./limits.js";
import { money } from "./money.js";
import { announce, at, busy, h } from "./page.js";
import { dated, say, words } from "./words.js";

export async function pages(app, again) {
  const links = await all((cursor) => app.wallet.links.list(cursor));
  const active = links.filter(({ status }) => status === "active");
  const over = links.filter(({ status }) => status !== "active");
  return [
    h("h1", {}, words.pages),
    h("p", { class: "lead" }, links.length ? words.pagesText : words.noPages),
    links.length > 0 && h("ul", { class: "list part" }, [...active, ...over].map((link) => entry(app, link, again))),
  ].filter(Boolean);
}

function entry(app, link, again) {
  const status = { active: "statusActive", requested: "statusRequested", declined: "statusDeclined", revoked: "statusRevoked", expired: "statusExpired" }[link.status];
  const item = h(
    "li",
    { "data-link": link.id },
    h("h2", {}, siteOf(link)),
    h("p", { class: "quiet-text" }, say(status, { date: dated(link.expiresAt) })),
    h("p", { class: "quiet-text" }, words.linkPayees, " ", link.payees.flatMap((payee, index) => [index > 0 && ", ", at(payee.handle)])),
  );
  if (link.status !== "active") return item;
  const facts = limitNames.map((name) => h("div", {}, h("dt", {}, labelOf(name, link.limits)), h("dd", { "data-limit": name }, money(link.limits[name]))));
  const lower = h("button", { type: "button", class: "small", "aria-expanded": "false" }, words.lower);
  const end = h("button", { type: "button", class: "small danger" }, words.endPage);
  const form = h("form", { novalidate: true, hidden: true });
  lower.addEventListener("click", async () => {
    form.hidden = !form.hidden;
    lower.setAttribute("aria-expanded", String(!form.hidden));
    if (form.hidden) return;
    const fields = await limitFields(app, link, { withEnd: false });
    const save = h("button", { class: "main" }, words.lower);
    form.replaceChildren(fields.element, save);
    form.querySelector("input").focus();
    form.onsubmit = (event) => {
      event.preventDefault();
      const terms = fields.read();
      if (!terms) return;
      busy(save, words.lowering, async () => {
        await app.wallet.links.lower(link, terms.limits);
        await again();
        announce(words.lowered);
      })(event);
    };
  });
  end.addEventListener("click", async (event) => {
    if (!(await sure(say("endPageSure", { site: siteOf(link) }), words.endPage))) return;
    await busy(end, words.ending, () => app.wallet.links.revoke(link.id))(event);
    await again();
    announce(words.statusRevoked);
  });
  item.append(
    h("dl", { class: "facts narrow" }, facts),
    ...(link.remaining ? [h("p", { class: "quiet-text" }, say("remaining", { amount: money(link.remaining) }))] : []),
    h("div", { class: "actions" }, lower, end),
    form,
  );
  return item;
}
