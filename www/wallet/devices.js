// The devices that may pay from this account, and what keeps the key of this one.
import { sure } from "./ask.js";
import { announce, busy, h } from "./page.js";
import { dated, say, words } from "./words.js";

export async function devices(app, again) {
  const { wallet } = app;
  const keys = (await all((cursor) => wallet.keys.list(cursor))).filter(({ role, account }) => role === "approval" && account === app.account.account);
  const ours = ({ keyId }) => keyId === wallet.key.keyId;
  const sorted = [...keys.filter(ours), ...keys.filter((key) => !ours(key) && !key.revokedAt), ...keys.filter((key) => key.revokedAt)];
  return [
    h("h1", {}, words.devices),
    h("p", { class: "lead" }, words.devicesText),
    h("ul", { class: "list part" }, sorted.map((key) => (ours(key) ? thisDevice(app, key) : device(app, key, again)))),
  ];
}

function thisDevice(app, key) {
  const { wallet } = app;
  const out = h("button", { type: "button", class: "second", id: "sign-out" }, words.signOut);
  out.addEventListener("click", busy(out, words.signingOut, () => app.switchAccount()));
  return h(
    "li",
    { "data-key": key.keyId, "data-protection": wallet.key.protection },
    h("h2", {}, named(key)),
    h("p", { class: "quiet-text" }, words.thisDevice, " · ", say("since", { date: dated(key.createdAt) })),
    h("p", { class: "quiet-text", id: "protection" }, wallet.keyState === "unstored" ? words.unstored : protection(wallet.key)),
    h("div", { class: "actions" }, out),
    h("p", { class: "hint" }, words.signOutText),
  );
}

/** What keeps the key from being read, in words. */
function protection({ protection }) {
  if (protection === "non-extractable") return words.protectionNonExtractable;
  return protection === "encrypted" ? words.protectionEncrypted : words.protectionMemory;
}

function device(app, key, again) {
  const when = key.revokedAt ? say("endedOn", { date: dated(key.revokedAt) }) : say("since", { date: dated(key.createdAt) });
  const name = named(key);
  const end = h("button", { type: "button", class: "small danger", "aria-label": say("endDevice", { label: name.textContent }) }, words.end);
  end.addEventListener("click", async (event) => {
    if (!(await sure(say("endDeviceSure", { label: name.cloneNode(true) }), words.end))) return;
    await busy(end, words.ending, () => app.wallet.keys.revoke(key.keyId))(event);
    await again();
    announce(say("endedOn", { date: dated(Date.now() / 1000) }));
  });
  return h("li", { "data-key": key.keyId }, h("div", { class: "entry" }, h("div", { class: "who" }, h("h2", {}, name), h("span", { class: "quiet-text" }, when)), !key.revokedAt && end));
}

function named({ label }) {
  return h("bdi", {}, label ?? words.unnamed);
}

/** Every page of a list. */
export async function all(read) {
  const items = [];
  let cursor;
  do {
    const page = await read(cursor);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return items;
}
