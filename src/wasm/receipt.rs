//! Receipts.

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::amount::{AmountObject, read_amount};
use super::request::{PartyObject, read_party};
use super::value::{member, optional_text, text, to_js};
use crate::receipt::{Expected, KeySet, Receipt, verify_receipt};

/// The claims of a verified receipt, with the token they were read from.
#[derive(Serialize)]
pub(super) struct ReceiptObject {
    issuer: String,
    #[serde(rename = "issuedAt")]
    issued_at: f64,
    payment: String,
    payer: PartyObject,
    payee: PartyObject,
    amount: AmountObject,
    reference: Option<String>,
    #[serde(rename = "requestDigest")]
    request_digest: String,
    origin: Option<String>,
    token: String,
}

impl ReceiptObject {
    pub(super) fn new(receipt: &Receipt, token: &str) -> Self {
        Self {
            issuer: receipt.issuer.clone(),
            issued_at: receipt.issued_at as f64,
            payment: receipt.payment.clone(),
            payer: (&receipt.payer).into(),
            payee: (&receipt.payee).into(),
            amount: (&receipt.amount).into(),
            reference: receipt.reference.clone(),
            request_digest: receipt.request_digest.clone(),
            origin: receipt.origin.clone(),
            token: token.to_string(),
        }
    }
}

/// `verifyReceipt`. `keys` is the text of the platform's key set.
#[wasm_bindgen(js_name = verifyReceipt)]
pub fn verify(
    token: &str,
    keys: &str,
    expected: &JsValue,
) -> std::result::Result<JsValue, JsValue> {
    let keys = KeySet::parse(keys.as_bytes())?;
    let issuer = text(expected, "issuer")?;
    let payee = read_party(&member(expected, "payee"))?;
    let amount = member(expected, "amount");
    let amount = read_amount(&member(&amount, "value"), &member(&amount, "currency"))?;
    let receipt = verify_receipt(
        token,
        &keys,
        &Expected {
            issuer: &issuer,
            payee: &payee,
            amount: &amount,
            reference: optional_text(expected, "reference")?.as_deref(),
            request_digest: optional_text(expected, "requestDigest")?.as_deref(),
            payment: optional_text(expected, "payment")?.as_deref(),
        },
    )?;
    to_js(&ReceiptObject::new(&receipt, token))
}
