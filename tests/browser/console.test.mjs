// The sandbox's console, in a real browser beside a real client that makes mistakes.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { createClient, init, SigningKey, signRequest } from "xp2p";
import { violations } from "./axe.mjs";
import { launch, open } from "./chromium.mjs";
import { startSandbox } from "../sandbox.mjs";

let browser;
let sandbox;
let key;
let client;
before(async () => {
  await init();
  [browser, sandbox] = await Promise.all([launch(), startSandbox()]);
  key = SigningKey.generate();
  await sandbox.enrol("alice", key);
  client = await createClient({ platform: sandbox.url, key });
});
after(async () => {
  await browser?.close();
  await sandbox?.stop();
});

/** A payment that is signed for one address and sent to another. */
function pay(signedFor, change) {
  return post("/v1/payments", { payee: { handle: "lutece", account: "acct_lutece00" }, amount: { value: "12.50", currency: "EUR" } }, signedFor, change);
}

async function post(path, value, signedFor = sandbox.url, change = {}) {
  const body = JSON.stringify(value);
  const headers = { "content-type": "application/json", "idempotency-key": `"${crypto.randomUUID()}"` };
  const created = Math.floor(Date.now() / 1000);
  const options = { environment: "sandbox", created, expires: created + 60, nonce: crypto.randomUUID().replaceAll("-", "") };
  const fields = signRequest({ method: "POST", url: signedFor + path, headers, body }, key, options);
  const sent = { method: "POST", body, ...change, headers: { ...headers, ...fields, ...change.headers } };
  return fetch(sandbox.url + path, sent);
}

const elsewhere = () => sandbox.url.replace("127.0.0.1", "localhost");
const rows = (page) => page.locator("#rows .row");
const row = (page, text) => rows(page).filter({ hasText: text }).first();
/** The row of a request that was answered so. */
const rowOf = (page, answer) => page.locator(`#rows [data-id="${answer.headers.get("request-id")}"] a`);
const live = (page) => page.locator("#live[data-state=live]").waitFor();

async function visit(path = "/", options) {
  const visited = await open(browser, sandbox.url + path, options);
  await live(visited.page);
  return visited;
}

