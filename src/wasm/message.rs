//! HTTP messages.

use alloc::string::String;
use alloc::vec::Vec;

use crate::canonical::{HttpRequest, JsonObject, split_before};
use crate::error::{ErrorCode, Result};
use crate::transport::HttpResponse;

/// A request for TypeScript to send: `{ method, url, headers, body? }`.
pub(super) fn write_request(request: &HttpRequest) -> String {
    // Every body that the SDK makes is JSON, so it is text.
    let body = request.body.as_deref().and_then(|body| core::str::from_utf8(body).ok());
    JsonObject::new()
        .text("method", &request.method)
        .text("url", &request.url)
        .json("headers", &write_fields(&request.fields))
        .optional_text("body", body)
        .end()
}

/// Header fields as an object. Those that the SDK makes have one line for each name.
pub(super) fn write_fields(fields: &[(String, String)]) -> String {
    let mut object = JsonObject::new();
    for (name, value) in fields {
        object.text(name, value);
    }
    object.end()
}

/// A request out of its parts.
pub(super) fn read_request(
    method: &str,
    url: &str,
    fields: &str,
    body: Option<Vec<u8>>,
) -> HttpRequest {
    let mut request = HttpRequest::new(method, url);
    request.fields = read_fields(fields);
    request.body = body;
    request
}

/// An answer out of its parts. As in the Fetch standard, the status 0 says that no answer came.
pub(super) fn read_answer(status: u16, fields: &str, body: Vec<u8>) -> Result<HttpResponse> {
    match status {
        0 => Err(ErrorCode::PlatformUnreachable.into()),
        _ => Ok(HttpResponse { status, fields: read_fields(fields), body }),
    }
}

/// Header fields out of names and values in turn, with a NUL between each two: no field can have one, and
/// TypeScript passes none.
fn read_fields(text: &str) -> Vec<(String, String)> {
    let mut rest = Some(text);
    let mut part = || {
        let (part, after) = split_before(rest?, |byte| byte == b'\0');
        rest = after.get(1..);
        Some(part)
    };
    let mut fields = Vec::new();
    while let (Some(name), Some(value)) = (part(), part()) {
        fields.push((name.to_ascii_lowercase(), value.into()));
    }
    fields
}
