// How many clicks and how long from a cold page to paid, for a payer whose wallet knows them: a machine clicks as soon
// as there is something to click, so what a person thinks is not in it. No figure here passes or fails anything.
import { launch, startShop } from "../browser/chromium.mjs";

const rounds = Number(process.argv[2] ?? "5");
const [browser, shop] = await Promise.all([launch(), startShop()]);
const context = await browser.newContext({ locale: "en-GB" });
let clicks = 0;
await context.exposeFunction("clicked", () => clicks++);
await context.addInitScript(() => addEventListener("click", ({ isTrusted }) => isTrusted && globalThis.clicked(), true));

const first = await context.newPage();
await first.goto(shop.sandbox.walletUrl);
await first.locator("button.person", { hasText: "Alice" }).click();
await first.locator("a.whose").waitFor();
await first.close();

const found = [];
// The first round only warms up.
for (let round = 0; round <= rounds; round++) found.push(await buy());
await browser.close();
await shop.stop();

const [, ...counted] = found;
const median = (name) => counted.map((one) => one[name]).sort((a, b) => a - b)[Math.floor(counted.length / 2)];
console.log("\nfrom a cold page to paid, Chromium, a returning payer   median");
for (const name of Object.keys(counted[0])) console.log(`  ${name.padEnd(52)} ${median(name).toFixed(name === "clicks" ? 0 : 2).padStart(8)}`);

/** One payment, with nothing of the page in the cache. */
async function buy() {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  clicks = 0;
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  await page.goto(shop.url, { waitUntil: "commit" });
  const button = page.locator("#pay button.main:enabled");
  await button.waitFor();
  const drawn = seconds();
  const [wallet] = await Promise.all([page.waitForEvent("popup"), button.click()]);
  const approve = wallet.locator("#approve");
  await approve.waitFor();
  const asked = seconds();
  await wallet.locator("#approve[data-ready=yes]").click();
  await page.locator("#pay .frame[data-state=paid]").waitFor();
  const paid = seconds();
  await page.locator("#refund").waitFor();
  const shipped = seconds();
  await Promise.all([page.close(), wallet.close()]);
  return { clicks, "seconds until the button can be clicked": drawn, "seconds until the wallet shows whom and how much": asked, "seconds until the page says paid": paid, "seconds until the merchant's server has verified": shipped };
}
