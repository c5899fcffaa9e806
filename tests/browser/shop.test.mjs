// The shop, the wallet and the sandbox together, in a real browser: somebody buys, in windows, by clicks and keys.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { init } from "xp2p";
import { openWallet } from "../wallet.mjs";
import { violations } from "./axe.mjs";
import { launch, open, startShop } from "./chromium.mjs";
import { engines } from "./engines.mjs";

let browser, shop;
before(async () => {
  await init();
  [browser, shop] = await Promise.all([launch(), startShop()]);
});
after(async () => {
  await browser?.close();
  await shop?.stop();
});

const balance = async () => Number(await shop.sandbox.balance("lutece"));
const state = (page, selector, name) => page.locator(`${selector} .frame[data-state=${name}]`).waitFor();
const ready = (page) => page.locator("#pay button.main:enabled").waitFor();
const steps = (page) => page.locator("#steps li").allTextContents();

/** Clicks, and gives the wallet's window that the click opens. */
async function walletOf(page, click) {
  const [wallet] = await Promise.all([page.waitForEvent("popup"), click()]);
  return wallet;
}

/** Signs in as a test person, which a wallet remembers. */
const signIn = (wallet, name = "Alice") => wallet.locator("button.person", { hasText: name }).click();

async function approve(wallet) {
  await wallet.locator("#approve[data-ready=yes]").click();
  await wallet.locator("[data-view=paid]").waitFor();
}

/** A page whose browser has been in the wallet before. */
async function returning(options) {
  const opened = await open(browser, shop.url, options);
  const wallet = await opened.context.newPage();
  await wallet.goto(shop.sandbox.walletUrl);
  await signIn(wallet);
  await wallet.locator("a.whose").waitFor();
  await wallet.close();
  await ready(opened.page);
  return opened;
}

