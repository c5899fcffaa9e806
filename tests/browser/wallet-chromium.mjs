// The wallet's page in Chromium for the tests that look at it closely: a browser, a sandbox, who asks, and who pays.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { startSandbox } from "../sandbox.mjs";
import { launch, open } from "./chromium.mjs";
import { serveOrigin } from "./origin.mjs";
import { asker } from "./payer.mjs";

export let browser, sandbox, shop, origin;
before(async () => {
  [browser, sandbox, origin] = await Promise.all([launch(), startSandbox(), serveOrigin()]);
  shop = await asker(sandbox);
});
after(async () => {
  await browser?.close();
  origin?.stop();
  await sandbox?.stop();
});

export const walletAt = (query = "") => `${sandbox.walletUrl}${query && `?${query}`}`;
export const view = (page, name) => page.locator(`[data-view="${name}"]`).waitFor();
export const armed = (page, id = "approve") => page.locator(`#${id}[data-ready=yes]`).waitFor();
/** What a browser says by itself of an answer that refuses is no complaint of the page. */
export const own = (complaints) => complaints.filter((text) => !/Failed to load resource/.test(text));

export async function post(path, content) {
  const answer = await fetch(sandbox.url + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(content) });
  assert.ok(answer.ok, await answer.clone().text());
  return answer.json();
}

let people = 0;
/** Somebody new, so that no test meets another one's limits and payees. */
export async function person(funds = "500.00") {
  const handle = `payer.${++people}`;
  const { account } = await post("/sandbox/accounts", { handle, name: `Payer ${people}`, funds: funds ? [{ value: funds, currency: "EUR" }] : [] });
  return { handle, account };
}

/** The wallet with what waits, for somebody who signs in by hand. */
export async function enter(query, { handle, ...options } = {}) {
  const opened = await open(browser, walletAt(query), options);
  await view(opened.page, "sign-in");
  await opened.page.locator("#handle").fill(handle ?? (await person()).handle);
  await opened.page.locator("#handle").press("Enter");
  return opened;
}
