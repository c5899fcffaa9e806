// How the wallet's page looks and reads: without a script, in forced colours, in two languages, light and dark, on a phone
// and a desk, with nothing for axe to find.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import { violations } from "./axe.mjs";
import { open } from "./chromium.mjs";
import { armed, browser, enter, own, sandbox, shop, view, walletAt } from "./wallet-chromium.mjs";

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

let people = 0;
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
