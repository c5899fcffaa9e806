// Agreement over requests at random: what we sign verifies by an independent implementation in
// JavaScript and by one in Python, and what each of them signs verifies here. interop.test.mjs has the
// one request that a payment really sends.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { join } from "node:path";
import { before, test } from "node:test";
import { httpbis } from "http-message-signatures";
import { init, SigningKey, signRequest, verifyRequest } from "xp2p";
import { randomness, seed } from "../random.mjs";

const COUNT = 250;
const { below, bytes, choose, list } = randomness();
const python = process.env.XP2P_PYTHON;
const withoutPython = python || process.env.CI ? false : "there is no Python to ask: install python3 with venv";

const now = Math.floor(Date.now() / 1000);
const keySeed = bytes(32);
const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), keySeed]);
const privateKey = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
const publicKey = createPublicKey(privateKey);
let key;
before(async () => {
  await init();
  key = SigningKey.fromSeed(new Uint8Array(keySeed));
});

const HOSTS = [
  "api.example", "API.Example", "api.example.", "bücher.example", "例え.テスト", "münchen.example.", "xn--bcher-kva.example",
  "a-b.c--d.example", "127.0.0.1", "127.1", "0x7f.1", "[::1]", "[2001:DB8::0:1]", "localhost", "1.example", "_dmarc.example",
];
const PORTS = ["", ":443", ":80", ":0443", ":8443", ":8787", ":1", ":65535", ":"];
const PIECES = [
  "v1", "payments", "%2F", "%2f", "%41", "%E9", "%e2%82%ac", "€", "é", "日本", ".", "..", "%2e%2e", "~", "a b", "+", "*", "'", "(x)", "!", "$", "&", "=", ":", "@", ";a=1", ",",
  "%00", "%7F", "%25", "🍜", "-._~",
];
/** What browsers leave as it is in a query, and RFC 3986 does not know there. */
const LOOSE = ["|", "^", "`", "{", "}", "[", "]", "\\"];

function url() {
  const path = list(5, () => `/${list(3, () => choose(PIECES)).join("")}`).join("");
  const query = choose([() => "", () => "?", () => "??", () => `?${list(4, () => `${choose(PIECES)}=${choose(PIECES)}`).join("&")}`, () => `?q=${choose(LOOSE)}`])();
  // What fetch asks for: no fragment, a user name is refused by fetch itself, and one engine normalises what is encoded.
  return new URL(`${choose(["https", "http"])}://${choose(HOSTS)}${choose(PORTS)}${path}${query}`).href.replace(/%../g, (one) => (/%(2e|41)/i.test(one) ? decodeURIComponent(one) : one.toUpperCase()));
}

const LINES = [["accept", "application/json"], ["accept", "*/*;q=0.1"], ["Accept", " text/html\t"], ["X-Empty", ""], ["x-note", "a, b"], ["x-note", '"quoted \\" mark"'], ["X-Note", "  c  "], ["cache-control", "no-store"]];

function request() {
  const method = choose(["POST", "POST", "GET", "DELETE", "PUT"]);
  const body = method === "POST" || (method === "PUT" && below(2)) ? bytes(below(200)) : undefined;
  const headers = list(6, () => choose(LINES));
  if (body) headers.push(["Content-Type", choose(["application/json", "application/json; charset=utf-8", "text/plain"])]);
  if (method === "POST") headers.push(["idempotency-key", `"${bytes(12).toString("hex")}"`]);
  return { method, url: url(), headers, body };
}

const nonce = () => bytes(16).toString("base64url");
/** Made some time ago, and good for longer than this file runs. */
const timed = () => ({ environment: "sandbox", created: now - below(100), expires: now + 100 + below(100), nonce: nonce() });

function signed(message) {
  return { ...message, headers: [...message.headers, ...Object.entries(signRequest(message, key, timed()))] };
}

