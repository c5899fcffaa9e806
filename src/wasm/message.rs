//! HTTP messages.

use js_sys::{Array, Object, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::value::{invalid, member, optional_bytes, text, to_js};
use crate::canonical::HttpRequest;
use crate::error::Result;
use crate::transport::{HttpResponse, fetch};

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

/// Reads `{ method, url, headers, body? }`, the headers being a plain object or a list of pairs.
pub(super) fn read_request(request: &JsValue) -> Result<HttpRequest> {
    let mut read = HttpRequest::new(&text(request, "method")?, text(request, "url")?);
    for (name, value) in read_fields(&member(request, "headers"))? {
        read = read.with_field(&name, value);
    }
    read.body = optional_bytes(request, "body")?;
    Ok(read)
}

/// Reads `{ status, fields, body }`.
pub(super) fn read_response(response: &JsValue) -> Result<HttpResponse> {
    let status = member(response, "status").as_f64().ok_or_else(|| invalid("status"))?;
    Ok(HttpResponse {
        status: status as u16,
        fields: read_fields(&member(response, "fields"))?,
        body: optional_bytes(response, "body")?.unwrap_or_default(),
    })
}

fn read_fields(headers: &JsValue) -> Result<Vec<(String, String)>> {
    let pairs = match headers.dyn_ref::<Array>() {
        Some(pairs) => pairs.clone(),
        None => match headers.dyn_ref::<Object>() {
            Some(object) => Object::entries(object),
            None => Array::new(),
        },
    };
    let read = |pair: JsValue| {
        let pair = pair.dyn_into::<Array>().ok()?;
        Some((pair.get(0).as_string()?.to_ascii_lowercase(), pair.get(1).as_string()?))
    };
    pairs.iter().map(|pair| read(pair).ok_or_else(|| invalid("headers"))).collect()
}

#[derive(Serialize)]
struct ResponseObject {
    status: u16,
    fields: Vec<(String, String)>,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    body: JsValue,
}

/// Sends a message and resolves with `{ status, fields, body }`.
#[wasm_bindgen(js_name = fetchMessage)]
pub async fn fetch_message(request: JsValue) -> std::result::Result<JsValue, JsValue> {
    let mut message = HttpRequest::new(&text(&request, "method")?, text(&request, "url")?);
    message.fields = read_fields(&member(&request, "fields"))?;
    message.body = optional_bytes(&request, "body")?;
    let HttpResponse { status, fields, body } = fetch(&message).await?;
    to_js(&ResponseObject { status, fields, body: Uint8Array::from(&body[..]).into() })
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
