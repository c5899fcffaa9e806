// How <xp2p-button> looks in each state: as high as in every other, readable, and nothing for axe to find, in six
// languages, light and dark, on phone and desktop. The states come from a client of the page's, which holds them still.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { violations } from "./axe.mjs";
import { addressOf, files, languages } from "./button-states.mjs";
import { launch, open } from "./chromium.mjs";
import { serveOrigin } from "./origin.mjs";

let browser, origin;
before(async () => {
  origin = await serveOrigin(files);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  origin?.stop();
});

const address = (lang) => addressOf(origin, lang);

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
          cut: [...document.querySelectorAll("xp2p-button")].filter((button) => [...button.shadowRoot.querySelectorAll(".main, .row")].some((part) => part.scrollWidth > part.clientWidth + 1)).length,
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
