//! Payment requests.

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::amount::{AmountObject, read_amount};
use super::value::{member, optional_text, text, to_js};
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

/// Reads `{ handle, account }`.
pub(super) fn read_party(party: &JsValue) -> Result<Party> {
    let handle = Handle::parse(&text(party, "handle")?)?;
    Ok(Party::new(handle, AccountId::parse(&text(party, "account")?)?))
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

/// Reads `{ to, amount, currency, reference?, note? }`.
pub(super) fn read_intent(draft: &JsValue) -> Result<PaymentIntent> {
    let amount = read_amount(&member(draft, "amount"), &member(draft, "currency"))?;
    let mut intent = PaymentIntent::new(&text(draft, "to")?, amount)?;
    if let Some(reference) = optional_text(draft, "reference")? {
        intent = intent.with_reference(&reference)?;
    }
    if let Some(note) = optional_text(draft, "note")? {
        intent = intent.with_note(&note)?;
    }
    Ok(intent)
}

/// `parseHandle`.
#[wasm_bindgen(js_name = parseHandle)]
pub fn parse_handle(handle: &JsValue) -> std::result::Result<String, JsValue> {
    let text = handle.as_string().unwrap_or_default();
    Ok(Handle::parse(&text)?.as_str().to_string())
}

/// `createPaymentRequest`.
#[wasm_bindgen(js_name = createPaymentRequest)]
pub fn create_payment_request(draft: &JsValue) -> std::result::Result<JsValue, JsValue> {
    let request = read_intent(draft)?.pin(AccountId::parse(&text(draft, "account")?)?);
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
pub fn digest(body: Vec<u8>) -> String {
    content_digest(&body)
}
