// The wallet's page in every state: what is refused, what is late or lost, the way back, passkeys, devices; in two
// languages, light and dark, on a phone and a desk. What needs a debugger needs Chromium; the flows themselves run in
// three engines in wallet-engines.test.mjs.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { startSandbox } from "../sandbox.mjs";
import { violations } from "./axe.mjs";
import { launch, open } from "./chromium.mjs";
import { serveOrigin } from "./origin.mjs";
import { asker } from "./payer.mjs";

let browser, sandbox, shop, origin;
before(async () => {
  [browser, sandbox, origin] = await Promise.all([launch(), startSandbox(), serveOrigin()]);
  shop = await asker(sandbox);
});
after(async () => {
  await browser?.close();
  origin?.stop();
  await sandbox?.stop();
});

const walletAt = (query = "") => `${sandbox.walletUrl}${query && `?${query}`}`;
const view = (page, name) => page.locator(`[data-view="${name}"]`).waitFor();
const armed = (page, id = "approve") => page.locator(`#${id}[data-ready=yes]`).waitFor();
/** What a browser says by itself of an answer that refuses is no complaint of the page. */
const own = (complaints) => complaints.filter((text) => !/Failed to load resource/.test(text));

async function post(path, content) {
  const answer = await fetch(sandbox.url + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(content) });
  assert.ok(answer.ok, await answer.clone().text());
  return answer.json();
}

let people = 0;
/** Somebody new, so that no test meets another one's limits and payees. */
async function person(funds = "500.00") {
  const handle = `payer.${++people}`;
  const { account } = await post("/sandbox/accounts", { handle, name: `Payer ${people}`, funds: funds ? [{ value: funds, currency: "EUR" }] : [] });
  return { handle, account };
}

/** The wallet with what waits, for somebody who signs in by hand. */
async function enter(query, { handle, ...options } = {}) {
  const opened = await open(browser, walletAt(query), options);
  await view(opened.page, "sign-in");
  await opened.page.locator("#handle").fill(handle ?? (await person()).handle);
  await opened.page.locator("#handle").press("Enter");
  return opened;
}

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
  await page.unroute("**/approve");
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

test("a passkey is added, asked for above the limit, for signing in, and removed by itself", async () => {
  const { handle } = await person("1000.00");
  const { page, context, complaints } = await enter("", { handle });
  await view(page, "activity");
  const debug = await context.newCDPSession(page);
  await debug.send("WebAuthn.enable");
  const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  const { authenticatorId } = await debug.send("WebAuthn.addVirtualAuthenticator", { options });
  await page.goto(`${walletAt()}#settings`);
  await view(page, "settings");
  await page.locator("#add-passkey").click();
  await page.locator("[data-passkey]").waitFor();
  const { credentials } = await debug.send("WebAuthn.getCredentials", { authenticatorId });
  assert.equal(credentials.length, 1);
  assert.equal(credentials[0].rpId, "localhost");

  const asked = await shop.checkout({ value: "250.00" });
  const bodies = [];
  page.on("request", (request) => /approve$|challenges$/.test(request.url()) && request.method() === "POST" && bodies.push([new URL(request.url()).pathname, request.postData()]));
  await page.goto(walletAt(`checkout=${asked.id}`));
  await armed(page);
  await page.locator("#approve").click();
  await view(page, "paid");
  // Refused, a challenge to the digest of exactly that body, and the same body again.
  assert.deepEqual(bodies.map(([path]) => path.replace(/chk_\w+/, "{id}")), ["/v1/checkouts/{id}/approve", "/v1/passkey-challenges", "/v1/checkouts/{id}/approve"]);
  assert.equal(bodies[0][1], bodies[2][1]);
  const { contentDigest } = await import("xp2p");
  assert.equal(JSON.parse(bodies[1][1]).digest, contentDigest(bodies[0][1]));

  // A person who does not want to is asked again, and pays nothing meanwhile.
  const second = await shop.checkout({ value: "150.00" });
  await page.goto(walletAt(`checkout=${second.id}`));
  await armed(page);
  await debug.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await page.locator("#approve").click();
  await view(page, "passkey");
  assert.equal((await shop.read(second.id)).status, "opened");
  await debug.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
  await page.locator("#use-passkey").click();
  await view(page, "paid");
  // A small payment goes without.
  bodies.length = 0;
  const small = await shop.checkout({ value: "5.00" });
  await page.goto(walletAt(`checkout=${small.id}`));
  await armed(page);
  await page.locator("#approve").click();
  await view(page, "paid");
  assert.equal(bodies.length, 1);

  // Signing in again takes the passkey too.
  await page.goto(`${walletAt()}#devices`);
  await view(page, "devices");
  await page.locator("#sign-out").click();
  await view(page, "sign-in");
  await debug.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await page.locator("#handle").fill(handle);
  await page.locator("#handle").press("Enter");
  await page.locator("#main").getByText("signs in with a passkey").waitFor();
  await debug.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
  await page.locator("#handle").press("Enter");
  await view(page, "devices");
  await page.goto(`${walletAt()}#settings`);
  await page.locator("[data-passkey] button").click();
  await page.locator("dialog .danger").click();
  await page.getByText("There is no passkey yet").waitFor();
  assert.deepEqual(own(complaints), []);
  await context.close();
});

