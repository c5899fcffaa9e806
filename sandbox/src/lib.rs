//! A platform for developing against xp2p: the contract in `contract/`, kept for real, with play money.
//!
//! Data flows one way: `http` reads and answers, `operation` sees that each intent is carried out once,
//! `operations` decide, `settlement` moves money, `storage` keeps. What the SDK can
//! check (amounts, handles, signatures, digests) is checked by the SDK; what only a platform knows
//! (who owns a key, what was answered before, who has money) is checked here.
#![forbid(unsafe_code)]

#[macro_use]
mod checks;

mod audit;
mod books;
#[cfg(feature = "switches")]
pub mod careless;
mod checkout;
mod clock;
mod due;
mod failure;
mod http;
mod news;
mod operation;
mod operations;
mod receipt;
mod review;
mod settings;
mod settlement;
mod storage;
mod triggers;

pub use audit::{Report, audit};
pub use clock::Clock;
pub use failure::StartError;
pub use settings::{ENVIRONMENT, Origin, Settings};
pub use storage::database::Database;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use receipt::ReceiptSigner;
use storage::Storage;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How long requests that are under way at a stop may take to end.
const STOP_DEADLINE: Duration = Duration::from_secs(5);

/// A platform with its database open, ready to serve.
pub struct Platform {
    origin: Origin,
    clock: Clock,
    storage: Storage,
    signer: ReceiptSigner,
    /// Becomes true at the stop, for answers that would go on.
    stopping: watch::Sender<bool>,
}

impl Platform {
    /// Opens the database, brings it up to date, and puts the test people into it if they are not there.
    ///
    /// # Errors
    ///
    /// When the database cannot be opened or the system has no randomness for the receipt key.
    pub async fn open(settings: Settings) -> Result<Self, StartError> {
        let Settings { database, public_origin, clock } = settings;
        let storage = Storage::open(&database).await?;
        let now = clock.now();
        storage.migrate().await?;
        storage::seed::plant(&storage, now).await?;
        storage::replay::forget(&storage, now).await?;
        let signer = ReceiptSigner::open(&storage, now).await?;
        let stopping = watch::Sender::new(false);
        Ok(Self { origin: public_origin, clock, storage, signer, stopping })
    }

    /// Answers requests until `stop` is done, lets those under way end, and closes the database.
    ///
    /// # Errors
    ///
    /// When the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let platform = Arc::new(self);
        let housekeeping = tokio::spawn(storage::replay::forget_at_times(platform.clone()));
        let dues = tokio::spawn(due::attend(platform.clone()));
        let mut stopped = platform.stopping.subscribe();
        let stopping = platform.clone();
        let router = http::router(platform.clone());
        #[cfg(feature = "switches")]
        let router = router.layer(axum::middleware::from_fn(careless::fields));
        let server = axum::serve(listener, router)
            .with_graceful_shutdown(async move {
                stop.await;
                stopping.stopping.send_replace(true);
            })
            .into_future();
        // A client that never ends its request must not keep the process alive.
        let served = tokio::select! {
            served = server => served,
            () = async { let _ = stopped.changed().await; tokio::time::sleep(STOP_DEADLINE).await } => Ok(()),
        };
        housekeeping.abort();
        dues.abort();
        platform.close().await;
        served
    }

    /// Closes the database.
    pub async fn close(&self) {
        self.storage.close().await;
    }
}
