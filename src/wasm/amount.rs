//! Amounts, as `{ value, currency }`.

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::value::to_js;
use crate::amount::Amount;

/// An amount as the W3C Payment Request API writes it.
#[derive(Serialize)]
pub(super) struct AmountObject {
    value: String,
    currency: &'static str,
}

impl From<&Amount> for AmountObject {
    fn from(amount: &Amount) -> Self {
        Self { value: amount.value(), currency: amount.currency().code() }
    }
}

/// `validateAmount`.
#[wasm_bindgen(js_name = validateAmount)]
pub fn validate_amount(value: &str, currency: &str) -> std::result::Result<JsValue, JsValue> {
    to_js(&AmountObject::from(&Amount::parse(value, currency)?))
}
