//! A platform inside a simulation: no sockets, a process that dies at any step and starts again on the same
//! database, and the one safeguard that `careless` has no switch for, because `conform` could not see it
//! lacking from outside.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use tokio::sync::Notify;
use tower::ServiceExt;

use crate::failure::{Failure, StartError};
use crate::operation::{Answer, Order};
use crate::storage::keys;
use crate::storage::replay::{self, Intent};
use crate::{Platform, Report, Settings, audit, http};

/// How many steps of an operation there are at which the process can die: in `operation`, before and
/// after the nonce is taken, before and after the commit, and before an answer that is kept apart.
pub const STEPS: u32 = 4;

/// What is left of the life of a process that carries a request out.
struct Life {
    steps: Cell<u32>,
    died: Arc<Notify>,
}

tokio::task_local! {
    static LIFE: Life;
}

/// Whether answers are kept after the transaction that they are about.
static APART: AtomicBool = AtomicBool::new(false);

/// From now on, in this whole process, answers are kept in a transaction of their own.
pub fn keep_answers_apart() {
    APART.store(true, Ordering::Relaxed);
}

pub(crate) fn keeps_apart() -> bool {
    APART.load(Ordering::Relaxed)
}

/// A step of an operation. A process that dies here never goes on.
pub(crate) async fn step() {
    let dies = LIFE.try_with(|life| {
        life.steps.set(life.steps.get().saturating_sub(1));
        if life.steps.get() == 0 {
            life.died.notify_one();
        }
        life.steps.get() == 0
    });
    if dies == Ok(true) {
        std::future::pending().await
    }
}

/// Keeps an answer when it is too late for that.
pub(crate) async fn keep_apart(
    platform: &Platform,
    order: &Order,
    idempotency_key: &str,
    answer: &Result<Answer, Failure>,
    now: i64,
) -> Result<(), Failure> {
    let Ok(Answer { reply, replayed: false }) = answer else { return Ok(()) };
    if !keeps_apart() {
        return Ok(());
    }
    let mut transaction = platform.storage.write().await?;
    let caller = keys::usable(&mut transaction, &order.key, now, || Ok(None)).await?;
    let intent = Intent {
        scope: caller.scope(),
        idempotency_key,
        operation: &order.operation,
        request_digest: &order.request_digest,
    };
    replay::keep_answer(&mut transaction, &intent, reply, now).await?;
    Ok(transaction.commit().await?)
}

impl Platform {
    /// Answers a request as a served platform would, unless the process dies at this step of it, from 1
    /// to [`STEPS`]: then there is no answer.
    pub async fn answer_until(
        router: &Router,
        request: Request<Body>,
        dies_at: Option<u32>,
    ) -> Option<Response<Body>> {
        let died = Arc::new(Notify::new());
        let life =
            Life { steps: Cell::new(dies_at.map_or(u32::MAX, |step| step)), died: died.clone() };
        let answer = LIFE.scope(life, router.clone().oneshot(request));
        tokio::select! {
            biased;
            answer = answer => answer.ok(),
            () = died.notified() => None,
        }
    }

    /// What answers, without a listener.
    pub fn router(self: &Arc<Self>) -> Router {
        http::router(self.clone())
    }

    /// Another process on the same database: this one has died, with everything that it remembered.
    ///
    /// # Errors
    ///
    /// As [`Platform::open`].
    pub async fn reopened(&self, settings: Settings) -> Result<Self, StartError> {
        Self::over(self.storage.clone(), settings).await
    }

    /// Another platform, on a copy of this one's database, which is in memory.
    ///
    /// # Errors
    ///
    /// As [`Platform::open`].
    pub async fn copied(&self, settings: Settings) -> Result<Self, StartError> {
        Self::over(self.storage.copied().await?, settings).await
    }

    /// Adds the books up.
    ///
    /// # Errors
    ///
    /// As [`crate::audit`].
    pub async fn audited(&self) -> Result<Report, StartError> {
        audit::add_up(&self.storage, &self.clock).await
    }
}
