// The wallet in the three engines: a person signs up in the window and pays; nothing but their own click does;
// what a page wrote stays words; and a page is allowed to pay within limits.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { startSandbox } from "../sandbox.mjs";
import { engines } from "./engines.mjs";
import { asker } from "./payer.mjs";
import { armed, enter, text, until, view } from "./wallet-page.mjs";

let sandbox, shop;
before(async () => {
  sandbox = await startSandbox();
  shop = await asker(sandbox);
});
after(() => sandbox?.stop());

const plain = (text) => text.replace(/[\u00a0\u202f]/g, " ").replace(/[\u2068\u2069]/g, "");

const walletAt = (query) => `${sandbox.walletUrl}?${query}`;

/** Makes a person in the window, with what waits there. */
async function signUp(page, name) {
  await view(page, "sign-in");
  await page.click(".or button");
  await view(page, "sign-up");
  await page.click("#name");
  await page.type(name);
  await page.click("form .main");
}

/** Keeps what is sent to approve. */
function watchApproval() {
  globalThis.sent = [];
  const { fetch } = globalThis;
  globalThis.fetch = (url, settings) => {
    if (String(url).endsWith("/approve")) globalThis.sent.push(typeof settings.body === "string" ? settings.body : new TextDecoder().decode(settings.body));
    return fetch(url, settings);
  };
}

