// What one has and what happened, each payment with its receipt.
import { avatar } from "./avatar.js";
import { money } from "./money.js";
import { at, busy, h, theirs } from "./page.js";
import { receiptPanel } from "./receipt.js";
import { say, timed, words } from "./words.js";

export async function activity(app) {
  const [balances, first] = await Promise.all([app.wallet.balances(), app.wallet.payments()]);
  const list = h("ul", { class: "list" });
  const more = h("button", { type: "button", class: "second" }, words.more);
  let cursor;
  const add = ({ items, nextCursor }) => {
    list.append(...items.map((entry) => payment(app, entry)));
    cursor = nextCursor;
    more.hidden = !cursor;
  };
  add(first);
  more.addEventListener("click", busy(more, words.loading, async () => add(await app.wallet.payments(cursor))));
  return [
    h("h1", { class: "unseen" }, words.activity),
    h("h2", { class: "quiet-text" }, words.balance),
    h("ul", { class: "balances" }, sorted(balances).map(balance)),
    first.items.length ? list : h("div", {}, h("h2", {}, words.nothingYet), h("p", { class: "quiet-text" }, words.noPayments)),
    more,
  ];
}

/** What there is most likely something of comes first. */
function sorted(balances) {
  const empty = ({ available }) => (/^[0.]+$/.test(available) ? 1 : 0);
  return [...balances].sort((a, b) => empty(a) - empty(b));
}

function balance({ currency, available, held }) {
  const aside = !/^[0.]+$/.test(held) && h("span", { class: "quiet-text" }, " ", say("held", { amount: money({ value: held, currency }) }));
  return h("li", { class: "amount" }, money({ value: available, currency }), aside);
}

function payment(app, entry) {
  const { payer, payee, amount, createdAt, refunded, note } = entry.payment;
  const out = payer.account === app.account.account;
  const other = out ? payee : payer;
  const given = !/^[0.]+$/.test(refunded);
  return h(
    "li",
    { "data-payment": entry.payment.id },
    h(
      "div",
      { class: "entry" },
      avatar({ name: other.handle, account: other.account }),
      h("div", { class: "who" }, h("span", { class: "name" }, say(out ? "to" : "fromPerson", { name: at(other.handle) })), h("span", { class: "quiet-text" }, timed(createdAt)), note && h("q", { class: "quiet-text" }, theirs(note)), given && h("span", { class: "quiet-text" }, say("refunded", { amount: money({ value: refunded, currency: amount.currency }) }))),
      h("span", { class: `amount ${out ? "" : "good"}` }, `${out ? "−" : "+"}${money(amount)}`),
    ),
    receiptPanel(entry),
  );
}
