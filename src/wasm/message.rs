//! HTTP messages.

use std::mem;

use js_sys::{Object, Uint8Array};
use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::canonical::HttpRequest;
use crate::error::{ErrorCode, Result};
use crate::transport::HttpResponse;

/// A request as the package's transport takes it.
#[derive(Serialize)]
pub(super) struct MessageObject {
    method: String,
    url: String,
    fields: Vec<(String, String)>,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    body: JsValue,
}

impl From<HttpRequest> for MessageObject {
    fn from(request: HttpRequest) -> Self {
        let HttpRequest { method, url, fields, body } = request;
        let body = body.map_or(JsValue::UNDEFINED, |body| Uint8Array::from(&body[..]).into());
        Self { method, url, fields, body }
    }
}

/// A request out of its parts.
pub(super) fn read_request(
    method: &str,
    url: &str,
    headers: Vec<String>,
    body: Option<Vec<u8>>,
) -> HttpRequest {
    let mut request = HttpRequest::new(method, url);
    request.fields = read_fields(headers);
    request.body = body;
    request
}

/// An answer out of its parts. As in the Fetch standard, the status 0 says that no answer came.
pub(super) fn read_answer(status: u16, fields: Vec<String>, body: Vec<u8>) -> Result<HttpResponse> {
    match status {
        0 => Err(ErrorCode::PlatformUnreachable.into()),
        _ => Ok(HttpResponse { status, fields: read_fields(fields), body }),
    }
}

/// Header fields out of names and values in turn.
fn read_fields(mut flat: Vec<String>) -> Vec<(String, String)> {
    let (pairs, _) = flat.as_chunks_mut();
    let read = |[name, value]: &mut [String; 2]| (name.to_ascii_lowercase(), mem::take(value));
    pairs.iter_mut().map(read).collect()
}

/// The fields that a signature adds, as a plain object.
pub(super) fn headers_object(fields: &[(String, String)]) -> std::result::Result<JsValue, JsValue> {
    let headers = Object::new();
    for (name, value) in fields {
        let (name, value) = (name.to_string(), value.to_string());
        js_sys::Reflect::set(&headers, &name.into(), &value.into())?;
    }
    Ok(headers.into())
}
