//! A platform for developing against xp2p: the contract in `contract/`, kept for real, with play money.
//!
//! Data flows one way: `http` reads and answers, `operation` sees that each intent is carried out once,
//! `operations` decide, `settlement` moves money, `storage` keeps. What the SDK can
//! check (amounts, handles, signatures, digests) is checked by the SDK; what only a platform knows
//! (who owns a key, what was answered before, who has money) is checked here. `triggers`, `faults` and
//! the clock go wrong on purpose, and only when asked: `docs/testing.md`.
#![forbid(unsafe_code)]

#[macro_use]
mod checks;

mod audit;
mod books;
#[cfg(feature = "switches")]
pub mod careless;
mod checkout;
mod clock;
mod diagnosis;
mod due;
mod failure;
mod faults;
mod http;
mod journal;
mod keyring;
mod limits;
mod link;
mod link_limits;
mod look_alike;
mod news;
mod operation;
mod operations;
mod page;
mod passkey;
mod receipt;
mod relying_party;
mod review;
mod settings;
mod settlement;
#[cfg(feature = "switches")]
pub mod simulated;
mod storage;
mod triggers;
mod wallet_only;
mod webhooks;

pub use audit::{Report, audit};
pub use clock::Clock;
pub use failure::StartError;
pub use limits::Limits;
pub use settings::{ENVIRONMENT, Origin, Settings};
pub use storage::database::Database;
pub use webhooks::{Resolver, Resolving, WebhookSettings};

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use failure::Failure;
use faults::Faults;
use journal::Journal;
use keyring::Keyring;
use limits::Limiters;
use relying_party::RelyingParty;
use storage::Storage;
use storage::development::{self, Development};
use tokio::net::TcpListener;
use tokio::sync::watch;
use webhooks::WebhookClient;

/// How often whoever has not asked for a while is forgotten.
const HOUSEKEEPING: Duration = Duration::from_secs(60);

/// A platform with its database open, ready to serve.
pub struct Platform {
    origin: Origin,
    wallet_origin: Origin,
    relying_party: RelyingParty,
    clock: Clock,
    storage: Storage,
    signer: Keyring,
    faults: Faults,
    limits: Limits,
    limiters: Limiters,
    webhooks: WebhookClient,
    /// Whether other sandboxes may be at work on the same database.
    shared: bool,
    /// Becomes true at the stop, for answers that would go on.
    stopping: watch::Sender<bool>,
    journal: Journal,
}

/// The page on which payers decide, at an origin of its own.
#[derive(Debug)]
pub struct WalletPage {
    /// Its files, the SDK's among them.
    pub folder: PathBuf,
    /// What answers at the wallet's origin.
    pub listener: TcpListener,
}

impl Platform {
    /// Opens the database, brings it up to date, and puts the test people into it if they are not there.
    ///
    /// # Errors
    ///
    /// When the database cannot be opened, the system has no randomness for the receipt key, or a
    /// certificate cannot be read.
    pub async fn open(settings: Settings) -> Result<Self, StartError> {
        let storage = Storage::open(&settings.database).await?;
        storage.migrate().await?;
        Self::over(storage, settings).await
    }

    /// A platform that remembers nothing but what stands in the database.
    async fn over(storage: Storage, settings: Settings) -> Result<Self, StartError> {
        let Settings { database, public_origin, wallet_origin, clock, limits, webhooks } = settings;
        let webhooks = WebhookClient::new(webhooks)?;
        let mut transaction = storage.read().await?;
        clock.set_moved(development::clock_ahead(&mut transaction).await?);
        let faults = Faults::default();
        let (number, rules) = development::faults(&mut transaction).await?;
        faults.take_over(number, &rules);
        drop(transaction);
        let now = clock.now();
        storage::seed::plant(&storage, now).await?;
        storage::replay::forget(&storage, clock.surely_past()).await?;
        let signer = Keyring::open(&storage, now).await?;
        let limiters = Limiters::new(&limits);
        let (shared, stopping) = (database != Database::Memory, watch::Sender::new(false));
        let origin = public_origin;
        let relying_party = RelyingParty::new(&wallet_origin);
        Ok(Self {
            origin,
            wallet_origin,
            relying_party,
            clock,
            storage,
            signer,
            faults,
            limits,
            limiters,
            webhooks,
            shared,
            stopping,
            journal: Journal::new(),
        })
    }

    /// Answers requests until `stop` is done, lets those under way end, and closes the database. The
    /// wallet's page, where there is one, is served by a listener of its own.
    pub async fn serve(
        self,
        listener: TcpListener,
        wallet: Option<WalletPage>,
        stop: impl Future<Output = ()> + Send + 'static,
    ) {
        let platform = Arc::new(self);
        let stopping = platform.clone();
        let deliveries =
            tokio::spawn(webhooks::dispatch(platform.clone(), platform.stopping.subscribe()));
        let housekeeping = [
            tokio::spawn(storage::replay::forget_at_times(platform.clone())),
            tokio::spawn(forget_clients_at_times(platform.clone())),
            tokio::spawn(due::attend(platform.clone())),
            tokio::spawn(async move {
                stop.await;
                stopping.journal.close();
                stopping.stopping.send_replace(true);
            }),
        ];
        let wallet = wallet.map(|WalletPage { folder, listener }| {
            let router = http::wallet::router(&platform, &folder);
            let (limits, stopping) = (platform.limits.clone(), platform.stopping.subscribe());
            tokio::spawn(async move {
                http::connections::serve(listener, router, &limits, stopping).await;
            })
        });
        let router = http::router(platform.clone());
        #[cfg(feature = "switches")]
        let router = router.layer(axum::middleware::from_fn(careless::fields));
        http::connections::serve(listener, router, &platform.limits, platform.stopping.subscribe())
            .await;
        for task in housekeeping {
            task.abort();
        }
        let _ = deliveries.await;
        if let Some(wallet) = wallet {
            let _ = wallet.await;
        }
        platform.close().await;
    }

    /// Where payers decide.
    pub fn wallet_url(&self) -> String {
        self.wallet_origin.root()
    }

    /// Takes over what another sandbox on the same database moved or broke on purpose.
    pub(crate) async fn refresh(&self) -> Result<(), Failure> {
        if !self.shared {
            return Ok(());
        }
        let Development { clock_ahead, faults_number } = development::read(&self.storage).await?;
        self.clock.set_moved(clock_ahead);
        if !self.faults.are(faults_number) {
            let mut transaction = self.storage.read().await?;
            let (number, rules) = development::faults(&mut transaction).await?;
            self.faults.take_over(number, &rules);
        }
        Ok(())
    }

    /// Closes the database.
    pub async fn close(&self) {
        self.storage.close().await;
    }
}

async fn forget_clients_at_times(platform: Arc<Platform>) {
    loop {
        tokio::time::sleep(HOUSEKEEPING).await;
        platform.limiters.forget();
    }
}
