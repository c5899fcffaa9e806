// The shop's page, in a real browser: a person pays by a click and sees the verified receipt.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { violations } from "./axe.mjs";
import { launch, open, startShop } from "./chromium.mjs";

let browser;
let shop;
before(async () => {
  [browser, shop] = await Promise.all([launch(), startShop()]);
});
after(async () => {
  await browser?.close();
  await shop?.stop();
});

const ready = (page) => page.locator("#pay:enabled").waitFor();
const state = (page, name) => page.locator(`#status[data-state=${name}]`).waitFor();
const receipt = (page) => page.locator("#receipt dd").allTextContents();

test("a click pays once, and the page shows the verified receipt", async () => {
  const { page, context, complaints } = await open(browser, shop.url);
  await ready(page);
  assert.equal(await page.locator("#payee").textContent(), "Lutèce Books (@lutece)");
  const before = await shop.sandbox.balance("lutece");
  await page.getByRole("button", { name: "Pay €12.50" }).click();
  await state(page, "paid");
  const [to, from, amount, reference, , payment, key] = await receipt(page);
  assert.deepEqual([to, from, amount], ["@lutece", "@alice", "€12.50"]);
  assert.match(key, /only this browser/);
  assert.equal(Number(await shop.sandbox.balance("lutece")), Number(before) + 12.5);
  const { legs } = await shop.sandbox.ledger();
  const moved = legs.filter((leg) => leg.payment === payment).map((leg) => `${leg.handle} ${leg.amount.value}`);
  assert.deepEqual(moved.sort(), ["alice -12.50", "lutece 12.50"]);

  // The page verified it; so does somebody else, down to the origin that the browser vouched for.
  const { createRemoteJWKSet, jwtVerify } = await import("jose");
  const keys = createRemoteJWKSet(new URL(`${shop.sandbox.url}/.well-known/jwks.json`));
  const { payload } = await jwtVerify(await page.locator("#token").textContent(), keys, { typ: "xp2p-receipt+jwt" });
  assert.deepEqual([payload.jti, payload.reference, payload.origin], [payment, reference, shop.url]);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("all of it works by keyboard", async () => {
  const { page, context } = await open(browser, shop.url);
  await ready(page);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "payer");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "pay");
  await page.keyboard.press("Enter");
  await state(page, "paid");
  await context.close();
});

test("without enough money nothing is paid, and the page says so", async () => {
  const { page, context, complaints } = await open(browser, `${shop.url}/?payer=carol`);
  await ready(page);
  const before = await shop.sandbox.ledger();
  await page.locator("#pay").click();
  await state(page, "insufficientFunds");
  assert.equal(await page.locator("#status").textContent(), "There is not enough money in this account. Nothing was paid.");
  assert.deepEqual(await shop.sandbox.ledger(), before);
  await page.locator("#payer").selectOption("bob");
  await page.getByRole("button", { name: "Try again" }).click();
  await state(page, "paid");
  assert.deepEqual(complaints.filter((text) => !text.includes("402")), []);
  await context.close();
});

test("a lost answer is shown as unknown, and checking again finds the one payment", async () => {
  const { page, context } = await open(browser, shop.url);
  await ready(page);
  const before = Number(await shop.sandbox.balance("lutece"));
  // The platform pays, then the connection breaks.
  await page.route("**/v1/payments", async (route) => {
    await route.fetch();
    await route.abort("connectionreset");
  });
  await page.locator("#pay").click();
  await state(page, "unknown");
  assert.equal(Number(await shop.sandbox.balance("lutece")), before + 12.5);
  await page.unroute("**/v1/payments");
  // Over a reload the intent is still the same one.
  await page.reload();
  await ready(page);
  await page.locator("#pay").click();
  await state(page, "paid");
  assert.equal(Number(await shop.sandbox.balance("lutece")), before + 12.5);
  await context.close();
});

test("a platform that is away is said calmly, and trying again works", async () => {
  const { page, context } = await open(browser, "about:blank");
  await page.route(`${shop.sandbox.url}/**`, (route) => route.abort());
  await page.goto(shop.url);
  await state(page, "unreachable");
  await page.unroute(`${shop.sandbox.url}/**`);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("button", { name: "Pay €12.50" }).click();
  await state(page, "paid");
  await context.close();
});

test("in French it speaks French", async () => {
  const { page, context } = await open(browser, shop.url, { locale: "fr-FR" });
  await ready(page);
  assert.equal(await page.locator("html").getAttribute("lang"), "fr");
  await page.getByRole("button", { name: "Payer 12,50 €" }).click();
  await state(page, "paid");
  assert.equal(await page.locator("#status").textContent(), "Payé. Merci.");
  await context.close();
});

test("nothing for a screen reader to stumble over, light and dark, phone and desktop", async () => {
  const pictures = process.env.XP2P_PICTURES;
  if (pictures) await mkdir(pictures, { recursive: true });
  for (const colorScheme of ["light", "dark"]) {
    for (const [device, viewport] of Object.entries({ phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 900 } })) {
      const { page, context } = await open(browser, shop.url, { colorScheme, viewport });
      await ready(page);
      const look = async (name) => {
        assert.deepEqual(await violations(page), [], `${name} ${colorScheme} ${device}`);
        const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
        assert.equal(scrollWidth, clientWidth, `${name} ${device} scrolls sideways`);
        if (pictures) await page.screenshot({ path: `${pictures}/shop-${name}-${colorScheme}-${device}.png`, fullPage: true });
      };
      await look("ready");
      await page.locator("#pay").click();
      await state(page, "paid");
      await look("paid");
      await context.close();
    }
  }
});
