// Which site asks, and whether those whom it would have paid call it theirs.
import { h, sign, theirs } from "./page.js";
import { say, words } from "./words.js";

/** Who asks, as a person knows it. */
export function siteOf({ origin }) {
  return origin ? theirs(hostOf(origin)) : h("bdi", {}, words.program);
}

/** The site that asks, and the platform's word on whether it is registered by the payee of this name. */
export function siteAndWord({ origin, originVerified }, name) {
  return [
    h("span", { class: "origin", id: "origin" }, theirs(hostOf(origin))),
    h("span", { class: `word ${originVerified ? "good" : "bad"}` }, sign(originVerified ? "seal" : "notice"), h("span", {}, say(originVerified ? "originVerified" : "originUnverified", { name }))),
  ];
}

/** A web origin without what people do not read; any other than https keeps its scheme. */
function hostOf(origin) {
  return origin.replace(/^https:\/\//, "");
}
