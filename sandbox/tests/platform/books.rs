//! A database of a test's own.

use sqlx::{AnyConnection, Connection};
use tempfile::TempDir;
use xp2p_sandbox::{Clock, Database, Report};

use crate::server::block_on;

pub struct Books {
    directory: TempDir,
}

impl Books {
    /// Books in which nothing is written yet.
    pub fn new() -> Self {
        Self { directory: TempDir::new().unwrap() }
    }

    /// What a sandbox is started with.
    pub fn database(&self) -> Database {
        Database::File(self.directory.path().join("sandbox.sqlite"))
    }

    /// The same as text, for a command line.
    pub fn location(&self) -> String {
        self.database().to_string()
    }

    /// A connection behind the sandbox's back.
    pub async fn connect(&self) -> AnyConnection {
        sqlx::any::install_default_drivers();
        AnyConnection::connect(&format!("sqlite://{}", self.location())).await.unwrap()
    }

    pub fn audit(&self, clock: &Clock) -> Report {
        block_on(xp2p_sandbox::audit(&self.database(), clock)).unwrap()
    }
}
