//! A server in this process, on a file of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;
use tokio::sync::oneshot;
use xp2p_sandbox::{Clock, Platform, Report, Settings};

/// What signatures cover. It is not where the server listens, so every test shows that the server takes
/// its origin from its settings.
pub const ORIGIN: &str = "https://platform.example";

pub struct Server {
    pub address: SocketAddr,
    pub clock: Clock,
    directory: Arc<TempDir>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub fn start() -> Self {
        Self::start_in(Arc::new(TempDir::new().unwrap()), Clock::system())
    }

    /// Stops, and starts again on the same file.
    pub fn restart(mut self) -> Self {
        self.stop();
        Self::start_in(self.directory.clone(), self.clock.clone())
    }

    /// Another server on the same file.
    pub fn beside(&self) -> Self {
        Self::start_in(self.directory.clone(), self.clock.clone())
    }

    pub fn database(&self) -> PathBuf {
        self.directory.path().join("sandbox.sqlite")
    }

    /// Runs one statement behind the server's back.
    pub fn execute(&self, statement: &'static str) {
        block_on(async {
            sqlx::query(statement).execute(&mut self.connect().await).await.unwrap();
        });
    }

    /// Counts behind the server's back.
    pub fn count(&self, query: &'static str) -> i64 {
        block_on(async {
            sqlx::query_scalar(query).fetch_one(&mut self.connect().await).await.unwrap()
        })
    }

    pub fn audit(&self) -> Report {
        block_on(xp2p_sandbox::audit(&self.database(), &self.clock)).unwrap()
    }

    async fn connect(&self) -> SqliteConnection {
        let url = format!("sqlite://{}", self.database().display());
        SqliteConnection::connect(&url).await.unwrap()
    }

    fn start_in(directory: Arc<TempDir>, clock: Clock) -> Self {
        let settings = Settings {
            database: directory.path().join("sandbox.sqlite"),
            public_origin: ORIGIN.parse().unwrap(),
            clock: clock.clone(),
        };
        let (ready, started) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            block_on(async {
                let platform = Platform::open(settings).await.unwrap();
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                ready.send(listener.local_addr().unwrap()).unwrap();
                let stop = async { drop(stopped.await) };
                platform.serve(listener, stop).await.unwrap();
            });
        });
        let address = started.recv().unwrap();
        Self { address, clock, directory, stop: Some(stop), thread: Some(thread) }
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
