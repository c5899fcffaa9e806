// The limits of a linked page as fields: what was asked for, and less.
import { compareAmounts, init } from "/xp2p/amount.js";
import { amountInput } from "/xp2p/amount-input.js";
import { money } from "./money.js";
import { h } from "./page.js";
import { dated, language, locale, say, words } from "./words.js";

const NAMES = ["perPayment", "perPeriod", "lifetime"];

/** The label of a limit. */
export function labelOf(name, { period }) {
  return name === "perPeriod" ? words[{ day: "perPeriodDay", week: "perPeriodWeek", month: "perPeriodMonth" }[period]] : words[name];
}

export { NAMES as limitNames };

/**
 * Fields for the limits of a link and, where it can be chosen, its end. `read` gives what is in them, or nothing,
 * and says at the field what is wrong.
 */
export async function limitFields(app, link, { withEnd }) {
  await init();
  const settings = app.wallet.client.settings.currencies.find(({ code }) => code === link.limits.lifetime.currency);
  const exceeds = (amount, limit) => compareAmounts(amount, limit, { settings }) > 0;
  const fields = NAMES.map((name) => {
    const limit = link.limits[name];
    const field = h("input", { id: name, name, inputmode: "decimal", autocomplete: "off", value: limit.value, "aria-describedby": `${name}-hint ${name}-problem` });
    const problem = h("p", { class: "problem", id: `${name}-problem`, role: "alert" });
    const row = h("div", { class: "field" }, h("label", { for: name }, labelOf(name, link.limits)), h("p", { class: "hint", id: `${name}-hint` }, say("asked", { amount: money(limit) })), field, problem);
    return { name, limit, field, problem, row };
  });
  const latest = new Date(link.expiresAt * 1000);
  const end = h("input", { id: "end", type: "date", value: isoDay(latest), min: isoDay(new Date()), max: isoDay(latest), "aria-describedby": "end-hint end-problem" });
  const endProblem = h("p", { class: "problem", id: "end-problem", role: "alert" });
  const endRow = h("div", { class: "field" }, h("label", { for: "end" }, words.until), h("p", { class: "hint", id: "end-hint" }, say("askedUntil", { date: dated(link.expiresAt) })), end, endProblem);
  const element = h("div", {}, fields.map(({ row }) => row), withEnd && endRow);
  for (const part of fields) {
    // The field tells its language by the page it is in.
    part.input = amountInput(part.field, { currency: part.limit.currency, locale, language, settings, allowZero: true });
  }
  const refuse = (field, problem, text) => {
    problem.textContent = text;
    field.setAttribute("aria-invalid", "true");
    field.focus();
    return undefined;
  };
  const read = () => {
    for (const { field, problem } of [...fields, { field: end, problem: endProblem }]) {
      field.removeAttribute("aria-invalid");
      problem.textContent = "";
    }
    const limits = {};
    for (const { name, field, input, problem, limit } of fields) {
      if (!input.amount) return refuse(field, problem, input.error ? field.validationMessage : say("tooHigh", { amount: money(limit) }));
      if (exceeds(input.amount, limit)) return refuse(field, problem, say("tooHigh", { amount: money(limit) }));
      limits[name] = input.amount;
    }
    if (exceeds(limits.perPayment, limits.perPeriod) || exceeds(limits.perPeriod, limits.lifetime)) return refuse(fields[0].field, fields[0].problem, words.limitOrder);
    if (!withEnd) return { limits };
    const chosen = end.value === isoDay(latest) ? link.expiresAt : Math.floor(new Date(`${end.value}T23:59:59`).getTime() / 1000);
    if (!(chosen > Date.now() / 1000)) return refuse(end, endProblem, words.tooEarly);
    if (chosen > link.expiresAt) return refuse(end, endProblem, say("tooLate", { date: dated(link.expiresAt) }));
    return { limits, expiresAt: chosen };
  };
  return { element, read };
}

/** The day of this device's calendar, as a date field has it. */
function isoDay(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
