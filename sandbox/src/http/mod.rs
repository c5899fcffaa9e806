//! HTTP: addresses, what may be sent to them, and what every answer has in common.

mod accounts;
mod assets;
pub(crate) mod connections;
mod console;
mod delivery_log;
mod development;
mod enrolments;
mod manners;
mod operations;
pub(crate) mod problem;
mod public;
mod record;
mod same_origin;
mod sign_in;
pub(crate) mod signed;
mod streams;
mod tools;
pub(crate) mod wallet;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, Any, CorsLayer};
use xp2p::{Error, ErrorCode};

use self::operations::{change, look};
pub(crate) use self::signed::is_web_origin;
use crate::Platform;
use crate::failure::Failure;
use crate::operations::account::GetAccount;
use crate::operations::approval::ApproveCheckout;
use crate::operations::balances::GetBalances;
use crate::operations::blocks::{CreateBlock, ListBlocks, RemoveBlock};
use crate::operations::checkouts::{
    CancelCheckout, CreateCheckout, DeclineCheckout, GetCheckout, OpenCheckout,
};
use crate::operations::keys::{ListKeys, RegisterKey, RevokeKey};
use crate::operations::link_decisions::{ApproveLink, DeclineLink, LowerLink, RevokeLink};
use crate::operations::links::{GetLink, ListLinks, RequestLink};
use crate::operations::passkey_challenges::{AnswerPasskeyChallenge, CreatePasskeyChallenge};
use crate::operations::passkeys::{CreatePasskey, FinishPasskey, ListPasskeys, RemovePasskey};
use crate::operations::payments::{CreatePayment, GetPayment, ListPayments};
use crate::operations::refunds::{CreateRefund, ListRefunds};
use crate::operations::webhooks::{
    CreateWebhook, DisableWebhook, ListDeliveries, ListWebhooks, ResendDelivery,
};

/// The largest body that is read: `contract/openapi.yaml`.
const MAX_BODY: usize = 64 * 1024;

type Shared = State<Arc<Platform>>;

/// Every address of the sandbox.
pub(crate) fn router(platform: Arc<Platform>) -> Router {
    let contract = Router::new()
        .route("/.well-known/xp2p", get(public::settings))
        .route("/.well-known/jwks.json", get(public::keys))
        .route("/v1/handles/{handle}", get(public::handle))
        .route("/v1/account", get(look::<GetAccount>))
        .route("/v1/balances", get(look::<GetBalances>))
        .route("/v1/checkouts", post(change::<CreateCheckout>))
        .route("/v1/checkouts/{id}", get(look::<GetCheckout>))
        .route("/v1/checkouts/{id}/events", get(streams::stream_checkout))
        .route("/v1/checkouts/{id}/open", post(change::<OpenCheckout>))
        .route("/v1/checkouts/{id}/cancel", post(change::<CancelCheckout>))
        .route("/v1/checkouts/{id}/approve", post(change::<ApproveCheckout>))
        .route("/v1/checkouts/{id}/decline", post(change::<DeclineCheckout>))
        .route("/v1/blocks", get(look::<ListBlocks>).post(change::<CreateBlock>))
        .route("/v1/blocks/{id}/remove", post(change::<RemoveBlock>))
        .route("/v1/keys", get(look::<ListKeys>).post(change::<RegisterKey>))
        .route("/v1/keys/{key_id}/revoke", post(change::<RevokeKey>))
        .route("/v1/links", get(look::<ListLinks>).post(change::<RequestLink>))
        .route("/v1/links/{id}", get(look::<GetLink>))
        .route("/v1/links/{id}/approve", post(change::<ApproveLink>))
        .route("/v1/links/{id}/decline", post(change::<DeclineLink>))
        .route("/v1/links/{id}/limits", post(change::<LowerLink>))
        .route("/v1/links/{id}/revoke", post(change::<RevokeLink>))
        .route("/v1/passkeys", get(look::<ListPasskeys>).post(change::<CreatePasskey>))
        .route("/v1/passkeys/{id}/finish", post(change::<FinishPasskey>))
        .route("/v1/passkeys/{id}/remove", post(change::<RemovePasskey>))
        .route("/v1/passkey-challenges", post(change::<CreatePasskeyChallenge>))
        .route("/v1/passkey-challenges/{id}/answer", post(change::<AnswerPasskeyChallenge>))
        .route("/v1/payments", get(look::<ListPayments>).post(change::<CreatePayment>))
        .route("/v1/payments/{id}", get(look::<GetPayment>))
        .route("/v1/payments/{id}/refunds", get(look::<ListRefunds>).post(change::<CreateRefund>))
        .route("/v1/webhooks", get(look::<ListWebhooks>).post(change::<CreateWebhook>))
        .route("/v1/webhooks/{id}/disable", post(change::<DisableWebhook>))
        .route("/v1/webhooks/{id}/deliveries", get(look::<ListDeliveries>))
        .route("/v1/deliveries/{id}/resend", post(change::<ResendDelivery>))
        .route("/healthz", get(development::health))
        .fallback(async || StatusCode::NOT_FOUND);
    let sign_in = sign_in::routes(&platform);
    let allowed = sign_in::allowed(&platform);
    Router::new()
        // Outermost, so that a page on another origin can read refusals too.
        .merge(mannerly(contract, &platform).layer(cross_origin(Any.into())))
        .merge(mannerly(sign_in, &platform).layer(cross_origin(allowed)))
        // Without it: other origins may not read what the console reads.
        .merge(console::router(platform))
}

