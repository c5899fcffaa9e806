// One payment from the command line, through the packed package: @alice pays @lutece 12.50 EUR.
//
// Prints what was signed, what moved, and the receipt; ends with 1 if anything was not verified.
import { parseArgs } from "node:util";
import { createClient, init, SigningKey, Xp2pError } from "xp2p";
import { amountToMinor, init as initAmounts } from "xp2p/amount";

const { values } = parseArgs({ options: { platform: { type: "string", default: "http://127.0.0.1:8787" } } });
const { platform } = values;

await Promise.all([init(), initAmounts()]);
const key = SigningKey.generate();
const { handle } = await enrol("alice", key.publicJwk);
const client = await createClient({ platform, key });
const payee = await client.payee("@lutece");
const before = await ledger();

console.log(`@${handle} pays @${payee.handle} (${payee.name}) 12.50 EUR on ${client.platform}, with a key in wasm\n`);
const sent = recordRequests();
const draft = { to: "@lutece", amount: "12.50", currency: "EUR", reference: `order-${Date.now()}` };
const outcome = await client.pay(draft);
printRequest(sent.find(({ method }) => method === "POST"));
if (outcome.status !== "paid") fail(`the payment is ${outcome.status}: ${outcome.error.message} (${outcome.error.code})`);

const { receipt } = outcome;
const after = await ledger();
const moved = after.legs.filter((leg) => leg.payment === receipt.payment);
printBalances(before, after);
console.log("\nlegs of the payment");
for (const leg of moved) console.log(`  ${leg.handle.padEnd(8)} ${leg.amount.value.padStart(10)} ${leg.amount.currency}`);
console.log("\nreceipt, verified");
for (const [claim, value] of Object.entries(receipt)) {
  console.log(`  ${claim.padEnd(14)} ${typeof value === "object" ? JSON.stringify(value) : value}`);
}

check("the legs are the payment's", sameLegs(moved, [["alice", "-12.50"], ["lutece", "12.50"]]));
check("every currency sums to zero", after.sums.every(({ value }) => Number(value) === 0));
check("the balances moved by 12.50", moves("alice") === -1250n && moves("lutece") === 1250n);
key.free();
console.log("\npaid once, receipt verified, ledger sums to zero");

/** The sandbox's stand-in for a wallet: a test person trusts a key. */
async function enrol(handle, jwk) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${platform}/sandbox/enrolments`, { method: "POST", headers, body: JSON.stringify({ handle, jwk }) });
  if (!answer.ok) fail(`the sandbox did not take the key: ${await answer.text()}`);
  return answer.json();
}

async function ledger() {
  return (await fetch(`${platform}/sandbox/ledger`)).json();
}

/** Shows what really goes over the wire: every request that the package hands to `fetch`. */
function recordRequests() {
  const sent = [];
  const { fetch: send } = globalThis;
  globalThis.fetch = async (input, settings) => {
    const request = new Request(input, settings);
    const { method, url, headers } = request;
    sent.push({ method, url, headers: [...headers], body: await request.clone().text() });
    return send(request);
  };
  return sent;
}

function printRequest(request) {
  if (!request) fail("no request was sent");
  console.log(`${request.method} ${request.url}`);
  for (const [name, value] of request.headers) console.log(`${name}: ${value}`);
  console.log(`\n${request.body}\n`);
}

function printBalances(...ledgers) {
  console.log("balances           before        after");
  for (const handle of ["alice", "lutece"]) {
    const [from, to] = ledgers.map((ledger) => balance(ledger, handle).padStart(12));
    console.log(`  ${handle.padEnd(8)} ${from} ${to} EUR`);
  }
}

function balance({ balances }, handle) {
  return balances.find((entry) => entry.handle === handle && entry.amount.currency === "EUR")?.amount.value ?? "0.00";
}

/** Cents that an account gained. */
function moves(handle) {
  const cents = (ledger) => amountToMinor({ value: balance(ledger, handle), currency: "EUR" });
  return cents(after) - cents(before);
}

function sameLegs(legs, expected) {
  const sorted = (list) => JSON.stringify([...list].sort());
  return sorted(legs.map((leg) => [leg.handle, leg.amount.value])) === sorted(expected);
}

function check(what, holds) {
  if (!holds) fail(`not so: ${what}`);
}

function fail(why) {
  console.error(why instanceof Xp2pError ? `${why.message} (${why.code})` : why);
  process.exit(1);
}
