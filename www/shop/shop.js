// The page: the basket, and an order as our server tells it. The prices shown are the server's own.
import { formatted, plural, translate, words } from "./words.js";

const find = (id) => document.getElementById(id);
const { goods, postage } = await (await fetch("/goods")).json();

/** How many of each title. */
export const basket = { "notre-dame": 1 };

for (const [id, { title, author, price }] of Object.entries(goods)) find("books").append(row(id, title, author, price.value));
find("postage").textContent = formatted(postage.value);
translate(document);
await reckon();
for (const module of ["./server-made.js", "./five-lines.js", "./tips.js", "./one-tag.js", "./source.js"]) void import(module);

/** One title with its buttons. */
function row(id, title, author, price) {
  const count = element("output", { id: `count-${id}`, "aria-label": `${words.copies} ${title}` });
  const change = (by, sign, label) => {
    const button = element("button", { type: "button", class: "step", "aria-label": `${label} ${title}` }, sign);
    button.addEventListener("click", () => {
      basket[id] = Math.min(9, Math.max(0, (basket[id] ?? 0) + by));
      void reckon();
    });
    return button;
  };
  return element(
    "li",
    {},
    element("img", { src: `/${id}.svg`, alt: "", width: 48, height: 64 }),
    element("div", { class: "title" }, element("cite", { lang: "fr" }, title), element("span", {}, author), element("span", {}, formatted(price))),
    element("div", { class: "steps-of", role: "group", "aria-label": title }, change(-1, "−", words.less), count, change(1, "+", words.more)),
  );
}

/** What the basket costs, as the server reckons it: the page adds nothing up. */
async function reckon() {
  for (const id of Object.keys(goods)) find(`count-${id}`).textContent = basket[id] ?? 0;
  const answer = await fetch("/total", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ basket }) });
  const { value } = answer.ok ? (await answer.json()).total : {};
  find("total").textContent = value ? formatted(value) : "–";
  find("pay").toggleAttribute("disabled", !value);
  find("pay").setAttribute("amount", value ?? "");
}

/** Where an order stands, each step with what proves it. */
export function showOrder({ reference, amount, lines, state, payer }) {
  const reached = ["paid", "shipped", "refunded"].indexOf(state);
  const copies = plural(lines.reduce((sum, { count }) => sum + count, 0));
  const steps = [`${words.orderPaid} ${formatted(amount.value)}, @${payer}. ${words.orderPaidProof}`, `${words.orderShipped} ${copies}. ${words.orderShippedProof}`, words.orderRefunded];
  const shown = steps.slice(0, reached + 1);
  if (state === "paid") shown.push(words.orderWaiting);
  find("steps").replaceChildren(...shown.map((text, index) => element("li", { class: index <= reached ? "done" : "next" }, text)));
  find("order-title").textContent = `${words.order} ${reference}`;
  find("refund").hidden = state !== "shipped";
  if (find("order").hidden) {
    find("order").hidden = false;
    find("order-title").focus();
  }
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}
