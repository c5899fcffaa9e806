//! Amounts, as `{ value, currency }`.

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::value::to_js;
use crate::amount::Amount;
use crate::error::{ErrorCode, Result};

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

/// Reads an amount of two JavaScript values, of which neither may be a number.
pub(super) fn read_amount(value: &JsValue, currency: &JsValue) -> Result<Amount> {
    let Some(value) = value.as_string() else {
        return Err(ErrorCode::AmountNotText.at("amount"));
    };
    Amount::parse(&value, &currency.as_string().unwrap_or_default())
}

/// `validateAmount`.
#[wasm_bindgen(js_name = validateAmount)]
pub fn validate_amount(
    value: &JsValue,
    currency: &JsValue,
) -> std::result::Result<JsValue, JsValue> {
    to_js(&AmountObject::from(&read_amount(value, currency)?))
}