test("without WebAuthn the wallet says that there are no passkeys here", async () => {
  const context = await browser.newContext({ locale: "en-GB" });
  const page = await context.newPage();
  await page.addInitScript(() => delete globalThis.PublicKeyCredential);
  await page.goto(`${walletAt()}#settings`);
  await view(page, "sign-in");
  await page.locator("#handle").fill((await person()).handle);
  await page.locator("#handle").press("Enter");
  await view(page, "settings");
  await page.getByText("This browser has no passkeys").waitFor();
  assert.equal(await page.locator("#add-passkey").count(), 0);
  await context.close();
});

test("a device is ended from another one, and says so when it is used", async () => {
  const { handle } = await person();
  const here = await enter("", { handle });
  await view(here.page, "activity");
  const there = await enter("", { handle });
  await view(there.page, "activity");
  await here.page.goto(`${walletAt()}#devices`);
  await view(here.page, "devices");
  assert.equal(await here.page.locator("[data-key]").count(), 2);
  await here.page.getByRole("button", { name: "End This browser" }).click();
  await here.page.locator("dialog .second").click();
  assert.equal(await here.page.locator("[data-key] .danger").count(), 1);
  await here.page.getByRole("button", { name: "End This browser" }).click();
  await here.page.locator("dialog .danger").click();
  await here.page.locator("#main").getByText("Ended on").waitFor();
  await there.page.reload();
  await there.page.getByText("This device was signed out").waitFor();
  await there.page.locator("#handle").fill(handle);
  await there.page.locator("#handle").press("Enter");
  await view(there.page, "activity");
  await here.context.close();
  await there.context.close();
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

test("requirement 30: the wallet has no cookie, and its key is the session", async () => {
  const asked = await shop.checkout();
  const { page, context } = await enter(`checkout=${asked.id}`);
  const headers = [];
  page.on("request", async (request) => headers.push(await request.allHeaders()));
  await armed(page);
  await page.locator("#approve").click();
  await view(page, "paid");
  assert.deepEqual(await context.cookies(), []);
  assert.ok(headers.length > 0);
  assert.deepEqual(headers.filter(({ cookie }) => cookie), []);
  // Not a word of whom one pays, and none of the key, is kept where a text could be read.
  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0]);
  await context.close();
});

