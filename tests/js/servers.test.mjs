// The two servers of the demonstration: a port in use, and Ctrl-C while payments are made.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createClient, init, SigningKey } from "xp2p";
import { start } from "../sandbox.mjs";

const shop = join(import.meta.dirname, "../../www/shop/server.mjs");
let folder;
let sandbox;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "xp2p-servers-"));
  const database = join(folder, "sandbox.sqlite");
  sandbox = (listen) => start(process.env.XP2P_SANDBOX, "serve", "--listen", listen, "--database", database);
});
after(() => rm(folder, { recursive: true, force: true }));

test("where the port is in use another one is taken and said", async () => {
  const occupied = createServer();
  await new Promise((resolve) => occupied.listen(0, "127.0.0.1", resolve));
  const taken = `127.0.0.1:${occupied.address().port}`;
  const starts = [() => start(process.execPath, shop, "--listen", taken), () => sandbox(taken)];
  for (const begin of starts) {
    const server = await begin();
    assert.notEqual(new URL(server.url).host, taken);
    assert.ok((await fetch(new URL("/healthz", server.url))).status < 500);
    await server.stop();
  }
  occupied.close();
});

test("Ctrl-C among payments leaves the ledger whole, and every unknown payment is found afterwards", async () => {
  await init();
  const key = SigningKey.generate();
  const first = await sandbox("127.0.0.1:0");
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ handle: "alice", jwk: key.publicJwk });
  await fetch(`${first.url}/sandbox/enrolments`, { method: "POST", headers, body });
  const draft = { to: "@lutece", amount: "0.10", currency: "EUR" };
  const paying = await createClient({ platform: first.url, key });
  const outcomes = Promise.all(Array.from({ length: 200 }, () => paying.pay(draft, { deadline: 1 })));
  await new Promise((resolve) => setTimeout(resolve, 300));
  await first.stop("SIGINT");
  const ended = await outcomes;

  // On the same port, because the address is signed and so is the issuer of its receipts.
  const second = await sandbox(new URL(first.url).host);
  assert.equal(second.url, first.url);
  const again = await createClient({ platform: second.url, key });
  for (const outcome of ended.filter(({ status }) => status !== "paid")) {
    const { idempotencyKey } = outcome;
    assert.equal((await again.pay(draft, { idempotencyKey })).status, "paid");
  }
  const { balances, sums } = await (await fetch(`${second.url}/sandbox/ledger`)).json();
  assert.ok(sums.every(({ value }) => Number(value) === 0));
  const lutece = balances.find(({ handle, amount }) => handle === "lutece" && amount.currency === "EUR");
  assert.equal(lutece.amount.value, "20.00");
  await second.stop();
});
