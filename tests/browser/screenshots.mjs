// Pictures of every state of the button, the shop and the wallet, to be looked at, in every engine that is here: light
// and dark, on a phone and a desk, in English; in French on a phone; with forced colours. `cargo xtask screenshots`
// writes them below target/, and says what an engine has not shown.
import { mkdir } from "node:fs/promises";
import { init } from "xp2p";
import { addressOf, files } from "./button-states.mjs";
import { startShop } from "./chromium.mjs";
import { engines } from "./engines.mjs";
import { serveOrigin } from "./origin.mjs";
import { asker } from "./payer.mjs";
import { shopStates, walletStates } from "./screenshot-states.mjs";
import { until } from "./wallet-page.mjs";

const [folder = "target/screenshots", ...only] = process.argv.slice(2);

const phone = { width: 390, height: 844 };
const desk = { width: 1280, height: 800 };
const looks = {
  "light-phone": phone,
  "light-desktop": desk,
  "dark-phone": { ...phone, dark: true },
  "dark-desktop": { ...desk, dark: true },
  "french-phone": { ...phone, language: "fr-FR" },
  "forced-phone": { ...phone, dark: true, forced: true },
};

/** The button is one page with all its states. */
const states = (language) => ({
  button: Object.fromEntries((language ? ["fr"] : ["en", "ar"]).map((lang) => [lang, async ({ page }) => {
    await page.goto(addressOf(origin, lang));
    await until(page, () => document.querySelectorAll("xp2p-button").length && [...document.querySelectorAll("xp2p-button")].at(-1).shadowRoot.querySelector("[data-state=unknown]") !== null);
  }])),
  wallet: walletStates,
  shop: shopStates,
});

await init();
const [shop, origin] = await Promise.all([startShop(), serveOrigin(files)]);
const { sandbox } = shop;
const registered = await asker(sandbox, { origin: "https://lutece.example" });
const unregistered = await asker(sandbox, { origin: "https://lutece-books.example" });

const missing = new Set();
let people = 0;
for (const [name, start] of Object.entries(engines)) {
  if (only.length && !only.includes(name)) continue;
  if (!start) {
    missing.add(`${name} is not on this machine`);
    continue;
  }
  for (const [look, wanted] of Object.entries(looks)) await take(name, start, look, wanted);
}
origin.stop();
await shop.stop();
for (const what of missing) console.log(`left out: ${what}`);
console.log(folder);

/** Everything, in one engine, as it looks there. */
async function take(name, start, look, wanted) {
  const engine = await start({ language: "en-GB", ...wanted });
  const target = `${folder}/${name}`;
  await mkdir(target, { recursive: true });
  try {
    for (const [place, reached] of Object.entries(states(wanted.language))) {
      const page = await engine.open(origin.url);
      const lacks = await page.evaluate(lacking, wanted);
      if (lacks.length) return missing.add(`${look} in ${name}, which has no ${lacks.join(" and no ")}`);
      const asked = { page, sandbox, shop, registered, unregistered, post, handle: await person() };
      for (const [state, reach] of Object.entries(reached)) {
        const lack = await reach(asked).catch((error) => {
          throw new Error(`${place} ${state}, ${look} in ${name}`, { cause: error });
        });
        await page.evaluate(settled);
        if (lack) missing.add(`${place} ${state} in ${name}, which has no ${lack}`);
        else await page.picture(`${target}/${place}-${state}-${look}.png`);
      }
      await page.close();
    }
  } finally {
    await engine.close();
  }
}

/** Runs in a page: what it does not have of what was wanted. */
function lacking({ width, dark = false, forced = false, language = "en" }) {
  const has = (query) => matchMedia(query).matches;
  const found = { [`width of ${width}`]: innerWidth === width, "dark pages": has("(prefers-color-scheme: dark)") === dark, "forced colours": has("(forced-colors: active)") === forced, [`pages in ${language}`]: navigator.language.startsWith(language.slice(0, 2)) };
  return Object.keys(found).filter((name) => !found[name]);
}

/** Runs in a page: until what changes for a moment has changed. */
function settled() {
  return Promise.allSettled(document.getAnimations().filter((animation) => animation instanceof CSSTransition).map(({ finished }) => finished)).then(() => {});
}

/** Somebody new, so that what one did is not in the next one's way. */
async function person() {
  const handle = `looker.${++people}`;
  await post("/sandbox/accounts", { handle, name: "Noor Haddad", funds: [{ value: "500.00", currency: "EUR" }, { value: "100.00", currency: "USD" }] });
  return handle;
}

async function post(path, content) {
  const answer = await fetch(sandbox.url + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(content) });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
}
