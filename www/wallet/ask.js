// A question before something that cannot be undone.
import { h } from "./page.js";
import { words } from "./words.js";

/** Asks, and gives whether the person agreed. The focus goes back to where it was. */
export function sure(question, verb) {
  return new Promise((resolve) => {
    const yes = h("button", { type: "button", class: "main danger", onclick: () => dialog.close("yes") }, verb);
    const no = h("button", { type: "button", class: "second", autofocus: true, onclick: () => dialog.close() }, words.cancel);
    const dialog = h("dialog", { "aria-labelledby": "question" }, h("p", { id: "question" }, question), h("div", { class: "decision" }, yes, no));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
