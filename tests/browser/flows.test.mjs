// From the click to paid, with the wallet's own page in the same browser, in the three engines: by popup and by redirect,
// with everything that can go wrong between the two.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { init } from "xp2p";
import { startSandbox } from "../sandbox.mjs";
import { outcome, reach, setUp } from "./checkout-page.mjs";
import { engines } from "./engines.mjs";
import { serveOrigin } from "./origin.mjs";
import { approve, armed, enter, text, until, view } from "./wallet-page.mjs";

let origin, apart, sandbox;
before(async () => {
  // The second one wants to know of no window, and no window of it.
  [origin, apart, sandbox] = await Promise.all([serveOrigin(), serveOrigin({}, { "cross-origin-opener-policy": "same-origin" }), startSandbox()]);
  await init();
  await post("/sandbox/accounts/lutece/pages", { origins: [new URL(origin.url).origin], return_urls: [`${origin.url}thanks`] });
});
after(async () => {
  origin?.stop();
  apart?.stop();
  await sandbox?.stop();
});

async function post(path, content) {
  const answer = await fetch(sandbox.url + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(content) });
  assert.ok(answer.ok, await answer.clone().text());
}

const ask = async (path) => (await fetch(sandbox.url + path)).json();

let order = 0;
const another = (change = {}) => ({ to: "@lutece", amount: "2.50", currency: "EUR", reference: `order-${++order}`, ...change });
const plain = (text) => text.replace(/[\u00a0\u202f]/g, " ").replace(/[\u2068\u2069]/g, "");

/** What the ledger has for an order. */
const paymentsFor = async ({ reference }) => (await ask("/sandbox/payments")).payments.filter((payment) => payment.reference === reference).map(({ amount }) => amount.value);

/** What goes wrong from now on, and how often it did. */
const faults = (...rules) => post("/sandbox/faults", { seed: 1, rules });
const struck = async () => (await ask("/sandbox/faults")).rules.map(({ struck }) => struck);

const blockWindows = () => void (globalThis.open = () => null);

/** Makes the wallet's address a link, as a page does that was told `blocked`. */
const offerLink = () => {
  const link = document.createElement("a");
  Object.assign(link, { id: "link", href: globalThis.checkout.walletUrl, target: "_blank", rel: "noopener", textContent: "Open the wallet" });
  document.body.append(link);
};

