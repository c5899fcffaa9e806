// A receipt that was verified, to read, to copy and to keep.
import { describeReceipt } from "/xp2p/receipt.js";
import { announce, h, sign } from "./page.js";
import { locale, words } from "./words.js";

/** The verified receipt of a payment, folded. */
export function receiptPanel({ payment, receipt }) {
  if (!receipt) return h("p", { class: "word bad" }, sign("notice"), h("span", {}, words.unverified));
  const text = describeReceipt(receipt, locale);
  // The first line is its title; the others are a label, a colon and a value.
  const lines = text.split("\n").slice(1).map((line) => /^(.+?\u00a0?:) (.*)$/s.exec(line) ?? [line, "", line]);
  const copy = h("button", { type: "button", class: "small" }, words.copyReceipt);
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(receipt.token).then(() => announce((copy.textContent = words.copied)), () => token.focus());
  });
  const token = h("textarea", { class: "token", readonly: true, rows: "3", "aria-label": words.receipt, "data-receipt": payment.id });
  token.value = receipt.token;
  const save = h("a", { class: "small button", download: `${payment.id}.jws`, href: `data:application/jose,${receipt.token}` }, words.saveReceipt);
  return h(
    "details",
    { class: "receipt" },
    h("summary", {}, h("span", { class: "word good" }, sign("seal"), h("span", {}, words.verified)), h("span", { class: "unseen" }, ` · ${words.showReceipt}`)),
    h("dl", { class: "facts narrow" }, lines.map(([, label, value]) => h("div", {}, h("dt", {}, label.replace(/\u00a0?:$/, "")), h("dd", {}, h("bdi", {}, value))))),
    token,
    h("div", { class: "beside" }, copy, save),
  );
}
