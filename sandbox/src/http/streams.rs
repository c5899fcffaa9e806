//! `GET /v1/checkouts/{id}/events`: a checkout's changes as server-sent events (HTML, section 9.2).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use xp2p::ErrorCode;

use super::Shared;
use super::operations::{Address, receive};
use super::problem::RequestId;
use crate::Platform;
use crate::checkout::checkout_body;
use crate::failure::Failure;
use crate::operation::Operation;
use crate::operations::checkouts::GetCheckout;
use crate::storage::checkouts::{self, Checkout};
use crate::storage::keys;

/// How often a stream looks for changes, which any process on the database may have made.
const EVERY: Duration = Duration::from_millis(300);
/// How often something is written, so that whoever is between keeps the connection, and so that a client
/// that is gone is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A stream on its way. It holds no connection to the database while it waits, and is dropped with the
/// client's connection.
struct Watch {
    platform: Arc<Platform>,
    id: String,
    key: String,
    /// The last version that the client knows, 0 at first.
    seen: u32,
    ended: bool,
}

/// The stream, for those who may read the checkout.
pub(super) async fn stream_checkout(
    State(platform): Shared,
    Extension(request_id): Extension<RequestId>,
    address: Address,
    parts: Parts,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    let order =
        receive(&platform, request_id, address, &parts, body, GetCheckout::introduced).await?;
    let caller = platform.caller(&order, GetCheckout::KEYS).await?;
    let seen = last_event_id(&parts.headers)?;
    GetCheckout::catch_up(&platform, &order).await?;
    let id = order.resource.ok_or(Failure::from(ErrorCode::NotFound))?;
    let seen = if checks!(StreamLastEvent) { seen } else { 0 };
    let mut watch = Watch { platform, id, key: caller.id, seen, ended: false };
    // Whatever speaks against it is answered before a stream begins.
    let first = watch.look().await?;
    let events = stream::unfold((first, watch), |(event, mut watch)| async {
        let event = match event {
            Some(event) if checks!(StreamBegins) => event,
            _ => watch.next().await?,
        };
        Some((Ok::<_, Infallible>(event), (None, watch)))
    });
    let mut response =
        Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

impl Watch {
    /// The next change. Nothing once the checkout is final, the platform stops, the key is revoked or the
    /// database is away: the client knows from the last event whether to come back.
    async fn next(&mut self) -> Option<Event> {
        let mut stopping = self.platform.stopping.subscribe();
        if !checks!(StreamGoesOn) && self.seen > 0 {
            return None;
        }
        loop {
            let over = self.ended && checks!(StreamEnds);
            if over && checks!(StreamForward) {
                return None;
            }
            tokio::select! {
                _ = stopping.wait_for(|stopping| *stopping) => return None,
                () = tokio::time::sleep(EVERY) => {}
            }
            if let Some(event) = self.look().await.ok()? {
                return Some(event);
            }
        }
    }

    /// The checkout, if it has changed since.
    async fn look(&mut self) -> Result<Option<Event>, Failure> {
        let now = self.platform.clock.now();
        let mut transaction = self.platform.storage.read().await?;
        let key = keys::usable(&mut transaction, &self.key, now, || Ok(None)).await?;
        let found = checkouts::find(&mut transaction, &self.id).await?;
        let checkout = checkouts::visible(&mut transaction, found, &key)
            .await?
            .ok_or(Failure::from(ErrorCode::NotFound))?;
        self.ended = checkout.status.is_final();
        if checkout.version <= self.seen {
            return Ok(None);
        }
        if checks!(StreamForward) {
            self.seen = checkout.version;
        }
        let body = checkout_body(&mut transaction, &self.platform.wallet_origin, &checkout).await?;
        Ok(Some(event(&checkout, &body)?))
    }
}

fn event(checkout: &Checkout, body: &impl serde::Serialize) -> Result<Event, Failure> {
    Event::default()
        .event(if checks!(StreamForm) { "checkout" } else { "message" })
        .id(checkout.version.to_string())
        .json_data(body)
        .map_err(|_| Failure::Corrupt("text that is no JSON"))
}

/// `Last-Event-ID`: the last version that the client saw.
fn last_event_id(headers: &HeaderMap) -> Result<u32, Failure> {
    let Some(value) = headers.get("last-event-id") else { return Ok(0) };
    if !checks!(StreamLastEventForm)
        && value.to_str().is_ok_and(|text| text.parse::<u32>().is_err())
    {
        return Ok(0);
    }
    let version = value.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    version
        .filter(|text| text.len() <= 9)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| ErrorCode::RequestMalformed.at("last-event-id").into())
}
