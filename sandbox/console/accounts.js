// Who is there, and what each has.
import { code, element, facts, part } from "./page.js";
import { read } from "./platform.js";
import { amounts } from "./payments.js";
import { money, words } from "./words.js";

let known = [];

export const accounts = {
  name: "accounts",
  changedBy: ["everything", "books"],

  async load() {
    known = (await read("/sandbox/accounts")).accounts;
  },

  /** Handles by account. */
  handles: () => new Map(known.map(({ account, handle }) => [account, handle])),

  items: () => known.map((account) => ({ id: account.account, state: account })),

  row: ({ handle, name, kind, blocked, balances }) => [
    element("span", { class: "tag" }, words(`kind.${kind}`) ?? kind),
    element("span", { class: "what" }, handle ? `@${handle} ` : null, element("bdi", { class: "quiet" }, name)),
    element("span", { class: "aside" }, blocked ? element("span", { class: "tag bad" }, words("blocked")) : null),
    element("span", { class: "when money" }, balances.length ? balances.flatMap((balance, index) => [index ? " · " : null, element("span", { class: "whole" }, money(balance))]) : words("nothing")),
  ],

  async detail(id) {
    const found = known.find(({ account }) => account === id);
    if (!found) throw new Error(words("gone"));
    const { account, handle, name, kind, blocked, keys, passkeys, balances } = found;
    const { legs } = await read(`/sandbox/ledger?handle=${encodeURIComponent(handle ?? name)}`);
    const latest = legs.filter((leg) => leg.account === account).reverse().slice(0, 50);
    const content = [
      facts([
        [words("name"), element("bdi", {}, name)],
        [words("account"), code(account)],
        [words("kind"), [words(`kind.${kind}`) ?? kind, blocked ? [" ", element("span", { class: "tag bad" }, words("blocked"))] : null].flat()],
        [words("usableKeys"), String(keys)],
        [words("passkeys"), String(passkeys)],
      ]),
      part(words("balances"), balances.length ? element("ul", { class: "balances" }, balances.map((balance) => element("li", { class: "money" }, money(balance)))) : element("p", {}, words("nothing"))),
      latest.length ? part(words("latestLegs"), amounts(words("latestLegs"), latest.map(origin))) : null,
    ];
    return { title: [handle ? `@${handle}` : name], content };
  },
};

/** What a leg is part of: a payment to open, or a transfer of another kind. */
const origin = ({ payment, transfer, amount }) => [payment ? element("a", { href: `#payments/${payment}` }, code(payment)) : code(transfer), amount];
