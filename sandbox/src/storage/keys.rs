//! The keys of people, and what each may do.

use xp2p::{Error, ErrorCode};

use super::Connection;
use crate::failure::Failure;

/// The role of a key that may pay anyone from its account.
pub(crate) const APPROVAL: &str = "approval";

/// A key that was enrolled.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Key {
    pub id: String,
    pub x: String,
    pub account: String,
    pub role: String,
    pub revoked_at: Option<i64>,
}

/// The key with this RFC 7638 thumbprint, if it may still be used.
pub(crate) async fn usable(connection: &mut Connection, id: &str) -> Result<Key, Failure> {
    match find(connection, id).await? {
        None => Err(Error::new(ErrorCode::KeyUnknown).at("keyid").into()),
        Some(key) if key.revoked_at.is_some() => {
            Err(Error::new(ErrorCode::KeyRevoked).at("keyid").into())
        }
        Some(key) => Ok(key),
    }
}

/// Enrols a key for an account. Once more for the same account changes nothing; for another account it
/// is refused, because the key would then say who asked in two ways.
pub(crate) async fn enrol(
    connection: &mut Connection,
    id: &str,
    x: &str,
    account: &str,
    now: i64,
) -> Result<Key, Failure> {
    sqlx::query(
        "INSERT INTO keys (id, x, account, role, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(id)
    .bind(x)
    .bind(account)
    .bind(APPROVAL)
    .bind(now)
    .execute(&mut *connection)
    .await?;
    let key = usable(connection, id).await.map_err(|failure| match failure {
        Failure::Refused(error) => error.at("jwk").into(),
        failure => failure,
    })?;
    if key.account != account {
        return Err(Error::new(ErrorCode::KeyNotAllowed).at("jwk").into());
    }
    Ok(key)
}

async fn find(connection: &mut Connection, id: &str) -> Result<Option<Key>, sqlx::Error> {
    sqlx::query_as("SELECT id, x, account, role, revoked_at FROM keys WHERE id = $1")
        .bind(id)
        .fetch_optional(connection)
        .await
}
