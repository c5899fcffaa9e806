//! Operations over HTTP: a signed request in, an answer out.

use std::collections::HashMap;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_TYPE, LOCATION, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use xp2p::ErrorCode;
use xp2p::canonical::content_digest;

use super::problem::{PROBLEM, Refused, RequestId};
use super::record::AboutPayment;
use super::signed::{Introduced, Signed, authenticate, sec_fetch_site, web_origin};
use super::{Shared, demand_json, whole_body};
use crate::Platform;
use crate::failure::Failure;
use crate::operation::{Operation, Order};
use crate::storage::replay::Reply;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
pub(super) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What the path and the query say, as far as they can be read.
pub(super) type Address = (
    Result<Path<HashMap<String, String>>, PathRejection>,
    Result<Query<HashMap<String, String>>, QueryRejection>,
);

/// An operation that changes something.
pub(super) async fn change<O: Operation>(
    State(platform): Shared,
    Extension(request_id): Extension<RequestId>,
    address: Address,
    parts: Parts,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    let order = receive(&platform, request_id, address, &parts, body, O::introduced).await?;
    let answer = platform.change::<O>(&order).await?;
    let mut response = respond(answer.reply);
    if answer.replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// An operation that only reads.
pub(super) async fn look<O: Operation>(
    State(platform): Shared,
    Extension(request_id): Extension<RequestId>,
    address: Address,
    parts: Parts,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    let order = receive(&platform, request_id, address, &parts, body, O::introduced).await?;
    Ok(respond(platform.look::<O>(&order).await?))
}

/// Verifies the signature and takes the request apart. Its nonce is still to be taken.
pub(super) async fn receive(
    platform: &Platform,
    RequestId(request_id): RequestId,
    (path, query): Address,
    parts: &Parts,
    body: Result<Bytes, BytesRejection>,
    introduced: Introduced,
) -> Result<Order, Failure> {
    let body = whole_body(body)?;
    // A request may come without a body; what has one says what it is.
    if parts.method == Method::POST
        && (parts.headers.contains_key(CONTENT_TYPE) || !body.is_empty())
    {
        demand_json(&parts.headers)?;
    }
    let bytes = Some(&body[..]).filter(|body| !body.is_empty());
    let Signed { key, nonce, expires, idempotency_key } =
        authenticate(platform, parts, bytes, introduced).await?;
    // PostgreSQL takes no text with a NUL, and nothing that we store has one.
    let named = path.ok().and_then(|Path(names)| names.into_values().next());
    let Query(query) = query.map_err(|_| Failure::from(ErrorCode::RequestMalformed))?;
    if query.values().any(|value| value.contains('\0')) {
        return Err(ErrorCode::RequestMalformed.into());
    }
    let origin = web_origin(&parts.headers);
    Ok(Order {
        key: key.id,
        nonce,
        expires,
        idempotency_key,
        operation: format!("{} {}", parts.method, parts.uri.path()),
        resource: named.filter(|name| !name.contains('\0')),
        query,
        request_digest: content_digest(&body),
        body,
        origin_unnamed: origin.is_none() && parts.headers.contains_key(ORIGIN),
        origin,
        sec_fetch_site: sec_fetch_site(&parts.headers),
        request_id,
    })
}

fn respond(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let media_type = if status.is_success() { JSON } else { PROBLEM };
    let refused = Refused::of(&reply.body);
    let mut response = (status, [(CONTENT_TYPE, media_type)], reply.body).into_response();
    if let Some(refused) = refused {
        response.extensions_mut().insert(refused);
    }
    if let Some(payment) = reply.payment {
        response.extensions_mut().insert(AboutPayment(payment));
    }
    if let Some(location) = reply.location.and_then(|place| HeaderValue::try_from(place).ok()) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}
