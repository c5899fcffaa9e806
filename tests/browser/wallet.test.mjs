// What a payer meets in the wallet: what is refused, what is late or lost, the way back, what was paid. What needs a debugger
// needs Chromium; the flows themselves run in three engines in wallet-engines.test.mjs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./chromium.mjs";
import { asker } from "./payer.mjs";
import { armed, browser, enter, origin, own, person, post, sandbox, shop, view, walletAt } from "./wallet-chromium.mjs";

test("what is too late, taken back or not there is said calmly, and nothing was paid", async () => {
  const before = await sandbox.ledger();
  const { handle } = await person("");
  const { handle: poor } = await person("3.00");
  const cancelled = await shop.checkout();
  await shop.cancel(cancelled.id);
  const { page, context, complaints } = await enter(`checkout=${cancelled.id}`, { handle });
  await view(page, "cancelled");
  const expiring = await shop.checkout({ expires_in: 60 });
  await post("/sandbox/clock", { advance: 61 });
  try {
    await page.goto(walletAt(`checkout=${expiring.id}`));
    await view(page, "expired");
  } finally {
    await post("/sandbox/clock", { ahead: 0 });
  }
  assert.match(await page.locator("main").innerText(), /nothing was paid/);
  await page.goto(walletAt("checkout=chk_0000000000"));
  await view(page, "not-found");
  await page.goto(walletAt("link=lnk_0000000000"));
  await view(page, "link-not-found");
  const blocked = await shop.checkout({ to: "tamarind" });
  await page.goto(`${walletAt()}#settings`);
  await view(page, "settings");
  await page.locator("#whom").fill("@tamarind");
  await page.getByRole("button", { name: "Block", exact: true }).click();
  await page.getByRole("button", { name: "Unblock" }).waitFor();
  await page.goto(walletAt(`checkout=${blocked.id}`));
  await view(page, "blocked");
  assert.equal((await shop.read(blocked.id)).status, "created");
  assert.deepEqual(own(complaints), []);
  await context.close();

  const dear = await shop.checkout({ value: "12.50" });
  const second = await enter(`checkout=${dear.id}`, { handle: poor });
  await view(second.page, "insufficient");
  assert.match(await second.page.locator(".lead").innerText(), /€3\.00.*€12\.50.*Nothing was paid/s);
  assert.deepEqual((await sandbox.ledger()).balances.filter(({ handle }) => handle === "lutece"), before.balances.filter(({ handle }) => handle === "lutece"));
  await second.context.close();
});

test("who got money in the meantime looks again and pays", async () => {
  const { handle, account } = await person("3.00");
  const asked = await shop.checkout();
  const { page, context } = await enter(`checkout=${asked.id}`, { handle });
  await view(page, "insufficient");
  const { openWallet } = await import("xp2p/wallet");
  const { MemoryKeyStore } = await import("xp2p/keys");
  const friend = await openWallet({ platform: sandbox.url, store: new MemoryKeyStore() });
  await sandbox.enrol("nordlicht", friend.key);
  const { status, receipt } = await friend.pay({ to: handle, amount: "20.00", currency: "EUR" });
  assert.deepEqual([status, receipt.payee.account], ["paid", account]);
  await page.getByRole("button", { name: "Check again" }).click();
  await view(page, "approval");
  assert.equal(await page.locator("#balance-after").innerText(), "€10.50");
  await context.close();
});

test("a refusal at the approval says what it is, and a request of one's own is not paid", async () => {
  const asked = await shop.checkout({ value: "90.08" });
  const { handle } = await person();
  const { page, context } = await enter(`checkout=${asked.id}`, { handle });
  await armed(page);
  await page.locator("#approve").click();
  await view(page, "account-blocked");
  const self = await shop.checkout({ to: handle });
  await page.goto(walletAt(`checkout=${self.id}`));
  await view(page, "own-payee");
  await context.close();
});

test("requirement 8: a lost answer is found out over a reload, and pays once", async () => {
  const before = Number(await sandbox.balance("lutece"));
  const asked = await shop.checkout();
  const { page, context } = await enter(`checkout=${asked.id}`);
  await armed(page);
  // The platform pays, then the connection breaks.
  await page.route("**/approve", async (route) => {
    if (route.request().method() === "POST") await route.fetch();
    await route.abort("connectionreset");
  });
  await page.locator("#approve").click();
  await view(page, "finding-out");
  assert.match(await page.locator(".lead").innerText(), /will not pay twice/);
  await page.unrouteAll({ behavior: "wait" });
  await page.reload();
  await view(page, "paid");
  assert.equal(Number(await sandbox.balance("lutece")), before + 12.5);
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  await context.close();
});

