// Payments from a real browser over a bad network, with tabs that are closed and browsers that are killed at
// random moments. Afterwards every order is paid exactly once, or refused, or was never sent.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createClient, SigningKey } from "xp2p";
import { serveOrigin } from "../browser/origin.mjs";
import { randomness } from "../random.mjs";
import { program, start } from "../sandbox.mjs";
import { newProfile } from "./browser.mjs";
import { startProxy } from "./proxy.mjs";

/** What happens to the browser in a round, and how often out of a hundred; else nothing. */
const blows = { "tab closed": 25, "browser killed": 25, "page reloaded": 15, offline: 15 };
/** Milliseconds after which it happens, at most. */
const MOMENT = 1200;
/** How long a round goes on after it. */
const AFTERWARDS = 400;
/** Of the payer's money; an order beyond it is refused. */
const TOO_MUCH = "9999.00";

/** Pays so many orders and says what became of them. `say` is told how far it is. */
export async function chaos({ payments, seed, say = () => {} }) {
  const { below } = randomness(seed);
  const folder = await mkdtemp(join(tmpdir(), "xp2p-chaos-"));
  const network = await startProxy(seed);
  const database = join(folder, "sandbox.sqlite");
  const platform = await start(program, "serve", "--listen", "127.0.0.1:0", "--database", database, "--public-origin", network.url);
  network.to(platform.url);
  const shop = await serveOrigin({ "/page.js": await readFile(new URL("page.js", import.meta.url)) });
  const profile = await newProfile();
  const address = `${shop.url}?platform=${encodeURIComponent(network.url)}`;
  const happened = {};
  let browser = await profile.launch();

  /** A tab with the page in it, which finishes what was begun before. */
  async function openTab() {
    const page = await browser.open();
    await page.goto(address);
    return page;
  }
  const inPage = (page, work, ...given) => page.evaluate(`import("/page.js").then((page) => (${work})(page, ...${JSON.stringify(given)}))`);

  try {
    await enrol(platform.url, await inPage(await openTab(), "(page) => page.publicJwk"));
    let tabs = [];
    const orders = [];
    for (let begun = 0; begun < payments; ) {
      while (tabs.length < 2) {
        const tab = await openTab();
        // What a page does when it is loaded; a kill ends it, and then nobody waits for it.
        inPage(tab, (page) => page.resume()).catch(() => {});
        tabs.push(tab);
      }
      for (const tab of tabs) {
        for (let count = 1 + below(3); count > 0 && begun < payments; count--) {
          begun++;
          const amount = below(20) === 0 ? TOO_MUCH : `0.${String(1 + below(99)).padStart(2, "0")}`;
          const reference = `order-${begun}`;
          orders.push({ reference, amount });
          const pay = (page, reference, amount) => page.pay(reference, amount);
          const both = below(5) === 0;
          // The same order in two tabs, as somebody clicks who sees both.
          for (const where of both ? tabs : [tab]) inPage(where, pay, reference, amount).catch(() => {});
        }
      }
      await pause(below(MOMENT));
      const blow = draw(below(100));
      happened[blow] = (happened[blow] ?? 0) + 1;
      tabs = await strike(blow, tabs);
      await pause(below(AFTERWARDS));
      say({ begun, payments });
    }
    network.calmDown();
    await browser.kill();
    browser = await profile.launch();
    const last = await openTab();
    await inPage(last, (page) => page.resume());
    const made = await allPayments(network.url, platform.url);
    const again = await inPage(last, (page, orders) => page.askAgain(orders), orders);
    const said = await inPage(last, (page, orders) => page.said(orders), orders);
    const wrong = await audit(database);
    const judged = judge(orders, said, await allPayments(network.url, platform.url), wrong);
    const sent = new Set(made.map(({ reference }) => reference));
    const asked = { "answer not noted": again.filter((one) => sent.has(one)).length, "never sent": again.filter((one) => !sent.has(one)).length };
    return { happened, network: network.happened, known: orders.length - again.length, asked, ...judged };
  } finally {
    await browser.kill();
    await profile.remove();
    shop.stop();
    await platform.stop();
    network.stop();
    await rm(folder, { recursive: true, force: true });
  }

  function draw(number) {
    return Object.keys(blows).find((blow) => (number -= blows[blow]) < 0) ?? "nothing";
  }

  /** Does it, and says which tabs are left. */
  async function strike(blow, [first, ...others]) {
    switch (blow) {
      case "tab closed":
        await first.close();
        return others;
      case "browser killed":
        await browser.kill();
        browser = await profile.launch();
        return [];
      case "page reloaded":
        await first.reload();
        inPage(first, (page) => page.resume()).catch(() => {});
        return [first, ...others];
      case "offline":
        await first.context().setOffline(true);
        await pause(below(MOMENT));
        await first.context().setOffline(false);
        return [first, ...others];
      default:
        return [first, ...others];
    }
  }
}

/** Lets a test person trust a key, as the wallet does. */
async function enrol(platform, jwk) {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ handle: "alice", jwk });
  const answer = await fetch(`${platform}/sandbox/enrolments`, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(await answer.text());
}

/** The payer's payments, out of the platform's own list. */
async function allPayments(publicOrigin, platform) {
  const client = (await createClient({ platform: publicOrigin })).withKey(SigningKey.generate());
  await enrol(platform, client.key.publicJwk);
  const payments = [];
  for (let cursor = ""; cursor !== undefined; ) {
    const path = `/v1/payments?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const page = await client.exchange({ method: "GET", path });
    payments.push(...page.items);
    cursor = page.next_cursor;
  }
  return payments;
}

/** Adds every leg of the ledger up again: what is off. */
async function audit(database) {
  try {
    await promisify(execFile)(program, ["audit", "--database", database]);
    return [];
  } catch (error) {
    return [`the audit: ${error.stdout ?? error}`];
  }
}

/** Holds what the pages know against what the platform's list has. */
function judge(orders, told, payments, wrong) {
  const paid = new Map();
  for (const { reference, id } of payments) paid.set(reference, [...(paid.get(reference) ?? []), id]);
  const counts = { "paid once": 0, refused: 0 };
  for (const [index, { reference }] of orders.entries()) {
    const said = told[index];
    const made = paid.get(reference) ?? [];
    paid.delete(reference);
    const final = said.filter(({ status }) => status === "paid" || status === "refused");
    const truth = made[0];
    if (made.length > 1) wrong.push(`${reference} was paid ${made.length} times`);
    if (final.some(({ payment }) => payment !== truth)) wrong.push(`${reference}: the pages said ${JSON.stringify(said)}, and it is ${truth ?? "not paid"}`);
    if (!final.length) wrong.push(`${reference} has no end: ${JSON.stringify(said)}`);
    counts[truth ? "paid once" : "refused"]++;
  }
  for (const reference of paid.keys()) wrong.push(`${reference} was paid, and no page began it`);
  return { counts, wrong };
}

/** The result as people read it. */
export function table({ happened, network, known, asked, counts, wrong }) {
  const rows = (title, numbers) => [title, ...Object.entries(numbers).map(([name, number]) => `  ${name.padEnd(22)} ${String(number).padStart(6)}`)];
  return [...rows("requests", network), ...rows("rounds", happened), ...rows("orders", { ...counts, "of these known": known }), ...rows("asked for again", asked), `wrong ${wrong.length}`, ...wrong].join("\n");
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
