//! The database: one writer, several readers, each statement in the file that tells its story.
//!
//! Statements use `$1` placeholders and standard SQL, so that a second database needs its own
//! migrations and little else.

pub(crate) mod accounts;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod payments;
pub(crate) mod replay;
pub(crate) mod seed;
pub(crate) mod statement;

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool,
    SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Transaction};
use uuid::Uuid;

/// What a statement runs on: a connection, alone or inside a transaction.
pub(crate) type Connection = SqliteConnection;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How long a writer waits for another process that holds the database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a request waits for a connection before the client is told to come back.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
const READERS: u32 = 4;

/// The open database.
pub(crate) struct Storage {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Storage {
    /// Opens the file, and makes it if it is not there.
    pub async fn open(file: &Path) -> Result<Self, sqlx::Error> {
        Self::connect(file, true).await
    }

    /// Opens the file only if it is there.
    pub async fn open_existing(file: &Path) -> Result<Self, sqlx::Error> {
        Self::connect(file, false).await
    }

    /// Brings the tables to this program's version.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        MIGRATIONS.run(&self.writer).await
    }

    /// Begins a transaction that writes. Writers come one after the other: IMMEDIATE takes SQLite's
    /// write lock before the first read, so that nothing read can have changed by the commit.
    pub async fn write(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.writer.begin_with("BEGIN IMMEDIATE").await
    }

    /// Begins a transaction that reads one state of the database.
    pub async fn read(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.readers.begin().await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), sqlx::Error> {
        sqlx::query("SELECT 1").execute(&self.readers).await.map(drop)
    }

    /// Waits for the connections to end, the last of which empties the write-ahead log.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn connect(file: &Path, create: bool) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(create)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // An answered payment must outlive a power cut, not only a crash of this process.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .disable_statement_logging();
        let pool =
            |size| SqlitePoolOptions::new().max_connections(size).acquire_timeout(ACQUIRE_TIMEOUT);
        let writer = pool(1).connect_with(options.clone()).await?;
        let readers = pool(READERS).connect_with(options).await?;
        Ok(Self { writer, readers })
    }
}

/// A new id such as `pay_0198f0a6b3c97d2e8f4a5b6c7d8e9f01`: RFC 9562 version 7, so that ids sort by time.
pub(crate) fn new_id(prefix: &str) -> String {
    format!("{prefix}_{}", Uuid::now_v7().simple())
}
