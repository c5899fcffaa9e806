//! A database of a test's own: a SQLite file or, when the tests run for the second time, a database on a
//! PostgreSQL server.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};
use tempfile::TempDir;
use xp2p_sandbox::{Clock, Database, Report};

use crate::server::block_on;

/// The server to make databases on, set for the second run: see `postgres.rs`.
pub const ON_POSTGRES: &str = "XP2P_TESTS_ON_POSTGRES";

pub enum Books {
    File(TempDir),
    Postgres { server: String, name: String },
}

impl Books {
    /// Books in which nothing is written yet.
    pub fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = std::env::var(ON_POSTGRES) else {
            return Self::File(TempDir::new().unwrap());
        };
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("xp2p_test_{}_{number}", std::process::id());
        administer(&server, format!("CREATE DATABASE {name}"));
        Self::Postgres { server, name }
    }

    /// Where they are, as on a command line.
    pub fn location(&self) -> String {
        match self {
            Self::File(directory) => {
                directory.path().join("sandbox.sqlite").to_str().unwrap().into()
            }
            Self::Postgres { server, name } => {
                let mut url: url::Url = server.parse().unwrap();
                url.set_path(name);
                url.into()
            }
        }
    }

    pub fn database(&self) -> Database {
        self.location().parse().unwrap()
    }

    /// A connection behind the sandbox's back.
    pub async fn connect(&self) -> AnyConnection {
        let scheme = if self.are_on_postgres() { "" } else { "sqlite://" };
        connect(&format!("{scheme}{}", self.location())).await
    }

    pub fn are_on_postgres(&self) -> bool {
        matches!(self, Self::Postgres { .. })
    }

    pub fn audit(&self, clock: &Clock) -> Report {
        block_on(xp2p_sandbox::audit(&self.database(), clock)).unwrap()
    }
}

impl Drop for Books {
    fn drop(&mut self) {
        if let Self::Postgres { server, name } = self {
            administer(server, format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

fn administer(server: &str, statement: String) {
    block_on(async {
        connect(server).await.execute(AssertSqlSafe(statement)).await.unwrap();
    });
}

async fn connect(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.unwrap()
}
