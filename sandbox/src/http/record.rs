//! Writes down what passes between clients and the contract's operations, for the console.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::Extensions;
use axum::middleware::Next;
use axum::response::Response;

use super::Shared;
use super::operations::REPLAYED;
use super::problem::{Refused, RequestId};
use super::signed::web_origin;
use crate::Platform;
use crate::faults::Struck;
use crate::journal::{Exchange, Seen};
use crate::storage::new_id;

/// Where those on the way leave what only they know, also of a request that ends with them.
#[derive(Clone, Default)]
pub(super) struct Notes(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    /// From the check of the signature.
    seen: Option<Seen>,
    faults: Vec<&'static str>,
}

impl Notes {
    /// Leaves what was seen of a signed request, if somebody asked for it.
    pub fn put(extensions: &Extensions, seen: Seen) {
        if let Some(notes) = extensions.get::<Self>() {
            notes.lock().seen = Some(seen);
        }
    }

    /// Leaves the faults that strike a request.
    pub fn put_faults(extensions: &Extensions, struck: &Struck) {
        if let Some(notes) = extensions.get::<Self>() {
            notes.lock().faults = struck.0.iter().map(|fault| fault.name()).collect();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        // Whoever panicked while it was held had nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The payment that an answer is about.
#[derive(Clone)]
pub(super) struct AboutPayment(pub String);

/// Goes around [`super::problem::finish`], which says how it ended.
pub(super) async fn record(State(platform): Shared, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if !path.starts_with("/v1/") && !path.starts_with("/.well-known/") {
        return next.run(request).await;
    }
    let mut entry = Entry::open(platform, &request);
    request.extensions_mut().insert(RequestId(entry.exchange.id.clone()));
    request.extensions_mut().insert(entry.notes.clone());
    let response = next.run(request).await;
    entry.answered(&response);
    response
}

/// An exchange under way. It is written down when it goes: with its answer or, where the connection ended
/// first, without one.
struct Entry {
    platform: Arc<Platform>,
    started: Instant,
    notes: Notes,
    exchange: Exchange,
}

impl Entry {
    fn open(platform: Arc<Platform>, request: &Request) -> Self {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let exchange = Exchange {
            id: new_id("req"),
            at: platform.clock.now(),
            method: request.method().to_string(),
            target: target.into(),
            origin: web_origin(request.headers()),
            ..Exchange::default()
        };
        Self { platform, started: Instant::now(), notes: Notes::default(), exchange }
    }

    fn answered(&mut self, response: &Response) {
        let refused: Option<&Refused> = response.extensions().get();
        let payment: Option<&AboutPayment> = response.extensions().get();
        self.exchange.status = Some(response.status().as_u16());
        self.exchange.code = refused.map(|refused| refused.code.clone());
        self.exchange.param = refused.and_then(|refused| refused.param.clone());
        self.exchange.payment = payment.map(|AboutPayment(id)| id.clone());
        self.exchange.replayed = response.headers().contains_key(REPLAYED);
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut exchange = std::mem::take(&mut self.exchange);
        exchange.milliseconds = self.started.elapsed().as_millis() as u64;
        let noted = std::mem::take(&mut *self.notes.lock());
        (exchange.evidence, exchange.faults) = (noted.seen, noted.faults);
        if let Some(seen) = &exchange.evidence {
            exchange.key.clone_from(&seen.key_id);
            exchange.account.clone_from(&seen.account);
        }
        self.platform.journal.note(exchange);
    }
}
