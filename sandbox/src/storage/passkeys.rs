//! The passkeys of accounts.

use super::Connection;
use crate::page::Page;

/// A passkey, from the moment somebody begins to add it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Passkey {
    pub id: String,
    pub account: String,
    /// The key that began to add it.
    pub key: String,
    pub label: Option<String>,
    /// What an authenticator knows the account by.
    pub user_handle: String,
    #[sqlx(try_from = "String")]
    pub status: Status,
    /// What the answer to its registration is verified with.
    pub registration: String,
    /// When it can no longer be added.
    pub expires_at: i64,
    /// What its answers are verified with, once it was added.
    pub credential: Option<String>,
    pub created_at: i64,
    pub last_used_at: Option<i64>,
    pub removed_at: Option<i64>,
}

/// Only forward, which the database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Begun,
    Active,
    Failed,
    Removed,
}

impl TryFrom<String> for Status {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match &*text {
            "begun" => Ok(Self::Begun),
            "active" => Ok(Self::Active),
            "failed" => Ok(Self::Failed),
            "removed" => Ok(Self::Removed),
            _ => Err(text),
        }
    }
}

/// What an authenticator gave, and what its answers are verified with from now on.
pub(crate) struct Credential {
    pub id: String,
    pub verifier: String,
    /// The signature counter: WebAuthn level 3 section 6.1.1.
    pub counter: i64,
}

/// Keeps what was begun.
pub(crate) async fn begin(
    connection: &mut Connection,
    passkey: &Passkey,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO passkeys
             (id, account, key, label, user_handle, status, registration, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, 'begun', $6, $7, $8)",
    )
    .bind(&passkey.id)
    .bind(&passkey.account)
    .bind(&passkey.key)
    .bind(&passkey.label)
    .bind(&passkey.user_handle)
    .bind(&passkey.registration)
    .bind(passkey.expires_at)
    .bind(passkey.created_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// A passkey of this account, in whatever state.
pub(crate) async fn find(
    connection: &mut Connection,
    account: &str,
    id: &str,
) -> Result<Option<Passkey>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM passkeys WHERE id = $1 AND account = $2")
        .bind(id)
        .bind(account)
        .fetch_optional(connection)
        .await
}

/// Those that count, the oldest first.
pub(crate) async fn active(
    connection: &mut Connection,
    account: &str,
) -> Result<Vec<Passkey>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM passkeys WHERE account = $1 AND status = 'active' ORDER BY id")
        .bind(account)
        .fetch_all(connection)
        .await
}

/// Those that count, newest first, a page of them.
pub(crate) async fn list(
    connection: &mut Connection,
    account: &str,
    page: &Page,
) -> Result<Vec<Passkey>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM passkeys
         WHERE account = $1 AND status = 'active' AND ($2 IS NULL OR id < $2)
         ORDER BY id DESC LIMIT $3",
    )
    .bind(account)
    .bind(page.before())
    .bind(page.reach())
    .fetch_all(connection)
    .await
}

/// What authenticators know the account by, if it ever had a passkey.
pub(crate) async fn user_handle(
    connection: &mut Connection,
    account: &str,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT user_handle FROM passkeys WHERE account = $1 ORDER BY id LIMIT 1")
        .bind(account)
        .fetch_optional(connection)
        .await
}

/// Has one count from now on. Says whether it is nobody's yet.
pub(crate) async fn activate(
    connection: &mut Connection,
    id: &str,
    credential: &Credential,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE passkeys SET status = 'active', credential_id = $2, credential = $3, counter = $4
         WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM passkeys WHERE credential_id = $2)",
    )
    .bind(id)
    .bind(&credential.id)
    .bind(&credential.verifier)
    .bind(credential.counter)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends what did not verify.
pub(crate) async fn fail(connection: &mut Connection, id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE passkeys SET status = 'failed' WHERE id = $1 AND status = 'begun'")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes that one answered. Says whether its counter has grown, where it has one.
///
/// The challenge was made earlier, and so was the counter that the library compares: another answer may
/// have come in between.
pub(crate) async fn used(
    connection: &mut Connection,
    id: &str,
    credential: &Credential,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE passkeys SET credential = $2, counter = $3, last_used_at = $4
         WHERE id = $1 AND status = 'active' AND credential_id = $5
           AND (counter < $3 OR counter = 0 AND $3 = 0)",
    )
    .bind(id)
    .bind(&credential.verifier)
    .bind(credential.counter)
    .bind(now)
    .bind(&credential.id)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Has one count no longer. One that was removed before stays as it is.
pub(crate) async fn remove(
    connection: &mut Connection,
    id: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE passkeys SET status = 'removed', removed_at = $2
         WHERE id = $1 AND status = 'active'",
    )
    .bind(id)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}