/// What every answer has in common.
fn mannerly(router: Router<Arc<Platform>>, platform: &Arc<Platform>) -> Router {
    router
        .with_state(platform.clone())
        .layer(axum::middleware::from_fn_with_state(platform.clone(), manners::mind))
        .layer(DefaultBodyLimit::max(if checks!(BodySize) { MAX_BODY } else { 16 * MAX_BODY }))
        .layer(CatchPanicLayer::new())
        .layer(axum::middleware::from_fn(problem::finish))
        .layer(axum::middleware::from_fn_with_state(platform.clone(), record::record))
}

/// Any page may ask for what the contract has, because a signature and not a cookie says who asks: no
/// credentials, and only the methods and fields that the contract has (Fetch, section 3.3), and the one that
/// asks for a fault.
fn cross_origin(origins: AllowOrigin) -> CorsLayer {
    let field = HeaderName::from_static;
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            CONTENT_TYPE,
            field("content-digest"),
            field("idempotency-key"),
            field("last-event-id"),
            field(manners::SANDBOX_FAULT),
            field("signature"),
            field("signature-input"),
        ])
        .expose_headers([field("idempotency-replayed"), LOCATION, field("request-id"), RETRY_AFTER])
        .max_age(Duration::from_secs(600))
}

/// The body's bytes, if it is not too large and says that it is JSON.
fn json_bytes(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Bytes, Failure> {
    let body = whole_body(body)?;
    demand_json(headers)?;
    Ok(body)
}

/// A request outside the contract, read by its type.
fn read<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<T, Failure> {
    let body = json_bytes(headers, body)?;
    serde_json::from_slice(&body).map_err(|_| ErrorCode::RequestMalformed.into())
}

/// Refuses what does not say, once, that it is JSON. RFC 8259 section 11 gives the media type no
/// parameter.
fn demand_json(headers: &HeaderMap) -> Result<(), Failure> {
    let mut content_types = headers.get_all(CONTENT_TYPE).iter();
    let (first, second) = (content_types.next(), content_types.next());
    match first {
        Some(value)
            if second.is_none() && value.as_bytes().eq_ignore_ascii_case(b"application/json") =>
        {
            Ok(())
        }
        _ if !checks!(ContentType) => Ok(()),
        _ => Err(Error::new(ErrorCode::ContentTypeUnsupported).at("content-type").into()),
    }
}

/// The body's bytes, if it is not too large.
fn whole_body(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Failure> {
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::RequestTooLarge.into(),
        // The connection ended before the body did.
        _ => ErrorCode::RequestMalformed.into(),
    })
}

/// PostgreSQL takes no text with a NUL, and nothing that we store has one: it is refused before somebody
/// can learn which database answers.
fn refuse_nul(text: &str, code: ErrorCode) -> Result<(), Failure> {
    if text.contains('\0') { Err(code.into()) } else { Ok(()) }
}
