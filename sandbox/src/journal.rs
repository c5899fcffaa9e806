//! The last exchanges with clients, kept in memory for the person who develops one.
//!
//! An exchange is written down as it came; why it was refused is worked out when somebody looks. What
//! could be a secret of somebody else is left out before it is kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::broadcast::{self, Receiver, Sender};
use xp2p::ErrorCode;
use xp2p::canonical::HttpRequest;
use xp2p::signature::PublicKey;

use crate::diagnosis::{Diagnosis, Evidence, accepted_base, diagnose};

/// How many exchanges are kept.
const KEPT: usize = 200;
/// How many changes a reader may be behind before it has to read everything anew.
const BEHIND: usize = 256;
/// How much of a body is shown.
const SHOWN_BODY: usize = 8 * 1024;
/// Fields that carry what opens doors elsewhere. The contract has none of them.
const SECRETS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];
/// Fields that say something about a signed request.
const SHOWN_FIELDS: [&str; 7] = [
    "host",
    "origin",
    "content-type",
    "content-digest",
    "idempotency-key",
    "signature-input",
    "user-agent",
];

/// One request and how it was answered.
#[derive(Default, Serialize)]
pub(crate) struct Exchange {
    pub id: String,
    /// Unix seconds of the platform's clock.
    pub at: i64,
    pub method: String,
    /// Path and query, as they arrived.
    pub target: String,
    /// `None` where the connection ended before there was an answer.
    pub status: Option<u16>,
    pub code: Option<String>,
    pub param: Option<String>,
    /// The key that the signature names, and the account that it belongs to.
    pub key: Option<String>,
    pub account: Option<String>,
    /// The web origin that sent the request.
    pub origin: Option<String>,
    pub milliseconds: u64,
    pub replayed: bool,
    /// The faults on demand that struck it.
    pub faults: Vec<&'static str>,
    /// The payment that the answer is about.
    pub payment: Option<String>,
    #[serde(skip)]
    pub evidence: Option<Seen>,
}

/// What was seen of a request whose signature was looked at.
#[derive(Clone)]
pub(crate) struct Seen {
    pub request: HttpRequest,
    /// The id of the key that the signature names.
    pub key_id: Option<String>,
    /// That key, if it is known, and whose it is.
    pub key: Option<PublicKey>,
    pub account: Option<String>,
    /// The clock by which it was judged, which a fault may have moved.
    pub now: i64,
}

impl Seen {
    /// Leaves out what must not be kept: secrets, and a signature that was accepted.
    fn without_secrets(mut self, accepted: bool) -> Self {
        let secret = |name: &str| SECRETS.contains(&name) || (accepted && name == "signature");
        self.request.fields.retain(|(name, _)| !secret(name));
        if accepted && let Some(body) = &mut self.request.body {
            body.truncate(SHOWN_BODY);
        }
        self
    }
}

/// An exchange with all that is known about it.
#[derive(Serialize)]
pub(crate) struct Report<'a> {
    #[serde(flatten)]
    exchange: &'a Exchange,
    /// What the code means: the first sentence of any diagnosis.
    message: Option<&'static str>,
    fields: Vec<(&'a str, &'a str)>,
    body: Option<String>,
    /// Whether the body is longer than what is shown.
    body_cut: bool,
    /// The signature base of a request that was accepted.
    base: Option<String>,
    diagnosis: Option<Diagnosis>,
}

impl Exchange {
    fn is_accepted(&self) -> bool {
        self.status.is_some_and(|status| status < 400)
    }

    /// Everything about an exchange. For a refused signature it tries some hundred others.
    pub fn report(&self) -> Report<'_> {
        let request = self.evidence.as_ref().map(|seen| &seen.request);
        let code = self.code.as_deref().and_then(ErrorCode::from_wire);
        let refused_signature = !self.is_accepted()
            && request.is_some_and(|request| request.field("signature").is_some());
        let diagnosis: Option<Diagnosis> =
            self.evidence.as_ref().filter(|_| refused_signature).and_then(|seen| {
                let key = seen.key.as_ref();
                diagnose(&Evidence { request: &seen.request, key, code, now: seen.now })
            });
        // What was signed is right: the refusal is about what is asked.
        let diagnosis = diagnosis.filter(|found| {
            found.received.is_none() || found.received != found.expected || !found.causes.is_empty()
        });
        let body = request.and_then(|request| request.body.as_deref());
        let shown = body.map(|body| body.get(..SHOWN_BODY).unwrap_or(body));
        let fields = request.map_or(&[][..], |request| &request.fields);
        Report {
            exchange: self,
            message: code.map(ErrorCode::message),
            fields: fields
                .iter()
                .filter(|(name, _)| SHOWN_FIELDS.contains(&name.as_str()))
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect(),
            body: shown.map(|body| String::from_utf8_lossy(body).into_owned()),
            body_cut: body.is_some_and(|body| body.len() >= SHOWN_BODY),
            base: request.filter(|_| diagnosis.is_none()).and_then(accepted_base),
            diagnosis,
        }
    }
}

