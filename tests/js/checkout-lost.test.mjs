// What becomes of a checkout or a payment whose answers are lost, late or foreign, or which began before a crash.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createClient } from "xp2p";
import { MemoryOutbox } from "xp2p/asking";
import { FileOutbox } from "xp2p/outbox-files";
import { reached } from "../wallet.mjs";
import { another, cents, faults, merchantKey, page, sandbox, traced, wallet } from "./checkout-client.mjs";

test("requirement 8: a lost answer makes no second checkout", async () => {
  const sent = traced(page);
  await faults({ fault: "commit-then-drop", operation: "POST /v1/checkouts", count: 1 });
  const checkout = await reached(page.checkout(another()), "created");
  const posts = sent.filter(({ method, path }) => method === "POST" && path === "/v1/checkouts");
  assert.deepEqual(posts.map(({ status }) => status), [0, 201]);
  assert.deepEqual(posts.map(({ attempt }) => attempt), [1, 2]);
  const before = await cents("lutece");
  await wallet.approve(checkout.id);
  assert.equal((await checkout.outcome).status, "paid");
  assert.equal((await cents("lutece")) - before, 1250);
});

test("everything that comes before a checkout is tried again as well", async () => {
  const client = await createClient({ platform: sandbox.url });
  const sent = traced(client);
  await faults(
    { fault: "commit-then-drop", operation: "POST /v1/keys", count: 1 },
    { fault: "drop-before-commit", operation: "GET /v1/handles/{handle}", count: 2 },
  );
  const checkout = await reached(client.checkout(another()), "created");
  const tries = (path) => sent.filter((one) => one.path === path).map(({ status }) => status);
  assert.deepEqual([tries("/v1/keys"), tries("/v1/handles/lutece")], [[0, 201], [0, 0, 200]]);
  await checkout.cancel();
});

test("a stream that is cut goes on, and where none gets through the checkout is asked for", async () => {
  const sent = traced(page);
  await faults({ fault: "unavailable", operation: "GET /v1/checkouts/{id}/events", count: 3 });
  const checkout = await reached(page.checkout(another()), "created");
  await wallet.open(checkout.id);
  await reached(checkout, "opened");
  await wallet.approve(checkout.id);
  assert.equal((await checkout.outcome).status, "paid");
  assert.ok(sent.some(({ method, path }) => method === "GET" && path === `/v1/checkouts/${checkout.id}`));
});

test("requirement 7 and 31: late, repeated and foreign events change nothing, and a receipt for something else proves nothing", async () => {
  const { fetch } = globalThis;
  const encoder = new TextEncoder();
  const event = (body) => `: a comment\nid: ${body.version}\nevent: checkout\ndata: ${JSON.stringify(body)}\r\n\r\n`;
  /** The events of a checkout as this test writes them: a function of the checkout as it is. */
  const streaming = (write) => {
    globalThis.fetch = async (input, settings) => {
      const url = String(input.url ?? input);
      const id = /checkouts\/(\w+)\/events/.exec(url)?.[1];
      if (!id) return fetch(input, settings);
      const text = encoder.encode(write(await wallet.checkout(id)));
      // Byte by byte: an event may arrive in any pieces.
      const body = new ReadableStream({ start(controller) { for (const byte of text) controller.enqueue(Uint8Array.of(byte)); controller.close(); } });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    };
  };
  try {
    const states = [];
    streaming((now) => {
      if (now.status === "created") return event(now);
      const opened = { ...now, version: 2, status: "opened" };
      const created = { ...now, version: 1, status: "created" };
      const wrong = asked % 2 ? { amount: { value: "1.00", currency: "EUR" } } : { id: "chk_0198f0a6b3c97d2e8f4a5b6c7d8e9f01" };
      asked++;
      return [opened, created, opened, created].map(event).join("") + event(now.status === "paid" ? now : { ...now, version: 7, status: "declined", ...wrong });
    });
    let asked = 0;
    const checkout = page.checkout(another());
    checkout.on("change", ({ state }) => states.push(state));
    await wallet.open((await reached(checkout, "created")).id);
    await reached(checkout, "opened");
    await wallet.approve(checkout.id);
    assert.equal((await checkout.outcome).status, "paid");
    assert.deepEqual(states, ["created", "opened", "paid"]);

    globalThis.fetch = fetch;
    const elsewhere = await reached(page.checkout(another()), "created");
    await wallet.approve(elsewhere.id);
    const { payment } = await wallet.checkout(elsewhere.id);
    assert.equal((await elsewhere.outcome).status, "paid");
    streaming((now) => event({ ...now, version: 9, status: "paid", payment }));
    const forged = await page.checkout(another()).outcome;
    assert.deepEqual([forged.status, forged.error.code], ["unknown", "receipt_mismatch"]);
    streaming((now) => event({ ...now, version: 9, status: "paid", payment: { ...payment, receipt: payment.receipt.replace(/.$/, (last) => (last === "A" ? "B" : "A")) } }));
    const altered = await page.checkout(another()).outcome;
    assert.equal(altered.status, "unknown");
  } finally {
    globalThis.fetch = fetch;
  }
});

