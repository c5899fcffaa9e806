// The vectors, through the packed package: the same files that tests/vectors.rs reads.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as xp2p from "xp2p";
import { vectors } from "../vectors.mjs";

before(() => xp2p.init());

/** Compares what a call gives with what its vector expects, or how it is refused. */
function compare({ name, description, expect, refused }, call) {
  if (refused) {
    assert.throws(call, (error) => {
      assert.ok(error instanceof xp2p.Xp2pError, `${name}: ${error}`);
      assert.deepEqual({ code: error.code, param: error.param }, { param: undefined, ...refused }, `${name}: ${description}`);
      return true;
    });
  } else {
    assert.deepEqual(call(), expect, `${name}: ${description}`);
  }
}

function pick(object, names) {
  return Object.fromEntries(names.filter((name) => object[name] !== undefined).map((name) => [name, object[name]]));
}

test("amounts", () => {
  for (const vector of vectors("amount")) {
    const { currency } = vector;
    const expect = vector.expect && { value: vector.expect.value, currency };
    compare({ ...vector, expect }, () => xp2p.validateAmount(vector.value, currency));
  }
});

test("handles", () => {
  for (const vector of vectors("handle")) compare(vector, () => xp2p.parseHandle(vector.handle));
});

test("requests", () => {
  for (const vector of vectors("request")) {
    compare(vector, () => {
      const request = xp2p.createPaymentRequest(vector.draft);
      assert.equal(xp2p.contentDigest(request.body), request.digest);
      return pick(request, ["body", "digest"]);
    });
  }
});

test("RFC 8032 signatures", async () => {
  for (const { name, seed, publicKey, message, signature } of vectors("ed25519")) {
    const key = xp2p.SigningKey.fromSeed(new Uint8Array(Buffer.from(seed, "hex")));
    assert.equal(Buffer.from(key.publicJwk.x, "base64url").toString("hex"), publicKey, name);
    assert.equal(Buffer.from(await key.sign(Buffer.from(message, "hex"))).toString("hex"), signature, name);
  }
});

test("RFC 9421 appendices B.2.6 and B.4", async () => {
  for (const { name, seed, base, signature } of vectors("signature-base").filter(({ seed, base }) => seed && base)) {
    const key = xp2p.SigningKey.fromSeed(new Uint8Array(Buffer.from(seed, "hex")));
    assert.equal(Buffer.from(await key.sign(Buffer.from(base))).toString("base64"), signature, name);
  }
});

test("content digests", () => {
  for (const vector of vectors("content-digest")) compare(vector, () => xp2p.contentDigest(vector.body));
});

test("signing", () => {
  for (const vector of vectors("sign")) {
    const key = xp2p.SigningKey.fromSeed(new Uint8Array(Buffer.from(vector.seed, "hex")));
    const request = structuredClone(vector.request);
    compare({ ...vector, expect: vector.headers }, () => xp2p.signRequest(request, key, vector.options));
    assert.deepEqual(request, vector.request, `${vector.name}: the request was changed`);
  }
});

test("verifying", () => {
  for (const vector of vectors("verify")) {
    compare(vector, () => pick(xp2p.verifyRequest(vector.request, vector.key, vector.policy), ["keyId", "nonce"]));
  }
});

test("receipts", () => {
  for (const vector of vectors("receipt")) {
    compare(vector, () =>
      pick(xp2p.verifyReceipt(vector.token, vector.keys, vector.expected), ["payment", "issuedAt", "origin"]),
    );
  }
});
