//! Where the books are kept, and everything in which SQLite and PostgreSQL differ. All else is said
//! once, in statements that both take.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use sqlx::migrate::Migrator;
use sqlx::postgres::PgDatabaseError;
use url::Url;

/// Where the books are kept.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A SQLite file.
    File(PathBuf),
    /// SQLite in memory: one process, and gone with it.
    Memory,
    /// A database on a PostgreSQL server, which several processes may share.
    Postgres(Url),
}

/// What one of the databases wants to be told in its own words.
pub(super) struct Dialect {
    /// What every connection begins with.
    pub session: &'static [&'static str],
    pub begin_reading: &'static str,
    pub begin_writing: &'static str,
    /// What a writer waits for once it has begun.
    pub queue: Option<&'static str>,
    pub migrations: Migrator,
}

static SQLITE: Dialect = Dialect {
    session: &[
        "PRAGMA journal_mode = WAL",
        // An answered payment must outlive a power cut, not only a crash of this process.
        "PRAGMA synchronous = FULL",
        // How long a writer waits for another process that holds the file.
        "PRAGMA busy_timeout = 5000",
        "PRAGMA foreign_keys = ON",
    ],
    begin_reading: "BEGIN",
    // Takes the write lock before the first read, so that nothing read can have changed by the commit.
    begin_writing: "BEGIN IMMEDIATE",
    queue: None,
    migrations: sqlx::migrate!("migrations/sqlite"),
};

static POSTGRES: Dialect = Dialect {
    session: &[
        // How long a writer waits for another one.
        "SET lock_timeout = '5s'",
        // A process that is stuck or cut off must not keep the others from writing.
        "SET idle_in_transaction_session_timeout = '10s'",
    ],
    begin_reading: "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    // Holds whatever happens, also against somebody who writes without queueing.
    begin_writing: "BEGIN ISOLATION LEVEL SERIALIZABLE",
    // Lets our writers wait for each other, where without it all but one would fail and try again. Unlike
    // a SELECT, LOCK fixes no snapshot: what is read afterwards is what the writer before has left.
    queue: Some("LOCK TABLE writers IN EXCLUSIVE MODE"),
    migrations: sqlx::migrate!("migrations/postgres"),
};

impl Database {
    pub(super) fn dialect(&self) -> &'static Dialect {
        match self {
            Self::File(_) | Self::Memory => &SQLITE,
            Self::Postgres(_) => &POSTGRES,
        }
    }

    /// What the driver is asked for. A file is made if it is not there, or not, as `create` says.
    pub(super) fn url(&self, create: bool) -> String {
        match self {
            Self::File(file) => {
                let mode = if create { "rwc" } else { "rw" };
                // As a whole, `/` included: a URL would drop `link/..`, which leads elsewhere.
                let encoded: String = file
                    .to_string_lossy()
                    .bytes()
                    .map(|byte| match byte {
                        b'.' | b'-' | b'_' => char::from(byte).into(),
                        _ if byte.is_ascii_alphanumeric() => char::from(byte).into(),
                        _ => format!("%{byte:02X}"),
                    })
                    .collect();
                format!("sqlite:{encoded}?mode={mode}")
            }
            Self::Memory => "sqlite::memory:".into(),
            Self::Postgres(url) => url.to_string(),
        }
    }
}

impl FromStr for Database {
    type Err = String;

    /// Reads a file name, `:memory:`, or a URL such as `postgres://person:password@server/database`. What is refused is not repeated, for it may hold a password.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once("://") {
            None if text == ":memory:" => Ok(Self::Memory),
            None if text.is_empty() => Err("the name of the database is empty".into()),
            None => Ok(Self::File(text.into())),
            Some(("postgres" | "postgresql", _)) => {
                let unreadable =
                    |_| "the URL of the PostgreSQL database cannot be read".to_string();
                Url::parse(text).map(Self::Postgres).map_err(unreadable)
            }
            Some((scheme, _)) => Err(format!("there is no database for `{scheme}://`")),
        }
    }
}

impl fmt::Display for Database {
    /// Without the user, the password and the options of a URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Memory => f.write_str(":memory:"),
            Self::Postgres(url) => {
                let (server, port) =
                    (url.host_str().unwrap_or_default(), url.port().unwrap_or(5432));
                write!(f, "postgres://{server}:{port}{}", url.path())
            }
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({self})")
    }
}

/// Whether another writer was in the way. Nothing was changed then, and the same transaction can succeed
/// a moment later.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<PgDatabaseError>().is_some() {
        // serialization_failure, deadlock_detected, lock_not_available
        return matches!(&*code, "40001" | "40P01" | "55P03");
    }
    // SQLITE_BUSY and its extended codes, whose low byte is 5.
    code.parse::<i32>().is_ok_and(|code| code & 0xff == 5)
}

/// Whether the database is not there for us at this moment. What became of a transaction is not known
/// then: only the client, with another nonce, can try again.
pub(crate) fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
        sqlx::Error::Database(error) if error.try_downcast_ref::<PgDatabaseError>().is_some() => {
            let code = error.code().unwrap_or_default();
            // connection_exception, insufficient_resources, operator_intervention, and the timeout of an
            // idle transaction
            ["08", "53", "57", "25P03"].iter().any(|class| code.starts_with(class))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_read_and_shown_without_its_password() {
        let shown = |text: &str| text.parse::<Database>().map(|database| database.to_string());
        assert_eq!(shown("a/b.sqlite").as_deref(), Ok("a/b.sqlite"));
        assert_eq!(shown(":memory:").as_deref(), Ok(":memory:"));
        let server = "postgres://me:secret@db.example/books?password=secret";
        assert_eq!(shown(server).as_deref(), Ok("postgres://db.example:5432/books"));
        assert!(!format!("{:?}", server.parse::<Database>()).contains("secret"));
        for text in ["", "mysql://me:secret@db.example", "postgres://me:secret@db.example:x"] {
            assert!(!shown(text).unwrap_err().contains("secret"));
        }
    }
}
