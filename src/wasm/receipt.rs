//! Receipts.

use alloc::string::String;

use wasm_bindgen::prelude::wasm_bindgen;

use super::error::text_or_refusal;
use crate::amount::{Amount, decimal_text};
use crate::canonical::{Json, JsonObject, write_amount, write_party};
use crate::receipt::{Expected, KeySet, Receipt, verify_receipt_as_written};
use crate::request::{AccountId, Handle, Party};

/// The claims of a verified receipt, with the token they were read from.
pub(super) fn write_receipt(receipt: &Receipt, token: &str) -> String {
    JsonObject::new()
        .text("issuer", &receipt.issuer)
        .json("issuedAt", &decimal_text(receipt.issued_at, 0))
        .text("payment", &receipt.payment)
        .json("payer", &write_party(&receipt.payer))
        .json("payee", &write_party(&receipt.payee))
        .json("amount", &write_amount(&receipt.amount))
        .optional_text("reference", receipt.reference.as_deref())
        .text("requestDigest", &receipt.request_digest)
        .optional_text("origin", receipt.origin.as_deref())
        .text("token", token)
        .end()
}

/// `verifyReceipt`. `keys` is the text of the platform's key set, `expected` an object of texts.
#[wasm_bindgen(js_name = verifyReceipt)]
pub fn verify(token: &str, keys: &str, expected: &str) -> String {
    let verify = || {
        let expected = Json::parse(expected.as_bytes())?;
        let (payee, amount) = (expected.required("payee")?, expected.required("amount")?);
        let expected = Expected {
            issuer: expected.text("issuer")?,
            payee: &Party::new(
                Handle::parse(payee.text("handle")?)?,
                AccountId::parse(payee.text("account")?)?,
            ),
            amount: &Amount::as_written(amount.text("value")?, amount.text("currency")?)?,
            reference: expected.optional_text("reference")?,
            request_digest: expected.optional_text("requestDigest")?,
            payment: expected.optional_text("payment")?,
        };
        let keys = KeySet::parse(keys.as_bytes())?;
        let receipt = verify_receipt_as_written(token, &keys, &expected)?;
        Ok(write_receipt(&receipt, token))
    };
    text_or_refusal(verify())
}
