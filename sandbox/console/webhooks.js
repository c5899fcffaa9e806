// What was sent to webhooks, what came of it, and sending it again.
import { announce, block, code, element, facts, indented, part, status } from "./page.js";
import { change, read } from "./platform.js";
import { time, words } from "./words.js";

let known = [];

export const webhooks = {
  name: "webhooks",
  changedBy: ["everything", "deliveries"],

  async load() {
    known = (await read("/sandbox/deliveries")).deliveries;
  },

  items: ({ handles }) => known.map((delivery) => ({ id: delivery.id, state: { ...delivery, handle: handles.get(delivery.account) } })),

  row: ({ status: state, type, url, handle, created_at, attempts }) => [
    badge(state),
    element("span", { class: "what" }, code(type), handle ? ` @${handle}` : null),
    element("span", { class: "aside" }, code(url)),
    element("span", { class: "when" }, element("time", {}, time(created_at)), ` · ${attempts} ×`),
  ],

  async detail(id, { handles }) {
    const delivery = await read(`/sandbox/deliveries/${encodeURIComponent(id)}`);
    const handle = handles.get(delivery.account);
    const content = [
      facts([
        [words("time"), element("time", {}, time(delivery.created_at, "medium"))],
        [words("sentTo"), code(delivery.url)],
        [words("toAccount"), element("a", { href: `#accounts/${delivery.account}` }, handle ? `@${handle}` : delivery.account)],
        [words("nextAttempt"), delivery.next_attempt_at && element("time", {}, time(delivery.next_attempt_at, "medium"))],
        [words("delivery"), code(delivery.id)],
        [words("event"), code(delivery.event)],
        ["Webhook", [code(delivery.webhook), delivery.enabled ? null : ` ${words("disabled")}`].filter(Boolean)],
      ]),
      part(words("attempts"), delivery.attempts.length ? element("ol", { class: "links" }, delivery.attempts.map(attempt)) : element("p", {}, words("noAttempt"))),
      part(words("payload"), block(words("payload"), indented(delivery.body))),
    ];
    return { title: [badge(delivery.status), " ", code(delivery.type)], actions: delivery.enabled ? [again(id)] : [], content };
  },
};

const badge = (state) => element("span", { class: `tag ${{ delivered: "good", given_up: "bad" }[state] ?? ""}` }, words(`delivery.${state}`));

const attempt = ({ at, status: answered }) => element("li", {}, element("time", {}, time(at, "medium")), " ", answered ? status(answered) : words("noAnswer"));

/** The list and the detail follow by themselves, once it was sent. */
function again(id) {
  const button = element("button", { type: "button", class: "main" }, words("resend"));
  let busy = false;
  button.addEventListener("click", async () => {
    // Not disabled meanwhile: that would take the focus away.
    if (busy) return;
    busy = true;
    const done = change("POST", `/sandbox/deliveries/${encodeURIComponent(id)}/resend`).then(() => words("resent"));
    announce(await done.catch(({ message }) => words("failed", { reason: message })));
    busy = false;
  });
  return button;
}
