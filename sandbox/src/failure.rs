//! The two ways a request can fail: the platform refuses it, or the platform itself fails.

use xp2p::{Error, ErrorCode};

use crate::storage::database;

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A rule of the contract: the client learns it.
    #[error(transparent)]
    Refused(#[from] Error),
    /// Not now: nothing was done, and nothing is kept, so that it can be tried again.
    #[error("{}, try again after {seconds} s", code.message())]
    Later { code: ErrorCode, seconds: u64 },
    /// The database: the client learns only whether to try again.
    #[error("storage: {0}")]
    Storage(#[from] sqlx::Error),
    /// Something in the database that no version of this program writes.
    #[error("stored data is wrong: {0}")]
    Corrupt(&'static str),
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Randomness,
}

impl Failure {
    /// Whether another writer was in the way, so that the same transaction can succeed a moment later.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Storage(error) if database::is_busy(error))
    }

    /// What the client is told. The cause of a failure of our own goes to the log and nowhere else.
    pub fn into_error(self) -> Error {
        match self {
            Self::Refused(error) => error,
            Self::Later { code, .. } => code.into(),
            Self::Storage(cause) if database::is_away(&cause) => {
                tracing::warn!(%cause, "the database is away");
                ErrorCode::Unavailable.into()
            }
            busy if busy.is_busy() => {
                tracing::warn!(cause = %busy, "the database stayed busy");
                ErrorCode::Unavailable.into()
            }
            failure => {
                tracing::error!(cause = %failure, "a request failed");
                ErrorCode::Internal.into()
            }
        }
    }
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self::Refused(code.into())
    }
}

/// Why the sandbox could not start, or not be audited.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database could not be opened, or not be brought up to date.
    #[error("the database cannot be used: {0}")]
    Database(String),
    /// The tables are of another version of the sandbox.
    #[error(
        "the database was made by another version of the sandbox: name another one with --database, or \
         delete it, for it holds only play money"
    )]
    OtherVersion,
    /// The operating system gave no random bytes for the receipt key.
    #[error("the operating system gave no random bytes")]
    Randomness,
    /// A certificate that was to be trusted cannot be read.
    #[error("a certificate cannot be used: {0}")]
    Certificates(String),
}

impl From<sqlx::Error> for StartError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<sqlx::migrate::MigrateError> for StartError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError::{VersionMismatch, VersionMissing};
        match error {
            VersionMismatch(_) | VersionMissing(_) => Self::OtherVersion,
            error => Self::Database(error.to_string()),
        }
    }
}