test("requirement 5: the wallet is not framed, and framed by force it opens no key", async () => {
  for (const path of ["", "opening", "wallet.js"]) {
    const { headers } = await fetch(sandbox.walletUrl + path);
    assert.match(headers.get("content-security-policy"), /frame-ancestors 'none'/);
    assert.equal(headers.get("x-frame-options"), "DENY");
  }
  const asked = await shop.checkout();
  const frame = (url) => {
    const frame = document.createElement("iframe");
    frame.src = url;
    document.body.append(frame);
    return new Promise((resolve) => (frame.onload = resolve));
  };
  const { page, context, complaints } = await open(browser, origin.url);
  await page.evaluate(frame, walletAt(`checkout=${asked.id}`));
  assert.match(complaints.join(), /frame-ancestors/);
  assert.doesNotMatch(page.frames()[1].url(), /^http/);
  // As in a browser that knows neither header.
  await page.route(`${sandbox.walletUrl}**`, async (route) => {
    const response = await route.fetch();
    const { "content-security-policy": _, "x-frame-options": __, "cross-origin-resource-policy": ___, ...headers } = response.headers();
    await route.fulfill({ response, headers });
  });
  const asks = [];
  page.on("request", (request) => asks.push(request.url()));
  await page.evaluate(frame, walletAt(`checkout=${asked.id}`));
  const framed = page.frames()[2];
  await framed.locator("[data-view=framed]").waitFor();
  assert.deepEqual(asks.filter((url) => url.startsWith(sandbox.url) || url.endsWith("platform.json")), []);
  assert.equal(await framed.locator("button").count(), 0);
  assert.equal((await shop.read(asked.id)).status, "created");
  await context.close();
});

test("requirement 11: whose page asks is said, registered or not", async () => {
  const registered = "https://lutece.example";
  const [theirs, strange] = [await asker(sandbox, { origin: registered }), await asker(sandbox, { origin: "https://lutece-books.example" })];
  const first = await theirs.checkout();
  const { page, context } = await enter(`checkout=${first.id}`);
  await view(page, "approval");
  assert.match(await page.locator(".facts").innerText(), /lutece\.example\s+registered by Lutèce Books/);
  assert.doesNotMatch(await page.locator("#first-payment").innerText(), /not registered/);
  const second = await strange.checkout();
  await page.goto(walletAt(`checkout=${second.id}`));
  await view(page, "approval");
  assert.match(await page.locator(".facts").innerText(), /lutece-books\.example\s+not registered by Lutèce Books/);
  assert.match(await page.locator("#first-payment").innerText(), /never paid Lutèce Books before, and the page that asks is not registered/);
  await context.close();
});

test("requirement 11: whose page asks to pay by itself is said, registered by every payee or not", async () => {
  const registered = "https://lutece.example";
  const [theirs, strange, program] = [await asker(sandbox, { origin: registered }), await asker(sandbox, { origin: "https://lutece-books.example" }), shop];
  const { handle } = await person();
  const { page, context } = await enter(`link=${(await theirs.link()).id}`, { handle });
  const asks = () => page.locator(".approval .facts").innerText();
  await view(page, "link");
  assert.match(await asks(), /Asked by\s+lutece\.example\s+registered by Lutèce Books/);
  for (const [link, said] of [
    [await strange.link(), /lutece-books\.example\s+not registered by Lutèce Books/],
    [await theirs.link({ to: ["lutece", "tamarind"] }), /lutece\.example\s+not registered by every payee/],
  ]) {
    await page.goto(walletAt(`link=${link.id}`));
    await view(page, "link");
    assert.match(await asks(), said);
  }
  await post("/sandbox/accounts/tamarind/pages", { origins: [registered], return_urls: [] });
  const both = await theirs.link({ to: ["lutece", "tamarind"] });
  await page.goto(walletAt(`link=${both.id}`));
  await view(page, "link");
  assert.match(await asks(), /lutece\.example\s+registered by every payee/);
  const bare = await program.link();
  await page.goto(walletAt(`link=${bare.id}`));
  await view(page, "link");
  assert.equal(await page.locator(".approval .facts").count(), 0);
  await context.close();
  const french = await enter(`link=${both.id}`, { handle, locale: "fr-FR" });
  await view(french.page, "link");
  assert.match(await french.page.locator(".approval .facts").innerText(), /enregistrée par tous les destinataires/);
  await french.context.close();
});

