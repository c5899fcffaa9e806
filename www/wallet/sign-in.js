// Becoming somebody: a test person that is there, or a new one. What waits goes on afterwards.
import { parseHandle } from "/xp2p/index.js";
import { avatar } from "./avatar.js";
import { announce, at, busy, h, show, theirs } from "./page.js";
import { enrol, handlesFor, makePerson, people } from "./sandbox.js";
import { words } from "./words.js";

/** Asks who somebody is. `next` is called once this device's key is theirs. */
export async function signIn(app, { waiting, revoked, next }) {
  const found = await people(app.platform);
  show("sign-in", () => {
    const problem = h("p", { class: "problem", role: "alert" });
    const label = h("input", { id: "device-name", maxlength: "64", autocomplete: "off", value: words.thisBrowser });
    const become = (handle) => async () => {
      problem.textContent = "";
      try {
        if (revoked) await app.wallet.renew();
        await enrol(app.platform, parseHandle(handle), app.wallet.key, label.value.trim() || words.thisBrowser);
        await next();
      } catch (error) {
        problem.textContent = error.code === "passkey_required" ? words.passkeyToSignIn : error.code?.startsWith("handle_") ? words.handleUnknown : `${words.somethingWrong}. ${words.somethingWrongText}`;
      }
    };
    const handle = h("input", { id: "handle", name: "handle", autocomplete: "username", autocapitalize: "none", spellcheck: "false", "aria-describedby": "handle-hint", required: true });
    const submit = h("button", { class: found.length ? "quiet" : "main" }, words.signIn);
    const form = h(
      "form",
      { class: "field" },
      h("label", { for: "handle" }, found.length ? words.otherHandle : words.handle),
      h("p", { class: "hint", id: "handle-hint" }, words.handleHint),
      h("div", { class: "beside" }, handle, submit),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      busy(submit, words.signingIn, become(handle.value.trim().replace(/^@/, "")))(event);
    });
    return h(
      "section",
      { class: "card" },
      h("h1", {}, words.signIn),
      h("p", { class: "lead" }, waiting ? words.signInWaiting : revoked ? words.signInRevoked : words.signInText),
      found.length > 0 && h("ul", { class: "people" }, found.map((person) => h("li", {}, personButton(person, become)))),
      form,
      problem,
      h("details", {}, h("summary", {}, words.deviceName), h("div", { class: "field" }, h("label", { for: "device-name", class: "unseen" }, words.deviceName), label)),
      h("p", { class: "or" }, h("button", { type: "button", class: "second", onclick: () => signUp(app, { waiting, revoked, next }) }, words.newHere)),
    );
  });
}

function personButton(person, become) {
  const name = h("span", { class: "name" }, theirs(person.name));
  const button = h(
    "button",
    { type: "button", class: "person" },
    avatar({ name: person.name, account: person.account }),
    h("span", { class: "who" }, name, h("span", { class: "quiet-text" }, at(person.handle))),
    person.passkey && h("span", { class: "quiet-text" }, words.withPasskey),
  );
  const choose = become(person.handle);
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    announce(words.signingIn);
    await choose().finally(() => button.removeAttribute("aria-disabled"));
  });
  return button;
}

/** A name is enough: the handle is suggested, and taken unless somebody has it. */
export function signUp(app, given) {
  show("sign-up", () => {
    const problem = h("p", { class: "problem", role: "alert" });
    const name = h("input", { id: "name", name: "name", autocomplete: "name", maxlength: "80", required: true });
    const handle = h("input", { id: "new-handle", name: "handle", autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: "30", pattern: "[a-z0-9_.\\-]{3,30}", required: true, "aria-describedby": "new-handle-hint" });
    const ideas = h("div", { class: "ideas", role: "group", "aria-label": words.suggestions });
    const submit = h("button", { class: "main" }, words.create);
    let touched = false;
    let made;
    const suggest = (list) => {
      ideas.replaceChildren(...list.map((idea) => h("button", { type: "button", class: "idea", onclick: () => ((handle.value = idea), (touched = true), submit.focus()) }, `@${idea}`)));
    };
    name.addEventListener("input", () => {
      const list = handlesFor(name.value);
      if (!touched) handle.value = name.value.trim() ? (list[0] ?? "") : "";
      suggest(name.value.trim() ? list.slice(0, 3) : []);
    });
    handle.addEventListener("input", () => (touched = true));
    const form = h(
      "form",
      { novalidate: true },
      h("div", { class: "field" }, h("label", { for: "name" }, words.name), name),
      h("div", { class: "field" }, h("label", { for: "new-handle" }, words.handle), h("p", { class: "hint", id: "new-handle-hint" }, words.handleText), handle, ideas),
      problem,
      submit,
    );
    const make = async () => {
      problem.textContent = "";
      if (!name.value.trim()) return refuse(name, words.nameMissing);
      let wanted;
      try {
        wanted = parseHandle(handle.value.trim());
        if (given.revoked) await app.wallet.renew();
        // Where only the enrolment failed, the person is there already.
        if (made !== wanted) await makePerson(app.platform, { name: name.value.trim(), handle: wanted, currencies: app.wallet.client.settings.currencies });
        made = wanted;
        await enrol(app.platform, wanted, app.wallet.key, words.thisBrowser);
      } catch (error) {
        if (error.code === "handle_malformed") return refuse(handle, words.handleMalformed);
        if (error.param !== "handle") return refuse(undefined, `${words.somethingWrong}. ${words.somethingWrongText}`);
        const others = handlesFor(name.value).filter((idea) => idea !== wanted).slice(-3);
        suggest(others);
        [handle.value] = others;
        return refuse(handle, words.handleTaken);
      }
      await given.next();
    };
    const refuse = (field, text) => {
      problem.textContent = text;
      field?.setAttribute("aria-invalid", "true");
      field?.focus();
      field?.addEventListener("input", () => field.removeAttribute("aria-invalid"), { once: true });
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      busy(submit, words.creating, make)(event);
    });
    return h(
      "section",
      { class: "card" },
      h("button", { type: "button", class: "back", onclick: () => signIn(app, given) }, words.back),
      h("h1", {}, words.signUp),
      h("p", { class: "lead" }, given.waiting ? `${words.signUpText} ${words.signUpWaiting}` : words.signUpText),
      form,
    );
  });
}