/// What those who watch are told.
#[derive(Clone)]
pub(crate) enum Change {
    Exchange(Arc<Exchange>),
    /// Something that has to be read anew, by its name.
    Other(&'static str),
}

/// The last exchanges, newest last.
pub(crate) struct Journal {
    exchanges: Mutex<VecDeque<Arc<Exchange>>>,
    /// Nothing once the platform stops, so that nobody waits for more.
    watchers: Mutex<Option<Sender<Change>>>,
}

impl Journal {
    pub fn new() -> Self {
        let exchanges = Mutex::new(VecDeque::with_capacity(KEPT));
        Self { exchanges, watchers: Mutex::new(Some(broadcast::channel(BEHIND).0)) }
    }

    /// Writes an exchange down.
    pub fn note(&self, mut exchange: Exchange) {
        let accepted = exchange.is_accepted();
        exchange.evidence = exchange.evidence.map(|seen| seen.without_secrets(accepted));
        let exchange = Arc::new(exchange);
        let mut exchanges = locked(&self.exchanges);
        if exchanges.len() == KEPT {
            exchanges.pop_front();
        }
        exchanges.push_back(exchange.clone());
        drop(exchanges);
        self.tell(Change::Exchange(exchange));
    }

    /// Tells those who watch.
    pub fn tell(&self, change: Change) {
        if let Some(watchers) = &*locked(&self.watchers) {
            // That nobody watches is the ordinary case.
            let _ = watchers.send(change);
        }
    }

    /// What happens from now on. Nothing any more once the platform stops.
    pub fn watch(&self) -> Option<Receiver<Change>> {
        locked(&self.watchers).as_ref().map(Sender::subscribe)
    }

    /// Lets those who watch go.
    pub fn close(&self) {
        *locked(&self.watchers) = None;
    }

    /// The exchanges, newest first.
    pub fn all(&self) -> Vec<Arc<Exchange>> {
        locked(&self.exchanges).iter().rev().cloned().collect()
    }

    pub fn find(&self, id: &str) -> Option<Arc<Exchange>> {
        locked(&self.exchanges).iter().find(|exchange| exchange.id == id).cloned()
    }
}

/// A panic elsewhere leaves a list that is whole: nothing here panics between two changes.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(id: usize, status: u16, seen: Option<Seen>) -> Exchange {
        Exchange {
            id: format!("req_{id}"),
            at: 1_763_819_689,
            status: Some(status),
            evidence: seen,
            ..Exchange::default()
        }
    }

    #[test]
    fn only_the_last_are_kept_and_those_who_watch_are_told() {
        let journal = Journal::new();
        let mut watching = journal.watch().unwrap();
        for id in 0..KEPT + 3 {
            journal.note(exchange(id, 200, None));
        }
        let all = journal.all();
        assert_eq!((all.len(), all[0].id.as_str()), (KEPT, "req_202"));
        assert!(journal.find("req_2").is_none() && journal.find("req_3").is_some());
        assert!(matches!(watching.try_recv(), Ok(Change::Exchange(first)) if first.id == "req_0"));
        journal.close();
        assert!(journal.watch().is_none());
    }

    #[test]
    fn requirement_26_secrets_of_others_are_not_kept() {
        let journal = Journal::new();
        let request = HttpRequest::new("POST", "http://127.0.0.1:8787/v1/payments")
            .with_field("authorization", "Bearer hidden")
            .with_field("cookie", "session=hidden")
            .with_field("signature", "xp2p=:hidden:")
            .with_json(vec![b'x'; 2 * SHOWN_BODY]);
        let seen = Seen { request, key_id: None, key: None, account: None, now: 0 };
        journal.note(exchange(1, 201, Some(seen.clone())));
        journal.note(exchange(2, 401, Some(seen)));
        for id in ["req_1", "req_2"] {
            let exchange = journal.find(id).unwrap();
            let kept = format!("{:?}", exchange.evidence.as_ref().unwrap().request.fields);
            assert_eq!(kept.contains("hidden"), id == "req_2", "{kept}");
            assert!(!kept.contains("cookie") && !kept.contains("authorization"));
            let shown = serde_json::to_string(&exchange.report()).unwrap();
            assert!(!shown.contains("hidden"));
            assert!(shown.len() < SHOWN_BODY + 2048 && shown.contains("\"body_cut\":true"));
        }
    }
}
