// A private key in the package's wasm appears in nothing that a program prints, stores or throws.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { inspect } from "node:util";
import { serialize } from "node:v8";
import { init, SigningKey, signRequest, verifyRequest } from "xp2p";

const seed = () => new Uint8Array(Buffer.from("5eed0001787032703a206e6f206d65737361676520686f6c64732074686973ff", "hex"));
before(() => init());

/** The seed as somebody could have written it. */
function spellings() {
  const bytes = Buffer.from(seed()).subarray(0, 12);
  const hex = bytes.toString("hex");
  return [hex, hex.toUpperCase(), [...bytes].join(), [...bytes].join(", "), bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("latin1", 4)];
}

const request = { method: "GET", url: "https://api.example/", headers: {} };
const options = { environment: "sandbox", created: 1000, expires: 1300, nonce: "q83vEjRWeJCrze8SNFZ4kA" };

/** Everything that shows a key, or an error made with one. */
function* shown(key) {
  yield* [String(key), JSON.stringify(key), inspect(key, { depth: Infinity, showHidden: true }), inspect(SigningKey, { showHidden: true })];
  yield serialize({ ...key, bound: undefined }).toString("latin1");
  yield JSON.stringify(Object.getOwnPropertyDescriptors(key.bound));
  const misused = Buffer.from(seed()).toString("base64url");
  const wrong = [
    () => SigningKey.fromSeed(misused),
    () => SigningKey.fromSeed(seed().subarray(1)),
    () => SigningKey.fromSeed([...seed()]),
    () => signRequest(request, key.publicJwk, options),
    () => signRequest({ ...request, url: misused }, key, options),
    () => signRequest(request, key, { ...options, nonce: `${misused}=` }),
    () => signRequest(request, key, { ...options, environment: misused }),
    () => signRequest(request, key, { ...options, created: misused }),
    () => verifyRequest({ ...request, headers: signRequest(request, key, options) }, { kty: "OKP", crv: "Ed25519", x: `${misused}=` }, { environment: "sandbox", now: 1 }),
    () => verifyRequest({ ...request, headers: signRequest(request, key, options) }, key.publicJwk, { environment: misused, now: 1 }),
  ];
  for (const call of wrong) {
    try {
      call();
      assert.fail(`was not refused: ${call}`);
    } catch (error) {
      assert.equal(error.name, "Xp2pError", error);
      yield* [error.stack, inspect(error, { depth: Infinity, showHidden: true }), JSON.stringify(error)];
    }
  }
}

test("requirement 26: nothing that is printed or thrown holds the seed", (t) => {
  const given = seed();
  const key = SigningKey.fromSeed(given);
  assert.deepEqual(given, new Uint8Array(32), "the caller's copy is wiped");
  let count = 0;
  for (const text of shown(key)) {
    count++;
    for (const secret of spellings()) assert.ok(!text.includes(secret), `${secret} in ${text}`);
  }
  const careless = inspect([...seed()]) + Buffer.from(seed()).toString("hex");
  assert.ok(spellings().some((secret) => careless.includes(secret)), "the search can find");
  t.diagnostic(`${count} texts searched for ${spellings().length} spellings of a seed`);
});

test("requirement 26: a key that was freed does not sign, and does not say what it was", async () => {
  const key = SigningKey.fromSeed(seed());
  key.free();
  await assert.rejects(key.sign(new Uint8Array(3)), (error) => spellings().every((secret) => !inspect(error).includes(secret)));
});
