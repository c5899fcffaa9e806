// The last requests: what was signed, and why one was refused.
import { block, code, copy, element, facts, hidden, indented, part, status } from "./page.js";
import { read } from "./platform.js";
import { time, words } from "./words.js";

const KEPT = 200;
let known = [];

export const requests = {
  name: "requests",
  canBeRefused: true,
  changedBy: ["everything"],

  async load() {
    known = (await read("/sandbox/requests")).requests;
  },

  /** A request that just came. */
  add(request) {
    known = [request, ...known.filter(({ id }) => id !== request.id)].slice(0, KEPT);
  },

  items: ({ handles }) => known.map((request) => ({ id: request.id, state: { ...request, handle: handles.get(request.account) }, refused: !request.status || request.status >= 400 })),

  row: ({ method, target, status: number, code: refusal, at, milliseconds, handle, replayed, faults }) => [
    status(number),
    element("span", { class: "what" }, element("span", { class: "method" }, method), " ", code(target)),
    element("span", { class: "aside" }, refusal ? code(refusal) : null, replayed ? element("span", { class: "tag" }, words("replayed")) : null, faults.map((fault) => [" ", element("span", { class: "tag" }, `${words("fault")}: ${fault}`)]).flat(), handle ? ` @${handle}` : null),
    element("span", { class: "when" }, element("time", {}, time(at)), ` · ${words("milliseconds", { n: milliseconds })}`),
  ],

  async detail(id, about) {
    const request = await read(`/sandbox/requests/${encodeURIComponent(id)}`);
    const title = [status(request.status), " ", request.method, " ", code(request.target)];
    return { title, content: [why(request, about), summary(request, about), signed(request), sent(request)] };
  },
};

function summary(request, { handles }) {
  const handle = handles.get(request.account);
  return facts([
    [words("time"), element("time", {}, time(request.at, "medium"))],
    [words("duration"), words("milliseconds", { n: request.milliseconds })],
    [words("account"), request.account && element("a", { href: `#accounts/${request.account}` }, handle ? `@${handle}` : request.account)],
    [words("payment"), request.payment && element("a", { href: `#payments/${request.payment}` }, code(request.payment))],
    [words("faults"), request.faults.length ? code(request.faults.join(", ")) : null],
    [words("replayed"), request.replayed && words("replayedMeans")],
    [words("webOrigin"), request.origin && code(request.origin)],
    [words("key"), request.key && code(request.key)],
    [words("id"), code(request.id)],
  ]);
}

function why(request, { origin }) {
  if (!request.status) return element("section", { class: "part why" }, element("p", {}, words("lost")));
  if (!request.code) return null;
  const { diagnosis } = request;
  const values = { origin, n: Math.abs(diagnosis?.seconds_ahead ?? 0), form: words(`form.${diagnosis?.body_form}`) };
  const sentences = diagnosis?.causes.map((cause) => words(`cause.${cause}`, values)) ?? [];
  const advice = words(`advice.${request.code}`);
  if (advice && !sentences.length) sentences.push(advice);
  const unknown = request.code === "signature_invalid" && !diagnosis?.received;
  return element(
    "section",
    { class: "part why" },
    element("h3", {}, words("why")),
    element("p", {}, code(request.code), request.param ? [" ", words("param", { param: "" }), code(request.param)] : null, " — ", element("span", { lang: "en" }, request.message)),
    sentences.map((sentence) => element("p", { class: "advice" }, sentence)),
    unknown ? usualCauses() : null,
  );
}

function usualCauses() {
  const usual = ["key", "base", "encoding", "algorithm", "proxy"].map((cause) => element("li", {}, words(`usual.${cause}`)));
  return [element("p", {}, words("unknownBase")), element("ul", { class: "usual" }, usual)];
}

function signed({ base, code: refusal, diagnosis }) {
  if (base) return part(words("signatureBase"), element("p", {}, words(refusal ? "signedRight" : "accepted")), block(words("signatureBase"), base));
  if (!diagnosis?.expected) return null;
  const { expected, received, lines, digest } = diagnosis;
  return part(
    words("signed"),
    received ? element("p", {}, words("foundBase")) : null,
    comparison(lines, received),
    element("p", { class: "buttons" }, copy(words("expected"), expected), received ? copy(words("received"), received) : null),
    digest ? facts([[words("presentedDigest"), digest.presented && code(digest.presented)], [words("receivedDigest"), code(digest.received)]]) : null,
  );
}

/** Both bases, line beside line. What differs is marked by a sign and a word, not by colour alone. */
function comparison(lines, received) {
  const headings = [words("expected"), received ? words("received") : null].filter(Boolean);
  const cell = (text, other, heading) => {
    if (text === null) return element("td", { class: "none", "data-heading": heading }, words("absent"));
    const content = !received || text === other ? [text] : marked(text, other ?? "");
    return element("td", { "data-heading": heading }, code(content));
  };
  const rows = lines.map(({ expected, received: theirs }) => {
    const differs = received && expected !== theirs;
    const sign = differs ? [element("span", { "aria-hidden": "true" }, "≠"), hidden(words("differs"))] : [hidden(received ? words("same") : "")];
    return element("tr", { class: differs ? "differs" : null }, received ? element("td", { class: "sign" }, sign) : null, cell(expected, theirs, headings[0]), received ? cell(theirs, expected, headings[1]) : null);
  });
  const columns = headings.map((heading) => element("th", { scope: "col" }, heading));
  return element(
    "table",
    { class: `comparison${received ? "" : " single"}` },
    element("thead", {}, element("tr", {}, received ? element("td", { class: "sign" }) : null, columns)),
    element("tbody", {}, rows),
  );
}

/** A text with the part marked in which it differs from another: what is between the same start and end. */
function marked(text, other) {
  let start = 0;
  while (start < text.length && start < other.length && text[start] === other[start]) start++;
  let end = 0;
  while (end < Math.min(text.length, other.length) - start && text.at(-1 - end) === other.at(-1 - end)) end++;
  const until = text.length - end;
  return [text.slice(0, start), until > start ? element("mark", {}, text.slice(start, until)) : null, text.slice(until)];
}

function sent({ fields, body, body_cut: cut }) {
  return [
    fields.length ? part(words("fields"), facts(fields.map(([name, value]) => [code(name), code(value)]))) : null,
    body ? part(words("body"), block(words("body"), indented(body)), cut ? element("p", {}, words("cut")) : null) : null,
  ];
}
