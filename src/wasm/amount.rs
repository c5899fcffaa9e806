//! Amounts.

use alloc::string::String;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::amount::Amount;

/// `validateAmount`: the value in its one form.
#[wasm_bindgen(js_name = validateAmount)]
pub fn validate_amount(value: &str, currency: &str) -> Result<String, JsValue> {
    Ok(Amount::parse(value, currency)?.value())
}