test("a payment and a badly signed one appear as they happen, and the line that differs is marked", async () => {
  const { page, context, complaints } = await visit();
  assert.equal(new URL(page.url()).pathname, "/console/");
  assert.match(await page.locator(".sandbox").textContent(), /SANDBOX\s+Play money/);
  const before = await rows(page).count();
  const paid = await client.pay({ to: "@lutece", amount: "12.50", currency: "EUR", reference: "order-1042" });
  await row(page, "201").waitFor();
  const refused = await pay(elsewhere());
  assert.equal(refused.status, 401);
  await rowOf(page, refused).filter({ hasText: "signature_invalid" }).waitFor();
  assert.ok((await rows(page).count()) >= before + 2);

  await rowOf(page, refused).click();
  const comparison = page.locator(".comparison");
  await comparison.waitFor();
  const differing = comparison.locator("tr.differs");
  assert.equal(await differing.count(), 1);
  assert.match(await differing.locator("td").nth(1).textContent(), new RegExp(`"@target-uri": ${sandbox.url}/v1/payments$`));
  assert.match(await differing.locator("td").nth(2).textContent(), new RegExp(`"@target-uri": ${elsewhere()}/v1/payments$`));
  assert.deepEqual(await differing.locator("mark").allTextContents(), ["127.0.0.1", "localhost"]);
  assert.match(await page.locator(".advice").textContent(), new RegExp(`use exactly ${sandbox.url} `));
  assert.equal(await page.locator("#detail").getByText(refused.headers.get("request-id")).count(), 1);

  // The good one: its base, its payment, the legs, and back to its request.
  await row(page, "201").click();
  await page.getByRole("heading", { name: "Signature base" }).waitFor();
  await page.locator("#detail").getByRole("link", { name: paid.receipt.payment }).click();
  await page.getByRole("heading", { name: "Legs" }).waitFor();
  const legs = page.getByRole("table", { name: "Legs" }).locator("tr");
  assert.deepEqual(await legs.allTextContents(), ["@alice acct_alice000-12.50 EUR", "@lutece acct_lutece0012.50 EUR", "Sum0.00 EUR"].map((text) => text.replace(" EUR", "\u00a0EUR")));
  assert.match(await page.locator("#detail").textContent(), /order-1042/);
  await page.locator("#detail").getByRole("link", { name: "POST /v1/payments" }).click();
  await page.getByRole("heading", { name: "Signature base" }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("balances follow a payment while they are looked at", async () => {
  const { page, context } = await visit("/console/#accounts");
  const lutece = row(page, "@lutece");
  await lutece.waitFor();
  const balance = Number(await sandbox.balance("lutece"));
  assert.equal((await pay()).status, 201);
  await lutece.filter({ hasText: (balance + 12.5).toFixed(2) }).waitFor();
  await context.close();
});

test("what a body was changed to, a wrong clock and an unknown base are told apart", async () => {
  const { page, context } = await visit();
  const body = '{"payee":{"handle":"lutece","account":"acct_lutece00"},"amount":{"value":"99.50","currency":"EUR"}}';
  const changed = await pay(undefined, { body });
  assert.equal(changed.status, 400);
  await rowOf(page, changed).click();
  await page.getByText("the body was changed after it was digested").waitFor();
  const elsewhere = await pay("https://nobody.example");
  assert.equal(elsewhere.status, 401);
  await rowOf(page, elsewhere).click();
  await page.getByText("The signature verifies over none of the texts").waitFor();
  assert.equal(await page.locator(".comparison.single").count(), 1);
  await context.close();
});

test("a delivery is shown with its attempts, and sent again by a button", async () => {
  let answer = 500;
  const server = createServer((request, response) => request.resume().on("end", () => response.writeHead(answer).end()));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { page, context, complaints } = await visit("/console/#webhooks");
  try {
    const url = `http://127.0.0.1:${server.address().port}/hook`;
    assert.equal((await post("/v1/webhooks", { url, events: ["payment.paid"] })).status, 201);
    assert.equal((await pay()).status, 201);
    await row(page, "payment.paid").filter({ hasText: "waiting" }).filter({ hasText: "1 ×" }).waitFor();
    await row(page, "payment.paid").click();
    await page.locator("#detail .status").filter({ hasText: "500" }).waitFor();
    await page.locator("#detail").getByText('"environment": "sandbox"').waitFor();
    answer = 204;
    await page.getByRole("button", { name: "Send again" }).press("Enter");
    await page.locator("#detail .status").filter({ hasText: "204" }).waitFor();
    await row(page, "payment.paid").filter({ hasText: "delivered" }).filter({ hasText: "2 ×" }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Send again");
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
    server.close();
    server.closeAllConnections();
  }
});

test("a fault is switched on and off, and a lost answer is shown", async () => {
  const { page, context, complaints } = await visit("/console/#faults");
  await page.locator("#fault").selectOption("internal");
  await page.getByLabel("Operation").fill("POST /v1/payments");
  await page.getByLabel("How often").selectOption("count");
  await page.getByRole("button", { name: "Switch on" }).click();
  await row(page, "internal").waitFor();
  assert.equal((await pay()).status, 500);
  await row(page, "internal").filter({ hasText: "1 of 1" }).waitFor();
  assert.equal((await pay()).status, 201);
  await row(page, "internal").filter({ hasText: "1 of 2" }).click();
  await page.getByRole("button", { name: "Switch off" }).click();
  await page.locator("#empty", { hasText: "Nothing goes wrong" }).waitFor();
  await page.getByRole("button", { name: "+1 hour" }).click();
  await page.locator("#clock", { hasText: "+3600 s" }).waitFor();
  await page.getByRole("button", { name: "System's time" }).click();
  await page.locator("#clock").filter({ hasNotText: "+" }).waitFor();
  await page.getByRole("link", { name: "Requests", exact: true }).click();
  const lost = { headers: { "sandbox-fault": "commit-then-drop" } };
  await assert.rejects(pay(undefined, lost));
  await row(page, "no answer").click();
  await page.getByText("The connection ended before the answer was sent").waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("all of it works by keyboard", async () => {
  const { page, context } = await visit();
  await pay(elsewhere());
  await rowOf(page, await pay(elsewhere())).waitFor();
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "filter");
  await page.keyboard.type("signature_invalid");
  await page.waitForFunction(() => [...document.querySelectorAll("#rows .row")].every((row) => row.textContent.includes("signature_invalid")));
  const count = await rows(page).count();
  assert.ok(count > 1);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const focused = () => page.evaluate(() => [...document.querySelectorAll("#rows .row")].indexOf(document.activeElement));
  assert.equal(await focused(), 1);
  await page.keyboard.press("Enter");
  await page.locator("#detail .comparison").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "detail");
  await page.keyboard.press("Escape");
  await page.locator("#detail").waitFor({ state: "hidden" });
  assert.equal(await focused(), 1);
  // A request that comes in meanwhile takes the focus from nobody.
  const id = () => page.evaluate(() => document.activeElement.closest("li").dataset.id);
  const held = await id();
  await pay(elsewhere());
  await page.waitForFunction((count) => document.querySelectorAll("#rows .row").length > count, count);
  assert.equal(await id(), held);
  await page.keyboard.press("/");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#filter").inputValue(), "");
  await context.close();
});

test("in French it speaks French, and the choice stays", async () => {
  const { page, context, complaints } = await visit("/", { locale: "fr-FR" });
  assert.equal(await page.locator("html").getAttribute("lang"), "fr");
  assert.match(await page.locator(".sandbox").textContent(), /BAC À SABLE/);
  await page.locator("#language").selectOption("en");
  await page.getByRole("link", { name: "Payments", exact: true }).waitFor();
  await page.reload();
  await page.getByRole("link", { name: "Payments", exact: true }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("requirement 30: a page on another origin reads nothing here, on another port or under another name", async () => {
  const server = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>A page</title>"));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  try {
    for (const origin of [`http://127.0.0.1:${port}`, `http://localhost:${port}`]) {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(origin);
      const outcome = await page.evaluate(async (url) => {
        const reads = {};
        for (const path of ["about", "accounts", "payments", "requests", "deliveries", "ledger", "clock", "faults", "live"]) {
          reads[path] = await fetch(`${url}/sandbox/${path}`).then((answer) => answer.status, () => "refused");
        }
        reads.stream = await new Promise((resolve) => {
          const stream = new EventSource(`${url}/sandbox/live`);
          stream.onopen = () => resolve("open");
          stream.onerror = () => (stream.close(), resolve("refused"));
        });
        reads.settings = await fetch(`${url}/.well-known/xp2p`).then(({ status }) => status);
        return reads;
      }, sandbox.url);
      const { settings, ...own } = outcome;
      assert.equal(settings, 200);
      assert.deepEqual([...new Set(Object.values(own))], ["refused"], JSON.stringify(own));
      await context.close();
    }
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test("nothing for a screen reader to stumble over, light and dark, phone and desktop", async () => {
  const pictures = process.env.XP2P_PICTURES;
  if (pictures) await mkdir(pictures, { recursive: true });
  // Nothing is there: the delivery waits.
  assert.equal((await post("/v1/webhooks", { url: `${sandbox.url}/hook`, events: ["payment.paid"] })).status, 201);
  assert.equal((await pay()).status, 201);
  const refused = await pay(elsewhere());
  for (const colorScheme of ["light", "dark"]) {
    for (const [device, viewport] of Object.entries({ phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 900 }, low: { width: 640, height: 320 } })) {
      const { page, context, complaints } = await visit("/", { colorScheme, viewport });
      const look = async (name) => {
        assert.deepEqual(await violations(page), [], `${name} ${colorScheme} ${device}`);
        const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
        assert.equal(scrollWidth, clientWidth, `${name} ${device} scrolls sideways`);
        // Requirement 33: wherever somebody scrolls to, the banner stays.
        await page.evaluate(() => [...document.querySelectorAll("main *")].at(-1).scrollIntoView());
        assert.equal((await page.locator(".sandbox").boundingBox()).y, 0, `${name} ${device} hides the banner`);
        await page.evaluate(() => document.querySelectorAll("#list, #detail").forEach((pane) => (pane.scrollTop = 0)));
        if (pictures) await page.screenshot({ path: `${pictures}/console-${name}-${colorScheme}-${device}.png` });
      };
      await rowOf(page, refused).waitFor();
      await look("requests");
      await rowOf(page, refused).click();
      await page.locator(".comparison").waitFor();
      await look("refused");
      await page.goto(`${sandbox.url}/console/#faults`);
      await page.getByRole("button", { name: "Switch on" }).waitFor();
      await look("faults");
      for (const view of ["payments", "accounts", "webhooks"]) {
        await page.goto(`${sandbox.url}/console/#${view}`);
        await rows(page).first().waitFor();
        await look(view);
        await rows(page).first().click();
        await page.locator("#detail .facts").first().waitFor();
        await look(view.slice(0, -1));
      }
      assert.deepEqual(complaints, []);
      await context.close();
    }
  }
});
