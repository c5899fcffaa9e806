// How <xp2p-button> looks in each state: as high as in every other, readable, and nothing for axe to find, in six
// languages, light and dark, on phone and desktop. The states come from a client of the page's, which holds them still.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { violations } from "./axe.mjs";
import { launch, open } from "./chromium.mjs";
import { serveOrigin } from "./origin.mjs";

const languages = ["en", "fr", "de", "es", "ar", "ja"];
const states = ["idle", "loading", "creating", "approved", "blocked", "paid", "declined", "cancelled", "expired", "refused", "unreachable", "unknown"];

const style = `:root { color-scheme: light dark } body { margin: 0; padding: 1rem; font-family: system-ui; background: Canvas; color: CanvasText }
main { display: grid; gap: 0 1.5rem; grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)) } h1 { grid-column: 1 / -1; margin: 0 0 1rem; font-size: 1rem } xp2p-button { inline-size: 100% }`;

/** Puts a button of each state into the page. */
const script = `const { states, lang } = Object.fromEntries(new URLSearchParams(location.search));
document.documentElement.lang = lang;
document.documentElement.dir = lang === "ar" ? "rtl" : "ltr";
const held = (state) => {
  const receipt = { amount: { value: "12.50", currency: "EUR" }, token: "a.b.c" };
  const error = Object.assign(new Error(state), { code: state === "unreachable" ? "platform_unreachable" : "handle_unknown" });
  const shown = state === "unreachable" ? "refused" : state;
  const ended = ["paid", "declined", "cancelled", "expired", "refused", "unknown"].includes(shown);
  const outcome = ended ? Promise.resolve({ status: shown, receipt, error }) : new Promise(() => {});
  return { state: shown, error, outcome, walletUrl: "https://wallet.example/?checkout=chk_00000000", on: () => () => {}, open: () => true, cancel: async () => {} };
};
for (const state of states.split(" ")) {
  const button = document.createElement("xp2p-button");
  for (const [name, value] of Object.entries({ to: "@lutece", amount: "12.50", currency: "EUR", platform: "https://api.example" })) button.setAttribute(name, value);
  document.querySelector("main").append(button);
  // One that the click has to wait for never comes.
  if (state === "loading") { button.payment.load = () => new Promise(() => {}); button.click(); continue; }
  button.client = { checkout: () => held(state), resumeCheckout: async () => undefined, prepare: async () => {} };
  if (state !== "idle") button.click();
}`;

let browser, origin;
before(async () => {
  const page = '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>The button</title><link rel="stylesheet" href="/style.css"><script type="module" src="/xp2p/button.js"></script><script type="module" src="/states.js"></script></head><body><main><h1>The button</h1></main></body></html>';
  origin = await serveOrigin({ "/states.html": page, "/states.js": script, "/style.css": style });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  origin?.stop();
});

const address = (lang) => `${origin.url}states.html?${new URLSearchParams({ states: states.join(" "), lang })}`;

for (const [device, viewport] of Object.entries({ phone: { width: 360, height: 740 }, desktop: { width: 1100, height: 700 } })) {
  for (const colorScheme of ["light", "dark"]) {
    test(`${device}, ${colorScheme}`, async () => {
      const pictures = process.env.XP2P_PICTURES;
      if (pictures) await mkdir(pictures, { recursive: true });
      for (const lang of languages) {
        const { page, context } = await open(browser, address(lang), { viewport, colorScheme });
        await page.locator("xp2p-button .frame[data-state=unknown]").waitFor();
        assert.deepEqual(await violations(page), [], lang);
        const { heights, sideways, cut } = await page.evaluate(() => ({
          heights: [...document.querySelectorAll("xp2p-button")].map((button) => Math.round(button.getBoundingClientRect().height)),
          sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
          cut: [...document.querySelectorAll("xp2p-button")].filter((button) => [...button.shadowRoot.querySelectorAll(".main, .status:not(.unseen)")].some((part) => part.scrollWidth > part.clientWidth + 1)).length,
        }));
        assert.deepEqual([new Set(heights).size, sideways, cut], [1, 0, 0], `${lang} ${heights}`);
        if (pictures) await page.screenshot({ path: `${pictures}/button-${lang}-${colorScheme}-${device}.png`, fullPage: true });
        await context.close();
      }
    });
  }
}

test("forced colours keep its borders, reduced motion its spinner still", async () => {
  const { page, context } = await open(browser, address("en"), { forcedColors: "active", reducedMotion: "reduce" });
  await page.locator("xp2p-button .frame[data-state=unknown]").waitFor();
  const drawn = await page.evaluate(() => {
    const parts = [...document.querySelectorAll("xp2p-button")].map(({ shadowRoot }) => shadowRoot);
    const main = parts.map((root) => getComputedStyle(root.querySelector(".main:not([hidden])")));
    return { borders: main.filter(({ borderTopColor }) => /^rgba.*, 0\)$/.test(borderTopColor)).length, moving: parts.filter((root) => getComputedStyle(root.querySelector(".spinner")).animationName !== "none").length };
  });
  assert.deepEqual(drawn, { borders: 0, moving: 0 });
  if (process.env.XP2P_PICTURES) await page.screenshot({ path: `${process.env.XP2P_PICTURES}/button-forced.png`, fullPage: true });
  await context.close();
});
