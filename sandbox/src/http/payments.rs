//! `POST /v1/payments` and `GET /v1/payments/{id}`.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use xp2p::canonical::{content_digest, read_payment_request};
use xp2p::{Error, ErrorCode};

use super::problem::{PROBLEM, RequestId, StoredCode};
use super::signed::{Signed, authenticate, web_origin};
use super::{Shared, json_bytes, whole_body};
use crate::failure::Failure;
use crate::payment::{Answer, Order, payment_json};
use crate::storage::{self, payments, replay};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Pays.
pub(super) async fn create(
    State(platform): Shared,
    Extension(RequestId(request_id)): Extension<RequestId>,
    parts: Parts,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    let body = json_bytes(&parts.headers, body)?;
    let signed = authenticate(&platform, &parts, Some(&body)).await?;
    let Signed { key, nonce, expires, idempotency_key } = signed;
    let missing = || Error::new(ErrorCode::IdempotencyKeyMissing).at("idempotency-key");
    let order = Order {
        key: key.id,
        nonce,
        expires,
        idempotency_key: idempotency_key.ok_or_else(missing)?,
        operation: format!("{} {}", parts.method, parts.uri.path()),
        request_digest: content_digest(&body),
        origin: web_origin(&parts.headers),
        request: read_payment_request(&body),
        request_id,
    };
    Ok(respond(platform.pay(&order).await?))
}

/// Reads a payment, for the two accounts that it concerns.
pub(super) async fn read(
    State(platform): Shared,
    path: Result<Path<String>, PathRejection>,
    parts: Parts,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    let body = whole_body(body)?;
    let body = if body.is_empty() { None } else { Some(&body[..]) };
    let signed = authenticate(&platform, &parts, body).await?;
    storage::retry(|| async {
        let mut transaction = platform.storage.write().await?;
        replay::take_nonce(&mut transaction, &signed.key.id, &signed.nonce, signed.expires).await?;
        Ok(transaction.commit().await?)
    })
    .await?;
    let Path(id) = path.map_err(|_| Failure::from(ErrorCode::NotFound))?;
    let mut transaction = platform.storage.read().await?;
    let payment = payments::visible(&mut transaction, &id, &signed.key.account)
        .await?
        .ok_or(Failure::from(ErrorCode::NotFound))?;
    Ok(([(CONTENT_TYPE, JSON)], payment_json(&payment)?).into_response())
}

fn respond(answer: Answer) -> Response {
    let Answer { stored, replayed } = answer;
    let status = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let media_type = if status.is_success() { JSON } else { PROBLEM };
    let code = StoredCode::of(&stored.body);
    let mut response = (status, [(CONTENT_TYPE, media_type)], stored.body).into_response();
    if let Some(code) = code {
        response.extensions_mut().insert(code);
    }
    if let Some(payment) = stored.payment
        && let Ok(location) = HeaderValue::try_from(format!("/v1/payments/{payment}"))
    {
        response.headers_mut().insert(LOCATION, location);
    }
    if replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
