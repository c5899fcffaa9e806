// The key that asks for a page without one of its own: made, made known, and replaced when it was revoked.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient, init } from "xp2p";
import { startSandbox } from "../sandbox.mjs";
import { reached } from "../wallet.mjs";

let sandbox;
before(async () => {
  await init();
  sandbox = await startSandbox();
});
after(() => sandbox.stop());

/** What goes wrong from now on. */
async function faults(...rules) {
  const answer = await fetch(`${sandbox.url}/sandbox/faults`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ seed: 1, rules }) });
  assert.ok(answer.ok, await answer.text());
}

test("requirement 12: a revoked key is replaced once, by whichever of its requests hears of it first, also where nothing is stored", async () => {
  const page = await createClient({ platform: sandbox.url });
  await page.prepare();
  const registered = [];
  page.on("trace", ({ method, path, status }) => method === "POST" && path === "/v1/keys" && registered.push(status));
  await faults({ fault: "key-revoked", operation: "GET /v1/links", count: 3 });
  assert.deepEqual(await Promise.all([page.links(), page.links(), page.links()]), [[], [], []]);
  assert.deepEqual(registered, [201]);
  await faults({ fault: "key-revoked", operation: "POST /v1/checkouts", count: 1 });
  const checkout = await reached(page.checkout({ to: "@lutece", amount: "2.50", currency: "EUR" }), "created", "unknown", "refused");
  assert.equal(checkout.state, "created");
  assert.deepEqual(await checkout.cancel(), { status: "cancelled" });
});
