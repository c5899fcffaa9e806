// Faults that are switched on, and the platform's clock.
import { announce, code, element, facts, part } from "./page.js";
import { change, read } from "./platform.js";
import { words } from "./words.js";

/** Every fault, with the seconds that it takes when none are given; those without a number take none. */
export const KINDS = {
  "commit-then-drop": null,
  "drop-before-commit": null,
  delay: 5,
  "rate-limited": 1,
  internal: null,
  unavailable: 1,
  "clock-skew": 600,
  "key-revoked": null,
  "platform-key-rotated": 0,
  "platform-key-revoked": null,
  "stale-settings": 3600,
  "duplicate-event": null,
};
const HOUR = 3600;

let known = { seed: 0, rules: [] };
let clock = { now: 0, ahead: 0 };
let tools;

export const faults = {
  name: "faults",
  changedBy: ["everything", "faults", "requests"],

  async load() {
    [known, clock] = await Promise.all([read("/sandbox/faults"), read("/sandbox/clock")]);
    tools?.querySelector("#clock").replaceChildren(...clockState());
  },

  items: () => known.rules.map((rule, place) => ({ id: String(place), state: rule })),

  row: ({ fault, seconds, operation, struck, seen, ...occasion }) => [
    element("span", { class: "tag bad" }, words("on")),
    element("span", { class: "what" }, code(fault), seconds === undefined ? null : ` ${seconds} s`),
    element("span", { class: "aside" }, operation ? code(operation) : words("everyRequest"), ` · ${when(occasion)}`),
    element("span", { class: "when" }, words("struckOf", { struck, seen })),
  ],

  /** What stands above the list: switching on and off, and the clock. */
  extra() {
    tools = element("div", { class: "extra" }, form(), clockTools());
    return tools;
  },

  async detail(id) {
    const rule = known.rules[Number(id)];
    if (!rule) throw new Error(words("gone"));
    const { fault, seconds, operation, struck, seen, ...occasion } = rule;
    const off = element("button", { type: "button", class: "main", onclick: () => put(known.rules.filter((other) => other !== rule)).then(() => (location.hash = "faults")) }, words("switchOff"));
    const content = [
      facts([
        [words("faultOperation"), operation ? code(operation) : words("everyRequest")],
        [words("occasion"), when(occasion)],
        [words("seconds"), seconds === undefined ? null : String(seconds)],
        [words("seed"), code(String(known.seed))],
        [words("struck"), words("struckOf", { struck, seen })],
      ]),
      part(words("fault"), element("p", {}, words(`fault.${fault}`))),
    ];
    return { title: [code(fault)], actions: [off], content };
  },
};

const when = ({ count, every, probability }) => words(count !== undefined ? "when.count" : every !== undefined ? "when.every" : probability !== undefined ? "when.probability" : "when.always", { n: count ?? every ?? probability });

/** Puts these rules in the place of those that are on. What they did so far is counted anew. */
async function put(rules) {
  const bare = rules.map(({ seen, struck, ...rule }) => rule);
  const done = bare.length ? change("POST", "/sandbox/faults", { seed: known.seed, rules: bare }) : change("DELETE", "/sandbox/faults");
  announce(await done.then(() => words("faultsChanged"), ({ message }) => words("failed", { reason: message })));
}

function field(label, control) {
  return element("label", { class: "field" }, element("span", {}, label), control);
}

function form() {
  const fault = element("select", { id: "fault" }, Object.keys(KINDS).map((kind) => element("option", {}, kind)));
  const operation = element("input", { type: "text", placeholder: "POST /v1/payments", spellcheck: "false", autocomplete: "off" });
  const occasion = element("select", {}, ["always", "count", "every", "probability"].map((name) => element("option", { value: name }, words(`choose.${name}`))));
  const number = element("input", { type: "number", min: "0", step: "any", value: "1", hidden: true, "aria-label": words("number") });
  const seconds = element("input", { type: "number", step: "1" });
  const secondsField = field(words("seconds"), seconds);
  const meaning = element("p", { class: "quiet" });
  const chosen = () => {
    const usual = KINDS[fault.value];
    secondsField.hidden = usual === null;
    seconds.value = usual ?? "";
    meaning.textContent = words(`fault.${fault.value}`);
  };
  fault.addEventListener("change", chosen);
  occasion.addEventListener("change", () => (number.hidden = occasion.value === "always"));
  chosen();
  const made = element(
    "form",
    {},
    field(words("fault"), fault),
    secondsField,
    field(words("faultOperation"), operation),
    field(words("occasion"), occasion),
    number,
    element("button", { class: "main" }, words("switchOn")),
    element("button", { type: "button", onclick: () => put([]) }, words("allOff")),
    meaning,
  );
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const rule = { fault: fault.value };
    if (KINDS[fault.value] !== null && seconds.value) rule.seconds = Number(seconds.value);
    if (operation.value.trim()) rule.operation = operation.value.trim();
    if (occasion.value !== "always") rule[occasion.value] = Number(number.value);
    put([...known.rules, rule]);
  });
  return made;
}

const clockState = () => [`${words("clock")}: `, element("time", {}, new Date(clock.now * 1000).toISOString().slice(0, 19).replace("T", " ")), " UTC", clock.ahead ? ` (${clock.ahead > 0 ? "+" : ""}${clock.ahead} s)` : ""];

function clockTools() {
  const move = (body) => async () => announce(await change("POST", "/sandbox/clock", body).then(() => words("clockMoved"), ({ message }) => words("failed", { reason: message })));
  const button = (label, body) => element("button", { type: "button", onclick: move(body) }, label);
  return element("div", { class: "clock" }, element("p", { id: "clock" }, clockState()), button(words("hourOn"), { advance: HOUR }), button(words("dayOn"), { advance: 24 * HOUR }), button(words("clockBack"), { ahead: 0 }));
}
