//! Accounts, and the handles people know them by.

use serde::Serialize;
use xp2p::Handle;

use super::Connection;
use crate::look_alike::skeleton;

/// An account with the handle it has at this moment: `Payee` of the contract.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub(crate) struct Holder {
    pub handle: String,
    pub account: String,
    pub name: String,
    pub kind: String,
    #[serde(skip)]
    pub blocked_at: Option<i64>,
}

/// Who a handle belongs to.
pub(crate) async fn by_handle(
    connection: &mut Connection,
    handle: &str,
) -> Result<Option<Holder>, sqlx::Error> {
    #[cfg(feature = "switches")]
    let handle = crate::careless::known_handle(connection, handle).await?;
    sqlx::query_as(
        "SELECT handles.handle, accounts.id AS account, accounts.name, accounts.kind,
                accounts.blocked_at
         FROM handles JOIN accounts ON accounts.id = handles.account WHERE handles.handle = $1",
    )
    .bind(handle)
    .fetch_optional(connection)
    .await
}

/// Which handle an account has, with its name.
pub(crate) async fn by_id(
    connection: &mut Connection,
    account: &str,
) -> Result<Option<Holder>, sqlx::Error> {
    sqlx::query_as(
        "SELECT handles.handle, accounts.id AS account, accounts.name, accounts.kind,
                accounts.blocked_at
         FROM handles JOIN accounts ON accounts.id = handles.account WHERE accounts.id = $1",
    )
    .bind(account)
    .fetch_optional(connection)
    .await
}

/// Opens an account, unless it is there already. Says whether it is new.
pub(crate) async fn open(
    connection: &mut Connection,
    account: &str,
    kind: &str,
    name: &str,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let opened = sqlx::query(
        "INSERT INTO accounts (id, kind, name, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(account)
    .bind(kind)
    .bind(name)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(opened.rows_affected() == 1)
}

/// Gives an account this handle, and frees the one that it had. Says whether it may have it.
///
/// A skeleton belongs for ever to the handle that had it first: a freed handle may be given again as it
/// was written, and nothing that looks like a handle of today or of the past.
pub(crate) async fn name(
    connection: &mut Connection,
    account: &str,
    handle: &Handle,
) -> Result<bool, sqlx::Error> {
    sqlx::query("UPDATE handles SET account = NULL WHERE account = $1")
        .bind(account)
        .execute(&mut *connection)
        .await?;
    let again =
        sqlx::query("UPDATE handles SET account = $1 WHERE handle = $2 AND account IS NULL")
            .bind(account)
            .bind(handle.as_str())
            .execute(&mut *connection)
            .await?;
    if again.rows_affected() == 1 {
        return Ok(true);
    }
    let new = sqlx::query(
        "INSERT INTO handles (handle, skeleton, account) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(handle.as_str())
    .bind(skeleton(handle))
    .bind(account)
    .execute(connection)
    .await?;
    Ok(new.rows_affected() == 1)
}

/// Blocks an account: from now on it neither pays nor is paid.
pub(crate) async fn block(
    connection: &mut Connection,
    account: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE accounts SET blocked_at = $2 WHERE id = $1 AND blocked_at IS NULL")
        .bind(account)
        .bind(now)
        .execute(connection)
        .await?;
    Ok(())
}
