// Makes src/amount/locale/table.rs and src/amount/symbol/table.rs out of the CLDR: `cargo xtask tables`.
//
// Arguments: the two files to write, then the codes of ISO 4217 that people pay with.
import { readFileSync, writeFileSync } from "node:fs";

const [localeTable, symbolTable, ...currencies] = process.argv.slice(2);
const json = (path) => JSON.parse(readFileSync(new URL(`node_modules/${path}`, import.meta.url), "utf8"));
const { version } = json("cldr-numbers-full/package.json");

/** Locales whose data somebody has checked; the others only inherit what most of the world does. */
const levels = json("cldr-core/coverageLevels.json").effectiveCoverageLevels;
const covered = json("cldr-core/availableLocales.json").availableLocales.full.filter((locale) => locale in levels);

/** The marks that the parser knows. */
const known = /^[.,'\u00a0\u202f\u066b\u066c]$/;

/** The zero of each numbering system that counts in tens. */
const systems = json("cldr-core/supplemental/numberingSystems.json").supplemental.numberingSystems;
const zero = (system) => Array.from(systems[system]._digits)[0];

const locales = covered.map(read).filter(({ style: { decimal, group } }) => known.test(decimal) && known.test(group));
const aliases = json("cldr-core/supplemental/aliases.json").supplemental.metadata.alias.languageAlias;
for (const [tag, { _replacement }] of Object.entries(aliases)) {
  const target = locales.find((locale) => locale.tag === _replacement);
  if (/^[a-z]{2}$/.test(tag) && target && !locales.some((locale) => locale.tag === tag)) locales.push({ ...target, tag });
}
// `zh-TW` is written in another script than `zh`, and its locale is named after that script.
const likely = json("cldr-core/supplemental/likelySubtags.json").supplemental.likelySubtags;
for (const [tag, full] of Object.entries(likely)) {
  const [language, script, region] = full.split("-");
  const target = [full, `${language}-${script}`].map((name) => locales.find((locale) => locale.tag === name)).find(Boolean);
  if (tag === `${language}-${region}` && target && !locales.some((locale) => locale.tag === tag)) locales.push({ ...target, tag });
}
locales.sort((a, b) => (a.tag < b.tag ? -1 : 1));
const byTag = new Map(locales.map((locale) => [locale.tag, locale]));

/** What a locale gives when its last subtag is left off. */
function parent(tag) {
  const shorter = tag.slice(0, tag.lastIndexOf("-"));
  return shorter === "" || !tag.includes("-") ? undefined : (byTag.get(shorter) ?? parent(shorter));
}

function read(tag) {
  const { numbers } = json(`cldr-numbers-full/main/${tag}/numbers.json`).main[tag];
  const marks = (system) => {
    const symbols = numbers[`symbols-numberSystem-${system}`];
    return { decimal: symbols.currencyDecimal ?? symbols.decimal, group: symbols.currencyGroup ?? symbols.group };
  };
  const system = numbers.defaultNumberingSystem;
  const native = system === "latn" ? undefined : { zero: zero(system), ...marks(system) };
  const pattern = numbers[`currencyFormats-numberSystem-${system}`].standard.split(";")[0];
  const grouping = numbers["decimalFormats-numberSystem-latn"].standard.split(";")[0];
  const style = {
    ...marks("latn"),
    indian: /#,##,##0/.test(grouping),
    least: Number(numbers.minimumGroupingDigits),
    codeFirst: pattern.indexOf("¤") < pattern.indexOf("0"),
    native,
  };
  const entries = json(`cldr-numbers-full/main/${tag}/currencies.json`).main[tag].numbers.currencies;
  const symbols = currencies.map((code) => {
    const { symbol, "symbol-alt-narrow": narrow, "symbol-alt-variant": variant } = entries[code] ?? {};
    return { code, standard: plain(symbol), all: [symbol, narrow, variant].map(plain).filter(Boolean) };
  });
  return { tag, style, symbols };
}

/** A symbol as the parser compares it: without marks of direction, with one kind of space and of yen. */
function plain(symbol) {
  return symbol?.replace(/[\u061c\u200b\u200e\u200f]/g, "").replace(/[\u00a0\u202f]/g, " ").replace("￥", "¥").replace("￦", "₩").trim();
}

// The styles, and the locales of each that cannot be told from their parent.
const styles = new Map();
for (const { tag, style } of locales) {
  const key = rust(style);
  const inherited = parent(tag);
  if (inherited && rust(inherited.style) === key) continue;
  styles.set(key, [...(styles.get(key) ?? []), tag]);
}
writeFileSync(
  localeTable,
  `//! Made by \`cargo xtask tables\` from CLDR ${version}: how numbers of money are written.

use super::style::{Native, Style};

/// Each style with the locales that have it. A locale that is not here has the style of the one that is
/// left when its last subtag is taken off.
#[rustfmt::skip]
pub(super) const STYLES: &[(Style, &str)] = &[
${[...styles].sort((a, b) => b[1].length - a[1].length).map(([style, tags]) => `    (${style}, "${tags.join(" ")}"),`).join("\n")}
];
`,
);

function rust({ decimal, group, indian, least, codeFirst, native }) {
  const digits = native ? `Some(Native { zero: ${char(native.zero)}, decimal: ${char(native.decimal)}, group: ${char(native.group)} })` : "None";
  return `Style { decimal: ${char(decimal)}, group: ${char(group)}, indian: ${indian}, least: ${least}, code_first: ${codeFirst}, native: ${digits} }`;
}

function char(text) {
  const code = text.codePointAt(0);
  return code === 39 ? "'\\''" : code < 127 ? `'${text}'` : `'\\u{${code.toString(16)}}'`;
}

// Symbols of one currency alone, and those that a locale has to tell apart. What a locale shows where it
// wants to be brief ("$" for any dollar) counts for nobody else's currency.
const usual = new Map();
const brief = new Map();
for (const { symbols } of locales) {
  for (const { code, standard, all } of symbols) {
    for (const symbol of all) {
      if (/^[A-Z]{3}$/.test(symbol)) continue;
      const users = symbol === standard ? usual : brief;
      users.set(symbol, (users.get(symbol) ?? new Set()).add(code));
    }
  }
}
const shared = new Set([...usual].filter(([, codes]) => codes.size > 1).map(([symbol]) => symbol));
const ownLines = new Map();
for (const [symbol, codes] of [...brief, ...usual]) {
  const [code] = codes;
  const taken = shared.has(symbol) || codes.size > 1 || (usual.has(symbol) && !usual.get(symbol).has(code));
  if (taken || !within(symbol)) continue;
  ownLines.set(code, (ownLines.get(code) ?? new Set()).add(symbol));
}

/** Whether more than one locale writes it: single ones are transcriptions of the code as a rule. */
function within(symbol) {
  return locales.filter(({ symbols }) => symbols.some(({ all }) => all.includes(symbol))).length > 1;
}

const sharedOf = ({ symbols }) =>
  symbols
    .filter(({ code, standard }) => shared.has(standard) && standard !== code)
    .map(({ code, standard }) => `${standard} ${code}`)
    .join(" ");
const places = new Map();
for (const locale of locales) {
  const meanings = sharedOf(locale);
  const inherited = parent(locale.tag);
  if (inherited ? sharedOf(inherited) === meanings : meanings === "") continue;
  places.set(meanings, [...(places.get(meanings) ?? []), locale.tag]);
}
writeFileSync(
  symbolTable,
  `//! Made by \`cargo xtask tables\` from CLDR ${version}: what people write for a currency.

/// A currency, and the symbols that stand for it alone.
#[rustfmt::skip]
pub(super) const OWN: &[(&str, &[&str])] = &[
${[...ownLines].sort().map(([code, list]) => `    ("${code}", &[${[...list].map((symbol) => JSON.stringify(symbol)).join(", ")}]),`).join("\n")}
];

/// A symbol that several currencies share and the one that it is, and the locales where that is so.
/// A locale that is not here takes the meanings of the one that is left when its last subtag is taken
/// off.
#[rustfmt::skip]
pub(super) const SHARED: &[(&str, &str)] = &[
${[...places].map(([meanings, tags]) => `    (${JSON.stringify(meanings)}, "${tags.join(" ")}"),`).join("\n")}
];
`,
);
