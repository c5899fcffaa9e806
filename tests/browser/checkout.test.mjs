// A checkout on a page in the three engines: the window, what becomes of the page meanwhile, and that nothing which a
// page or a window says counts. The payer decides through the API, as the wallet does.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { init } from "xp2p";
import { startSandbox } from "../sandbox.mjs";
import { openWallet } from "../wallet.mjs";
import { outcome, reach, setUp } from "./checkout-page.mjs";
import { engines } from "./engines.mjs";
import { serveOrigin } from "./origin.mjs";

let origin, sandbox, wallet;
before(async () => {
  [origin, sandbox] = await Promise.all([serveOrigin(), startSandbox()]);
  await init();
  wallet = await openWallet(sandbox, "alice");
  const pages = { origins: [new URL(origin.url).origin], return_urls: [`${origin.url}thanks`] };
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${sandbox.url}/sandbox/accounts/lutece/pages`, { method: "POST", headers, body: JSON.stringify(pages) });
  assert.ok(answer.ok, await answer.text());
});
after(async () => {
  origin?.stop();
  await sandbox?.stop();
});

let order = 0;
const another = (change = {}) => ({ to: "@lutece", amount: "12.50", currency: "EUR", reference: `order-${++order}`, ...change });

const paidFor = ({ reference }) => ({ status: "paid", reference, amount: { value: "12.50", currency: "EUR" } });

for (const [name, start] of Object.entries(engines)) {
  const skip = !start && `there is no ${name} on this machine`;
  test(`a checkout in ${name}`, { skip }, async (t) => {
    const engine = await start();
    /** A page with a button for a draft. */
    const shop = async (draft, options) => {
      const page = await engine.open(origin.url);
      await page.evaluate(setUp, { platform: sandbox.url, draft, options });
      return page;
    };
    const lasting = async (page, draft) => assert.deepEqual(await page.evaluate(outcome), paidFor(draft));
    try {
      await t.test("requirement 4: the wallet opens in the click, at its own address and without an opener; closing it changes nothing", async () => {
        const draft = another();
        const page = await shop(draft);
        const popup = await page.popup(() => page.click("#pay"));
        const { id, walletUrl } = await page.evaluate(reach, "created");
        const { walletUrl: wallets } = wallet.client.settings;
        assert.ok(walletUrl.startsWith(wallets));
        while ((await popup.url()) !== walletUrl) await new Promise((resolve) => setTimeout(resolve, 50));
        if (sandbox.walletUrl) assert.equal(await popup.evaluate(() => globalThis.opener === null), true);
        await popup.close();
        await wallet.open(id);
        await page.evaluate(reach, "opened");
        await wallet.approve(id);
        await lasting(page, draft);
        await page.close();
      });

      await t.test("requirement 4: where windows are blocked the page has a link, and goes on when it is used", async () => {
        const draft = another();
        const page = await shop(draft);
        await page.evaluate(() => void (globalThis.open = () => null));
        await page.click("#pay");
        const { id, walletUrl, code } = await page.evaluate(reach, "blocked");
        assert.equal(code, "window_blocked");
        assert.equal(new URL(walletUrl).searchParams.get("checkout"), id);
        await wallet.open(id);
        await page.evaluate(reach, "opened");
        await wallet.approve(id);
        await lasting(page, draft);
        await page.close();
      });

      await t.test("requirement 22: a redirect comes back to the registered page, with the state of this browser or not at all", async () => {
        const draft = another({ returnUrl: `${origin.url}thanks` });
        const page = await shop(draft, { mode: "redirect" });
        await page.click("#pay");
        while (!(await page.url()).startsWith(wallet.client.settings.walletUrl)) await new Promise((resolve) => setTimeout(resolve, 50));
        const id = new URL(await page.url()).searchParams.get("checkout");
        const { return_url, state } = await wallet.approve(id).then(() => wallet.checkout(id));
        assert.equal(return_url, draft.returnUrl);
        const resumed = (address) => page.goto(address).then(() => page.evaluate(setUp, { platform: sandbox.url, resume: true }));
        for (const wrong of [`?checkout=${id}&state=${state.replace(/.$/, (last) => (last === "A" ? "B" : "A"))}`, `?checkout=${id}`, `?checkout=chk_0198f0a6b3c97d2e8f4a5b6c7d8e9f01&state=${state}`]) {
          assert.equal(await resumed(return_url + wrong), "return_mismatch");
        }
        // What the address says of how it ended is not looked at.
        await resumed(`${return_url}?checkout=${id}&state=${state}&status=declined`);
        await lasting(page, draft);
        assert.equal(await page.evaluate(() => location.search), "?status=declined");
        await page.close();

        const refused = await shop(another({ returnUrl: `${origin.url}elsewhere` }), { mode: "redirect" });
        await refused.click("#pay");
        assert.deepEqual(await refused.evaluate(outcome), { status: "refused", code: "return_url_refused" });
        await refused.close();
      });

      await t.test("a reload in the middle goes on with the same checkout", async () => {
        const draft = another();
        const page = await shop(draft);
        const popup = await page.popup(() => page.click("#pay"));
        const { id } = await page.evaluate(reach, "created");
        await popup.close();
        await page.reload();
        await page.evaluate(setUp, { platform: sandbox.url, draft, resume: true });
        assert.equal((await page.evaluate(reach, "created")).id, id);
        await wallet.approve(id);
        await lasting(page, draft);
        await page.reload();
        await page.evaluate(setUp, { platform: sandbox.url, draft, resume: true });
        assert.equal(await page.evaluate(() => globalThis.checkout === undefined), true);
        await page.close();
      });

      await t.test("two tabs that ask for the same share one checkout", async (t) => {
        const draft = another();
        const page = await shop(draft);
        if (!page.beside) return t.skip(`one window of ${name} can be driven`);
        const second = await page.beside(origin.url);
        await second.evaluate(setUp, { platform: sandbox.url, draft });
        for (const tab of [page, second]) await tab.evaluate(() => void (globalThis.open = () => null));
        const [one, two] = await Promise.all([page, second].map((tab) => tab.click("#pay").then(() => tab.evaluate(reach, "blocked"))));
        assert.equal(one.id, two.id);
        await wallet.approve(one.id);
        for (const tab of [second, page]) {
          await lasting(tab, draft);
        }
        await page.close();
      });

      await t.test("requirement 3: no message is listened to, and none is sent", async () => {
        const draft = another();
        const page = await shop(draft);
        await page.evaluate(() => {
          globalThis.used = [];
          globalThis.open = () => null;
          const { addEventListener } = EventTarget.prototype;
          EventTarget.prototype.addEventListener = function (type, ...given) {
            if (type === "message") globalThis.used.push("listener");
            return addEventListener.call(this, type, ...given);
          };
          Object.defineProperty(globalThis, "onmessage", { set: () => globalThis.used.push("onmessage") });
          const { postMessage } = globalThis;
          globalThis.postMessage = (...given) => (globalThis.used.push("postMessage"), postMessage(...given));
          globalThis.send = postMessage.bind(globalThis);
        });
        await page.click("#pay");
        const { id } = await page.evaluate(reach, "blocked");
        await page.evaluate(
          async (id, wallets) => {
            const shapes = ["paid", { status: "paid" }, { type: "xp2p", checkout: id, state: "paid" }, { id, status: "paid", receipt: "e30.e30.AAAA" }, { type: "xp2p:outcome", outcome: { status: "paid" } }];
            for (const shape of shapes) {
              globalThis.send(shape, "*");
              for (const from of [wallets, location.origin, "null"]) {
                dispatchEvent(new MessageEvent("message", { data: shape, origin: from.replace(/[/]$/, ""), source: window }));
              }
            }
            await new Promise((resolve) => setTimeout(resolve, 300));
          },
          id,
          wallet.client.settings.walletUrl,
        );
        assert.deepEqual(await page.evaluate(() => [globalThis.checkout.state, globalThis.used]), ["blocked", []]);
        await wallet.decline(id);
        assert.deepEqual(await page.evaluate(outcome), { status: "declined" });
        await page.close();
      });

      await t.test("requirement 31: a network that says paid is not believed", async () => {
        const draft = another();
        const page = await shop(draft);
        await page.evaluate(() => {
          const { fetch } = globalThis;
          globalThis.open = () => null;
          globalThis.fetch = async (url, init) => {
            const answer = await fetch(url.replace("/events", ""), init);
            if (!/\/v1\/checkouts\/\w+/.test(url) || !url.endsWith("/events")) return answer;
            const made = globalThis.made;
            const payment = { id: "pay_0198f0a6b3c97d2e8f4a5b6c7d8e9f01", receipt: "eyJhbGciOiJFZERTQSIsInR5cCI6InhwMnAtcmVjZWlwdCtqd3QifQ.e30.AAAA" };
            return new Response(`data: ${JSON.stringify({ ...made, version: 9, status: "paid", payment })}\n\n`, { headers: { "content-type": "text/event-stream" } });
          };
          const { fetch: forging } = globalThis;
          globalThis.fetch = async (url, init) => {
            const answer = await forging(url, init);
            if (init.method === "POST" && url.endsWith("/v1/checkouts")) globalThis.made = await answer.clone().json();
            return answer;
          };
        });
        await page.click("#pay");
        const { status, code } = await page.evaluate(outcome);
        assert.equal(status, "unknown");
        assert.match(code, /^receipt_/);
        await page.close();
      });
    } finally {
      await engine.close();
    }
  });
}
