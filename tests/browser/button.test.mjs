// <xp2p-button> in the three engines: real payments, each state drawn and said, keyboard, forms, languages, and no
// violation of a strict policy.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { init } from "xp2p";
import { startSandbox } from "../sandbox.mjs";
import { openWallet } from "../wallet.mjs";
import { engines } from "./engines.mjs";
import { serveOrigin } from "./origin.mjs";

const script = "xp2p-button.min.js";
let sandbox, payer, origin;
before(async () => {
  await init();
  sandbox = await startSandbox();
  payer = await openWallet(sandbox, "alice");
  const hash = JSON.parse(await readFile(new URL(import.meta.resolve("xp2p/package.json").replace("package.json", "dist/integrity.json"))))[script];
  const page = (head, attributes = "") => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A shop</title><script src="/watch.js"></script>${head}</head>
    <body><form id="form"><xp2p-button name="receipt" required platform="${sandbox.url}" to="@lutece" amount="12.50" currency="EUR" ${attributes}></xp2p-button></form><p id="below">Below</p></body></html>`;
  const module = '<script type="module" src="/xp2p/button.js"></script>';
  const files = {
    "/module.html": page(module),
    "/early.html": page('<script src="/early.js" defer></script>' + module),
    // A port that nobody listens on, and an address that is none.
    "/away.html": page(module).replace(sandbox.url, "http://127.0.0.1:9"),
    "/nowhere.html": page(module).replace(sandbox.url, "not an address"),
    "/french.html": page(module).replace('lang="en"', 'lang="fr"'),
    "/script.html": page(`<script src="/xp2p/${script}" integrity="${hash}" crossorigin></script>`),
    "/other.html": page(`<script src="/xp2p/${script}" integrity="${hash.replace(/.{8}$/, "AAAAAAAA")}" crossorigin></script>`),
    // What the policy objects to, and the window that the browser would open.
    "/watch.js": 'window.violations = []; addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => violations.push(`${violatedDirective} ${blockedURI}`)); window.events = []; addEventListener("xp2p-change", ({ detail }) => events.push(detail.state));',
    "/early.js": 'document.querySelector("xp2p-button").words = { pay: "Betaal {amount}" };',
  };
  const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src ${sandbox.url}; img-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'; form-action 'none'; base-uri 'none'`;
  origin = await serveOrigin(files, { "content-security-policy": policy, "access-control-allow-origin": "*" });
});
after(async () => {
  origin?.stop();
  await sandbox?.stop();
});

/** What the button shows and says, read in the page. */
const look = () => {
  const button = document.querySelector("xp2p-button");
  if (!button?.shadowRoot) return {};
  const find = (selector) => button.shadowRoot.querySelector(selector);
  const main = find("a.main:not([hidden])") ?? find("button.main");
  return {
    state: button.state,
    loaded: button.client !== undefined,
    label: main.textContent,
    status: find("[role=status]").textContent,
    busy: find(".frame").getAttribute("aria-busy"),
    disabled: main.disabled === true,
    href: main.href ?? null,
    dir: find(".frame").dir,
    actions: [...button.shadowRoot.querySelectorAll(".actions:not([hidden]) button:not([hidden])")].map(({ textContent }) => textContent),
    focused: button.shadowRoot.activeElement?.textContent ?? null,
    walletUrl: button.walletUrl ?? null,
    valid: document.querySelector("form").checkValidity(),
    sent: new FormData(document.querySelector("form")).get("receipt"),
    violations: window.violations,
    events: window.events,
    height: button.getBoundingClientRect().height,
  };
};

