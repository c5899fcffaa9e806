//! Errors cross as JSON. TypeScript makes its own out of them and throws, so that no export here does.

#[cfg(feature = "npm")]
use alloc::string::String;

#[cfg(feature = "npm")]
use wasm_bindgen::prelude::wasm_bindgen;

#[cfg(feature = "npm")]
use crate::canonical::JsonObject;
#[cfg(feature = "npm")]
use crate::error::Result;
use crate::error::{Error, ErrorCode};

/// The error for an argument of the wrong type, which TypeScript finds. For an amount it has a code of
/// its own, because a number in its place has already lost digits.
#[cfg(feature = "npm-amount")]
pub(super) fn wrong_type_error(param: &str) -> Error {
    let code =
        if param == "amount" { ErrorCode::AmountNotText } else { ErrorCode::ArgumentInvalid };
    Error::new(code).at(param)
}

/// What an `Xp2pError` is made of.
#[cfg(feature = "npm")]
pub(super) fn write_error(error: &Error) -> String {
    JsonObject::new()
        .text("code", error.code().as_str())
        .text("message", error.message())
        .json("retryable", if error.is_retryable() { "true" } else { "false" })
        .optional_text("param", error.param())
        .end()
}

/// A result as one text. A refusal begins with a mark that nothing else here begins with.
#[cfg(feature = "npm")]
pub(super) fn text_or_refusal(result: Result<String>) -> String {
    result.unwrap_or_else(|error| ["!", &write_error(&error)].concat())
}

/// The error with this code at this argument.
#[cfg(feature = "npm")]
#[wasm_bindgen(js_name = errorAt)]
pub fn error_at(code: &str, param: &str) -> String {
    write_error(&Error::new(ErrorCode::from_wire(code).unwrap_or(ErrorCode::Internal)).at(param))
}
