// What happens to a page while a payer decides: frames, the back button, sleep, a slow network, several tabs. Each in as
// many engines as have it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { init } from "xp2p";
import { startSandbox } from "../sandbox.mjs";
import { openWallet } from "../wallet.mjs";
import { outcome, reach, setUp } from "./checkout-page.mjs";
import { engines } from "./engines.mjs";
import { serveOrigin } from "./origin.mjs";
import { until } from "./wallet-page.mjs";

let origin, sandbox, wallet;
before(async () => {
  const framing = (attributes) => `<!doctype html><html lang="en"><title>A page with a frame</title><iframe ${attributes}></iframe>`;
  const files = {
    "/framing.html": framing('src="/framed.html"'),
    // As widgets are put into other people's pages: no windows, and the top window is not theirs.
    "/confining.html": framing('src="/framed.html" sandbox="allow-scripts allow-same-origin"'),
    "/framed.html": '<!doctype html><html lang="en"><title>A framed page</title>',
  };
  [origin, sandbox] = await Promise.all([serveOrigin(files), startSandbox()]);
  await init();
  wallet = await openWallet(sandbox, "alice");
  await post("/sandbox/accounts/lutece/pages", { origins: [new URL(origin.url).origin], return_urls: [`${origin.url}thanks`] });
});
after(async () => {
  origin?.stop();
  await sandbox?.stop();
});

async function post(path, content) {
  const answer = await fetch(sandbox.url + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(content) });
  assert.ok(answer.ok, await answer.clone().text());
}

let order = 0;
const another = (change = {}) => ({ to: "@lutece", amount: "2.50", currency: "EUR", reference: `order-${++order}`, ...change });
const paidFor = ({ reference }) => ({ status: "paid", reference, amount: { value: "2.50", currency: "EUR" } });

/** Waits until the page is at an address. */
const arrived = (page, address) => until(page, (address) => location.href.startsWith(address) && document.readyState === "complete", address);
const atWallet = async (page) => {
  await arrived(page, wallet.client.settings.walletUrl);
  return new URL(await page.url()).searchParams.get("checkout");
};

/** Has a page's frame ask, as the page itself would. */
const inFrame = async (setUp, given) => {
  const frame = document.querySelector("iframe").contentWindow;
  while (frame.document.readyState !== "complete" || !frame.document.body) await new Promise((resolve) => setTimeout(resolve, 20));
  globalThis.framed = frame;
  await frame.eval(`(${setUp})`)(given);
};

/** Where the framed page's checkout is. */
const framed = async (...states) => {
  const { framed } = globalThis;
  while (!states.includes(framed.checkout?.state)) await new Promise((resolve) => setTimeout(resolve, 20));
  return { id: framed.checkout.id, state: framed.checkout.state, code: framed.checkout.error?.code };
};

