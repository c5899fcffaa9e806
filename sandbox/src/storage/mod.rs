//! The database: one writer, several readers, each statement in the file that tells its story.
//!
//! Statements use `$1` placeholders and SQL that SQLite and PostgreSQL share; what they do not share is
//! in `database.rs` and in `migrations/`. What passes between them and us is text, 64-bit integers and
//! bytes, and for those sqlx's `Any` driver does the same on both.

pub(crate) mod accounts;
pub(crate) mod blocks;
pub(crate) mod checkouts;
pub(crate) mod database;
pub(crate) mod deliveries;
pub(crate) mod delivery_log;
pub(crate) mod development;
pub(crate) mod holds;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod links;
pub(crate) mod overview;
pub(crate) mod pages;
pub(crate) mod passkey_challenges;
pub(crate) mod passkeys;
pub(crate) mod payments;
pub(crate) mod platform_keys;
pub(crate) mod refunds;
pub(crate) mod replay;
pub(crate) mod seed;
pub(crate) mod statement;
pub(crate) mod webhooks;

use std::str::FromStr;
#[cfg(feature = "switches")]
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

#[cfg(feature = "switches")]
use sqlx::AssertSqlSafe;
use sqlx::any::{Any, AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::MigrateError;
use sqlx::{AnyConnection, AnyPool, ConnectOptions, Connection as _, Transaction};
use uuid::Uuid;

use crate::failure::Failure;
use database::{Database, Dialect};

/// What a statement runs on: a connection, alone or inside a transaction.
pub(crate) type Connection = AnyConnection;

/// How long a request waits for a connection before the client is told to come back.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
const READERS: u32 = 4;
/// How often a transaction is tried while other processes hold the database.
const ATTEMPTS: u32 = 4;

/// The open database.
#[derive(Clone)]
pub(crate) struct Storage {
    dialect: &'static Dialect,
    writer: AnyPool,
    readers: AnyPool,
}

impl Storage {
    /// Opens the database. A file is made if it is not there.
    pub async fn open(database: &Database) -> Result<Self, sqlx::Error> {
        Self::connect(database, true).await
    }

    /// Opens a file only if it is there.
    pub async fn open_existing(database: &Database) -> Result<Self, sqlx::Error> {
        Self::connect(database, false).await
    }

    /// Brings the tables to this program's version.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        let Dialect { migrations, queue, .. } = self.dialect;
        if queue.is_some() {
            // sqlx lets one process at a time do it, by a lock that PostgreSQL has and SQLite has not.
            return migrations.run(&self.writer).await;
        }
        let mut transaction = self.write().await?;
        migrations.run(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }

    /// Begins a transaction that writes. Writers come one after the other.
    pub async fn write(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        let mut transaction = self.writer.begin_with(self.dialect.begin_writing).await?;
        // Not together with BEGIN: whoever is interrupted while waiting must already be known to be in a
        // transaction, so that the connection ends it before somebody else gets it.
        if let Some(queue) = self.dialect.queue {
            sqlx::query(queue).execute(&mut *transaction).await?;
        }
        Ok(transaction)
    }

    /// Begins a transaction that reads one state of the database.
    pub async fn read(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        self.readers.begin_with(self.dialect.begin_reading).await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), sqlx::Error> {
        sqlx::query("SELECT 1").execute(&self.readers).await.map(drop)
    }

    /// Waits for the connections to end, the last of which empties SQLite's write-ahead log.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn connect(database: &Database, create: bool) -> Result<Self, sqlx::Error> {
        let (dialect, url) = (database.dialect(), database.url(create));
        if *database == Database::Memory {
            return Self::in_memory(dialect, &url).await;
        }
        let options = options(&url)?;
        // A pool that cannot connect would only say that it took too long.
        options.connect().await?.close().await?;
        let writer = pool(dialect, 1).connect_with(options.clone()).await?;
        let readers = pool(dialect, READERS).connect_with(options).await?;
        Ok(Self { dialect, writer, readers })
    }

    async fn in_memory(dialect: &'static Dialect, url: &str) -> Result<Self, sqlx::Error> {
        // A second connection would be a second database, and the first one must never end.
        let only = pool(dialect, 1).idle_timeout(None).max_lifetime(None);
        let only = only.connect_with(options(url)?).await?;
        Ok(Self { dialect, writer: only.clone(), readers: only })
    }

    /// Another database in memory, with everything that this one holds, which is SQLite.
    #[cfg(feature = "switches")]
    pub async fn copied(&self) -> Result<Self, sqlx::Error> {
        static COPIES: AtomicU64 = AtomicU64::new(0);
        let number = COPIES.fetch_add(1, Ordering::Relaxed);
        // SQLite's file system in memory keeps what has a name while somebody has it open.
        let copy =
            Self::in_memory(self.dialect, &format!("sqlite:/copy-{number}?vfs=memdb")).await?;
        let into = format!("VACUUM INTO 'file:/copy-{number}?vfs=memdb&mode=rwc&cache=private'");
        sqlx::query(AssertSqlSafe(into)).execute(&self.writer).await?;
        Ok(copy)
    }
}

fn options(url: &str) -> Result<AnyConnectOptions, sqlx::Error> {
    sqlx::any::install_default_drivers();
    Ok(AnyConnectOptions::from_str(url)?.disable_statement_logging())
}

fn pool(dialect: &'static Dialect, size: u32) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(move |connection, _| Box::pin(begin_session(connection, dialect)))
}

async fn begin_session(
    connection: &mut Connection,
    dialect: &'static Dialect,
) -> Result<(), sqlx::Error> {
    for statement in dialect.session {
        sqlx::query(*statement).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Does a transaction again, a few times and a little later, if another writer was in the way.
pub(crate) async fn retry<T, W>(transaction: impl Fn() -> W) -> Result<T, Failure>
where
    W: Future<Output = Result<T, Failure>>,
{
    for attempt in 1..ATTEMPTS {
        match transaction().await {
            Err(failure) if failure.is_busy() => {
                tokio::time::sleep(Duration::from_millis(20 << attempt)).await;
            }
            done => return done,
        }
    }
    transaction().await
}

/// A new id such as `pay_0198f0a6b3c97d2e8f4a5b6c7d8e9f01`: RFC 9562 version 7, so that ids sort by time.
pub(crate) fn new_id(prefix: &str) -> String {
    format!("{prefix}_{}", Uuid::now_v7().simple())
}
