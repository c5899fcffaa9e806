// Pictures of every state of the button, the shop and the wallet, to be looked at: light and dark, phone and desk, in
// English; in French on a phone; with forced colours. `cargo xtask screenshots` writes them below target/.
import { mkdir } from "node:fs/promises";
import { init } from "xp2p";
import { addressOf, files } from "./button-states.mjs";
import { launch, open, startShop } from "./chromium.mjs";
import { serveOrigin } from "./origin.mjs";
import { asker } from "./payer.mjs";

const [folder = "target/screenshots"] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
await init();
const [browser, shop, origin] = await Promise.all([launch(), startShop(), serveOrigin(files)]);
const { sandbox } = shop;
const registered = await asker(sandbox, { origin: "https://lutece.example" });
const unregistered = await asker(sandbox, { origin: "https://lutece-books.example" });
const platform = (path, content) => fetch(sandbox.url + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(content) });

const phone = { width: 390, height: 844 };
const desk = { width: 1280, height: 800 };
const looks = {
  "light-phone": { viewport: phone },
  "light-desktop": { viewport: desk },
  "dark-phone": { viewport: phone, colorScheme: "dark" },
  "dark-desktop": { viewport: desk, colorScheme: "dark" },
  "french-phone": { viewport: phone, locale: "fr-FR" },
  "forced-phone": { viewport: phone, forcedColors: "active", colorScheme: "dark" },
};

let people = 0;
/** Somebody new, so that what one look does is not in the next one's way. */
async function person(funds = "500.00") {
  const handle = `looker.${++people}`;
  await platform("/sandbox/accounts", { handle, name: `Noor Haddad`, funds: [{ value: funds, currency: "EUR" }, { value: "100.00", currency: "USD" }] });
  return handle;
}

for (const [look, options] of Object.entries(looks)) {
  await button(look, options);
  await wallet(look, options);
  await theShop(look, options);
}
await browser.close();
origin.stop();
await shop.stop();
console.log(folder);

async function button(look, options) {
  for (const lang of options.locale ? ["fr"] : ["en", "ar"]) {
    const { page, context } = await open(browser, addressOf(origin, lang), options);
    await page.locator("xp2p-button .frame[data-state=unknown]").waitFor();
    await page.screenshot({ path: `${folder}/button-${lang}-${look}.png`, fullPage: true });
    await context.close();
  }
}