test("requirement 22: who came from the page goes back to it, with id and state and no word of how it ended", async () => {
  const back = `${origin.url}thanks`;
  await post("/sandbox/accounts/lutece/pages", { origins: [new URL(origin.url).origin], return_urls: [back] });
  const given = "q83vEjRWeJCrze8SNFZ4kA";
  for (const decide of ["approve", "decline"]) {
    const asked = await shop.checkout({ return_url: back, state: given });
    const { page, context } = await open(browser, origin.url);
    await page.evaluate((url) => (location.href = url), walletAt(`checkout=${asked.id}`));
    await view(page, "sign-in");
    await page.locator("#handle").fill((await person()).handle);
    await page.locator("#handle").press("Enter");
    await armed(page);
    await page.locator(`#${decide}`).click();
    await page.locator("#return").waitFor();
    await page.waitForURL(`${back}?**`);
    assert.equal(page.url(), `${back}?checkout=${asked.id}&state=${given}`);
    await context.close();
  }
  // In a window of its own it waits for a click.
  const asked = await shop.checkout({ return_url: back, state: given });
  const { page, context } = await open(browser, `${sandbox.walletUrl}opening`);
  await page.waitForFunction(() => sessionStorage.length > 0);
  await page.evaluate((url) => location.replace(url), walletAt(`checkout=${asked.id}`));
  await view(page, "sign-in");
  await page.locator("#handle").fill((await person()).handle);
  await page.locator("#handle").press("Enter");
  await armed(page);
  await page.locator("#decline").click();
  await view(page, "declined");
  assert.equal(await page.getByRole("button", { name: "Stay here" }).count(), 0);
  await page.locator("#return").click();
  await page.waitForURL(`${back}?**`);
  await context.close();
});

test("requirement 8: an agreement that is too old to be sent again is still said to be open", async () => {
  const asked = await shop.checkout({ expires_in: 86_400 });
  const { page, context } = await enter(`checkout=${asked.id}`);
  await armed(page);
  await page.route("**/approve", (route) => route.abort().catch(() => {}));
  await page.locator("#approve").click();
  await view(page, "finding-out");
  // A day later, by this device's clock alone.
  await page.addInitScript(() => {
    const { now } = Date;
    Date.now = () => now() + 23 * 3_600_000;
  });
  await page.reload();
  await view(page, "finding-out");
  assert.equal((await shop.read(asked.id)).status, "opened");
  await context.close();
});

test("requirement 8: an agreement to a link whose answer is lost is never said to have changed nothing, and is found out", async () => {
  const asked = await shop.link();
  const { page, context } = await enter(`link=${asked.id}`);
  await armed(page, "allow");
  // A request that is on its way when the test goes on is nobody's any more.
  await page.route("**/approve", (route) => route.fetch().then(() => route.abort()).catch(() => {}));
  await page.locator("#allow").click();
  await page.getByText("The wallet cannot reach the platform.").waitFor();
  assert.equal((await shop.readLink(asked.id)).status, "active");
  assert.doesNotMatch(await page.locator("main").innerText(), /did not work|Nothing was changed/);
  await page.unroute("**/approve");
  await page.locator("#allow").click();
  await view(page, "link-allowed");
  await page.reload();
  await view(page, "link-allowed");
  await context.close();
});

test("activity lists payments, each with its receipt", async () => {
  const asked = await shop.checkout({ note: "Two paperbacks" });
  const { page, context } = await enter(`checkout=${asked.id}`);
  await armed(page);
  await page.locator("#approve").click();
  await view(page, "paid");
  await page.goto(`${walletAt()}#activity`);
  await view(page, "activity");
  const { payment } = await shop.read(asked.id);
  const entry = page.locator(`[data-payment=${payment.id}]`);
  assert.match(await entry.innerText(), /To @lutece.*Two paperbacks.*−€12\.50.*Receipt verified/s);
  await entry.locator("summary").click();
  assert.equal(await entry.locator("textarea").inputValue(), payment.receipt);
  const download = page.waitForEvent("download");
  await entry.getByRole("link", { name: "Save it" }).click();
  assert.equal((await download).suggestedFilename(), `${payment.id}.jws`);
  await context.close();
});

test("a platform that is away is said calmly, and trying again works", async () => {
  const { page, context } = await open(browser, "about:blank");
  await page.route(`${sandbox.url}/**`, (route) => route.abort());
  await page.goto(walletAt());
  await view(page, "unreachable");
  await page.unroute(`${sandbox.url}/**`);
  await page.getByRole("button", { name: "Try again" }).click();
  await view(page, "sign-in");
  await context.close();
});
