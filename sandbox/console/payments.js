// Payments, with the legs that moved the money and what the receipt says.
import { block, code, element, facts, part, status } from "./page.js";
import { read } from "./platform.js";
import { money, time, words } from "./words.js";

let known = [];

export const payments = {
  name: "payments",
  changedBy: ["everything", "books"],

  async load() {
    known = (await read("/sandbox/payments")).payments;
  },

  items: () => known.map((payment) => ({ id: payment.id, state: payment })),

  row: ({ payer, payee, amount, created_at, reference, status: state }) => [
    element("span", { class: "tag" }, state),
    element("span", { class: "what" }, `@${payer.handle} → @${payee.handle}`),
    element("span", { class: "aside money" }, money(amount)),
    element("span", { class: "when" }, element("time", {}, time(created_at)), reference ? [" · ", code(reference)] : null),
  ],

  async detail(id) {
    const { payment, transfer, legs, claims, requests } = await read(`/sandbox/payments/${encodeURIComponent(id)}`);
    const { amount } = payment;
    const title = [`@${payment.payer.handle} → @${payment.payee.handle} `, element("span", { class: "money" }, money(amount))];
    const content = [
      facts([
        [words("time"), element("time", {}, time(payment.created_at, "medium"))],
        [words("payment"), code(payment.id)],
        [words("payer"), party(payment.payer)],
        [words("payee"), party(payment.payee)],
        [words("reference"), payment.reference && code(payment.reference)],
        [words("note"), payment.note && element("bdi", {}, payment.note)],
        [words("checkout"), payment.checkout && code(payment.checkout)],
        [words("refunded"), Number(payment.refunded) ? money({ value: payment.refunded, currency: amount.currency }) : null],
        [words("transfer"), code(transfer)],
      ]),
      part(words("legs"), legsTable(legs)),
      part(words("requestsAbout"), requests.length ? element("ul", { class: "links" }, requests.map(link)) : element("p", {}, words("noRequests"))),
      part(words("receiptSays"), claims ? facts(Object.entries(claims).map(([name, value]) => [code(name), code(claim(value))])) : null),
      part(words("token"), block(words("token"), payment.receipt)),
    ];
    return { title, content };
  },
};

const party = ({ handle, account }) => element("a", { href: `#accounts/${account}` }, `@${handle} `, code(account));

const claim = (value) => (typeof value === "object" ? Object.values(value).join(" ") : String(value));

const link = ({ id, at, method, target, status: number, replayed }) =>
  element("li", {}, status(number), " ", element("a", { href: `#requests/${id}` }, method, " ", code(target)), ` ${time(at)}`, replayed ? [" ", element("span", { class: "tag" }, words("replayed"))] : null);

/** Legs by the account that each belongs to, with the sum in each currency. */
function legsTable(legs) {
  const totals = new Map();
  for (const { amount } of legs) totals.set(amount.currency, addDecimals(totals.get(amount.currency) ?? "0", amount.value));
  const lines = legs.map(({ handle, account, amount }) => [[`@${handle} `, code(account)], amount]);
  return amounts(words("legs"), lines, [...totals].map(([currency, value]) => [words("sum"), { currency, value }]));
}

/** Names and amounts, and below them perhaps sums. */
export function amounts(label, lines, sums = []) {
  const line = ([name, amount]) => element("tr", {}, element("th", { scope: "row" }, name), element("td", { class: "money" }, money(amount)));
  return element("table", { class: "legs", "aria-label": label }, element("tbody", {}, lines.map(line)), sums.length ? element("tfoot", {}, sums.map(line)) : null);
}

/** Adds two decimals of one currency without ever making a binary fraction of them. */
function addDecimals(a, b) {
  const decimals = Math.max(...[a, b].map((text) => text.split(".")[1]?.length ?? 0));
  const minor = (text) => {
    const [whole, fraction = ""] = text.split(".");
    return BigInt(whole + fraction.padEnd(decimals, "0"));
  };
  const sum = minor(a) + minor(b);
  const digits = String(sum < 0n ? -sum : sum).padStart(decimals + 1, "0");
  const at = digits.length - decimals;
  return `${sum < 0n ? "-" : ""}${digits.slice(0, at)}${decimals ? `.${digits.slice(at)}` : ""}`;
}