test("what begins before a crash goes on afterwards: one checkout, and one payment", async () => {
  const folder = await mkdtemp(join(tmpdir(), "xp2p-outbox-"));
  try {
    const key = await merchantKey();
    const process = () => createClient({ platform: sandbox.url, key, outbox: new FileOutbox(folder) });
    const asked = another();
    const first = (await process()).checkout(asked);
    await reached(first, "created");
    assert.equal((await readdir(folder)).filter((name) => name.endsWith(".json")).length, 1);
    assert.equal((await stat(join(folder, (await readdir(folder))[0]))).mode & 0o777, 0o600);

    // Another process that asks for the same, and one that only goes on.
    const second = await reached((await process()).checkout(asked), "created");
    assert.equal(second.id, first.id);
    const third = await (await process()).resumeCheckout();
    const [fourth] = await (await process()).resume();
    assert.equal(fourth.kind, "checkout");
    await wallet.approve(first.id);
    for (const checkout of [first, second, third, fourth.checkout]) {
      const { status, receipt } = await checkout.outcome;
      assert.deepEqual([status, receipt.reference], ["paid", asked.reference]);
    }
    assert.deepEqual((await readdir(folder)), []);
    assert.equal(await (await process()).resumeCheckout(), undefined);
    assert.deepEqual(await (await process()).resume(), []);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("requirement 8: a payment whose answer was lost is found out by `resume`, and paid once", async () => {
  const folder = await mkdtemp(join(tmpdir(), "xp2p-outbox-"));
  try {
    const { key } = wallet.client;
    const process = () => createClient({ platform: sandbox.url, key, outbox: new FileOutbox(folder) });
    const before = await cents("lutece");
    await faults({ fault: "commit-then-drop", operation: "POST /v1/payments", count: 1 });
    // Who waits no longer has not been refused.
    const lost = await (await process()).pay(another(), { deadline: 0 });
    assert.equal(lost.status, "unknown");
    const resumed = await (await process()).resume();
    assert.deepEqual(resumed.map(({ kind }) => kind), ["payment"]);
    assert.equal((await resumed[0].outcome).status, "paid");
    assert.equal((await cents("lutece")) - before, 1250);
    assert.deepEqual(await readdir(folder), []);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("two processes send one intent one after the other, and a dead one keeps nobody waiting for good", async () => {
  const folder = await mkdtemp(join(tmpdir(), "xp2p-outbox-"));
  try {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside--;
    };
    for (const boxes of [[new MemoryOutbox()], [new FileOutbox(folder), new FileOutbox(folder), new FileOutbox(folder)]]) {
      await Promise.all(Array.from({ length: 9 }, (_, index) => boxes[index % boxes.length].exclusively("intent", work)));
    }
    assert.equal(most, 1);
    // A lock that nobody renews.
    const path = join(folder, `${createHash("sha256").update("dead").digest("hex")}.lock`);
    await writeFile(path, "somebody", { mode: 0o600 });
    const long = new Date(Date.now() - 3_600_000);
    await utimes(path, long, long);
    assert.equal(await new FileOutbox(folder).exclusively("dead", async () => "done"), "done");
    assert.deepEqual(await readdir(folder), [], "nobody holds a lock");
    // Somebody who slept for so long that another one has the lock leaves it alone.
    await new FileOutbox(folder).exclusively("dead", () => writeFile(path, "another"));
    assert.equal(await readFile(path, "utf8"), "another");
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a platform that is out of reach beyond the checkout's end leaves it unknown, never failed, and `resume` finds out", async () => {
  const { fetch } = globalThis;
  const { now } = Date;
  const client = await createClient({ platform: sandbox.url });
  globalThis.fetch = (input, settings) => (/\/v1\/checkouts\/chk_/.test(String(input.url ?? input)) ? Promise.reject(new TypeError("the network is gone")) : fetch(input, settings));
  let checkout;
  try {
    checkout = await reached(client.checkout(another()), "created");
    Date.now = () => now() + 3_600_000;
    const { status, error } = await checkout.outcome;
    assert.deepEqual([status, error.code, error.retryable], ["unknown", "platform_unreachable", true]);
  } finally {
    globalThis.fetch = fetch;
    Date.now = now;
  }
  await wallet.approve(checkout.id);
  const [resumed] = await client.resume();
  assert.equal((await resumed.checkout.outcome).status, "paid");
});
