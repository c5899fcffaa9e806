// How a checkout is followed: by a stream that goes on where the last one was cut, by questions in growing pauses
// where no stream gets through, and never back to what is older.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient, init } from "xp2p";
import { hurried } from "../hurry.mjs";
import { startSandbox } from "../sandbox.mjs";
import { openWallet, reached } from "../wallet.mjs";

let sandbox, wallet, page;
before(async () => {
  await init();
  sandbox = await startSandbox();
  wallet = await openWallet(sandbox, "alice");
  page = await createClient({ platform: sandbox.url });
});
after(() => sandbox.stop());

let order = 0;
const another = () => ({ to: "@lutece", amount: "12.50", currency: "EUR", reference: `followed-${++order}` });

/** Runs with somebody between us and the streams. Gives what was asked about checkouts, in its order. */
async function streaming(meet, run) {
  const { fetch } = globalThis;
  const asked = [];
  globalThis.fetch = async (url, settings) => {
    const [, kind] = /\/v1\/checkouts\/chk_\w+(\/events)?$/.exec(url) ?? [];
    const stream = kind !== undefined;
    const seen = settings?.headers?.["last-event-id"];
    if (/\/v1\/checkouts\/chk_\w+(\/events)?$/.test(url) && settings?.method === "GET") asked.push({ stream, seen });
    return stream ? meet(() => fetch(url, settings)) : fetch(url, settings);
  };
  try {
    return [asked, await run(asked)];
  } finally {
    globalThis.fetch = fetch;
  }
}

/** The answer, cut after its first event. */
async function cut(send) {
  const answer = await send();
  const reader = answer.body.getReader();
  const body = new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      controller.enqueue(value);
      if (!Buffer.from(value).includes("data:")) return;
      // What was enqueued is read before the stream fails.
      setImmediate(() => controller.error(new TypeError("the connection was cut")));
      await reader.cancel();
    },
  });
  return new Response(body, { status: answer.status, headers: answer.headers });
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a stream that is cut after every event goes on after the last one, by its id", async () => {
  const states = [];
  const [, [asked, outcome]] = await hurried(0.5, () =>
    streaming(cut, async () => {
      const checkout = page.checkout(another());
      checkout.on("change", ({ state }) => states.push(state));
      await reached(checkout, "created");
      await wallet.open(checkout.id);
      await reached(checkout, "opened");
      await wallet.approve(checkout.id);
      return checkout.outcome;
    }),
  );
  assert.equal(outcome.status, "paid");
  assert.deepEqual(states, ["created", "opened", "paid"]);
  const seen = asked.filter(({ stream }) => stream).map((one) => one.seen);
  assert.ok(seen.length >= 2, "it was cut");
  assert.equal(seen[0], undefined);
  const ids = seen.slice(1).map(Number);
  assert.ok(ids.every((id, index) => id >= 1 && id >= (ids[index - 1] ?? 0)), seen.join());
  assert.deepEqual(ids, [...new Set(ids)], "after news the next stream begins, and no question is between");
});

for (const [name, meet] of [
  ["is refused by a proxy", async () => new Response("<h1>Bad gateway</h1>", { status: 502, headers: { "content-type": "text/html" } })],
  ["breaks", async () => Promise.reject(new TypeError("no streams here"))],
  ["ends without a word", async () => new Response(new ReadableStream({ start: (controller) => controller.close() }), { headers: { "content-type": "text/event-stream" } })],
  ["says what is known", async (send) => {
    const { body } = await send();
    await body.cancel();
    const comment = new TextEncoder().encode(": still here\n\n");
    return new Response(new ReadableStream({ start: (controller) => (controller.enqueue(comment), controller.close()) }), { headers: { "content-type": "text/event-stream" } });
  }],
]) {
  test(`where every stream ${name}, the checkout is asked for in growing pauses`, async () => {
    const pauses = [];
    const [, [asked, outcome]] = await hurried(
      0.5,
      () =>
        streaming(meet, async () => {
          const checkout = await reached(page.checkout(another()), "created");
          while (pauses.length < 10) await turn();
          // Since the first news, which came with a stream or with the question after it.
          const all = pauses.splice(0);
          const quiet = all.slice(all.indexOf(250));
          assert.deepEqual(quiet, [...quiet].sort((a, b) => a - b), "each at least as long as the one before");
          assert.ok(quiet.at(-1) >= 4000 && quiet.at(-1) <= 15_000, quiet.join());
          await wallet.open(checkout.id);
          await reached(checkout, "opened");
          await turn();
          assert.ok(pauses.some((pause) => pause <= 500), "news make the next pause short");
          await wallet.approve(checkout.id);
          return checkout.outcome;
        }),
      (pause) => pauses.push(pause),
    );
    assert.equal(outcome.status, "paid");
    assert.ok(asked.filter(({ stream }) => !stream).length >= 3, "plain questions");
    assert.ok(asked.filter(({ stream }) => stream).length >= 3, "and streams again, should they get through by now");
  });
}

test("`Retry-After` is obeyed by what follows a checkout as well", async () => {
  const { fetch } = globalThis;
  const [pauses, outcome] = await hurried(0.5, async () => {
    const checkout = await reached(page.checkout(another()), "created");
    let later = 2;
    globalThis.fetch = (url, settings) => {
      if (!/\/v1\/checkouts\/chk_\w+/.test(url) || later-- <= 0) return fetch(url, settings);
      const body = JSON.stringify({ type: "urn:xp2p:error:unavailable", title: "", status: 503, code: "unavailable", retryable: true, request_id: "req_00000000" });
      return Promise.resolve(new Response(body, { status: 503, headers: { "content-type": "application/problem+json", "retry-after": "13" } }));
    };
    return checkout.cancel();
  }).finally(() => (globalThis.fetch = fetch));
  assert.equal(outcome.status, "cancelled");
  assert.ok(pauses.includes(13_250), pauses.join());
});