/** Waits until the button is in a state, for as long as the test runs; until a click has nothing to wait for. */
const reached = async (page, state, wallet = false) => {
  for (;;) {
    const shown = await page.evaluate(look);
    if (shown.state === state && shown.loaded && (!wallet || shown.walletUrl)) return shown;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const idOf = ({ walletUrl }) => new URL(walletUrl).searchParams.get("checkout");

/** The keys that a payer presses: to the button, and Enter. */
const press = async (page) => {
  await page.front();
  await page.evaluate(() => document.querySelector("xp2p-button").focus());
  await page.press("Enter");
};

/** The platform is away from now on, once it has made the checkout if there is one to be made; `back()` ends that. */
const goAway = (afterwards) => {
  const { fetch } = window;
  let away = !afterwards;
  window.fetch = async (url, settings) => {
    if (!away && settings.method === "POST" && url.endsWith("/v1/checkouts")) {
      window.made = (await (await fetch(url, settings)).json()).id;
      away = true;
    }
    if (away) throw new TypeError("the network is gone");
    return fetch(url, settings);
  };
  window.back = () => void (window.fetch = fetch);
};

/** Ten minutes go by in which nothing is heard of the platform. */
const wait = () => {
  const { now } = Date;
  Date.now = () => now() + 600_000;
  const { back } = window;
  window.back = () => {
    Date.now = now;
    back();
  };
};

for (const [name, startEngine] of Object.entries(engines)) {
  const options = { skip: !startEngine && `${name} is not on this machine` };

  test(`${name}: the button`, options, async (t) => {
    const engine = await startEngine();
    t.after(() => engine.close());
    let opened;
    const open = async (path) => {
      await opened?.close();
      return (opened = await engine.open(origin.url + path));
    };

    await t.test("requirement 18: by keyboard it asks, waits, and is paid; the form has the receipt; the policy nothing to object to", async () => {
      for (const path of ["module.html", "script.html"]) {
        const page = await open(path);
        const idle = await reached(page, "idle");
        assert.equal(idle.label, "Pay €12.50");
        assert.equal(idle.status, "You agree in your wallet. Nothing is paid before.");
        assert.deepEqual([idle.valid, idle.sent, idle.busy], [false, null, "false"]);
        const before = Number(await sandbox.balance("lutece"));
        await press(page);
        const waiting = await reached(page, "waiting", true);
        assert.deepEqual([waiting.label, waiting.busy, waiting.valid], ["Waiting for your wallet…", "true", false]);
        assert.deepEqual(waiting.actions, ["Show the wallet", "Cancel"]);
        // Its attributes are the page's to change, what was asked for is not (requirement 10).
        await page.evaluate(() => document.querySelector("xp2p-button").setAttribute("amount", "1.00"));
        assert.equal((await payer.checkout(idOf(waiting))).amount.value, "12.50");
        await payer.approve(idOf(waiting));
        const paid = await reached(page, "paid");
        assert.deepEqual([paid.label, paid.status, paid.busy, paid.valid], ["Paid €12.50", "Receipt verified. Thank you.", "false", true]);
        assert.equal(paid.sent.split(".").length, 3);
        assert.deepEqual(paid.violations, []);
        assert.deepEqual(paid.events.filter((state) => state !== "loading"), ["waiting", "paid"]);
        assert.equal(paid.height, idle.height);
        assert.equal(Number(await sandbox.balance("lutece")), before + 12.5);
        // Once more it is not paid by pressing on.
        await press(page);
        assert.equal((await page.evaluate(look)).state, "paid");
      }
    });

    await t.test("requirement 19: a script that is not the one the page names does not run", async () => {
      const page = await open("other.html");
      assert.equal(await page.evaluate(() => customElements.get("xp2p-button") === undefined), true);
    });

    await t.test("declined, then cancelled, then asked again", async () => {
      const page = await open("module.html");
      await reached(page, "idle");
      await press(page);
      await payer.decline(idOf(await reached(page, "waiting", true)));
      const declined = await reached(page, "declined");
      assert.deepEqual([declined.label, declined.status], ["Pay €12.50", "Declined in the wallet. Nothing was paid."]);
      await press(page);
      const again = await reached(page, "waiting", true);
      // To the second of the two actions, and it hands the focus back.
      await page.front();
      await page.press("Tab");
      await page.press("Tab");
      assert.equal((await page.evaluate(look)).focused, "Cancel");
      await page.press("Enter");
      const cancelled = await reached(page, "cancelled");
      assert.deepEqual([cancelled.status, cancelled.focused], ["Cancelled. Nothing was paid.", "Pay €12.50"]);
      assert.equal((await payer.checkout(idOf(again))).status, "cancelled");
    });

    await t.test("requirement 4: where the browser opens no window, the button is a link to the wallet", async () => {
      const page = await open("module.html");
      await reached(page, "idle");
      await page.evaluate(() => void (window.open = () => null));
      await press(page);
      const blocked = await reached(page, "blocked", true);
      assert.deepEqual([blocked.label, blocked.href, blocked.focused], ["Open the wallet", blocked.walletUrl, "Open the wallet"]);
      assert.deepEqual(blocked.actions, ["Cancel"]);
      await payer.approve(idOf(blocked));
      assert.equal((await reached(page, "paid")).label, "Paid €12.50");
    });

    await t.test("a reload in the middle: the button goes on with what it asked for", async () => {
      const page = await open("module.html");
      await reached(page, "idle");
      await page.evaluate(() => document.querySelector("xp2p-button").setAttribute("reference", "order-7"));
      await press(page);
      const id = idOf(await reached(page, "waiting", true));
      await page.reload();
      await page.evaluate(() => document.querySelector("xp2p-button").setAttribute("reference", "order-7"));
      assert.equal(idOf(await reached(page, "waiting", true)), id);
      await payer.approve(id);
      await reached(page, "paid");
    });

    await t.test("requirement 8: a lost answer of a platform that stays away is unknown and never failed, and goes on when it is back", async () => {
      const mark = (page, reference) => page.evaluate((reference) => document.querySelector("xp2p-button").setAttribute("reference", reference), reference);
      const ways = { pressed: press, reloaded: (page) => page.reload().then(() => mark(page, `${name}-reloaded`)) };
      for (const [way, comesBack] of Object.entries(ways)) {
        const reference = `${name}-${way}`;
        const page = await open("module.html");
        await reached(page, "idle");
        await mark(page, reference);
        await page.evaluate(goAway, true);
        await press(page);
        while (!(await page.evaluate(() => window.made))) await new Promise((resolve) => setTimeout(resolve, 50));
        const made = await page.evaluate(() => window.made);
        await page.evaluate(wait);
        const unknown = await reached(page, "unknown");
        assert.deepEqual([unknown.label, unknown.status, unknown.disabled, unknown.sent], ["Check again", "Not known yet whether it was paid. You will not pay twice.", false, null]);
        assert.equal(unknown.events.includes("failed"), false);
        // Whatever the page has changed meanwhile, pressing it finds out about that one.
        await page.evaluate(() => document.querySelector("xp2p-button").setAttribute("amount", "99.00"));
        await page.evaluate(() => window.back());
        await comesBack(page);
        const waiting = await reached(page, "waiting", true);
        assert.equal(idOf(waiting), made);
        await payer.approve(made);
        assert.equal((await reached(page, "paid")).label, "Paid €12.50");
        const { payments } = await (await fetch(`${sandbox.url}/sandbox/payments`)).json();
        assert.deepEqual(payments.filter((payment) => payment.reference === reference).map(({ checkout }) => checkout), [made]);
      }
    });

    await t.test("a platform that is away before anything was asked is said calmly, and the payer need not wait for it", async () => {
      const page = await open("module.html");
      await reached(page, "idle");
      await page.evaluate(() => document.querySelector("xp2p-button").client.prepare());
      await page.evaluate(goAway, false);
      await press(page);
      await reached(page, "waiting");
      await page.evaluate(() => void document.querySelector("xp2p-button").cancel());
      assert.equal((await reached(page, "cancelled")).status, "Cancelled. Nothing was paid.");
      await press(page);
      await reached(page, "waiting");
      await page.evaluate(wait);
      const failed = await reached(page, "failed");
      assert.deepEqual([failed.label, failed.status], ["Pay €12.50", "The payment service cannot be reached."]);
      await page.evaluate(() => window.back());
      await press(page);
      await payer.approve(idOf(await reached(page, "waiting", true)));
      await reached(page, "paid");
    });

    await t.test("requirement 8: after a reload, a platform that is away or has no address claims nothing about what was paid before", async () => {
      for (const path of ["away.html", "nowhere.html"]) {
        const page = await open(path);
        await page.evaluate(() => customElements.whenDefined("xp2p-button").then(() => {}));
        await press(page);
        const failed = async () => {
          for (;;) {
            const shown = await page.evaluate(look);
            if (shown.state === "failed") return shown;
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
        };
        assert.equal((await failed()).status, "The payment service cannot be reached.", path);
      }
    });

    await t.test("what cannot be asked for is said, and can be tried again", async () => {
      const page = await open("module.html");
      const set = (name, value) => page.evaluate((name, value) => document.querySelector("xp2p-button").setAttribute(name, value), name, value);
      await reached(page, "idle");
      await set("to", "@nobody.here");
      await press(page);
      assert.equal((await reached(page, "failed")).status, "That did not work. Nothing was paid.");
      await set("to", "@lutece");
      await set("amount", "");
      assert.equal((await page.evaluate(look)).disabled, true);
      await set("amount", "12.50");
      await press(page);
      await page.evaluate(() => document.querySelector("xp2p-button").cancel());
      await reached(page, "cancelled");
    });

    await t.test("it speaks the page's language, or texts of the page's own", async () => {
      const page = await open("french.html");
      assert.equal((await reached(page, "idle")).label, "Payer 12,50\u00a0€");
      const labels = await page.evaluate(() =>
        ["de", "es", "ar", "ja", "en-US", "nl"].map((lang) => {
          const button = document.querySelector("xp2p-button");
          document.documentElement.lang = lang;
          button.lang = lang;
          const frame = button.shadowRoot.querySelector(".frame");
          return `${frame.lang} ${frame.dir} ${button.shadowRoot.querySelector("[part=label]").textContent}`.replace(/[\u00a0\u200e\u200f\u061c]/g, " ").replace(/ +/g, " ");
        }),
      );
      assert.deepEqual(labels, ["de ltr 12,50 € bezahlen", "es ltr Pagar 12,50 €", "ar rtl ادفع 12.50 €", "ja ltr €12.50 を支払う", "en ltr Pay €12.50", "en ltr Pay €12.50"]);
      const early = await open("early.html");
      assert.equal((await reached(early, "idle")).label, "Betaal €12.50");
    });

    await t.test("forms: a disabled fieldset disables it, a reset makes it ready again", async () => {
      const page = await open("module.html");
      await reached(page, "idle");
      const disabled = () =>
        page.evaluate(() => {
          const [form, fieldset] = [document.querySelector("form"), document.createElement("fieldset")];
          form.before(fieldset);
          fieldset.append(form);
          fieldset.disabled = !fieldset.disabled;
        });
      await disabled();
      assert.equal((await page.evaluate(look)).disabled, true);
      await page.evaluate(() => void (document.querySelector("fieldset").disabled = false));
      await press(page);
      await payer.decline(idOf(await reached(page, "waiting", true)));
      await reached(page, "declined");
      await page.evaluate(() => document.querySelector("form").reset());
      assert.equal((await page.evaluate(look)).state, "idle");
    });
  });
}

