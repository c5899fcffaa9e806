//! Refusals as problem documents (RFC 9457), and what every answer carries.

use std::time::Instant;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tracing::Instrument;
use xp2p::{Error, ErrorCode};

use crate::failure::Failure;
use crate::storage::new_id;

/// The media type of RFC 9457.
pub(crate) const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
/// Seconds after which it is worth trying again, where nothing says how many.
const TRY_AGAIN: u64 = 1;

/// The id of one request, in the log, in the answer's header and in its problem document.
#[derive(Clone)]
pub(crate) struct RequestId(pub String);

/// A refusal on its way to [`finish`], which alone knows the request's id.
#[derive(Clone)]
struct Refusal(Error);

/// Seconds after which it is worth trying again.
#[derive(Clone, Copy)]
struct TryAgain(u64);

/// What was refused, for the log and the console. On a refusal that is given as it was stored it is there
/// from the start; [`finish`] puts it on the others.
#[derive(Clone)]
pub(crate) struct Refused {
    pub code: String,
    pub param: Option<String>,
}

impl Refused {
    /// Reads it out of a document that [`document`] made.
    pub fn of(document: &str) -> Option<Self> {
        let document: serde_json::Value = serde_json::from_str(document).ok()?;
        let param = document["param"].as_str().map(Into::into);
        Some(Self { code: document["code"].as_str()?.into(), param })
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let seconds = match self {
            Self::Later { seconds, .. } => seconds,
            _ => TRY_AGAIN,
        };
        let error = self.into_error();
        let mut response = status_of(&error).into_response();
        response.extensions_mut().insert(Refusal(error));
        response.extensions_mut().insert(TryAgain(seconds));
        response
    }
}

/// The status and the document of a refusal.
pub(crate) fn document(error: &Error, request_id: &str) -> (u16, String) {
    #[derive(Serialize)]
    struct Document<'a> {
        r#type: String,
        title: &'a str,
        status: u16,
        code: &'a str,
        retryable: bool,
        request_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        param: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        detail: Option<&'a str>,
    }
    let code = error.code();
    let status = status_of(error).as_u16();
    let document = Document {
        r#type: format!("urn:xp2p:error:{}", code.as_str()),
        title: code.message(),
        status,
        code: code.as_str(),
        retryable: code.is_retryable(),
        request_id,
        param: error.param(),
        detail: Some(error.message()).filter(|message| *message != code.message()),
    };
    #[cfg(feature = "switches")]
    let document = crate::careless::problem(&document);
    // Texts and numbers always have a JSON form.
    (status, serde_json::to_string(&document).unwrap_or_default())
}

/// Gives every request its id, every refusal its document, every answer its common fields, and the log
/// one line. Bodies, keys, signatures and queries are not logged.
pub(crate) async fn finish(mut request: Request, next: Next) -> Response {
    let given = request.extensions().get().map(|RequestId(id)| id.clone());
    let id = given.unwrap_or_else(|| new_id("req"));
    let started = Instant::now();
    // At the highest level, so that whatever level is logged, its lines have the request's id.
    let span = tracing::error_span!(
        "request", id = %id, method = %request.method(), path = %request.uri().path()
    );
    request.extensions_mut().insert(RequestId(id.clone()));
    let response = next.run(request).instrument(span.clone()).await;
    let mut response = match refusal_in(&response) {
        Some(error) => {
            let (_, document) = document(&error, &id);
            let code = error.code().as_str().to_string();
            let refused = Refused { code, param: error.param().map(Into::into) };
            let mut response = with_document(response, document, &error);
            response.extensions_mut().insert(refused);
            response
        }
        None => response,
    };
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(REQUEST_ID, id);
    }
    let code = response.extensions().get().map_or("", |refused: &Refused| &refused.code);
    let milliseconds = started.elapsed().as_millis() as u64;
    span.in_scope(|| tracing::info!(status = response.status().as_u16(), code, milliseconds));
    response
}

fn refusal_in(response: &Response) -> Option<Error> {
    if let Some(Refusal(error)) = response.extensions().get() {
        return Some(error.clone());
    }
    let status = response.status();
    if status.as_u16() < 400 || response.headers().get(CONTENT_TYPE) == Some(&PROBLEM) {
        return None;
    }
    // What axum refuses before a handler of ours runs.
    Some(Error::new(match status {
        StatusCode::NOT_FOUND if !checks!(Unknown) => return None,
        StatusCode::METHOD_NOT_ALLOWED if !checks!(Method) => return None,
        StatusCode::NOT_FOUND => ErrorCode::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ErrorCode::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::RequestTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ErrorCode::ContentTypeUnsupported,
        status if status.is_client_error() => ErrorCode::RequestMalformed,
        _ => ErrorCode::Internal,
    }))
}

/// Keeps the headers, such as the `Allow` of a 405, and puts the document in the body's place.
fn with_document(response: Response, document: String, error: &Error) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.status = status_of(error);
    parts.headers.insert(CONTENT_TYPE, PROBLEM);
    parts.headers.remove(axum::http::header::CONTENT_LENGTH);
    if matches!(error.code(), ErrorCode::Unavailable | ErrorCode::RateLimited) {
        let TryAgain(seconds) = parts.extensions.get().copied().unwrap_or(TryAgain(TRY_AGAIN));
        parts.headers.insert(RETRY_AFTER, seconds.into());
    }
    Response::from_parts(parts, Body::from(document))
}

fn status_of(error: &Error) -> StatusCode {
    // A code that only the SDK raises has no status: sending it would be our mistake.
    error
        .code()
        .status()
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_what_the_contract_demands() {
        let error = Error::new(ErrorCode::AmountZero).at("amount");
        let (status, text) = document(&error, "req_00000000");
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(status, 400);
        assert_eq!(
            json,
            serde_json::json!({
                "type": "urn:xp2p:error:amount_zero",
                "title": "amount must be more than zero",
                "status": 400,
                "code": "amount_zero",
                "retryable": false,
                "request_id": "req_00000000",
                "param": "amount",
            })
        );
    }
}
