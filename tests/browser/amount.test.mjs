// Amounts in the three engines: the same answers everywhere, and the field for forms under real keys.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import * as xp2p from "xp2p/amount";
import { locales } from "../locales.mjs";
import { vectors } from "../vectors.mjs";
import { engines } from "./engines.mjs";

const published = new URL("./", import.meta.resolve("xp2p"));
const page = `<!doctype html><html lang="de"><meta charset="utf-8"><title>A form</title>
<form id="form"><input id="previous" aria-label="Previous"><label>Amount <input id="amount" name="amount" required></label><input id="next" aria-label="Next"></form>`;

let server, origin;
before(async () => {
  await xp2p.init();
  server = createServer(async ({ url }, response) => {
    const [, name] = /^\/xp2p\/([\w.-]+)$/.exec(url) ?? [];
    const body = name ? await readFile(new URL(name, published)).catch(() => undefined) : page;
    response.writeHead(body ? 200 : 404, { "content-type": name ? "text/javascript" : "text/html; charset=utf-8" }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server?.close();
  server?.closeAllConnections();
});

/** What amounts come to in each locale: run in Node and in each engine. */
async function everywhere(xp2p, locales, typed) {
  await xp2p.init();
  const outcome = (call) => {
    try {
      return call();
    } catch ({ code, reason, suggestions }) {
      return { code, reason, suggestions };
    }
  };
  const amounts = [["EUR", "1234567.50"], ["USD", "0.05"], ["JPY", "12345"], ["INR", "9007199254740993.01"], ["KWD", "1.234"]];
  const texts = ["1.234", "1,234", "1 234,50", "1,234.50", "1.234,50", "12,34,567.5", "1'234.5", "١٬٢٣٤٫٥", "$5", "5 kr", "¥5", "£5", "12,5", "12.5"];
  const found = { typed: typed.map(({ text, locale, currency }) => outcome(() => xp2p.parseAmount(text, { locale, currency }))) };
  for (const locale of locales) {
    found[locale] = {
      numbers: amounts.map(([currency, value]) => xp2p.formatAmountNumber({ value, currency }, locale)),
      read: texts.map((text) => outcome(() => xp2p.parseAmount(text, { locale, currency: "USD" }))),
      back: amounts.filter(([currency, value]) => {
        const text = xp2p.formatAmount({ value, currency }, locale);
        return outcome(() => xp2p.parseAmount(text, { locale, currency })).value !== value;
      }),
    };
  }
  return found;
}

const typed = vectors("amount-typed").map(({ text, locale, currency }) => ({ text, locale, currency }));

/** What stands in the field and in the form. */
function state() {
  const input = document.getElementById("amount");
  return {
    text: input.value,
    caret: input.selectionStart,
    sent: new FormData(document.getElementById("form")).get("amount"),
    message: input.validationMessage,
    valid: input.form.checkValidity(),
  };
}

/** Turns the page's field into one for amounts. */
async function attach(options) {
  const { amountInput, init } = await import("/xp2p/amount-input.js");
  await init();
  window.attached?.detach();
  const input = document.getElementById("amount");
  input.value = options.initial ?? "";
  window.attached = amountInput(input, options);
  return [input.inputMode, input.getAttribute("autocomplete")];
}

for (const [name, start] of Object.entries(engines)) {
  const skip = !start && `there is no ${name} on this machine`;
  test(name, { skip }, async (t) => {
    const engine = await start();
    try {
      await t.test("reads and writes as Node does, in every locale", async () => {
        const tab = await engine.open(`${origin}/`);
        const source = `async (locales, typed) => (${everywhere})(await import("/xp2p/amount.js"), locales, typed)`;
        const found = await tab.evaluate(source, locales, typed);
        const expected = JSON.parse(JSON.stringify(await everywhere(xp2p, locales, typed)));
        assert.deepEqual(found, expected);
        assert.deepEqual(locales.filter((locale) => found[locale].back.length > 0), []);
        await tab.close();
      });

      await t.test("the field checks while somebody types and formats when it is left", async () => {
        const tab = await engine.open(`${origin}/`);
        assert.deepEqual(await tab.evaluate(attach, { currency: "EUR", initial: "12.5" }), ["decimal", "transaction-amount"]);
        assert.deepEqual(await tab.evaluate(state), { text: "12,50", caret: 5, sent: "12.50", message: "", valid: true });
        await tab.evaluate(attach, { currency: "EUR", language: "en" });

        await tab.click("#amount");
        await tab.type("1234567,5");
        assert.deepEqual(await tab.evaluate(state), { text: "1234567,5", caret: 9, sent: "1234567.50", message: "", valid: true });
        await tab.press("Tab");
        assert.equal((await tab.evaluate(state)).text, "1.234.567,50");
        assert.equal((await tab.evaluate(state)).sent, "1234567.50");

        // A digit in the middle: the caret stays where the person has it.
        await tab.evaluate(() => {
          const input = document.getElementById("amount");
          input.focus();
          input.setSelectionRange(2, 2);
        });
        assert.equal((await tab.evaluate(state)).text, "1234567,50");
        for (const key of ["9", "8", "Backspace"]) await tab.press(key);
        const { text, caret, sent } = await tab.evaluate(state);
        assert.deepEqual([text, caret, sent], ["12934567,50", 3, "12934567.50"]);
        await tab.press("Tab");
        assert.equal((await tab.evaluate(state)).text, "12.934.567,50");
        await tab.close();
      });

      await t.test("what is no amount is said in the person's language and is not sent", async () => {
        const tab = await engine.open(`${origin}/`);
        await tab.evaluate(attach, { currency: "EUR", language: "en" });
        await tab.click("#amount");
        await tab.type("1.234");
        assert.deepEqual(await tab.evaluate(state), { text: "1.234", caret: 5, sent: "", message: "Did you mean 1.234,00\u00a0€ or 1,23\u00a0€?", valid: false });
        await tab.press("Tab");
        assert.equal((await tab.evaluate(state)).text, "1.234");
        const limits = { code: "EUR", exponent: 2, minimum: { value: "5.00", currency: "EUR" } };
        await tab.evaluate(attach, { currency: "EUR", locale: "fr", settings: limits });
        await tab.click("#amount");
        await tab.type("4,9");
        assert.equal((await tab.evaluate(state)).message, "Saisissez au moins 5,00\u00a0€.");
        await tab.press("Backspace");
        await tab.press("Backspace");
        await tab.press("Backspace");
        await tab.type("5");
        await tab.press("Tab");
        assert.deepEqual(await tab.evaluate(() => window.attached.amount), { value: "5.00", currency: "EUR" });
        assert.deepEqual((({ text, sent, valid }) => [text, sent, valid])(await tab.evaluate(state)), ["5,00", "5.00", true]);
        const set = (value) => {
          try {
            window.attached.amount = value;
          } catch ({ code }) {
            return code;
          }
          return document.getElementById("amount").value;
        };
        assert.equal(await tab.evaluate(set, { value: "1234.5", currency: "EUR" }), "1\u202f234,50");
        assert.equal(await tab.evaluate(set, { value: "1.00", currency: "USD" }), "currency_mismatch");
        assert.equal((await tab.evaluate(state)).sent, "1234.50");
        assert.equal((await tab.evaluate(attach, { currency: "JPY", locale: "ja" }))[0], "numeric");
        await tab.close();
      });

      await t.test("leaving and coming back by keyboard keeps the amount", async () => {
        const tab = await engine.open(`${origin}/`);
        await tab.evaluate(attach, { currency: "USD", locale: "en-US", initial: "1234.5" });
        // A field that the Tab key reaches is selected as a whole: what is typed takes its place.
        await tab.click("#previous");
        await tab.press("Tab");
        assert.equal((await tab.evaluate(state)).text, "1234.50");
        await tab.type("7");
        await tab.press("Tab");
        assert.deepEqual((({ text, sent }) => [text, sent])(await tab.evaluate(state)), ["7.00", "7.00"]);
        // Reset brings back what the page wrote, which is nothing.
        await tab.evaluate(() => document.getElementById("form").reset());
        assert.equal((await tab.evaluate(state)).sent, "");
        await tab.close();
      });
    } finally {
      await engine.close();
    }
  });
}
