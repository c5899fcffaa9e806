// A receipt in words, in both languages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { describeReceipt } from "xp2p/receipt";

const receipt = {
  issuer: "https://api.example/sandbox",
  issuedAt: 1_763_819_689,
  payment: "pay_0198f0a6b3c97d2e8f4a5b6c7d8e9f01",
  payer: { handle: "alice", account: "acct_alice000" },
  payee: { handle: "lutece", account: "acct_lutece00" },
  amount: { value: "1234.50", currency: "EUR" },
  reference: "order-1042",
  requestDigest: "sha-256=:K4PcAyW1LOItcI3mgBV2ruVmNHVkEPSraLrz/QwwmDE=:",
  origin: "https://shop.example",
  token: "a.b.c",
};
/** White space differs between the versions of the Unicode data that engines ship. */
const plain = (text) => text.replace(/[\u00a0\u202f]/g, " ").split("\n");
const said = (change, locale) => plain(describeReceipt({ ...receipt, ...change }, locale));

test("in English", () => {
  assert.deepEqual(said({}, "en-GB"), [
    "Payment receipt",
    "Amount: €1,234.50",
    "Paid to: @lutece (acct_lutece00)",
    "Paid by: @alice (acct_alice000)",
    "Date: 22 November 2025 at 13:54:49 UTC",
    "Reference: order-1042",
    "Requested by: https://shop.example",
    "Payment: pay_0198f0a6b3c97d2e8f4a5b6c7d8e9f01",
    "Issued by: https://api.example/sandbox",
  ]);
});

test("in French", () => {
  assert.deepEqual(said({}, "fr-FR"), [
    "Reçu de paiement",
    "Montant : 1 234,50 €",
    "Payé à : @lutece (acct_lutece00)",
    "Payé par : @alice (acct_alice000)",
    "Date : 22 novembre 2025 à 13:54:49 UTC",
    "Référence : order-1042",
    "Demandé par : https://shop.example",
    "Paiement : pay_0198f0a6b3c97d2e8f4a5b6c7d8e9f01",
    "Émis par : https://api.example/sandbox",
  ]);
});

test("other languages get English, and what is not there is not said", () => {
  const { reference, origin, ...least } = receipt;
  for (const locale of ["de", "ja-JP", "ar-EG", "english", "", undefined]) {
    assert.equal(plain(describeReceipt(least, locale)).length, 7, locale);
    assert.match(describeReceipt(least, locale), /^Payment receipt\nAmount: €1,234\.50\n/);
  }
});

test("an amount keeps all of its digits", () => {
  const amountLine = (value, currency, locale) => said({ amount: { value, currency } }, locale)[1];
  assert.equal(amountLine("9999999999999999.99", "EUR", "en"), "Amount: €9,999,999,999,999,999.99");
  assert.equal(amountLine("9999999999999999.99", "EUR", "fr"), "Montant : 9 999 999 999 999 999,99 €");
  assert.equal(amountLine("1250", "JPY", "en"), "Amount: ¥1,250");
  assert.equal(amountLine("1.250", "KWD", "fr"), "Montant : 1,250 KWD");
});

test("nothing in it can change the lines around it", () => {
  assert.equal(said({ reference: "a\nAmount: €1\u202e" }, "en")[5], "Reference: aAmount: €1");
});