async function wallet(look, options) {
  const { page, context } = await open(browser, "about:blank", options);
  const at = (query = "") => page.goto(`${sandbox.walletUrl}${query}`);
  const view = (name) => page.locator(`[data-view="${name}"]`).waitFor();
  const picture = (name) => page.screenshot({ path: `${folder}/wallet-${name}-${look}.png`, fullPage: true });
  const seen = async (name, as = name) => {
    await view(name);
    await picture(as);
  };
  const agree = () => page.locator("#approve[data-ready=yes]").click();
  const signIn = async (handle) => {
    await view("sign-in");
    await page.locator("#handle").fill(handle);
    await page.locator("#handle").press("Enter");
  };
  const words = { note: "Two paperbacks, gift-wrapped", reference: "order-1042" };

  await at("opening");
  await picture("opening");
  const first = await registered.checkout(words);
  await at(`?checkout=${first.id}`);
  await seen("sign-in");
  await page.locator(".or button").click();
  await view("sign-up");
  await page.locator("#name").fill("Noor Haddad");
  await picture("sign-up");
  await page.locator(".back").click();
  const handle = await person();
  await signIn(handle);
  await view("approval");
  await page.locator("#approve[data-ready=yes]").waitFor();
  await picture("approval-first-payment");
  // The platform is slow: what was agreed to is on its way; and then its answer is lost.
  await page.route("**/approve", (route) => route.request().method() === "POST" ? route.abort("connectionreset") : route.continue());
  await agree();
  await seen("finding-out", "unknown");
  await page.unroute("**/approve");
  await view("paid");
  await picture("approved");
  await page.locator("summary").click();
  await picture("approved-receipt");
  const known = await registered.checkout(words);
  await at(`?checkout=${known.id}`);
  await seen("approval", "approval-known");
  await page.locator("#decline").click();
  await seen("declined");
  const strange = await unregistered.checkout({ to: "tamarind" });
  await at(`?checkout=${strange.id}`);
  await seen("approval", "approval-unverified-site");
  const reviewed = await registered.checkout({ value: "11.07" });
  await at(`?checkout=${reviewed.id}`);
  await view("approval");
  await agree();
  await seen("reviewing");
  await view("paid");
  const dear = await registered.checkout({ value: "900.00" });
  await at(`?checkout=${dear.id}`);
  await seen("insufficient");
  const taken = await registered.checkout();
  await registered.cancel(taken.id);
  await at(`?checkout=${taken.id}`);
  await seen("cancelled");
  const late = await registered.checkout({ expires_in: 60 });
  await platform("/sandbox/clock", { advance: 61 });
  await at(`?checkout=${late.id}`);
  await seen("expired");
  await platform("/sandbox/clock", { ahead: 0 });
  await at("?checkout=chk_0000000000");
  await seen("not-found");
  const link = await registered.link({ note: "Tips" });
  await at(`?link=${link.id}`);
  await seen("link");
  await page.locator("#allow[data-ready=yes]").click();
  await seen("link-allowed");

  const debug = await context.newCDPSession(page);
  await debug.send("WebAuthn.enable");
  const { authenticatorId } = await debug.send("WebAuthn.addVirtualAuthenticator", { options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
  await at("#settings");
  await view("settings");
  await page.locator("#add-passkey").click();
  await page.locator("[data-passkey]").waitFor();
  await picture("settings");
  await debug.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  const large = await registered.checkout({ value: "250.00" });
  await at(`?checkout=${large.id}`);
  await view("approval");
  await agree();
  await seen("passkey");
  for (const name of ["activity", "devices", "pages"]) {
    // Another address first: the same one with another fragment would not be loaded again.
    await at(`#${name}`);
    await seen(name);
  }
  await page.locator("[aria-expanded]").first().click();
  await picture("limits");
  await page.route(`${sandbox.url}/**`, (route) => route.abort());
  await at("?again");
  await seen("unreachable");
  await context.close();
}

async function theShop(look, options) {
  const { page, context } = await open(browser, shop.url, options);
  const picture = (name) => page.screenshot({ path: `${folder}/shop-${name}-${look}.png`, fullPage: true });
  const agree = async (click) => {
    const [wallet] = await Promise.all([page.waitForEvent("popup"), click()]);
    await wallet.locator("#approve[data-ready=yes], #allow[data-ready=yes]").click();
    await wallet.locator("[data-view=paid], [data-view=link-allowed]").waitFor();
    await wallet.close();
  };
  const signIn = await context.newPage();
  await signIn.goto(sandbox.walletUrl);
  await signIn.locator("#handle").fill(await person());
  await signIn.locator("#handle").press("Enter");
  await signIn.locator("a.whose").waitFor();
  await signIn.close();
  await page.locator("#pay button.main:enabled").waitFor();
  await page.locator("#link:not(:empty)").waitFor();
  await picture("ready");
  for (const details of await page.locator("details").all()) await details.evaluate((element) => (element.open = true));
  await picture("sources");
  for (const details of await page.locator("details").all()) await details.evaluate((element) => (element.open = false));
  const [waiting] = await Promise.all([page.waitForEvent("popup"), page.locator("#pay button.main").click()]);
  await waiting.locator("#approve[data-ready=yes]").waitFor();
  await picture("waiting");
  await waiting.locator("#approve").click();
  await waiting.locator("[data-view=paid]").waitFor();
  await waiting.close();
  await page.locator("#refund").waitFor();
  await agree(() => page.locator("#bookmark").click());
  await page.locator("#bookmark-status[data-state=paid]").waitFor();
  await agree(() => page.locator("#link").click());
  await page.locator("#tips-status[data-state=active]").waitFor();
  await page.locator("#tips button").first().click();
  await page.locator("#tips-status[data-state=paid]").waitFor();
  await picture("paid");
  await page.locator("#refund").click();
  await page.locator("#steps li").nth(2).waitFor();
  await picture("refunded");
  await context.close();
}