test("the page that a click opens needs no script", async () => {
  const context = await browser.newContext({ locale: "en-GB", javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${sandbox.walletUrl}opening`);
  assert.equal(await page.locator("h1").innerText(), "Opening your wallet…");
  assert.match(await page.locator(".sandbox").innerText(), /nobody is charged/i);
  await context.close();
});

test("forced colours: what is current, what can be pressed and what turns is seen without our colours", async () => {
  const { page, context } = await enter("", { forcedColors: "active" });
  await view(page, "activity");
  const drawn = await page.evaluate(() => {
    const color = (element, side) => getComputedStyle(element)[side];
    const ground = color(document.querySelector(".card") ?? document.body, "backgroundColor");
    const tabs = [...document.querySelectorAll("nav a")].map((tab) => [tab.hasAttribute("aria-current"), color(tab, "borderBottomColor") !== ground]);
    return tabs;
  });
  assert.ok(drawn.length > 1);
  for (const [current, underlined] of drawn) assert.equal(underlined, current);
  const asked = await shop.checkout();
  await page.goto(walletAt(`checkout=${asked.id}`));
  await armed(page);
  const borders = await page.evaluate(() => ["approve", "decline"].map((id) => getComputedStyle(document.getElementById(id)).borderTopWidth));
  assert.deepEqual(borders, ["2px", "2px"]);
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

test("French says everything that English says", async () => {
  const { page, context } = await open(browser, walletAt(), { locale: "fr-FR" });
  await view(page, "sign-in");
  const { en, fr } = await page.evaluate(async () => (await import("/words.js")).tables);
  assert.deepEqual(Object.keys(fr), Object.keys(en));
  const holes = (text) => (typeof text === "string" ? [...text.matchAll(/\{\w+\}/g)].map(String).sort() : Object.values(text).map(holes));
  for (const word of Object.keys(en)) assert.deepEqual(holes(fr[word]), holes(en[word]), word);
  assert.equal(await page.locator("html").getAttribute("lang"), "fr");
  await context.close();
});

/** Nothing may move while a view is there: the layout shifts that Chromium counts, without those after a click. */
const watchShifts = () => {
  globalThis.shifts = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => !entry.hadRecentInput && (globalThis.shifts += entry.value))).observe({ type: "layout-shift", buffered: true });
};

for (const locale of ["en-GB", "fr-FR"]) {
  test(`requirement 18: nothing to stumble over and nothing that the policy forbids, in ${locale}, light and dark, phone and desktop`, async () => {
    const pictures = process.env.XP2P_PICTURES;
    if (pictures) await mkdir(pictures, { recursive: true });
    for (const colorScheme of ["light", "dark"]) {
      for (const [device, viewport] of Object.entries({ phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 900 } })) {
        const asked = await shop.checkout({ note: "Two paperbacks, gift-wrapped", reference: "order-1042" });
        const { page, context, complaints } = await open(browser, "about:blank", { colorScheme, viewport, locale });
        await page.addInitScript(watchShifts);
        const look = async (name) => {
          await view(page, name);
          assert.deepEqual(await violations(page), [], `${name} ${colorScheme} ${device}`);
          const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
          assert.equal(scrollWidth, clientWidth, `${name} ${device} scrolls sideways`);
          if (pictures) await page.screenshot({ path: `${pictures}/wallet-${name}-${locale.slice(0, 2)}-${colorScheme}-${device}.png` });
        };
        await page.goto(walletAt(`checkout=${asked.id}`));
        await look("sign-in");
        await page.locator(".or button").click();
        await look("sign-up");
        await page.locator("#name").fill(`Person ${++people}`);
        await page.locator("#new-handle").fill(`guest.${people}`);
        await page.locator("form .main").click();
        await look("approval");
        await armed(page);
        await page.reload();
        await look("approval");
        await armed(page);
        assert.equal(await page.evaluate(() => globalThis.shifts), 0, `the approval moves, ${device}`);
        await page.locator("#approve").click();
        await look("paid");
        await page.locator("summary").click();
        await look("paid");
        const dear = await shop.checkout({ value: "900.00" });
        await page.goto(walletAt(`checkout=${dear.id}`));
        await look("insufficient");
        const link = await shop.link({ note: "Tips" });
        await page.goto(walletAt(`link=${link.id}`));
        await look("link");
        await armed(page, "allow");
        await page.locator("#allow").click();
        await look("link-allowed");
        for (const name of ["activity", "devices", "pages", "settings"]) {
          await page.goto(`${walletAt()}#${name}`);
          await look(name);
        }
        assert.deepEqual(own(complaints), []);
        await context.close();
      }
    }
  });
}
