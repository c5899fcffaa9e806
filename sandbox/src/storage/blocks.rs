//! Whom a payer has blocked.

use super::{Connection, new_id};
use crate::page::Page;

/// A block: of an account, or of a web origin.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Block {
    pub id: String,
    pub blocked_account: Option<String>,
    pub blocked_origin: Option<String>,
    pub created_at: i64,
    pub removed_at: Option<i64>,
}

/// What is blocked.
#[derive(Clone, Copy)]
pub(crate) enum Blocked<'a> {
    Account(&'a str),
    Origin(&'a str),
}

impl<'a> Blocked<'a> {
    fn columns(self) -> (Option<&'a str>, Option<&'a str>) {
        match self {
            Self::Account(account) => (Some(account), None),
            Self::Origin(origin) => (None, Some(origin)),
        }
    }
}

/// Blocks, unless it is blocked already.
pub(crate) async fn put(
    connection: &mut Connection,
    account: &str,
    blocked: Blocked<'_>,
    now: i64,
) -> Result<Block, sqlx::Error> {
    if let Some(block) = standing(connection, account, blocked).await?
        && checks!(BlockOnce)
    {
        return Ok(block);
    }
    let (blocked_account, blocked_origin) = blocked.columns();
    let block = Block {
        id: new_id("blk"),
        blocked_account: blocked_account.map(Into::into),
        blocked_origin: blocked_origin.map(Into::into),
        created_at: now,
        removed_at: None,
    };
    sqlx::query(
        "INSERT INTO blocks (id, account, blocked_account, blocked_origin, created_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&block.id)
    .bind(account)
    .bind(&block.blocked_account)
    .bind(&block.blocked_origin)
    .bind(block.created_at)
    .execute(connection)
    .await?;
    Ok(block)
}

/// The block that stands, if there is one.
pub(crate) async fn standing(
    connection: &mut Connection,
    account: &str,
    blocked: Blocked<'_>,
) -> Result<Option<Block>, sqlx::Error> {
    #[cfg(feature = "switches")]
    if !checks!(BlockRemoved) {
        return crate::careless::any_block(connection, account).await;
    }
    let (blocked_account, blocked_origin) = blocked.columns();
    sqlx::query_as(
        "SELECT * FROM blocks
         WHERE account = $1 AND removed_at IS NULL AND (blocked_account = $2 OR blocked_origin = $3)",
    )
    .bind(account)
    .bind(blocked_account)
    .bind(blocked_origin)
    .fetch_optional(connection)
    .await
}

/// The blocks that stand, newest first.
pub(crate) async fn list(
    connection: &mut Connection,
    account: &str,
    page: &Page,
) -> Result<Vec<Block>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM blocks
         WHERE account = $1 AND removed_at IS NULL AND ($2 IS NULL OR id < $2)
         ORDER BY id DESC LIMIT $3",
    )
    .bind(account)
    .bind(page.before())
    .bind(page.reach())
    .fetch_all(connection)
    .await
}

/// Removes a block of this account. One that was removed before stays as it is.
pub(crate) async fn remove(
    connection: &mut Connection,
    account: &str,
    id: &str,
    now: i64,
) -> Result<Option<Block>, sqlx::Error> {
    sqlx::query(
        "UPDATE blocks SET removed_at = $3 WHERE id = $1 AND account = $2 AND removed_at IS NULL",
    )
    .bind(id)
    .bind(account)
    .bind(now)
    .execute(&mut *connection)
    .await?;
    sqlx::query_as("SELECT * FROM blocks WHERE id = $1 AND account = $2")
        .bind(id)
        .bind(account)
        .fetch_optional(connection)
        .await
}
