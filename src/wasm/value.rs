//! Values on their way between JavaScript and the rooms.

use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::error::{Error, ErrorCode, Result};

/// A whole number of seconds.
pub(super) fn seconds(number: f64, name: &'static str) -> Result<u64> {
    // 2^53: above it two numbers can look the same to JavaScript.
    if (0.0..9_007_199_254_740_992.0).contains(&number) && number.trunc() == number {
        return Ok(number as u64);
    }
    Err(invalid(name))
}

/// `argument_invalid` at a name.
pub(super) fn invalid(name: &'static str) -> Error {
    ErrorCode::ArgumentInvalid.at(name)
}

/// A plain JavaScript object. What is absent in Rust is absent in it.
pub(super) fn to_js(value: &impl Serialize) -> core::result::Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::new().serialize_missing_as_null(false);
    value.serialize(&serializer).map_err(JsValue::from)
}