/** Changes one thing that is covered. */
function tampered(message) {
  const covered = ["content-type", "idempotency-key", "content-digest"];
  const change = (name, to) => ({ ...message, headers: message.headers.map(([line, value]) => [line, line.toLowerCase() === name ? to(value) : value]) });
  const changes = [
    () => ({ ...message, method: message.method === "GET" ? "DELETE" : "GET" }),
    () => ({ ...message, url: `${message.url}${message.url.includes("?") ? "&" : "?"}x` }),
    () => ({ ...message, url: message.url.replace("://", "://x.") }),
    () => change("signature-input", (value) => value.replace(/created=(\d+)/, (_, created) => `created=${created - 1}`)),
    () => change("signature-input", (value) => value.replace(/nonce="../, 'nonce="!!')),
    ...covered.filter((name) => message.headers.some(([line]) => line.toLowerCase() === name)).map((name) => () => change(name, (value) => value.replace(/.(.)$/, "~$1"))),
  ];
  return choose(changes)();
}

/** Values by name, as http-message-signatures takes them. */
function grouped(lines) {
  const names = [...new Set(lines.map(([name]) => name.toLowerCase()))];
  return Object.fromEntries(names.map((name) => [name, lines.filter(([line]) => line.toLowerCase() === name).map(([, value]) => value)]));
}

const digest = (body) => `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;

/** Whether http-message-signatures verifies it, and the digest holds, which that library does not look at. */
async function verifiesInJavaScript(message) {
  const headers = grouped(message.headers);
  const holds = message.body === undefined || headers["content-digest"]?.join() === digest(message.body);
  const keyLookup = async ({ keyid }) => ({ id: keyid, algs: ["ed25519"], verify: async (base, signature) => verify(null, base, publicKey, signature) });
  try {
    return holds && (await httpbis.verifyMessage({ all: true, keyLookup }, { ...message, url: new URL(message.url), headers })) === true;
  } catch {
    return false;
  }
}

/** Asks the judge in Python. */
function askPython(cases) {
  const portable = ({ body, ...message }) => ({ ...message, body: body?.toString("base64") });
  const input = JSON.stringify({ verify: [], sign: [], ...cases }, (name, value) => (name === "request" ? portable(value) : value));
  const { stdout, stderr, status } = spawnSync(python, [join(import.meta.dirname, "../judge.py")], { input, encoding: "utf8", maxBuffer: 1 << 26 });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

/** What a signature of the profile covers on this request, and sometimes other headers too. */
function components({ method, body, headers }) {
  const further = list(3, () => choose(["accept", "x-note", "x-empty", "cache-control", "@authority", "@scheme", "@path", "@query"]));
  const there = (name) => name.startsWith("@") || headers.some(([line]) => line.toLowerCase() === name);
  return [
    "@method", "@target-uri",
    ...(body === undefined ? [] : ["content-digest", "content-type"]),
    ...(method === "POST" ? ["idempotency-key"] : []),
    ...new Set(further.filter(there)),
  ];
}

const accept = (message) => verifyRequest(message, key.publicJwk, { environment: "sandbox", now });

test("what we sign verifies by http-message-signatures for JavaScript, and not once it is changed", async (t) => {
  let changed = 0;
  for (let count = 0; count < COUNT; count++) {
    const message = signed(request());
    assert.equal(await verifiesInJavaScript(message), true, `seed ${seed}: ${JSON.stringify(message)}`);
    accept(message);
    const other = tampered(message);
    assert.equal(await verifiesInJavaScript(other), false, `seed ${seed}: ${JSON.stringify(other)}`);
    assert.throws(() => accept(other), { name: "Xp2pError" }, `seed ${seed}: ${JSON.stringify(other)}`);
    changed++;
  }
  t.diagnostic(`seed ${seed}: ${COUNT} requests verified, ${changed} changed ones refused by both`);
});

test("what we sign verifies by http-message-signatures for Python, and not once it is changed", { skip: withoutPython }, (t) => {
  const messages = Array.from({ length: COUNT }, () => signed(request()));
  const others = messages.map(tampered);
  const { x } = key.publicJwk;
  const { verify: verdicts } = askPython({ verify: [...messages, ...others].map((message) => ({ x, request: message })) });
  let outside = 0;
  for (const [index, message] of messages.entries()) {
    const { refused, parameters } = verdicts[index];
    if (refused?.startsWith("Invalid URL")) {
      // It takes RFC 3986 at its word; browsers send a little more than that.
      assert.match(message.url, /[|^`{}[\]\\"<>]|%(?![0-9A-Fa-f]{2})/, `seed ${seed}: ${message.url}`);
      outside++;
    } else {
      assert.equal(refused, undefined, `seed ${seed}: ${JSON.stringify(message)}`);
      assert.deepEqual([parameters.keyid, parameters.alg, parameters.tag], [key.keyId, "ed25519", "xp2p-sandbox"]);
    }
    assert.ok(verdicts[COUNT + index].refused, `seed ${seed}: ${JSON.stringify(others[index])}`);
    assert.throws(() => accept(others[index]), { name: "Xp2pError" });
  }
  assert.ok(outside < COUNT / 2, `${outside} of ${COUNT} could not be asked about`);
  t.diagnostic(`seed ${seed}: ${COUNT - outside} requests verified, ${outside} with an address outside RFC 3986, ${COUNT} changed ones refused by both`);
});

