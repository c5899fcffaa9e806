//! A server in this process, on books of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use sqlx::{Connection, Executor, SqlSafeStr};
use tokio::sync::oneshot;
use xp2p_sandbox::{Clock, Database, Limits, Platform, Report, Settings, WebhookSettings};

use crate::books::Books;

/// What signatures cover. It is not where the server listens, so every test shows that the server takes
/// its origin from its settings.
pub const ORIGIN: &str = "https://platform.example";

/// Where payers decide: another origin than the platform's.
pub const WALLET: &str = "https://wallet.example";

pub struct Server {
    pub address: SocketAddr,
    pub clock: Clock,
    books: Option<Arc<Books>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub fn start() -> Self {
        Self::start_on(Arc::new(Books::new()), Clock::system())
    }

    /// A server whose books nobody else can open.
    pub fn start_in_memory() -> Self {
        Self::serve(Database::Memory, None, Clock::system(), |_| {})
    }

    /// A server that delivers to where these settings let it.
    pub fn start_with(webhooks: WebhookSettings) -> Self {
        let books = Arc::new(Books::new());
        let change = |settings: &mut Settings| settings.webhooks = webhooks;
        Self::serve(books.database(), Some(books), Clock::system(), change)
    }

    /// A server that allows its clients so much.
    pub fn start_limited(limits: Limits) -> Self {
        let books = Arc::new(Books::new());
        let change = |settings: &mut Settings| settings.limits = limits;
        Self::serve(books.database(), Some(books), Clock::system(), change)
    }

    /// Stops, and starts again on the same books.
    pub fn restart(mut self) -> Self {
        self.stop();
        self.beside()
    }

    /// Another server on the same books.
    pub fn beside(&self) -> Self {
        Self::start_on(self.books().clone(), self.clock.clone())
    }

    /// Runs one statement behind the server's back.
    pub fn execute(&self, statement: impl SqlSafeStr + Send) {
        block_on(async {
            sqlx::query(statement).execute(&mut self.books().connect().await).await.unwrap();
        });
    }

    /// Runs several statements behind the server's back, on one connection.
    pub fn execute_all(&self, statements: impl SqlSafeStr + Send) {
        block_on(async {
            sqlx::raw_sql(statements).execute(&mut self.books().connect().await).await.unwrap();
        });
    }

    pub fn is_on_postgres(&self) -> bool {
        self.books().are_on_postgres()
    }

    /// Tries one statement behind the server's back, and says what speaks against it.
    pub fn try_execute(&self, statement: &'static str) -> Result<(), String> {
        let done = block_on(async {
            sqlx::query(statement).execute(&mut self.books().connect().await).await
        });
        done.map(drop).map_err(|refused| refused.to_string())
    }

    /// Counts behind the server's back.
    pub fn count(&self, query: &'static str) -> i64 {
        block_on(async {
            sqlx::query_scalar(query).fetch_one(&mut self.books().connect().await).await.unwrap()
        })
    }

    /// The reason for which the database refuses what is tried behind the server's back.
    pub fn refuses(&self, statements: &'static str) -> String {
        block_on(async {
            let mut connection = self.books().connect().await;
            let begin = self.books().begin_serializable();
            let mut transaction = connection.begin_with(begin).await.unwrap();
            let tried = transaction.execute(statements).await;
            tried.expect_err(statements).to_string()
        })
    }

    pub fn audit(&self) -> Report {
        self.books().audit(&self.clock)
    }

    pub fn books(&self) -> &Arc<Books> {
        self.books.as_ref().expect("books in memory cannot be opened twice")
    }

    /// A server on these books.
    pub fn start_on(books: Arc<Books>, clock: Clock) -> Self {
        Self::serve(books.database(), Some(books), clock, |_| {})
    }

    fn serve(
        database: Database,
        books: Option<Arc<Books>>,
        clock: Clock,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let mut settings = Settings::new(database, ORIGIN.parse().unwrap());
        (settings.clock, settings.webhooks) = (clock.clone(), to_loopback());
        settings.wallet_origin = WALLET.parse().unwrap();
        change(&mut settings);
        let (ready, started) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            block_on(async {
                let platform = Platform::open(settings).await.unwrap();
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                ready.send(listener.local_addr().unwrap()).unwrap();
                let stop = async { drop(stopped.await) };
                platform.serve(listener, None, stop).await;
            });
        });
        let address = started.recv().unwrap();
        Self { address, clock, books, stop: Some(stop), thread: Some(thread) }
    }

    fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Webhooks may be on this machine, as a developer's are.
pub fn to_loopback() -> WebhookSettings {
    WebhookSettings { to_loopback: true, ..WebhookSettings::default() }
}

pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}
