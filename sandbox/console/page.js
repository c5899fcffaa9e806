// What every view is made of. Text goes in as text: nothing that a client sent becomes markup.
import { words } from "./words.js";

/** An element with attributes (a `null` one is left out) and children: nodes, texts, or nothing. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (attribute === "onclick") made.addEventListener("click", value);
    else made.setAttribute(attribute, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

/** Text for screen readers only. */
export const hidden = (text) => element("span", { class: "hidden" }, text);

/** Text as it goes over the wire, perhaps in several pieces: in no language, and in one direction. */
export const code = (text) => element("code", { translate: "no", dir: "ltr" }, text);

/** A list of names and values; a pair whose value is nothing is left out. */
export function facts(pairs) {
  const given = pairs.filter(([, value]) => ![null, undefined, false, ""].includes(value));
  return element("dl", { class: "facts" }, ...given.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}

/** A part of a detail under its heading. */
export const part = (heading, ...children) => element("section", { class: "part" }, element("h3", {}, heading), ...children);

/** A block of text as it went over the wire, which the keyboard can scroll, and a button that copies it. */
export function block(label, text) {
  const lines = element("pre", { tabindex: "0", role: "region", "aria-label": label }, code(text));
  return element("div", { class: "block" }, lines, copy(label, text));
}

/** A button that copies a text. */
export function copy(label, text) {
  const button = element("button", { type: "button", class: "quiet" }, words("copy"), hidden(` ${label}`));
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    announce(words("copied"));
    button.firstChild.data = words("copied");
  });
  return button;
}

/** Tells a screen reader, without taking the focus. */
export function announce(text) {
  document.getElementById("news").textContent = text;
}

/** An HTTP status, which says by its text and not only by its colour whether it was refused. */
export const status = (number) => element("span", { class: `status ${number && number < 400 ? "good" : "bad"}` }, number ? String(number) : words("noAnswer"));

/** JSON over several lines; what is no JSON as it is. */
export function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Brings a list of links up to date and moves no row that stays, so that the focus stays too. */
export function reconcile(list, items, row) {
  const old = new Map([...list.children].map((item) => [item.dataset.id, item]));
  const focused = list.contains(document.activeElement) ? document.activeElement.closest("li").dataset.id : null;
  let place = list.firstElementChild;
  for (const item of items) {
    const state = JSON.stringify(item.state);
    let line = old.get(item.id);
    old.delete(item.id);
    if (line?.dataset.state !== state) {
      const made = element("li", { "data-id": item.id, "data-state": state }, row(item));
      if (line) {
        if (line === place) place = made;
        line.replaceWith(made);
      }
      line = made;
    }
    if (line === place) place = place.nextElementSibling;
    else list.insertBefore(line, place);
  }
  for (const line of old.values()) line.remove();
  if (focused && !list.contains(document.activeElement)) list.querySelector(`[data-id="${CSS.escape(focused)}"] a`)?.focus();
}