for (const [name, start] of Object.entries(engines)) {
  const skip = !start && `there is no ${name} on this machine`;
  test(`from the click to paid in ${name}`, { skip }, async (t) => {
    const engine = await start();
    /** A page with a button for a draft. */
    const shop = async (draft, { at = origin.url, ...options } = {}) => {
      const page = await engine.open(at);
      await page.evaluate(setUp, { platform: sandbox.url, draft, options });
      return page;
    };
    const paidOnce = async (page, draft) => {
      await page.front();
      assert.deepEqual(await page.evaluate(outcome), { status: "paid", reference: draft.reference, amount: { value: draft.amount, currency: "EUR" } });
      assert.deepEqual(await paymentsFor(draft), [draft.amount]);
    };
    try {
      await t.test("by popup", async () => {
        const draft = another();
        const page = await shop(draft);
        const wallet = await page.popup(() => page.click("#pay"));
        await approve(wallet);
        await paidOnce(page, draft);
        assert.deepEqual(await page.evaluate(() => globalThis.states), ["created", "opened", "paid"]);
        await wallet.close();
        await page.close();
      });

      await t.test("by redirect", async () => {
        const draft = another({ returnUrl: `${origin.url}thanks` });
        const page = await shop(draft, { mode: "redirect" });
        await page.click("#pay");
        await approve(page);
        // The wallet sends the payer back by itself, with no word of how it ended.
        while (!(await page.url()).startsWith(draft.returnUrl)) await new Promise((resolve) => setTimeout(resolve, 50));
        assert.deepEqual([...new URL(await page.url()).searchParams.keys()], ["checkout", "state"]);
        assert.equal(await page.evaluate(setUp, { platform: sandbox.url, resume: true }), undefined);
        await paidOnce(page, draft);
        assert.equal(await page.evaluate(() => location.href), draft.returnUrl);
        await page.close();
      });

      await t.test("with null opener: the wallet knows no page and the page no window, and either may be closed", async () => {
        const draft = another();
        const page = await shop(draft);
        const wallet = await page.popup(() => page.click("#pay"));
        await enter(wallet, "approval");
        assert.equal(await wallet.evaluate(() => globalThis.opener === null), true);
        await wallet.close();
        // Clicked once more, it is the same checkout.
        const { id } = await page.evaluate(reach, "opened");
        await page.front();
        const again = await page.popup(() => page.click("#pay"));
        await enter(again, "approval");
        assert.equal(new URL(await again.url()).searchParams.get("checkout"), id);
        await approve(again);
        await again.close();
        await paidOnce(page, draft);
        await page.close();
      });

      await t.test("with a page that keeps its windows apart by a policy of its own", async () => {
        const draft = another();
        const page = await shop(draft, { at: apart.url });
        const useless = await page.popup(() => page.click("#pay"));
        const { code, state, walletUrl } = await page.evaluate(reach, "blocked", "created");
        if (state === "created") {
          // This engine does not know that policy yet, and the window is like any other.
          while ((await useless.url()) !== walletUrl) await new Promise((resolve) => setTimeout(resolve, 50));
        } else {
          assert.equal(code, "window_blocked");
          // The window that was opened in vain says so after a while.
          await until(useless, () => getComputedStyle(document.getElementById("late")).visibility === "visible");
        }
        await useless.close();
        await page.evaluate(offerLink);
        const wallet = await page.popup(() => page.click("#link"));
        await approve(wallet);
        await wallet.close();
        await paidOnce(page, draft);
        await page.close();
      });

      await t.test("with a blocked popup: by a link in the page, or by a redirect where there is a way back", async () => {
        const draft = another();
        const page = await shop(draft);
        await page.evaluate(blockWindows);
        await page.click("#pay");
        await page.evaluate(reach, "blocked");
        await page.evaluate(offerLink);
        const wallet = await page.popup(() => page.click("#link"));
        await approve(wallet);
        await wallet.close();
        await paidOnce(page, draft);
        await page.close();

        const returning = another({ returnUrl: `${origin.url}thanks` });
        const second = await shop(returning);
        await second.evaluate(blockWindows);
        await second.click("#pay");
        await approve(second);
        await second.click("#return");
        while (!(await second.url()).startsWith(returning.returnUrl)) await new Promise((resolve) => setTimeout(resolve, 50));
        await second.evaluate(setUp, { platform: sandbox.url, resume: true });
        await paidOnce(second, returning);
        await second.close();
      });

      await t.test("with a reload in the middle, of the page and of the wallet", async () => {
        const draft = another();
        const page = await shop(draft);
        const wallet = await page.popup(() => page.click("#pay"));
        await enter(wallet, "approval");
        const { id } = await page.evaluate(reach, "opened");
        await page.reload();
        await page.evaluate(setUp, { platform: sandbox.url, draft, resume: true });
        assert.equal((await page.evaluate(reach, "opened")).id, id);
        await wallet.front();
        await wallet.reload();
        await approve(wallet);
        await wallet.close();
        await paidOnce(page, draft);
        await page.close();
      });

      await t.test("requirement 10: with a page that changes the amount after the click", async () => {
        // Whatever the page does to its draft, the platform holds what was asked for in the click.
        const draft = another();
        const page = await shop(draft);
        await page.evaluate(() => {
          document.querySelector("#pay").addEventListener("click", () => Object.assign(globalThis.draft, { amount: "99.00", to: "@mallory" }));
        });
        const wallet = await page.popup(() => page.click("#pay"));
        await enter(wallet, "approval");
        assert.equal(plain(await text(wallet, "#amount")).replace(",", "."), "€2.50");
        assert.equal(await text(wallet, "#payee-name"), "Lutèce Books");
        await approve(wallet);
        await wallet.close();
        await paidOnce(page, draft);
        await page.close();

        // Or it asks for another amount under the payer's eyes: then that is what the wallet shows and signs, and the
        // page that expected something else has no receipt for it.
        const expected = another();
        const second = await shop(expected);
        const window = await second.popup(() => second.click("#pay"));
        // Once it has arrived: a browser drops one of two addresses that it is sent to at once.
        await enter(window, "approval");
        await second.evaluate(async () => {
          const dear = globalThis.client.checkout({ to: "@lutece", amount: "49.00", currency: "EUR", reference: "another" });
          while (!dear.walletUrl) await new Promise((resolve) => setTimeout(resolve, 20));
          globalThis.dear = dear;
        });
        const { id, address } = await second.evaluate(() => ({ id: globalThis.dear.id, address: globalThis.dear.walletUrl }));
        await window.front();
        await window.goto(address);
        await enter(window, "approval");
        assert.match(plain(await text(window, "#amount")), /49[.,]00/);
        await armed(window);
        assert.match(plain(await text(window, "#approve")), /49[.,]00/);
        await approve(window);
        await window.close();
        await second.front();
        await second.evaluate(reach, "opened");
        const checked = await second.evaluate(async (expected) => {
          const { receipt } = await globalThis.dear.outcome;
          const { verifyReceipt } = await import("/xp2p/index.js");
          const { platform, settings } = globalThis.client;
          const jwks = await (await fetch(`${platform}/.well-known/jwks.json`)).json();
          const payee = { handle: receipt.payee.handle, account: receipt.payee.account };
          const check = (value, reference) => {
            try {
              return verifyReceipt(receipt.token, jwks, { issuer: settings.issuer, payee, amount: { value, currency: "EUR" }, reference }).amount.value;
            } catch ({ code }) {
              return code;
            }
          };
          return [check("49.00", "another"), check(expected.amount, "another"), check(expected.amount, expected.reference), globalThis.checkout.state];
        }, expected);
        assert.deepEqual(checked, ["49.00", "receipt_mismatch", "receipt_mismatch", "opened"]);
        assert.deepEqual([await paymentsFor(expected), (await ask(`/sandbox/payments`)).payments.filter(({ checkout }) => checkout === id).map(({ amount }) => amount.value)], [[], ["49.00"]]);
        await second.evaluate(() => globalThis.checkout.cancel());
        await second.close();
      });

      await t.test("requirement 8: with every answer dropped after commit once, the page ends at paid, once", async () => {
        const draft = another();
        const page = await shop(draft);
        await faults(
          ...["POST /v1/checkouts", "GET /v1/checkouts/{id}/events", "GET /v1/checkouts/{id}", "POST /v1/checkouts/{id}/open", "POST /v1/checkouts/{id}/approve"].map((operation) => ({ fault: "commit-then-drop", operation, count: 1 })),
        );
        const wallet = await page.popup(() => page.click("#pay"));
        await approve(wallet);
        await wallet.close();
        await paidOnce(page, draft);
        assert.deepEqual(await struck(), [1, 1, 1, 1, 1]);
        await fetch(`${sandbox.url}/sandbox/faults`, { method: "DELETE" });
        await page.close();
      });
    } finally {
      await engine.close();
    }
  });
}
