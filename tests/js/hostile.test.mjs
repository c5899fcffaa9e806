// Arguments of every wrong type: a clear error each time, and the package works on.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as xp2p from "xp2p";

before(() => xp2p.init());

const throwing = new Proxy({}, { get: () => { throw new Error("a getter that throws"); } });
const noise = [undefined, null, true, 0, 12.5, NaN, 10n, "", "noise", Symbol("noise"), [], {}, () => {}, new Date(0), new Uint8Array(3), throwing];

const describe = (value) => (value === throwing ? "a throwing getter" : `${typeof value} ${JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? `${inner}n` : inner))}`);

const request = { method: "GET", url: "https://api.example/", headers: {} };
const options = { environment: "sandbox", created: 1, expires: 2, nonce: "q83vEjRWeJCrze8SNFZ4kA" };

const calls = {
  validateAmount: (value) => [() => xp2p.validateAmount(value, "EUR"), () => xp2p.validateAmount("12.50", value)],
  parseHandle: (value) => [() => xp2p.parseHandle(value === "noise" ? "" : value)],
  createPaymentRequest: (value) => [
    () => xp2p.createPaymentRequest(value),
    ...["to", "account", "amount", "currency"].map((name) => () =>
      xp2p.createPaymentRequest({ to: "@lutece", account: "acct_lutece00", amount: "1", currency: "EUR", [name]: value === "noise" && name === "to" ? "" : value })),
  ],
  verifyReceipt: (value) => [
    () => xp2p.verifyReceipt(value, { keys: [] }, {}),
    () => xp2p.verifyReceipt("a.b.c", value, {}),
    () => xp2p.verifyReceipt("a.b.c", { keys: [] }, value),
  ],
  verifyRequest: (value) => [
    () => xp2p.verifyRequest(value, {}, {}),
    () => xp2p.verifyRequest(request, value, {}),
    () => xp2p.verifyRequest(request, { kty: "OKP", crv: "Ed25519", x: value }, {}),
    () => xp2p.verifyRequest({ ...request, headers: value }, {}, {}),
  ],
  signRequest: (value) => {
    const key = xp2p.SigningKey.fromSeed(new Uint8Array(32));
    return [
      () => xp2p.signRequest(value, key, options),
      () => xp2p.signRequest(request, key, value),
      ...["environment", "created", "expires", "nonce"].map((name) => () =>
        xp2p.signRequest(request, key, { ...options, [name]: value === 0 ? -1 : value === "noise" ? "" : value })),
    ];
  },
  jwkThumbprint: (value) => [() => xp2p.jwkThumbprint(value), () => xp2p.jwkThumbprint({ kty: "OKP", crv: "Ed25519", x: value })],
  "SigningKey.fromSeed": (value) => [() => xp2p.SigningKey.fromSeed(value)],
};

for (const [name, of] of Object.entries(calls)) {
  test(`${name} refuses noise with a code`, () => {
    for (const value of noise) {
      for (const [index, call] of of(value).entries()) {
        assert.throws(call, (error) => {
          assert.ok(error instanceof xp2p.Xp2pError, `${name}, call ${index}, ${describe(value)}: ${error?.stack}`);
          assert.match(error.code, /^[a-z_]+$/);
          return true;
        }, `${name}, call ${index}, took ${describe(value)}`);
      }
    }
    assert.deepEqual(xp2p.validateAmount("12.5", "EUR"), { value: "12.50", currency: "EUR" });
  });
}
