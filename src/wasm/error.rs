//! Errors become instances of the package's `Xp2pError`, or the members of one within a result.

#[cfg(feature = "npm")]
pub(super) use thrown::write_error;

use crate::error::{Error, ErrorCode};

/// The error for an argument of the wrong type, which TypeScript finds. For an amount it has a code of
/// its own, because a number in its place has already lost digits.
pub(super) fn wrong_type_error(param: &str) -> Error {
    let code =
        if param == "amount" { ErrorCode::AmountNotText } else { ErrorCode::ArgumentInvalid };
    Error::new(code).at(param)
}

#[cfg(feature = "npm")]
mod thrown {
    use alloc::string::String;

    use wasm_bindgen::JsValue;
    use wasm_bindgen::prelude::wasm_bindgen;

    use super::wrong_type_error;
    use crate::canonical::JsonObject;
    use crate::error::Error;

    #[wasm_bindgen(raw_module = "../../src/error.ts")]
    extern "C" {
        #[wasm_bindgen(js_name = Xp2pError)]
        type Xp2pError;

        #[wasm_bindgen(constructor, js_class = "Xp2pError")]
        fn new(code: &str, message: &str, retryable: bool, param: Option<&str>) -> Xp2pError;
    }

    impl From<Error> for JsValue {
        fn from(error: Error) -> Self {
            let code = error.code().as_str();
            Xp2pError::new(code, error.message(), error.is_retryable(), error.param()).into()
        }
    }

    /// What `Xp2pError` is made of.
    pub(in crate::wasm) fn write_error(error: &Error) -> String {
        JsonObject::new()
            .text("code", error.code().as_str())
            .text("message", error.message())
            .json("retryable", if error.is_retryable() { "true" } else { "false" })
            .optional_text("param", error.param())
            .end()
    }

    /// An argument of the wrong type.
    #[wasm_bindgen(js_name = wrongType)]
    pub fn wrong_type(param: &str) -> JsValue {
        wrong_type_error(param).into()
    }
}
