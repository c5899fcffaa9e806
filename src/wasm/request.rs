//! Payment requests.

use alloc::string::{String, ToString};

use wasm_bindgen::prelude::wasm_bindgen;

use super::error::text_or_refusal;
use crate::amount::Amount;
use crate::canonical::{content_digest, payment_body};
use crate::request::{AccountId, Handle, PaymentIntent};

/// `parseHandle`.
#[wasm_bindgen(js_name = parseHandle)]
pub fn parse_handle(handle: &str) -> String {
    text_or_refusal(Handle::parse(handle).map(|handle| handle.as_str().to_string()))
}

/// `createPaymentRequest`: the exact body, which says everything else.
#[wasm_bindgen(js_name = createPaymentRequest)]
pub fn create_payment_request(
    to: &str,
    amount: &str,
    currency: &str,
    reference: Option<String>,
    note: Option<String>,
    account: &str,
) -> String {
    let create = || {
        let amount = Amount::parse(amount, currency)?;
        let intent = PaymentIntent::of(to, amount, reference.as_deref(), note.as_deref())?;
        Ok(payment_body(&intent.pin(AccountId::parse(account)?)))
    };
    text_or_refusal(create())
}

/// `contentDigest`.
#[wasm_bindgen(js_name = contentDigest)]
pub fn digest(body: &[u8]) -> String {
    content_digest(body)
}
