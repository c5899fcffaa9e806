//! Errors become instances of the package's `Xp2pError`.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::Error;

#[wasm_bindgen(raw_module = "../src/error.ts")]
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

/// The message of a code, for errors that TypeScript has to raise itself.
#[wasm_bindgen(js_name = errorCodes)]
pub fn error_codes() -> Vec<JsValue> {
    crate::ErrorCode::ALL.iter().map(|code| Error::new(*code).into()).collect()
}
