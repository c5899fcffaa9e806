//! Writes down what passes between clients and the contract's operations, for the console.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::Extensions;
use axum::middleware::Next;
use axum::response::Response;

use super::Shared;
use super::operations::REPLAYED;
use super::problem::{REQUEST_ID, Refused};
use super::signed::web_origin;
use crate::journal::{Exchange, Seen};

/// Where the check of a signature leaves what it saw, also of a request that it refuses.
#[derive(Clone, Default)]
pub(super) struct Notes(Arc<Mutex<Option<Seen>>>);

impl Notes {
    /// Leaves a note, if somebody asked for one.
    pub fn put(extensions: &Extensions, seen: Seen) {
        if let Some(Self(notes)) = extensions.get() {
            *notes.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        }
    }

    fn take(&self) -> Option<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The payment that an answer is about.
#[derive(Clone)]
pub(super) struct AboutPayment(pub String);

/// Goes around [`super::problem::finish`], which knows the id and how it ended.
pub(super) async fn record(State(platform): Shared, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if !path.starts_with("/v1/") && !path.starts_with("/.well-known/") {
        return next.run(request).await;
    }
    let (notes, started, at) = (Notes::default(), Instant::now(), platform.clock.now());
    let method = request.method().to_string();
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str()).to_string();
    let origin = web_origin(request.headers());
    request.extensions_mut().insert(notes.clone());
    let response = next.run(request).await;
    let (headers, extensions) = (response.headers(), response.extensions());
    let seen = notes.take();
    let refused: Option<&Refused> = extensions.get();
    let payment: Option<&AboutPayment> = extensions.get();
    let id = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
    platform.journal.note(Exchange {
        id: id.unwrap_or_default().into(),
        at,
        method,
        target,
        status: response.status().as_u16(),
        code: refused.map(|refused| refused.code.clone()),
        param: refused.and_then(|refused| refused.param.clone()),
        key: seen.as_ref().and_then(|seen| seen.key_id.clone()),
        account: seen.as_ref().and_then(|seen| seen.account.clone()),
        origin,
        milliseconds: started.elapsed().as_millis() as u64,
        replayed: headers.contains_key(REPLAYED),
        payment: payment.map(|AboutPayment(id)| id.clone()),
        evidence: seen,
    });
    response
}
