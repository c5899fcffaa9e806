//! Reading what JavaScript hands over, and handing values back.

use js_sys::{Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

use crate::error::{Error, ErrorCode, Result};

/// The member of an object, `undefined` where there is none. A getter that throws counts as none.
pub(super) fn member(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// A member that must be a string.
pub(super) fn text(object: &JsValue, name: &'static str) -> Result<String> {
    member(object, name).as_string().ok_or_else(|| invalid(name))
}

/// A member that may be absent, `undefined` or `null`.
pub(super) fn optional_text(object: &JsValue, name: &'static str) -> Result<Option<String>> {
    let value = member(object, name);
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    value.as_string().map(Some).ok_or_else(|| invalid(name))
}

/// A member that must be a whole number of seconds.
pub(super) fn seconds(object: &JsValue, name: &'static str) -> Result<u64> {
    // 2^53: above it two numbers can look the same to JavaScript.
    let whole =
        |number: &f64| (0.0..9_007_199_254_740_992.0).contains(number) && number.trunc() == *number;
    match member(object, name).as_f64().filter(whole) {
        Some(number) => Ok(number as u64),
        None => Err(invalid(name)),
    }
}

/// A member that must be bytes, or a string that stands for its UTF-8.
pub(super) fn optional_bytes(object: &JsValue, name: &'static str) -> Result<Option<Vec<u8>>> {
    let value = member(object, name);
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    if let Some(text) = value.as_string() {
        return Ok(Some(text.into_bytes()));
    }
    value.dyn_ref::<Uint8Array>().map(|bytes| Some(bytes.to_vec())).ok_or_else(|| invalid(name))
}

/// `argument_invalid` at a name.
pub(super) fn invalid(name: &'static str) -> Error {
    ErrorCode::ArgumentInvalid.at(name)
}

/// A plain JavaScript object. What is absent in Rust is absent in it.
pub(super) fn to_js(value: &impl Serialize) -> std::result::Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::new().serialize_missing_as_null(false);
    value.serialize(&serializer).map_err(JsValue::from)
}
