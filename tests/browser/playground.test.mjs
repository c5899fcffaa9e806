// The playground, in a real browser: what is typed becomes a value, minor units, or a refusal.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { start } from "../sandbox.mjs";
import { violations } from "./axe.mjs";
import { launch, open } from "./chromium.mjs";

let browser, server;
before(async () => {
  const program = join(import.meta.dirname, "../../www/playground/server.mjs");
  [browser, server] = await Promise.all([launch(), start(process.execPath, program, "--listen", "127.0.0.1:0")]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const verdict = (page, state) => page.locator(`#verdict[data-state=${state}]`);
const result = async (page) => {
  const [terms, values] = await Promise.all(["dt", "dd"].map((name) => page.locator(`#result ${name}`).allTextContents()));
  return Object.fromEntries(terms.map((term, index) => [term, values[index]]));
};

test("an ambiguous amount is refused, and a suggestion settles it", async () => {
  const { page, context, complaints } = await open(browser, server.url);
  await verdict(page, "refused").waitFor();
  assert.equal(await verdict(page, "refused").textContent(), "Refused: ambiguous");
  assert.equal((await result(page)).Code, "amount_malformed");
  assert.deepEqual(await page.locator("#suggestions li").allTextContents(), ["1.234,00\u00a0€", "1,23\u00a0€"]);
  await page.locator("#suggestions").getByRole("button", { name: "1,23" }).click();
  await verdict(page, "taken").waitFor();
  assert.equal(await page.locator("#text").inputValue(), "1,23");
  assert.deepEqual(await result(page), { Value: "1.23", "Minor units": "123", Written: "1,23\u00a0€", Currency: "EUR, 978, 2 decimals" });
  assert.deepEqual(complaints, []);
  await context.close();
});

test("all of it works by keyboard, and every example gives an answer", async () => {
  const { page, context, complaints } = await open(browser, server.url);
  await verdict(page, "refused").waitFor();
  for (const expected of ["locale", "currency", "exponent", "text"]) {
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.id), expected);
  }
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await verdict(page, "taken").waitFor();
  assert.equal(await verdict(page, "taken").textContent(), "1234.00 EUR");
  const answers = [];
  for (const button of await page.locator("#examples button").all()) {
    await button.focus();
    await page.keyboard.press("Enter");
    answers.push(await page.locator("#verdict").textContent());
  }
  assert.deepEqual(answers, [
    "Refused: ambiguous",
    "1234.50 EUR",
    "Refused: marks",
    "Refused: ambiguous",
    "Refused: currency",
    "1234.50 CHF",
    "1234567.50 INR",
    "1234.50 EUR",
    "1234 JPY",
    "Refused: decimals",
  ]);
  await page.locator("#field").focus();
  await page.keyboard.type("1234,5");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#sent").textContent(), "amount=1234.50");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a platform's decimals, an unknown locale and an unknown currency", async () => {
  const { page, context } = await open(browser, server.url);
  await verdict(page, "refused").waitFor();
  await page.locator("#exponent").selectOption("0");
  await verdict(page, "taken").waitFor();
  assert.equal((await result(page)).Value, "1234");
  await page.locator("#locale").fill("xx");
  assert.equal(await verdict(page, "unknown").textContent(), "Not known: locale");
  await page.locator("#locale").fill("fr");
  await page.locator("#currency").fill("XAU");
  assert.equal(await verdict(page, "unknown").textContent(), "Not known: currency");
  await context.close();
});

test("nothing for a screen reader to stumble over, light and dark, phone and desktop", async () => {
  const pictures = process.env.XP2P_PICTURES;
  if (pictures) await mkdir(pictures, { recursive: true });
  for (const colorScheme of ["light", "dark"]) {
    for (const [device, viewport] of Object.entries({ phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 900 } })) {
      const { page, context } = await open(browser, server.url, { colorScheme, viewport });
      const look = async (name) => {
        await verdict(page, name).waitFor();
        assert.deepEqual(await violations(page), [], `${name} ${colorScheme} ${device}`);
        const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
        assert.equal(scrollWidth, clientWidth, `${name} ${device} scrolls sideways`);
        if (pictures) await page.screenshot({ path: `${pictures}/playground-${name}-${colorScheme}-${device}.png`, fullPage: true });
      };
      await look("refused");
      await page.locator("#text").fill("1.234.567,5");
      await look("taken");
      await context.close();
    }
  }
});
