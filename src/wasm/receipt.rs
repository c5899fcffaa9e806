//! Receipts.

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::amount::AmountObject;
use super::request::PartyObject;
use super::value::to_js;
use crate::amount::Amount;
use crate::receipt::{Expected, KeySet, Receipt, verify_receipt};
use crate::request::{AccountId, Handle, Party};

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
#[allow(clippy::too_many_arguments)]
pub fn verify(
    token: &str,
    keys: &str,
    issuer: &str,
    handle: &str,
    account: &str,
    amount: &str,
    currency: &str,
    reference: Option<String>,
    request_digest: Option<String>,
    payment: Option<String>,
) -> std::result::Result<JsValue, JsValue> {
    let receipt = verify_receipt(
        token,
        &KeySet::parse(keys.as_bytes())?,
        &Expected {
            issuer,
            payee: &Party::new(Handle::parse(handle)?, AccountId::parse(account)?),
            amount: &Amount::parse(amount, currency)?,
            reference: reference.as_deref(),
            request_digest: request_digest.as_deref(),
            payment: payment.as_deref(),
        },
    )?;
    to_js(&ReceiptObject::new(&receipt, token))
}
