// The console: which view is shown, what is open in it, the keyboard, and what comes in meanwhile.
import { accounts } from "./accounts.js";
import { faults } from "./faults.js";
import { announce, element, reconcile } from "./page.js";
import { payments } from "./payments.js";
import { read, watch } from "./platform.js";
import { requests } from "./requests.js";
import { webhooks } from "./webhooks.js";
import { language, speak, words } from "./words.js";

const views = [requests, payments, accounts, webhooks, faults];
const find = (id) => document.getElementById(id);
const [rows, detail, filter, refused, empty] = ["rows", "detail", "filter", "refused", "empty"].map(find);
const refusedOnly = refused.querySelector("input");

let view = requests;
let open = null;
let about = { origin: location.origin };

/** What views may want to know of each other. */
const context = () => ({ origin: about.origin, handles: accounts.handles() });

function address() {
  const [name, id] = location.hash.slice(1).split("/").map(decodeURIComponent);
  return { view: views.find((view) => view.name === name) ?? requests, id: id || null };
}

async function navigate() {
  const { view: wanted, id } = address();
  if (view !== wanted) filter.value = "";
  view = wanted;
  frame();
  list();
  await show(id);
}

/** The words around the lists, and which view is the current one. */
function frame() {
  document.documentElement.lang = language;
  for (const place of document.querySelectorAll("[data-words]")) place.textContent = words(place.dataset.words);
  for (const place of document.querySelectorAll("[data-label]")) place.setAttribute("aria-label", words(place.dataset.label));
  filter.placeholder = words("filterHint");
  find("language").value = language;
  find("origin").textContent = about.origin;
  find("title").textContent = words(view.name);
  document.title = `${words(view.name)} · xp2p sandbox`;
  const link = ({ name }) => element("a", { href: `#${name}`, "aria-current": view.name === name ? "page" : null }, words(name));
  const links = views.map(link);
  const focused = [...find("views").children].indexOf(document.activeElement);
  find("views").replaceChildren(...links);
  links[focused]?.focus();
  refused.hidden = !view.canBeRefused;
  // What somebody has begun to fill in stays while the view does.
  const extra = find("extra");
  if (extra.dataset.of !== `${view.name} ${language}`) extra.replaceChildren(...(view.extra ? [view.extra()] : []));
  extra.dataset.of = `${view.name} ${language}`;
}

/** The list of the current view, narrowed by the filter. */
function list() {
  const sought = filter.value.trim().toLowerCase();
  const all = view.items(context());
  const wanted = all.filter(({ state, refused }) => (!sought || JSON.stringify(state).toLowerCase().includes(sought)) && (refused || !refusedOnly.checked || !view.canBeRefused));
  reconcile(rows, wanted, ({ id, state }) => element("a", { href: `#${view.name}/${id}`, class: "row" }, ...view.row(state)));
  for (const link of rows.querySelectorAll("a")) {
    if (link.closest("li").dataset.id === open) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  empty.hidden = wanted.length > 0;
  empty.textContent = words(all.length ? "nothingFound" : `${view.name}.empty`, { origin: about.origin });
}

/** Opens something beside the list, or closes what is open. */
async function show(id, { again = false } = {}) {
  open = id;
  document.body.toggleAttribute("data-open", Boolean(id));
  list();
  if (!id) {
    detail.hidden = true;
    detail.replaceChildren();
    return;
  }
  const shown = view;
  let made;
  try {
    made = await shown.detail(id, context());
  } catch (error) {
    made = { title: [id], content: [element("p", {}, error.code === "not_found" ? words("gone") : words("failed", { reason: error.message }))] };
  }
  // Somebody was faster than the platform.
  if (open !== id || view !== shown) return;
  const title = element("h2", { id: "detail-title" }, ...made.title);
  const close = element("button", { type: "button", class: "quiet", onclick: closeDetail }, words("close"));
  const scrolled = again ? detail.scrollTop : 0;
  const held = detail.contains(document.activeElement) ? [...detail.querySelectorAll("a, button, [tabindex]")].indexOf(document.activeElement) : null;
  detail.replaceChildren(element("div", { class: "tools" }, title, ...(made.actions ?? []), close), ...made.content.flat(2).filter(Boolean));
  detail.hidden = false;
  detail.scrollTop = scrolled;
  // The focus stays at its place, or on the detail.
  if (again && held !== null) (detail.querySelectorAll("a, button, [tabindex]")[held] ?? detail).focus({ preventScroll: true });
  if (!again) detail.focus({ preventScroll: !matchMedia("(max-width: 60rem)").matches });
}

function closeDetail() {
  const was = open;
  location.hash = view.name;
  rows.querySelector(`[data-id="${CSS.escape(was ?? "")}"] a`)?.focus();
}

async function load(which) {
  try {
    await Promise.all(which.map((view) => view.load()));
    list();
  } catch {
    // The stream says when the platform is back, and then all of it is read again.
  }
}

/** Many changes at once are read once. */
function soon(what) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(what, 150);
  };
}

const changes = new Set();
const refresh = soon(async () => {
  const changed = views.filter(({ changedBy }) => changedBy.some((name) => changes.has(name)));
  changes.clear();
  await load(changed);
  // What is open is read again, unless it cannot change any more or somebody is marking text in it.
  if (open && view !== requests && changed.includes(view) && getSelection().isCollapsed) await show(open, { again: true });
});

function startWatching() {
  watch({
    request(request) {
      requests.add(request);
      if (view === requests) list();
      announce(words("newRequest", { what: `${request.method} ${request.target} ${request.status ?? words("noAnswer")} ${request.code ?? ""}` }));
      // What any request may change is read only while it is looked at.
      if (view.changedBy.includes("requests")) changes.add("requests");
      if (request.method !== "GET") changes.add("books").add("deliveries");
      if (changes.size) refresh();
    },
    changed(what) {
      changes.add(what);
      refresh();
    },
    state(state) {
      find("live").dataset.state = state;
      find("live").textContent = words(`live.${state}`);
    },
  });
}

/** ↑ and ↓ move in the list, Esc closes, / filters. Enter opens, because rows are links. */
function keyPressed(event) {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = target.matches("input, select, textarea");
  const links = [...rows.querySelectorAll("a")];
  const place = links.indexOf(document.activeElement);
  if (key === "/" && !typing) filter.focus();
  else if (key === "Escape" && target === filter && filter.value) {
    filter.value = "";
    list();
  } else if (key === "Escape" && open) closeDetail();
  else if ((key === "ArrowDown" || key === "ArrowUp") && (!typing || target === filter) && !detail.contains(target)) {
    const next = place < 0 ? 0 : place + (key === "ArrowDown" ? 1 : -1);
    if (next < 0) filter.focus();
    else links[Math.min(next, links.length - 1)]?.focus();
  } else return;
  event.preventDefault();
}

addEventListener("hashchange", navigate);
document.addEventListener("keydown", keyPressed);
filter.addEventListener("input", list);
refusedOnly.addEventListener("change", list);
find("language").addEventListener("change", ({ target }) => {
  speak(target.value);
  rows.replaceChildren();
  find("live").textContent = words(`live.${find("live").dataset.state}`);
  frame();
  show(open, { again: true });
});

find("live").textContent = words("live.connecting");
frame();
about = await read("/sandbox/about").catch(() => about);
await load(views);
await navigate();
startWatching();