for (const [name, start] of Object.entries(engines)) {
  const skip = !start && `there is no ${name} on this machine`;
  test(`what comes between in ${name}`, { skip }, async (t) => {
    const engine = await start();
    const shop = async (draft, options) => {
      const page = await engine.open(origin.url);
      await page.evaluate(setUp, { platform: sandbox.url, draft, options });
      return page;
    };
    const askFramed = (page, given) => page.evaluate(`(given) => (${inFrame})(${setUp}, given)`, { platform: sandbox.url, ...given });
    const clickFramed = (page) => page.evaluate(() => globalThis.framed.document.querySelector("#pay").click());
    try {
      await t.test("a frame asks for the whole window, and the payer comes back to the page around it", async () => {
        const draft = another({ returnUrl: `${origin.url}thanks` });
        const page = await engine.open(`${origin.url}framing.html`);
        await askFramed(page, { draft, options: { mode: "redirect" } });
        await clickFramed(page);
        const id = await atWallet(page);
        const { return_url, state } = await wallet.checkout(id);
        await wallet.approve(id);
        await page.evaluate((address) => void location.assign(address), `${return_url}?checkout=${id}&state=${state}`);
        await arrived(page, return_url);
        await page.evaluate(setUp, { platform: sandbox.url, resume: true });
        assert.deepEqual(await page.evaluate(outcome), paidFor(draft));
        await page.close();
      });

      await t.test("a frame that may neither open a window nor leave says so, and goes on by a link", async () => {
        for (const mode of ["auto", "redirect"]) {
          const draft = another({ returnUrl: `${origin.url}thanks` });
          const page = await engine.open(`${origin.url}confining.html`);
          await askFramed(page, { draft, options: { mode } });
          await clickFramed(page);
          const { id, code } = await page.evaluate(framed, "blocked");
          assert.equal(code, "window_blocked", mode);
          assert.equal(await page.evaluate(() => location.pathname), "/confining.html");
          await wallet.approve(id);
          assert.equal((await page.evaluate(framed, "paid")).id, id);
          await page.close();
        }
      });

      await t.test("the back button, to a page that was left while its payer decided: it goes on with what it asked for", async () => {
        const draft = another();
        const page = await shop(draft);
        await page.evaluate(() => void (globalThis.open = () => null));
        await page.click("#pay");
        const { id } = await page.evaluate(reach, "blocked");
        await page.goto(origin.other);
        await wallet.approve(id);
        await page.back();
        await arrived(page, origin.url);
        if (await page.evaluate(() => !globalThis.checkout)) await page.evaluate(setUp, { platform: sandbox.url, draft, resume: true });
        assert.equal((await page.evaluate(reach, "paid")).id, id);
        assert.deepEqual(await page.evaluate(outcome), paidFor(draft));
        await page.close();
      });

      await t.test("the back button from the wallet: the page goes on with what it asked for", async (t) => {
        if (name === "webkit") return t.skip("WebKit's driver loses a page that goes back over the wallet's opener policy");
        const draft = another({ returnUrl: `${origin.url}thanks` });
        const page = await shop(draft, { mode: "redirect" });
        await page.click("#pay");
        const id = await atWallet(page);
        await page.back();
        await arrived(page, origin.url);
        // Out of the cache of the back button it is as it was; otherwise it was loaded anew.
        if (await page.evaluate(() => !globalThis.checkout)) await page.evaluate(setUp, { platform: sandbox.url, draft, options: { mode: "redirect" }, resume: true });
        assert.equal((await page.evaluate(reach, "created", "opened")).id, id);
        await wallet.approve(id);
        assert.deepEqual(await page.evaluate(outcome), paidFor(draft));
        await page.close();
      });

      await t.test("a slow network: each answer takes its time, nothing is asked for twice", async () => {
        const draft = another();
        const page = await shop(draft);
        await post("/sandbox/faults", { seed: 1, rules: [{ fault: "delay", seconds: 1 }] });
        try {
          await page.evaluate(() => {
            globalThis.open = () => null;
            globalThis.made = [];
            globalThis.client.on("trace", ({ method, path, status }) => method === "POST" && path === "/v1/checkouts" && globalThis.made.push(status));
          });
          await page.click("#pay");
          await page.click("#pay");
          const { id } = await page.evaluate(reach, "blocked");
          await wallet.approve(id);
          assert.deepEqual(await page.evaluate(outcome), paidFor(draft));
          const { rules } = await (await fetch(`${sandbox.url}/sandbox/faults`)).json();
          assert.ok(rules[0].struck > 3);
        } finally {
          await fetch(`${sandbox.url}/sandbox/faults`, { method: "DELETE" });
        }
        assert.deepEqual(await page.evaluate(() => globalThis.made), [201]);
        await page.close();
      });

      await t.test("sleep: a page that was not run for an hour asks when it wakes, and is told", async () => {
        const draft = another();
        const page = await shop(draft);
        await page.evaluate(() => void (globalThis.open = () => null));
        await page.click("#pay");
        const { id } = await page.evaluate(reach, "blocked");
        // Its connection is gone, its timers stand still, and its clock is an hour on.
        await page.evaluate(() => {
          const { fetch, setTimeout, clearTimeout } = globalThis;
          const { now } = Date;
          globalThis.asleep = [];
          globalThis.fetch = () => new Promise((_, reject) => globalThis.asleep.push(() => reject(new TypeError("the network is gone"))));
          globalThis.setTimeout = () => 0;
          globalThis.wake = () => {
            let tries = 0;
            // It wakes before its network does.
            globalThis.fetch = (...given) => (++tries > 3 ? fetch(...given) : Promise.reject(new TypeError("the network is gone")));
            Object.assign(globalThis, { setTimeout, clearTimeout });
            Date.now = () => now() + (tries > 3 ? 0 : 3_600_000);
            for (const end of globalThis.asleep) end();
            dispatchEvent(new Event("visibilitychange"));
            dispatchEvent(new Event("online"));
          };
          dispatchEvent(new Event("visibilitychange"));
        });
        await wallet.approve(id);
        await page.evaluate(() => globalThis.wake());
        assert.deepEqual(await page.evaluate(outcome), paidFor(draft));
        await page.close();
      });

      await t.test("a reload before a link's payment was answered: the next click finishes it, and closes its window", async () => {
        const draft = another();
        const page = await shop(draft);
        const link = await page.evaluate(async () => {
          globalThis.open = () => null;
          const amounts = { perPayment: "5.00", perPeriod: "20.00", lifetime: "50.00" };
          const limits = { ...amounts, currency: "EUR", period: "day" };
          globalThis.link = globalThis.client.requestLink({ payees: ["@lutece"], limits, expiresAt: Math.floor(Date.now() / 1000) + 3600 });
          while (!globalThis.link.id) await new Promise((resolve) => setTimeout(resolve, 20));
          return globalThis.link.id;
        });
        await wallet.approveLink(link);
        assert.equal(await page.evaluate(async () => (await globalThis.link.outcome).status), "active");
        await post("/sandbox/faults", { seed: 1, rules: [{ fault: "commit-then-drop", operation: "POST /v1/payments" }] });
        await page.click("#pay");
        const paid = async () => (await (await fetch(`${sandbox.url}/sandbox/payments`)).json()).payments.filter(({ reference }) => reference === draft.reference).length;
        while (!(await paid())) await new Promise((resolve) => setTimeout(resolve, 50));
        await page.reload();
        await post("/sandbox/faults", { seed: 1, rules: [] });
        // This client has not read the links, so the click opens a window.
        await page.evaluate(setUp, { platform: sandbox.url, draft });
        await page.evaluate(() => {
          const { open } = globalThis;
          globalThis.open = (...given) => (globalThis.opened = open(...given));
        });
        await page.click("#pay");
        assert.equal((await page.evaluate(reach, "created", "paid")).state, "paid");
        assert.deepEqual(await page.evaluate(outcome), paidFor(draft));
        await until(page, () => globalThis.opened.closed);
        assert.deepEqual(await page.evaluate(() => globalThis.states), ["paid"]);
        assert.equal(await paid(), 1);
        await page.close();
      });

      await t.test("requirement 8: storage that fails once hides nothing that was begun", async () => {
        const draft = another();
        const page = await shop(draft);
        await page.evaluate(() => void (globalThis.open = () => null));
        await page.click("#pay");
        const { id } = await page.evaluate(reach, "blocked");
        await page.reload();
        await page.evaluate(() => {
          const { getAll } = IDBObjectStore.prototype;
          IDBObjectStore.prototype.getAll = () => {
            IDBObjectStore.prototype.getAll = getAll;
            throw new DOMException("the disk did not answer", "UnknownError");
          };
        });
        await page.evaluate(setUp, { platform: sandbox.url, draft, resume: true });
        assert.ok(await page.evaluate(() => globalThis.checkout !== undefined), "there is one to go on with");
        assert.equal((await page.evaluate(reach, "created", "opened")).id, id);
        await wallet.approve(id);
        assert.deepEqual(await page.evaluate(outcome), paidFor(draft));
        await page.close();
      });

      await t.test("without Web Locks, by leases: two tabs, one checkout, and never the same work at once", async (t) => {
        const draft = another();
        const page = await shop(draft);
        if (!page.beside) return t.skip(`one window of ${name} can be driven`);
        const second = await page.beside(origin.url);
        await second.evaluate(setUp, { platform: sandbox.url, draft });
        const tabs = [page, second];
        for (const tab of tabs) {
          await tab.evaluate(() => {
            Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
            globalThis.open = () => null;
          });
        }
        const [one, two] = await Promise.all(tabs.map((tab) => tab.evaluate(() => document.querySelector("#pay").click()).then(() => tab.evaluate(reach, "blocked"))));
        assert.equal(one.id, two.id);
        // Each notes in a database when it was inside.
        const spans = await Promise.all(
          tabs.map((tab) =>
            tab.evaluate(async () => {
              const { IndexedDbOutbox } = await import("/xp2p/asking.js");
              const outbox = new IndexedDbOutbox();
              const inside = [];
              for (let round = 0; round < 5; round++) {
                await outbox.exclusively("one intent", async () => {
                  const from = performance.timeOrigin + performance.now();
                  await new Promise((resolve) => setTimeout(resolve, 30));
                  inside.push([from, performance.timeOrigin + performance.now()]);
                });
              }
              return [inside, navigator.locks === undefined];
            }),
          ),
        );
        assert.deepEqual(spans.map(([, without]) => without), [true, true]);
        const all = spans.flatMap(([inside]) => inside).sort(([a], [b]) => a - b);
        assert.equal(all.length, 10);
        for (const [index, [from]] of all.entries()) assert.ok(index === 0 || from >= all[index - 1][1], JSON.stringify(all));
        await wallet.approve(one.id);
        for (const tab of tabs) {
          await tab.front();
          assert.deepEqual(await tab.evaluate(outcome), paidFor(draft));
        }
        await page.close();
      });

      await t.test("without Web Locks: a tab that slept for longer than its lease leaves alone what another one holds by then", async () => {
        const page = await engine.open(origin.url);
        const holders = await page.evaluate(async () => {
          Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
          const { IndexedDbOutbox } = await import("/xp2p/asking.js");
          // With an outbox of its own, as every tab has. `end` ends its work, and waits until it has given back its lease.
          const begin = () =>
            new Promise((begun) => {
              const worked = new Promise((end) => {
                const done = new IndexedDbOutbox().exclusively("one intent", () => {
                  begun({ end: () => (end(), done) });
                  return worked;
                });
              });
            });
          const holder = async () => {
            const answered = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
            const database = await answered(indexedDB.open("xp2p-leases", 1));
            const lease = await answered(database.transaction("leases").objectStore("leases").get("one intent"));
            database.close();
            return lease?.holder;
          };
          const { setInterval } = globalThis;
          // Who sleeps renews nothing.
          globalThis.setInterval = () => 0;
          const sleeper = await begin();
          globalThis.setInterval = setInterval;
          const holders = [await holder()];
          const { now } = Date;
          Date.now = () => now() + 3_600_000;
          const second = await begin();
          holders.push(await holder());
          await sleeper.end();
          holders.push(await holder());
          await second.end();
          return [...holders, (await holder()) ?? "nobody"];
        });
        const [sleeper, second, afterwards, atLast] = holders;
        assert.ok(sleeper && second && sleeper !== second, holders.join());
        assert.deepEqual([afterwards, atLast], [second, "nobody"]);
        await page.close();
      });
    } finally {
      await engine.close();
    }
  });
}