for (const [name, start] of Object.entries(engines)) {
  const skip = !start && `there is no ${name} on this machine`;
  test(`the wallet in ${name}`, { skip }, async (t) => {
    const engine = await start();
    const state = async ({ id }) => (await shop.read(id)).status;
    try {
      await t.test(`requirement 10: who is new signs up in the window, pays what is on the screen, and the receipt verifies, in ${name}`, async () => {
        const asked = await shop.checkout({ note: "Two paperbacks", reference: "order-1042" });
        const page = await engine.open(walletAt(`checkout=${asked.id}`));
        await signUp(page, `${name} Sol`);
        await view(page, "approval");
        assert.equal(await state(asked), "opened");
        await page.evaluate(watchApproval);
        await armed(page);
        const screen = await page.evaluate(() => {
          const text = (id) => document.getElementById(id).textContent;
          return { payee: text("payee-name"), amount: text("amount"), note: text("note"), reference: text("reference"), left: text("balance-after"), button: text("approve"), handle: document.querySelector(".whom .handle").textContent };
        });
        await page.click("#approve");
        await view(page, "paid");
        const [body, ...further] = await page.evaluate(() => globalThis.sent);
        assert.deepEqual(further, []);
        const signed = JSON.parse(body);
        // The screen names the account by the name and the handle that the platform has for it.
        const { client } = shop;
        const payee = await client.payee(signed.payee.handle);
        assert.equal(payee.account, signed.payee.account);
        const amount = new Intl.NumberFormat(await page.evaluate(async () => (await import("/words.js")).locale), { style: "currency", currency: signed.amount.currency }).format(signed.amount.value);
        assert.deepEqual(
          [plain(screen.payee), screen.handle, plain(screen.amount), plain(screen.button)],
          [payee.name, `@${signed.payee.handle}`, plain(amount), `Pay ${plain(amount)}`],
        );
        assert.deepEqual([screen.note, screen.reference], ["Two paperbacks", "order-1042"]);
        assert.deepEqual([signed.checkout, signed.amount, signed.request_digest, signed.expires_at], [asked.id, asked.amount, asked.request_digest, asked.expires_at]);
        assert.match(plain(screen.left), /87[.,]50/);

        const { payment } = await shop.read(asked.id);
        const token = await page.evaluate(() => document.querySelector("[data-receipt]").value);
        const keys = createRemoteJWKSet(new URL(`${sandbox.url}/.well-known/jwks.json`));
        const { payload } = await jwtVerify(token, keys, { typ: "xp2p-receipt+jwt" });
        assert.deepEqual([payload.jti, payload.amount, payload.payer.account], [payment.id, asked.amount, signed.payer]);
        await page.close();
      });

      await t.test(`requirement 5: only a person's click on a page in view approves, in ${name}`, async () => {
        const asked = await shop.checkout();
        const page = await engine.open(walletAt(`checkout=${asked.id}`));
        await enter(page, "approval");
        await armed(page);
        // A script's click, however it is made.
        await page.evaluate(() => {
          const button = document.getElementById("approve");
          button.click();
          for (const type of ["pointerdown", "mousedown", "pointerup", "mouseup", "click"]) button.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true }));
          button.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
        });
        assert.equal(await page.evaluate(() => document.getElementById("approve").classList.contains("busy")), false);
        // A person's click that comes before the page was in view for half a second: the clock stands still here.
        await page.evaluate(() => {
          const now = performance.now();
          performance.now = () => now;
          dispatchEvent(new Event("focus"));
        });
        await page.click("#approve");
        assert.notEqual(await text(page, ".decision .problem"), "");
        // While the page is covered, or another window has the focus.
        await page.evaluate(() => {
          const now = performance.now();
          performance.now = () => now + 10_000;
          Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
        });
        await page.click("#approve");
        await page.evaluate(() => {
          delete document.visibilityState;
          document.hasFocus = () => false;
        });
        await page.click("#approve");
        assert.equal(await state(asked), "opened");
        await page.evaluate(() => void delete document.hasFocus);
        await page.click("#approve");
        await view(page, "paid");
        assert.equal(await state(asked), "paid");
        await page.close();
      });

      await t.test(`requirement 1: an address changes nothing but which request is shown, in ${name}`, async () => {
        const asked = await shop.checkout();
        const more = "amount=0.01&currency=USD&payee=mallory&name=Bank&return_url=https%3A%2F%2Fevil.example%2F&platform=https%3A%2F%2Fevil.example&status=paid&approve=1";
        const page = await engine.open(walletAt(`${more}&checkout=${asked.id}#approve`));
        await enter(page, "approval");
        assert.match(plain(await text(page, "#amount")), /12[.,]50/);
        assert.equal(await text(page, "#payee-name"), "Lutèce Books");
        assert.equal(await page.evaluate(() => document.body.textContent.includes("evil.example")), false);
        // A message is no decision either.
        await page.evaluate(() => {
          postMessage({ type: "approve", status: "paid" }, "*");
          return new Promise((resolve) => setTimeout(resolve, 50));
        });
        assert.equal(await state(asked), "opened");
        await page.click("#decline");
        await view(page, "declined");
        assert.equal(await state(asked), "declined");
        await page.close();
        const twice = await engine.open(walletAt(`checkout=${asked.id}&checkout=${asked.id}`));
        await enter(twice, "activity");
        await twice.close();
      });

      await t.test(`requirement 11: a merchant's words stay words, and a first payment is warned of, in ${name}`, async () => {
        const note = `<img src=x onerror="document.title='taken'"><b>Paid</b> ‹/blockquote› \u05e9\u05dc\u05d5\u05dd €0.01 \u0627\u0644\u0639\u0631\u0628\u064a\u0629`;
        const asked = await shop.checkout({ to: "tamarind", note });
        const page = await engine.open(walletAt(`checkout=${asked.id}`));
        await enter(page, "approval");
        const found = await page.evaluate(() => {
          const [note, warning] = ["note", "first-payment"].map((id) => document.getElementById(id));
          return { text: note.textContent, elements: [...note.querySelectorAll("*")].map(({ localName }) => localName), bidi: getComputedStyle(note.querySelector("bdi")).unicodeBidi, quotes: getComputedStyle(note, "::before").content, warning: warning.textContent, title: document.title };
        });
        assert.equal(found.text, note);
        assert.deepEqual(found.elements, ["bdi"]);
        assert.match(found.bidi, /isolate/);
        assert.match(found.quotes, /open-quote|“/);
        assert.match(found.warning, /never paid Tamarind/);
        assert.match(found.title, /Tamarind/);
        await armed(page);
        await page.click("#approve");
        await view(page, "paid");
        await page.close();
        const again = await shop.checkout({ to: "tamarind" });
        const second = await engine.open(walletAt(`checkout=${again.id}`));
        await enter(second, "approval");
        assert.equal(await second.evaluate(() => document.getElementById("first-payment") === null), true);
        await second.close();
      });

      await t.test(`requirement 33: what is play money says so, above everything, in ${name}`, async () => {
        const asked = await shop.checkout({ note: "word ".repeat(50).trim() });
        const page = await engine.open(walletAt(`checkout=${asked.id}`));
        await enter(page, "approval");
        const banner = await page.evaluate(() => {
          scrollTo(0, document.body.scrollHeight);
          const { top, height, left, width } = document.getElementById("environment").getBoundingClientRect();
          const there = document.elementFromPoint(left + width / 2, top + height / 2);
          return { top, height, covered: !document.getElementById("environment").contains(there), text: document.getElementById("environment").textContent };
        });
        assert.deepEqual([banner.top, banner.covered], [0, false]);
        assert.ok(banner.height > 0);
        assert.match(banner.text, /sandbox.*nobody is charged/is);
        await page.close();
      });

      await t.test(`a page may pay within limits that the payer lowered, until they end it, in ${name}`, async () => {
        const linked = await asker(sandbox);
        const asked = await linked.link({ note: "Tips" });
        const page = await engine.open(walletAt(`link=${asked.id}`));
        await enter(page, "link");
        await page.evaluate(() => {
          const field = document.getElementById("perPayment");
          field.focus();
          field.select();
        });
        await page.type("9");
        await armed(page, "allow");
        await page.click("#allow");
        await until(page, () => document.getElementById("perPayment-problem").textContent !== "");
        assert.equal((await linked.readLink(asked.id)).status, "requested");
        await page.evaluate(() => document.getElementById("perPayment").select());
        await page.type("2");
        await page.click("#allow");
        await view(page, "link-allowed");
        const agreed = await linked.readLink(asked.id);
        assert.deepEqual([agreed.status, agreed.limits.per_payment.value, agreed.limits.lifetime.value], ["active", "2.00", "50.00"]);
        assert.equal((await linked.pay({ to: "lutece", amount: "3.00", currency: "EUR" })).error.code, "link_limit_exceeded");
        assert.equal((await linked.pay({ to: "lutece", amount: "2.00", currency: "EUR" })).status, "paid");
        await page.close();

        const home = await engine.open(`${sandbox.walletUrl}#pages`);
        await enter(home, "pages");
        await home.click(`[data-link="${asked.id}"] .danger`);
        await until(home, () => document.querySelector("dialog[open]") !== null);
        await home.click("dialog .danger");
        await until(home, (id) => document.querySelector(`[data-link="${id}"] .danger`) === null, asked.id);
        assert.equal((await linked.pay({ to: "lutece", amount: "1.00", currency: "EUR" })).error.code, "key_not_allowed");
        await home.close();
      });

      await t.test(`all of it works by keyboard, and this device says what keeps its key, in ${name}`, async () => {
        const asked = await shop.checkout();
        const page = await engine.open(walletAt(`checkout=${asked.id}`));
        await enter(page, "approval");
        assert.equal(await page.evaluate(() => document.activeElement.localName), "h1");
        await armed(page);
        for (let presses = 0; presses < 8 && (await page.evaluate(() => document.activeElement.id)) !== "approve"; presses++) await page.press("Tab");
        assert.equal(await page.evaluate(() => document.activeElement.id), "approve");
        await page.press("Enter");
        await view(page, "paid");
        assert.equal(await page.evaluate(() => document.activeElement.localName), "h1");
        await page.close();
        const home = await engine.open(`${sandbox.walletUrl}#devices`);
        await enter(home, "devices");
        const kept = await home.evaluate(() => [document.querySelector("[data-protection]").dataset.protection, document.getElementById("protection").textContent]);
        assert.deepEqual(kept[0] === "non-extractable" ? /never leaves/.test(kept[1]) : /encrypted/.test(kept[1]), true, kept.join());
        await home.click("#sign-out");
        await view(home, "sign-in");
        await home.close();
      });
    } finally {
      await engine.close();
    }
  });
}
