// Parts of the page: elements, the one view that is shown, what is said to assistive technology.
import { readableText } from "/xp2p/wallet.js";
import { words } from "./words.js";

const main = document.getElementById("main");
const news = document.getElementById("news");

/** An element. `on…` members are listeners, `data…` go to the dataset, everything else is an attribute. */
export function h(tag, given = {}, ...children) {
  return fill(document.createElement(tag), given, children);
}

/** An element of SVG. */
export function svg(tag, given = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), given, children);
}

function fill(element, given, children) {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== false));
  return element;
}

/** Somebody else's words: kept apart from ours, so that they turn nothing around. */
export function theirs(text) {
  return h("bdi", {}, readableText(text));
}

/** A handle as people see it. */
export function at(handle) {
  return h("bdi", { class: "handle" }, `@${handle}`);
}

let leave = new AbortController();

/**
 * Shows one view in the place of the last, and moves the focus to its heading, which is how a screen reader
 * and a keyboard learn of it. The signal ends when the view is left.
 */
export function show(name, make) {
  leave.abort();
  leave = new AbortController();
  const view = make(leave.signal);
  view.dataset.view = name;
  main.replaceChildren(view);
  main.removeAttribute("aria-busy");
  const heading = view.querySelector("h1");
  if (heading) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    document.title = heading.textContent;
  }
  scrollTo(0, 0);
  return view;
}

/** Says something to those who do not see it. */
export function announce(text) {
  news.textContent = "";
  // A live region tells what changes: the same text twice is two changes.
  requestAnimationFrame(() => (news.textContent = text));
}

/** Runs something while a button shows that it is busy, and once only. What fails is said beside the button. */
export function busy(button, label, work) {
  const problem = h("p", { class: "problem", role: "alert" });
  return async (event) => {
    if (button.getAttribute("aria-disabled") === "true") return;
    problem.remove();
    const before = button.textContent;
    button.setAttribute("aria-disabled", "true");
    button.classList.add("busy");
    button.textContent = label;
    announce(label);
    try {
      await work(event);
    } catch (error) {
      console.error(error);
      button.after(problem);
      problem.textContent = withoutEffect(error);
    } finally {
      button.removeAttribute("aria-disabled");
      button.classList.remove("busy");
      button.textContent = before;
    }
  };
}

/** That something was not done; nothing but that nobody answers where it may have been. */
export function withoutEffect({ retryable }) {
  return retryable ? `${words.unreachable}.` : `${words.somethingWrong}. ${words.somethingWrongText}`;
}

/** A sign drawn from lines: what it says stands in words beside it. */
export function sign(name) {
  const lines = {
    done: "M5 13l4 4L19 7",
    stopped: "M6 6l12 12M18 6L6 18",
    clock: "M12 6v6l4 2",
    notice: "M12 7v6M12 16.5v.5",
    seal: "M8 12.5l2.5 2.5L16 9.5",
    open: "M7 12h10",
  };
  return svg("svg", { class: `sign sign-${name}`, viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, svg("path", { d: lines[name] }));
}
