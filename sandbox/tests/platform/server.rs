//! A server in this process, on books of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;
use xp2p_sandbox::{Clock, Database, Limits, Platform, Report, Settings};

use crate::books::Books;

/// What signatures cover. It is not where the server listens, so every test shows that the server takes
/// its origin from its settings.
pub const ORIGIN: &str = "https://platform.example";

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
        Self::serve(Database::Memory, None, Clock::system(), Limits::default())
    }

    /// A server that allows its clients so much.
    pub fn start_with(limits: Limits) -> Self {
        let books = Arc::new(Books::new());
        Self::serve(books.database(), Some(books), Clock::system(), limits)
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
    pub fn execute(&self, statement: &'static str) {
        block_on(async {
            sqlx::query(statement).execute(&mut self.books().connect().await).await.unwrap();
        });
    }

    /// Counts behind the server's back.
    pub fn count(&self, query: &'static str) -> i64 {
        block_on(async {
            sqlx::query_scalar(query).fetch_one(&mut self.books().connect().await).await.unwrap()
        })
    }

    pub fn audit(&self) -> Report {
        self.books().audit(&self.clock)
    }

    fn books(&self) -> &Arc<Books> {
        self.books.as_ref().expect("books in memory cannot be opened twice")
    }

    /// A server on these books.
    pub fn start_on(books: Arc<Books>, clock: Clock) -> Self {
        Self::serve(books.database(), Some(books), clock, Limits::default())
    }

    fn serve(database: Database, books: Option<Arc<Books>>, clock: Clock, limits: Limits) -> Self {
        let public_origin = ORIGIN.parse().unwrap();
        let settings =
            Settings { clock: clock.clone(), limits, ..Settings::new(database, public_origin) };
        let (ready, started) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            block_on(async {
                let platform = Platform::open(settings).await.unwrap();
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                ready.send(listener.local_addr().unwrap()).unwrap();
                let stop = async { drop(stopped.await) };
                platform.serve(listener, stop).await;
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

pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}