test("the basket: our server sets the amount, the payer agrees in the wallet, the server ships after what verified", async () => {
  const { page, context, complaints } = await open(browser, shop.url);
  await ready(page);
  await page.getByRole("button", { name: "One more of Les Fleurs du mal" }).click();
  await page.locator("#pay button", { hasText: "Pay €17.40" }).waitFor();
  const before = await balance();
  const wallet = await walletOf(page, () => page.locator("#pay button.main").click());
  await signIn(wallet);
  await wallet.locator("#approve").waitFor();
  assert.match(await wallet.locator("#amount").textContent(), /17\.40/);
  assert.match(await wallet.locator("#payee-name").textContent(), /Lutèce Books/);
  await approve(wallet);
  await state(page, "#pay", "paid");
  await page.locator("#refund").waitFor();
  const [paid, shipped] = await steps(page);
  assert.match(paid, /^Paid €17\.40, @alice/);
  assert.match(shipped, /^Shipped: 2 books/);
  assert.equal(await balance(), before + 17.4);

  // It gives back what it got, once.
  await page.locator("#refund").click();
  await page.locator("#steps li", { hasText: "Given back" }).waitFor();
  assert.equal(await balance(), before);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("requirement 10: a page that changes the amount after the click changes nothing that is shown or signed", async () => {
  const { page, context } = await returning();
  const before = await balance();
  const wallet = await walletOf(page, () => page.locator("#pay button.main").click());
  await page.evaluate(() => {
    const button = document.querySelector("#pay");
    button.setAttribute("amount", "0.01");
    button.setAttribute("to", "@mallory");
    button.checkout = undefined;
  });
  await wallet.locator("#approve").waitFor();
  assert.match(await wallet.locator("#amount").textContent(), /12\.50/);
  await approve(wallet);
  await state(page, "#pay", "paid");
  assert.equal(await page.locator("#pay button.main").textContent(), "Paid €12.50");
  assert.equal(await balance(), before + 12.5);
  await context.close();
});

test("one tag, and five lines: a returning payer pays with two clicks, and anybody verifies the receipt", async () => {
  const { page, context, complaints } = await returning();
  let clicks = 0;
  await context.exposeFunction("clicked", () => clicks++);
  await context.addInitScript(() => addEventListener("click", ({ isTrusted }) => isTrusted && globalThis.clicked(), true));
  await page.reload();
  await ready(page);
  const tag = page.locator("xp2p-button:not([id])");
  await tag.locator("button.main", { hasText: "Pay €2.50" }).waitFor();
  const receipt = page.evaluate(() => new Promise((resolve) => addEventListener("xp2p-paid", ({ detail }) => resolve(detail.outcome.receipt))));
  await approve(await walletOf(page, () => tag.locator("button.main").click()));
  await state(page, "xp2p-button:not([id])", "paid");
  assert.ok(clicks <= 2, `${clicks} clicks`);
  const { token, payment, amount } = await receipt;
  assert.deepEqual(amount, { value: "2.50", currency: "EUR" });
  const keys = createRemoteJWKSet(new URL(`${shop.sandbox.url}/.well-known/jwks.json`));
  const { payload } = await jwtVerify(token, keys, { typ: "xp2p-receipt+jwt" });
  assert.deepEqual([payload.jti, payload.origin, payload.payer.handle], [payment, shop.url, "alice"]);

  clicks = 0;
  await approve(await walletOf(page, () => page.locator("#bookmark").click()));
  await page.locator("#bookmark-status[data-state=paid]").waitFor();
  assert.ok(clicks <= 2, `${clicks} clicks`);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("tips: allowed once, small ones go without a window, a large one asks", async () => {
  const { page, context, complaints } = await returning();
  const before = await balance();
  const status = (name) => page.locator(`#tips-status[data-state=${name}]`).waitFor();
  const wallet = await walletOf(page, () => page.locator("#link").click());
  await wallet.locator("#allow[data-ready=yes]").click();
  await wallet.locator("[data-view=link-allowed]").waitFor();
  await status("active");
  await page.locator("#link", { hasText: "Ask me every time again" }).waitFor();
  await wallet.close();

  let windows = 0;
  page.on("popup", () => windows++);
  await page.getByRole("button", { name: "€0.50" }).click();
  await status("paid");
  assert.equal(await balance(), before + 0.5);
  assert.equal(windows, 0);

  await approve(await walletOf(page, () => page.getByRole("button", { name: "€5.00" }).click()));
  await status("paid");
  assert.equal(await balance(), before + 5.5);

  // Ended by the page, it asks again.
  await page.locator("#link").click();
  await page.locator("#link", { hasText: "Allow tips" }).waitFor();
  const asking = await walletOf(page, () => page.getByRole("button", { name: "€0.50" }).click());
  await asking.locator("#decline").click();
  await status("declined");
  assert.equal(await balance(), before + 5.5);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a reload in the middle: the shop goes on with the order that was begun", async () => {
  const { page, context } = await returning();
  const wallet = await walletOf(page, () => page.locator("#pay button.main").click());
  await wallet.locator("#approve").waitFor();
  await page.reload();
  await state(page, "#pay", "waiting");
  await approve(wallet);
  await page.locator("#refund").waitFor();
  assert.equal((await steps(page)).length, 2);
  await context.close();
});

test("a tab that was closed while nobody knew: the next one goes on with that order, and nothing is ordered twice", async () => {
  const { page, context } = await returning();
  const orders = [];
  context.on("request", (request) => request.method() === "POST" && request.url().endsWith("/orders") && orders.push(request.url()));
  const before = await balance();
  const wallet = await walletOf(page, () => page.locator("#pay button.main").click());
  await wallet.locator("#approve").waitFor();
  await page.close();
  await approve(wallet);
  const next = await context.newPage();
  await next.goto(shop.url);
  await next.locator("#refund").waitFor();
  await state(next, "#pay", "paid");
  assert.equal((await steps(next)).length, 2);
  assert.equal(orders.length, 1);
  assert.equal(await balance(), before + 12.5);
  await context.close();
});

test("the server believes no receipt of another order, no forged message, and no other site", async () => {
  const post = (path, value, headers = {}) =>
    fetch(shop.url + path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(value) });
  const payer = await openWallet(shop.sandbox, "bob");
  const begin = async () => (await post("/orders", { basket: { fleurs: 1 }, amount: "0.01" })).json();
  const [first, second] = [await begin(), await begin()];
  assert.deepEqual((await payer.checkout(first.checkout)).amount, { value: "7.60", currency: "EUR" });
  const { receipt } = await payer.approve(first.checkout);
  assert.equal((await post("/receipts", { order: second.order, receipt })).status, 422);
  const stateOf = async ({ order }) => (await (await fetch(`${shop.url}/orders?order=${order}`)).json()).state;
  assert.equal(await stateOf(second), "awaiting");
  const event = { id: "evt_0198f0a6b3c97d2e", type: "payment.paid", environment: "sandbox", version: 1, created_at: 1, data: { checkout: second.checkout, receipt } };
  assert.equal((await post("/hooks", event)).status, 400);
  assert.equal(await stateOf(second), "awaiting");
  assert.equal((await post("/refunds", { order: second.order })).status, 409);
  assert.equal((await post("/orders", { basket: { fleurs: 1 } }, { origin: "https://elsewhere.example" })).status, 403);
  assert.equal((await post("/orders", { basket: { fleurs: -1 } })).status, 422);
  assert.equal((await post("/orders", { basket: "x".repeat(70_000) })).status, 413);
  // The right one ships by itself: the platform has told the server.
  while ((await stateOf(first)) !== "shipped") await new Promise((resolve) => setTimeout(resolve, 50));
});

test("each part stands beside the very file that runs", async () => {
  const { page, context } = await open(browser, shop.url, { viewport: { width: 1280, height: 900 } });
  await ready(page);
  const shown = page.locator("[data-files]");
  assert.equal(await shown.count(), 4);
  for (const name of ["merchant.mjs", "five-lines.js", "tips.js"]) {
    const details = page.locator("details", { has: page.locator("summary", { hasText: name }) });
    await details.evaluate((element) => (element.open = true));
    const text = await (await fetch(`${shop.url}/${name}`)).text();
    await details.locator("code", { hasText: text.split("\n")[0].slice(0, 40) }).waitFor();
    assert.equal(await details.locator("code").textContent(), text.trimEnd());
  }
  const tag = page.locator("details", { hasText: "index.html" }).locator("code");
  await tag.filter({ hasText: "<xp2p-button" }).waitFor();
  assert.match(await tag.textContent(), /amount="2\.50"/);
  await context.close();
});

test("nothing for a screen reader to stumble over, light and dark, phone and desktop, in both languages", async () => {
  const pictures = process.env.XP2P_PICTURES;
  if (pictures) await mkdir(pictures, { recursive: true });
  for (const colorScheme of ["light", "dark"]) {
    for (const [device, viewport] of Object.entries({ phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 900 } })) {
      const locale = colorScheme === "light" ? "en-GB" : "fr-FR";
      const { page, context, complaints } = await returning({ colorScheme, viewport, locale });
      const look = async (name) => {
        assert.deepEqual(await violations(page), [], `${name} ${colorScheme} ${device}`);
        const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
        assert.equal(scrollWidth, clientWidth, `${name} ${device} scrolls sideways`);
        if (pictures) await page.screenshot({ path: `${pictures}/shop-${name}-${colorScheme}-${device}.png`, fullPage: true });
      };
      await look("ready");
      const wallet = await walletOf(page, () => page.locator("#pay button.main").click());
      await state(page, "#pay", "waiting");
      await look("waiting");
      await approve(wallet);
      await page.locator("#refund").waitFor();
      await look("paid");
      assert.equal(await page.locator("html").getAttribute("lang"), locale.slice(0, 2));
      assert.deepEqual(complaints, []);
      await context.close();
    }
  }
});

for (const [name, start] of Object.entries(engines)) {
  const skip = !start && `${name} is not on this machine`;
  test(`${name}: bought by keyboard, decided by the API`, { skip }, async () => {
    const engine = await start();
    try {
      const page = await engine.open(shop.url);
      const until = async (look) => {
        for (;;) {
          const found = await page.evaluate(look);
          if (found) return found;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      };
      await until(() => document.querySelector("#pay")?.client && document.querySelector("#pay").getAttribute("amount"));
      await page.evaluate(() => document.querySelector("#pay").focus());
      await page.press("Enter");
      const url = await until(() => document.querySelector("#pay").walletUrl);
      const payer = await openWallet(shop.sandbox, "alice");
      await payer.approve(new URL(url).searchParams.get("checkout"));
      await until(() => !document.querySelector("#refund").hidden);
      assert.match(await page.evaluate(() => document.querySelector("#steps").textContent), /12[.,]50/);
    } finally {
      await engine.close();
    }
  });
}
