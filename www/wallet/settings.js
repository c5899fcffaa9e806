// Passkeys, whom one has blocked, and the language.
import { sure } from "./ask.js";
import { all } from "./devices.js";
import { announce, busy, h, theirs } from "./page.js";
import { hasPasskeys, makePasskey } from "./passkeys.js";
import { choose, dated, language, languages, say, words } from "./words.js";

export async function settings(app, again) {
  const [passkeys, blocks] = await Promise.all([all((cursor) => app.wallet.passkeys.list(cursor)), all((cursor) => app.wallet.blocks(cursor))]);
  return [h("h1", {}, words.settings), passkeyPart(app, passkeys, again), blockPart(app, blocks, again), languagePart()];
}

function passkeyPart(app, passkeys, again) {
  const problem = h("p", { class: "problem", role: "alert" });
  const add = h("button", { type: "button", class: "second", id: "add-passkey" }, words.addPasskey);
  add.addEventListener("click", busy(add, words.addingPasskey, async () => {
    problem.textContent = "";
    try {
      await app.wallet.passkeys.add(makePasskey, words.thisBrowser);
    } catch {
      problem.textContent = words.passkeyCancelled;
      return;
    }
    await again();
    announce(words.passkeyAdded);
  }));
  const entries = passkeys.map((passkey) => {
    const remove = h("button", { type: "button", class: "small danger" }, words.remove);
    remove.addEventListener("click", async (event) => {
      if (!(await sure(words.removeSure, words.remove))) return;
      problem.textContent = "";
      await busy(remove, words.removing, () => app.wallet.passkeys.remove(passkey.id).then(again, () => (problem.textContent = words.passkeyCancelled)))(event);
    });
    const used = passkey.lastUsedAt ? say("lastUsed", { date: dated(passkey.lastUsedAt) }) : words.neverUsed;
    return h("li", { "data-passkey": passkey.id }, h("div", { class: "entry" }, h("div", { class: "who" }, h("h3", {}, h("bdi", {}, passkey.label ?? words.passkeys)), h("span", { class: "quiet-text" }, say("since", { date: dated(passkey.createdAt) }), " · ", used)), hasPasskeys && remove));
  });
  return h(
    "section",
    { class: "part", "aria-labelledby": "passkeys" },
    h("h2", { id: "passkeys" }, words.passkeys),
    h("p", { class: "hint" }, words.passkeysText),
    passkeys.length ? h("ul", { class: "list" }, entries) : h("p", { class: "quiet-text" }, words.noPasskeys),
    problem,
    hasPasskeys ? add : h("p", { class: "notice" }, words.noWebAuthn),
  );
}

function blockPart(app, blocks, again) {
  const whom = h("input", { id: "whom", autocomplete: "off", autocapitalize: "none", spellcheck: "false", "aria-describedby": "whom-hint", required: true });
  const submit = h("button", { class: "quiet" }, words.block);
  const problem = h("p", { class: "problem", role: "alert" });
  const form = h("form", { class: "field", novalidate: true }, h("label", { for: "whom" }, words.blockWho), h("p", { class: "hint", id: "whom-hint" }, words.blockHint), h("div", { class: "beside" }, whom, submit), problem);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(submit, words.blocking, async () => {
      problem.textContent = "";
      try {
        const text = whom.value.trim();
        const to = /^https?:\/\//.test(text) ? { origin: new URL(text).origin } : { account: (await app.wallet.client.payee(text)).account };
        await app.wallet.block(to);
      } catch (error) {
        problem.textContent = error.code === "handle_unknown" ? words.handleUnknown : error.retryable ? words.unreachable : words.blockMalformed;
        whom.focus();
        return;
      }
      await again();
    })(event);
  });
  const entries = blocks.map((block) => {
    const remove = h("button", { type: "button", class: "small" }, words.unblock);
    remove.addEventListener("click", busy(remove, words.loading, async () => {
      await app.wallet.unblock(block.id);
      await again();
    }));
    return h("li", { "data-block": block.id }, h("div", { class: "entry" }, h("div", { class: "who" }, h("span", { class: "name" }, theirs(block.origin ?? block.account)), h("span", { class: "quiet-text" }, say("since", { date: dated(block.createdAt) }))), remove));
  });
  return h(
    "section",
    { class: "part", "aria-labelledby": "blocks" },
    h("h2", { id: "blocks" }, words.blocks),
    h("p", { class: "hint" }, words.blocksText),
    blocks.length ? h("ul", { class: "list" }, entries) : h("p", { class: "quiet-text" }, words.noBlocks),
    form,
  );
}

function languagePart() {
  const select = h("select", { id: "language" }, Object.entries(languages).map(([code, name]) => h("option", { value: code, lang: code, selected: code === language }, name)));
  select.addEventListener("change", () => choose(select.value));
  return h("section", { class: "part" }, h("h2", {}, h("label", { for: "language" }, words.language)), select);
}
