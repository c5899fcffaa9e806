//! Amounts.

use alloc::string::String;

use wasm_bindgen::prelude::wasm_bindgen;

use super::error::text_or_refusal;
use crate::amount::Amount;

/// `validateAmount`: the value in its one form.
#[wasm_bindgen(js_name = validateAmount)]
pub fn validate_amount(value: &str, currency: &str) -> String {
    text_or_refusal(Amount::parse(value, currency).map(|amount| amount.value()))
}
