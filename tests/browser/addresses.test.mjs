// Requirement 17 in the three engines: what is signed is the address that the browser asks for, to the letter.
// Addresses at random, as somebody may write them: each is refused, or arrives as it was signed.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { httpbis } from "http-message-signatures";
import { webcrypto } from "node:crypto";
import { randomness, seed } from "../random.mjs";
import { engines } from "./engines.mjs";
import { serveOrigin } from "./origin.mjs";

const COUNT = 150;
const { choose, list } = randomness();
const TAME = ["v1", "@lutece", "%2F", "%E9", "%25", "~", "+", "(x)", "!", "$", "&", "=", ":", ";a=1", ",", "-._~"];
const PIECES = [...TAME, "%2f", "%41", "€", "é", "日本", ".", "..", "%2e%2e", "a b", "'", "%zz", "🍜", "|", "^", "`", "{", "[", "\\", '"', "<", "\t"];

function address() {
  const pieces = choose([TAME, PIECES]);
  const path = list(4, () => `/${list(3, () => choose(pieces)).join("")}`).join("");
  const query = choose([() => "", () => "?", () => "??", () => `?${list(3, () => `${choose(pieces)}=${choose(pieces)}`).join("&")}`])();
  return `${path}${query}${choose(["", "", "", "#", "#part"])}`;
}

let page;
let platform;
const received = new Map();
before(async () => {
  page = await serveOrigin();
  platform = createServer((request, response) => {
    const allowed = { "access-control-allow-origin": "*", "access-control-allow-headers": "*, signature, signature-input, x-case" };
    if (request.method === "GET") received.set(request.headers["x-case"], { method: request.method, path: request.url, headers: request.headers });
    response.writeHead(200, { ...allowed, "cache-control": "no-store" }).end("{}");
  });
  await new Promise((resolve) => platform.listen(0, "127.0.0.1", resolve));
});
after(() => {
  page?.stop();
  platform?.close();
  platform?.closeAllConnections();
});

/** Signs each address as it is written, and asks for it where that was not refused. */
async function signAndAsk(name, base, addresses) {
  const { init, SigningKey, signRequest } = await import("/xp2p/index.js");
  await init();
  const key = SigningKey.fromSeed(crypto.getRandomValues(new Uint8Array(32)));
  const created = Math.floor(Date.now() / 1000);
  const refused = [];
  for (const [index, written] of addresses.entries()) {
    const url = base + written;
    const nonce = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18)))).replaceAll("+", "-").replaceAll("/", "_");
    let fields;
    try {
      fields = signRequest({ method: "GET", url, headers: [] }, key, { environment: "sandbox", created, expires: created + 200, nonce });
    } catch (error) {
      refused.push({ index, code: error.code, param: error.param, asksFor: new URL(url).href });
      continue;
    }
    await fetch(url, { headers: { ...fields, "x-case": `${name}-${index}` } });
  }
  return { publicJwk: key.publicJwk, refused };
}

/** By an implementation that is not ours, over the address as it arrived. */
async function verifies({ method, path, headers }, base, jwk) {
  const key = await webcrypto.subtle.importKey("jwk", { ...jwk, kty: "OKP", crv: "Ed25519" }, "Ed25519", false, ["verify"]);
  const verify = (data, signature) => webcrypto.subtle.verify("Ed25519", key, signature, data);
  const keyLookup = async ({ keyid }) => ({ id: keyid, algs: ["ed25519"], verify });
  return (await httpbis.verifyMessage({ all: true, keyLookup }, { method, url: base + path, headers })) === true;
}

for (const [name, start] of Object.entries(engines)) {
  test(`requirement 17: an address that is signed arrives as it was signed, in ${name}`, { skip: !start && "it is not on this machine" }, async (t) => {
    const base = `http://127.0.0.1:${platform.address().port}`;
    const addresses = Array.from({ length: COUNT }, address);
    const browser = await start();
    try {
      const tab = await browser.open(page.url);
      const { publicJwk, refused } = await tab.evaluate(signAndAsk, name, base, addresses);
      for (const { index, code, param, asksFor } of refused) {
        assert.deepEqual([code, param], ["signature_malformed", "@target-uri"], addresses[index]);
        // By the browser's own word: engines differ in `^`, and one decodes on the way what it says it would not.
        assert.ok(asksFor !== base + addresses[index] || /#|%(41|2e|2f|zz)/.test(asksFor), `seed ${seed}: ${addresses[index]} was refused without need`);
      }
      const signed = addresses.map((_, index) => index).filter((index) => !refused.some((other) => other.index === index));
      for (const index of signed) {
        const arrived = received.get(`${name}-${index}`);
        assert.ok(arrived, `seed ${seed}: ${addresses[index]} did not arrive`);
        assert.equal(await verifies(arrived, base, publicJwk), true, `seed ${seed}: ${addresses[index]} arrived as ${arrived.path}`);
      }
      assert.ok(signed.length > 10 && refused.length > 10, `seed ${seed}: ${signed.length} signed, ${refused.length} refused`);
      t.diagnostic(`seed ${seed}: ${signed.length} arrived as they were signed, ${refused.length} were refused`);
    } finally {
      await browser.close();
    }
  });
}
