//! Payment requests.

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::amount::AmountObject;
use super::value::to_js;
use crate::amount::Amount;
use crate::canonical::{content_digest, payment_body};
use crate::error::Result;
use crate::request::{AccountId, Handle, Party, PaymentIntent};

/// One side of a payment.
#[derive(Serialize)]
pub(super) struct PartyObject {
    handle: String,
    account: String,
}

impl From<&Party> for PartyObject {
    fn from(party: &Party) -> Self {
        Self { handle: party.handle().as_str().into(), account: party.account().as_str().into() }
    }
}

#[derive(Serialize)]
struct PaymentRequestObject {
    payee: PartyObject,
    amount: AmountObject,
    reference: Option<String>,
    note: Option<String>,
    body: String,
    digest: String,
}

/// An intent out of its parts.
pub(super) fn read_intent(
    to: &str,
    amount: &str,
    currency: &str,
    reference: Option<String>,
    note: Option<String>,
) -> Result<PaymentIntent> {
    let mut intent = PaymentIntent::new(to, Amount::parse(amount, currency)?)?;
    if let Some(reference) = reference {
        intent = intent.with_reference(&reference)?;
    }
    if let Some(note) = note {
        intent = intent.with_note(&note)?;
    }
    Ok(intent)
}

/// `parseHandle`.
#[wasm_bindgen(js_name = parseHandle)]
pub fn parse_handle(handle: &str) -> std::result::Result<String, JsValue> {
    Ok(Handle::parse(handle)?.as_str().to_string())
}

/// `createPaymentRequest`.
#[wasm_bindgen(js_name = createPaymentRequest)]
pub fn create_payment_request(
    to: &str,
    amount: &str,
    currency: &str,
    reference: Option<String>,
    note: Option<String>,
    account: &str,
) -> std::result::Result<JsValue, JsValue> {
    let intent = read_intent(to, amount, currency, reference, note)?;
    let request = intent.pin(AccountId::parse(account)?);
    let body = payment_body(&request);
    to_js(&PaymentRequestObject {
        payee: request.payee().into(),
        amount: request.amount().into(),
        reference: request.reference().map(String::from),
        note: request.note().map(String::from),
        digest: content_digest(&body),
        body: String::from_utf8(body).unwrap_or_default(),
    })
}

/// `contentDigest`.
#[wasm_bindgen(js_name = contentDigest)]
pub fn digest(body: &[u8]) -> String {
    content_digest(body)
}
