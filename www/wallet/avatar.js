// A face for an account, drawn here: nothing is loaded from anywhere.
import { readableText } from "/xp2p/wallet.js";
import { svg } from "./page.js";

/** The initials of a name over a colour that belongs to the account, so that the same name elsewhere looks different. */
export function avatar({ name, account }, size = "") {
  const text = svg("text", { x: "20", y: "20", "text-anchor": "middle", "dominant-baseline": "central" }, initials(name));
  const picture = svg("svg", { class: `avatar ${size}`.trim(), viewBox: "0 0 40 40", "aria-hidden": "true", focusable: "false" }, svg("circle", { cx: "20", cy: "20", r: "20" }), text);
  picture.style.setProperty("--hue", String(hue(account)));
  return picture;
}

function initials(name) {
  const words = readableText(name).split(/[\s.]+/u).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const first = (word) => [...(word ?? "")][0] ?? "";
  return (first(words[0]) + (words.length > 1 ? first(words.at(-1)) : "")).toLocaleUpperCase() || "?";
}

/** 0 to 359, spread evenly over what accounts are called (FNV-1a). */
function hue(account) {
  let hash = 0x811c9dc5;
  for (const character of account) hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193) >>> 0;
  return hash % 360;
}
