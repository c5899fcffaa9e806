// The package against what somebody would take instead, interleaved in one run: `cargo xtask bench`.
//
// Each row is the median over all rounds; a ratio compares medians of the same run. No figure here
// passes or fails anything.
import { execFileSync } from "node:child_process";
import { createHash, webcrypto } from "node:crypto";
import * as noble from "@noble/ed25519";
import Big from "big.js";
import Decimal from "decimal.js";
import { dinero, greaterThan, toDecimal } from "dinero.js";
import { EUR } from "dinero.js/currencies";
import { httpbis } from "http-message-signatures";
import sodium from "libsodium-wrappers";
import { createPaymentRequest, init, SigningKey, signRequest, validateAmount } from "xp2p";
import { init as initAmounts, validateAmounts } from "xp2p/amount";
import { amountRuns } from "./amounts.mjs";
import { chromiumRuns } from "./chromium.mjs";

const [native, rounds = "15"] = process.argv.slice(2);
await Promise.all([init(), initAmounts(), sodium.ready]);
const chromium = await chromiumRuns();

const seed = new Uint8Array(32).fill(7);
const message = new Uint8Array(300).fill(1);
const key = SigningKey.fromSeed(seed.slice());
const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
const cryptoKey = await webcrypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
const pair = sodium.crypto_sign_seed_keypair(seed);

const draft = { to: "@lutece", account: "acct_lutece00", amount: "12.50", currency: "EUR", reference: "order-1042" };
const url = "https://api.example/v1/payments";
const headersOf = (idempotencyKey) => ({ "content-type": "application/json", "idempotency-key": `"${idempotencyKey}"` });
const random = () => Buffer.from(webcrypto.getRandomValues(new Uint8Array(16))).toString("base64url");
const seconds = () => Math.floor(Date.now() / 1000);

/** Builds and signs one payment request with the package. */
function ours() {
  const { body } = createPaymentRequest(draft);
  const created = seconds();
  const options = { environment: "sandbox", created, expires: created + 300, nonce: random() };
  return signRequest({ method: "POST", url, headers: headersOf(random()), body }, key, options);
}

/** The same with http-message-signatures, big.js for the amount and a signer of choice. */
async function theirs(sign) {
  const amount = new Big(draft.amount);
  if (amount.lte(0) || amount.round(2).cmp(amount) !== 0) throw new RangeError("amount");
  const payee = { handle: "lutece", account: draft.account };
  const body = JSON.stringify({ payee, amount: { value: amount.toFixed(2), currency: "EUR" }, reference: draft.reference });
  const digest = createHash("sha256").update(body).digest("base64");
  const headers = { ...headersOf(random()), "content-digest": `sha-256=:${digest}:` };
  const created = new Date();
  return httpbis.signMessage(
    {
      name: "xp2p",
      key: { id: key.keyId, alg: "ed25519", sign },
      fields: ["@method", "@target-uri", "content-digest", "content-type", "idempotency-key"],
      params: ["created", "expires", "nonce", "keyid", "alg", "tag"],
      paramValues: { created, expires: new Date(+created + 300_000), nonce: random(), tag: "xp2p-sandbox" },
    },
    { method: "POST", url, headers },
  );
}

const webCryptoSign = async (base) => Buffer.from(await webcrypto.subtle.sign("Ed25519", cryptoKey, base));
const nobleSign = async (base) => Buffer.from(await noble.signAsync(base, seed));

const groups = {
  "sign 300 bytes (µs each)": {
    "native ed25519-dalek": nativeSign,
    "xp2p": timed(300, () => key.sign(message)),
    "WebCrypto": timed(300, () => webcrypto.subtle.sign("Ed25519", cryptoKey, message)),
    "libsodium-wrappers": timed(300, () => sodium.crypto_sign_detached(message, pair.privateKey)),
    "@noble/ed25519": timed(20, () => noble.signAsync(message, seed)),
  },
  "build and sign a payment request (µs each)": {
    "xp2p": timed(200, ours),
    "http-message-signatures, WebCrypto, big.js": timed(200, () => theirs(webCryptoSign)),
    "http-message-signatures, noble, big.js": timed(20, () => theirs(nobleSign)),
  },
  "check an amount (µs each)": {
    "xp2p": timed(5000, () => validateAmount("12.50", "EUR")),
    "big.js": timed(5000, () => {
      const amount = new Big("12.50");
      if (amount.lte(0) || amount.round(2).cmp(amount) !== 0) throw new RangeError("amount");
      return amount.toFixed(2);
    }),
  },
  "10,000 amounts in one call, Node (ns each)": amountRuns({ validateAmounts, Big, Decimal, dinero, greaterThan, toDecimal, EUR }),
  ...(chromium && { "10,000 amounts in one call, Chromium (ns each)": chromium.runs }),
};

const figures = new Map();
for (let round = -1; round < Number(rounds); round++) {
  process.stderr.write(`\rround ${round + 1} of ${rounds} `);
  for (const runs of Object.values(groups)) {
    for (const run of Object.values(runs)) {
      const figure = await run();
      // The first round only warms up.
      if (round >= 0) figures.set(run, [...(figures.get(run) ?? []), figure]);
    }
  }
}
process.stderr.write("\r");
await chromium?.close();

for (const [title, runs] of Object.entries(groups)) {
  console.log(`\n${title.padEnd(46)} median   least   to xp2p`);
  const base = median(figures.get(runs.xp2p));
  for (const [name, run] of Object.entries(runs)) {
    const found = median(figures.get(run));
    const least = Math.min(...figures.get(run));
    console.log(`  ${name.padEnd(42)} ${found.toFixed(2).padStart(8)} ${least.toFixed(2).padStart(7)} ${(found / base).toFixed(2).padStart(8)}`);
  }
}

function timed(count, work) {
  return async () => {
    const start = performance.now();
    for (let index = 0; index < count; index++) await work();
    return ((performance.now() - start) * 1000) / count;
  };
}

function nativeSign() {
  return Number(execFileSync(native, { encoding: "utf8" }));
}

function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
