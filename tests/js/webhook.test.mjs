// What the sandbox really delivers, verified by xp2p/server.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { createClient, SigningKey, signRequest } from "xp2p";
import { init, Verifier } from "xp2p/server";
import { startSandbox } from "../sandbox.mjs";

let sandbox, receiver, arrived;
before(async () => {
  await init();
  sandbox = await startSandbox();
  receiver = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const lines = request.rawHeaders.flatMap((name, index, all) => (index % 2 ? [] : [[name, all[index + 1]]]));
    response.writeHead(204).end();
    arrived({ method: request.method, headers: lines, body: Buffer.concat(parts) });
  });
  await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  receiver?.close();
  receiver?.closeAllConnections();
  await sandbox?.stop();
});

/** A signed POST to the sandbox. */
async function post(path, key, value) {
  const body = JSON.stringify(value);
  const created = Math.floor(Date.now() / 1000);
  const random = () => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url");
  const message = { method: "POST", url: sandbox.url + path, headers: { "content-type": "application/json", "idempotency-key": `"${random()}"` }, body };
  const signed = signRequest(message, key, { environment: "sandbox", created, expires: created + 60, nonce: random() });
  const answer = await fetch(message.url, { ...message, headers: { ...message.headers, ...signed } });
  assert.ok(answer.ok, await answer.clone().text());
  return answer.json();
}

test("requirement 24: a delivery of the sandbox verifies, and only at the address it was sent to", async () => {
  const [alice, lutece] = [SigningKey.generate(), SigningKey.generate()];
  await sandbox.enrol("alice", alice);
  await sandbox.enrol("lutece", lutece);
  const { url } = await post("/v1/webhooks", lutece, { url: `http://127.0.0.1:${receiver.address().port}/hooks`, events: ["payment.paid"] });
  const delivered = new Promise((resolve) => (arrived = resolve));
  const client = await createClient({ platform: sandbox.url, key: alice });
  const { receipt } = await client.pay({ to: "@lutece", amount: "12.50", currency: "EUR" });

  const verifier = new Verifier(client);
  const request = { ...(await delivered), url };
  const event = await verifier.verifyWebhook(request, () => true);
  assert.equal(event.type, "payment.paid");
  assert.equal(event.data.id, receipt.payment);
  assert.equal(await verifier.verifyWebhook(request, (id) => id !== event.id), undefined);
  await assert.rejects(verifier.verifyWebhook({ ...request, url: `${url}2` }, () => true), { code: "signature_invalid" });
  const { payee, amount } = receipt;
  assert.equal((await verifier.verifyReceipt(event.data.receipt, { payee, amount })).payment, receipt.payment);
});