test("what http-message-signatures for JavaScript signs verifies here, and not once it is changed", async (t) => {
  for (let count = 0; count < COUNT; count++) {
    const message = request();
    if (message.body) message.headers.push(["Content-Digest", digest(message.body)]);
    const { created, expires, nonce } = timed();
    const { headers } = await httpbis.signMessage(
      {
        name: "xp2p",
        key: { id: key.keyId, alg: "ed25519", sign: async (base) => sign(null, base, privateKey) },
        fields: components(message),
        params: choose([["created", "expires", "nonce", "keyid", "alg", "tag"], ["tag", "alg", "keyid", "nonce", "expires", "created"]]),
        paramValues: { created: new Date(created * 1000), expires: new Date(expires * 1000), nonce, tag: "xp2p-sandbox" },
      },
      { ...message, url: new URL(message.url), headers: grouped(message.headers) },
    );
    const lines = ["Signature-Input", "Signature"].map((name) => [name, String(headers[name])]);
    const theirs = { ...message, headers: [...message.headers, ...lines] };
    assert.equal(accept(theirs).nonce, nonce, `seed ${seed}: ${JSON.stringify(theirs)}`);
    assert.throws(() => accept(tampered(theirs)), { name: "Xp2pError" });
  }
  t.diagnostic(`seed ${seed}: ${COUNT} requests verified, ${COUNT} changed ones refused`);
});

test("what http-message-signatures for Python signs verifies here, and not once it is changed", { skip: withoutPython }, (t) => {
  const messages = Array.from({ length: COUNT }, () => {
    let message = request();
    while (/[|^`{}[\]\\]|%(?![0-9A-Fa-f]{2})/.test(message.url.replace(/\/\/\[[^\]]*\]/, ""))) message = request();
    return message;
  });
  const cases = messages.map((message) => ({ ...timed(), seed: keySeed.toString("base64"), keyId: key.keyId, components: components(message), request: message }));
  const { sign: lines } = askPython({ sign: cases });
  for (const [index, headers] of lines.entries()) {
    const theirs = { ...messages[index], headers };
    assert.equal(accept(theirs).nonce, cases[index].nonce, `seed ${seed}: ${JSON.stringify(theirs)}`);
    assert.throws(() => accept(tampered(theirs)), { name: "Xp2pError" });
  }
  t.diagnostic(`seed ${seed}: ${COUNT} requests verified, ${COUNT} changed ones refused`);
});

test("an address that a client would not ask for to the letter is not signed", () => {
  for (const address of ["https://alice@api.example/", "https://alice:secret@api.example/", "https://@api.example/", "https://api.example/#x", "https://bücher.example/", "https://api.example/é", "/v1/payments", "data:,x", "", "https://api.example/\n", "https://api.example", "https://API.example/", "https://api.example:443/", "https://api.example/a/../b", "https://api.example/%2e", "https://api.example/a b", "https://api.example/%41"]) {
    const message = { method: "GET", url: address, headers: [] };
    assert.throws(() => signRequest(message, key, timed()), { code: "signature_malformed", param: "@target-uri" }, address);
  }
  assert.throws(() => signRequest({ method: "GET", url: "https://alice:secret@api.example/", headers: [] }, key, timed()), ({ message }) => !/secret/.test(message));
});

test("a folded line is unfolded by whoever receives it, and refused where it was not", async () => {
  const { created, expires, nonce } = timed();
  const folded = { method: "GET", url: "https://api.example/", headers: { "x-note": "one\r\n  two" } };
  const { headers } = await httpbis.signMessage(
    {
      name: "xp2p",
      key: { id: key.keyId, alg: "ed25519", sign: async (base) => sign(null, base, privateKey) },
      fields: ["@method", "@target-uri", "x-note"],
      params: ["created", "expires", "nonce", "keyid", "alg", "tag"],
      paramValues: { created: new Date(created * 1000), expires: new Date(expires * 1000), nonce, tag: "xp2p-sandbox" },
    },
    { ...folded, headers: { "x-note": "one two" } },
  );
  const arrived = (note) => ({ ...folded, headers: { ...headers, "x-note": note } });
  assert.equal(accept(arrived("one two")).nonce, nonce);
  // RFC 9112 section 5.2: a server replaces the fold by spaces before anybody looks at the field, or refuses it.
  assert.throws(() => accept(arrived("one\r\n  two")), { code: "signature_malformed", param: "x-note" });
});
