//! What the console reads: requests, accounts, payments, and that something changed. Outside the contract.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::{Stream, StreamExt};
use tower_http::catch_panic::CatchPanicLayer;
use xp2p::ErrorCode;

use super::{MAX_BODY, Shared, assets, delivery_log, development, problem, same_origin, tools};
use crate::Platform;
use crate::failure::Failure;
use crate::journal::{Change, Exchange};
use crate::settings::ENVIRONMENT;
use crate::settlement::payment_body;
use crate::storage::overview;
use crate::storage::payments::Payment;
use crate::storage::statement::{self, Filter};

/// The console's page and all that only it and programs may ask for.
pub(super) fn router(platform: Arc<Platform>) -> Router {
    Router::new()
        .route("/sandbox/about", get(about))
        .route("/sandbox/accounts", get(accounts))
        .route("/sandbox/clock", get(tools::clock).post(tools::move_clock))
        .route(
            "/sandbox/faults",
            get(tools::faults).post(tools::set_faults).delete(tools::end_faults),
        )
        .route("/sandbox/keys/rotate", post(tools::rotate))
        .route("/sandbox/ledger", get(development::ledger))
        .route("/sandbox/payments", get(payments))
        .route("/sandbox/payments/{id}", get(payment))
        .route("/sandbox/requests", get(requests))
        .route("/sandbox/requests/{id}", get(request))
        .route("/sandbox/deliveries", get(delivery_log::deliveries))
        .route("/sandbox/deliveries/{id}", get(delivery_log::delivery))
        .route("/sandbox/deliveries/{id}/resend", post(delivery_log::resend))
        .route("/sandbox/live", get(live))
        .route_layer(from_fn_with_state(platform.clone(), refresh))
        .route_layer(from_fn_with_state(platform.clone(), same_origin::demand))
        // The page itself says nothing about anybody, and a link may lead to it.
        .route("/", get(assets::redirect))
        .route("/console", get(assets::redirect))
        .route("/console/", get(assets::index))
        .route("/console/{name}", get(assets::file))
        .with_state(platform)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(problem::finish))
        .layer(from_fn(assets::protect))
}

/// Takes over what another sandbox on the same database moved or broke, as every request does.
async fn refresh(
    State(platform): Shared,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    platform.refresh().await?;
    Ok(next.run(request).await)
}

/// `GET /sandbox/about`: which platform this is.
async fn about(State(platform): Shared) -> Json<Value> {
    Json(json!({
        "environment": ENVIRONMENT,
        "origin": platform.origin.as_str(),
        "issuer": platform.origin.issuer(),
        "now": platform.clock.now(),
    }))
}

/// `GET /sandbox/accounts`: everybody, with what they have.
async fn accounts(State(platform): Shared) -> Result<Json<Value>, Failure> {
    let mut transaction = platform.storage.read().await?;
    let balances = statement::balances(&mut transaction, &Filter::default()).await?;
    let mut accounts = Vec::new();
    for account in overview::accounts(&mut transaction).await? {
        let own = balances.iter().filter(|balance| balance.account == account.id);
        let own = own.map(|balance| development::money(balance.minor, &balance.currency));
        accounts.push(json!({
            "account": account.id,
            "handle": account.handle,
            "name": account.name,
            "kind": account.kind,
            "blocked": account.blocked_at.is_some(),
            "keys": account.keys,
            "passkeys": account.passkeys,
            "balances": own.collect::<Result<Vec<_>, _>>()?,
        }));
    }
    Ok(Json(json!({ "accounts": accounts })))
}

/// `GET /sandbox/payments`: the latest ones, newest first.
async fn payments(State(platform): Shared) -> Result<Json<Value>, Failure> {
    let mut transaction = platform.storage.read().await?;
    let payments = overview::payments(&mut transaction).await?;
    let payments: Vec<_> = payments.iter().map(payment_body).collect::<Result<_, _>>()?;
    Ok(Json(json!({ "payments": payments })))
}

/// `GET /sandbox/payments/{id}`: with its legs, what its receipt says, and the requests about it that are
/// still remembered.
async fn payment(
    State(platform): Shared,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Failure> {
    let id = named(path)?;
    let mut transaction = platform.storage.read().await?;
    let payment: Payment = overview::payment(&mut transaction, &id)
        .await?
        .ok_or(Failure::from(ErrorCode::NotFound))?;
    let filter = Filter { payment: Some(&id), handle: None };
    let mut legs = Vec::new();
    for leg in statement::legs(&mut transaction, &filter).await? {
        legs.push(json!({
            "transfer": leg.transfer,
            "handle": leg.handle,
            "account": leg.account,
            "amount": development::money(leg.minor, &leg.currency)?,
        }));
    }
    let all = platform.journal.all();
    let about = all.iter().filter(|exchange| exchange.payment.as_ref() == Some(&id));
    Ok(Json(json!({
        "payment": payment_body(&payment)?,
        "transfer": payment.transfer,
        "legs": legs,
        "claims": claims(&payment.receipt),
        "requests": about.map(|exchange| exchange.as_ref()).collect::<Vec<_>>(),
    })))
}

/// What a receipt says: the payload of its compact JWS.
fn claims(receipt: &str) -> Option<Value> {
    let payload = Base64UrlUnpadded::decode_vec(receipt.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}

/// `GET /sandbox/requests`: the last ones that came to the contract's addresses, newest first.
async fn requests(State(platform): Shared) -> Json<Value> {
    let all = platform.journal.all();
    let all: Vec<&Exchange> = all.iter().map(Arc::as_ref).collect();
    Json(json!({ "requests": all }))
}

/// `GET /sandbox/requests/{id}`: what was signed, and why it was refused.
async fn request(
    State(platform): Shared,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Failure> {
    let exchange =
        platform.journal.find(&named(path)?).ok_or(Failure::from(ErrorCode::NotFound))?;
    // A diagnosis verifies a few hundred signatures: not where other requests wait.
    let report = tokio::task::spawn_blocking(move || serde_json::to_value(exchange.report()));
    let report = report.await.ok().and_then(Result::ok);
    Ok(Json(report.ok_or(Failure::Corrupt("a request without a report"))?))
}

/// `GET /sandbox/live`: server-sent events (WHATWG HTML, section 9.2). `request` has a request as the list
/// shows it; `changed` names what is to be read anew, `everything` to whoever fell behind.
async fn live(
    State(platform): Shared,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    let watching = platform.journal.watch().ok_or(Failure::from(ErrorCode::Unavailable))?;
    let changed = |what| Event::default().event("changed").data(what);
    // Says at once that it is there, and that whatever was missed before has to be read.
    let first = tokio_stream::once(changed("everything"));
    let events = BroadcastStream::new(watching).map(move |change| match change {
        Ok(Change::Exchange(exchange)) => {
            let event = Event::default().event("request").json_data(&*exchange);
            event.unwrap_or_else(|_| changed("everything"))
        }
        Ok(Change::Other(what)) => changed(what),
        Err(_) => changed("everything"),
    });
    Ok(Sse::new(first.chain(events).map(Ok)).keep_alive(KeepAlive::default()))
}

pub(super) fn named(path: Result<Path<String>, PathRejection>) -> Result<String, Failure> {
    let Path(id) = path.map_err(|_| Failure::from(ErrorCode::NotFound))?;
    super::refuse_nul(&id, ErrorCode::NotFound)?;
    Ok(id)
}
