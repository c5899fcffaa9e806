// The button's texts: every language says everything, and names the amount where the others do.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { transform } from "esbuild";

const source = await readFile(join(import.meta.dirname, "../../pkg/src/button-words.ts"), "utf8");
const { code } = await transform(source, { loader: "ts", format: "esm" });
const { LANGUAGES, wordsOf } = await import(`data:text/javascript,${encodeURIComponent(code)}`);

const placeholders = (words) => Object.fromEntries(Object.entries(words).map(([key, text]) => [key, text.match(/\{\w+\}/g)]));

test("the languages have the same texts, with the same amounts in them", () => {
  assert.deepEqual(Object.keys(LANGUAGES).sort(), ["ar", "de", "en", "es", "fr", "ja"]);
  for (const [language, words] of Object.entries(LANGUAGES)) {
    assert.deepEqual(Object.keys(words), Object.keys(LANGUAGES.en), language);
    assert.deepEqual(placeholders(words), placeholders(LANGUAGES.en), language);
    for (const [key, text] of Object.entries(words)) assert.ok(text.trim() === text && text, `${language} ${key}`);
  }
});

test("a tag finds its language, and English where there is none", () => {
  assert.equal(wordsOf("de-AT").language, "de");
  assert.equal(wordsOf("AR-eg").language, "ar");
  for (const tag of ["nl", "", "constructor", "__proto__"]) assert.equal(wordsOf(tag).language, "en", tag);
});
