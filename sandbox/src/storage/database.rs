//! Where the books are kept, and everything in which SQLite and PostgreSQL differ. All else is said
//! once, in statements that both take.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteError;

/// Where the books are kept.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A SQLite file.
    File(PathBuf),
    /// SQLite in memory: one process, and gone with it.
    Memory,
}

/// What one of the databases wants to be told in its own words.
pub(super) struct Dialect {
    /// What every connection begins with.
    pub session: &'static [&'static str],
    pub begin_reading: &'static str,
    pub begin_writing: &'static str,
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
    migrations: sqlx::migrate!("migrations/sqlite"),
};

impl Database {
    pub(super) fn dialect(&self) -> &'static Dialect {
        match self {
            Self::File(_) | Self::Memory => &SQLITE,
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
        }
    }
}

impl FromStr for Database {
    type Err = String;

    /// Reads a file name, or `:memory:`. What is refused is not repeated, for it may hold a password.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once("://") {
            None if text == ":memory:" => Ok(Self::Memory),
            None if text.is_empty() => Err("the name of the database is empty".into()),
            None => Ok(Self::File(text.into())),
            Some((scheme, _)) => Err(format!("there is no database for `{scheme}://`")),
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Memory => f.write_str(":memory:"),
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
    if error.try_downcast_ref::<SqliteError>().is_some() {
        // SQLITE_BUSY and its extended codes, whose low byte is 5.
        return code.parse::<i32>().is_ok_and(|code| code & 0xff == 5);
    }
    false
}
