//! Holds: amounts that are set aside, each by one transfer, and given back by another.

use super::Connection;

/// Where held money is: an account that may not be in debt.
pub(crate) const HOLDING: &str = "acct_holding";

/// An amount that is set aside.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Hold {
    pub id: String,
    /// Whose money it is.
    pub account: String,
    pub currency: String,
    pub minor: i64,
    /// The transfer that placed it.
    pub placed: String,
    /// The checkout that it is held for.
    pub checkout: String,
    pub due_at: i64,
}

/// What an account has in one currency, in minor units.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Standing {
    pub currency: String,
    pub available: i64,
    pub held: i64,
}

/// Writes a hold. Its transfer must be in the ledger before.
pub(crate) async fn insert(connection: &mut Connection, hold: &Hold) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO holds (id, account, currency, minor, placed, checkout, due_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&hold.id)
    .bind(&hold.account)
    .bind(&hold.currency)
    .bind(hold.minor)
    .bind(&hold.placed)
    .bind(&hold.checkout)
    .bind(hold.due_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes the transfer that gave a hold back.
pub(crate) async fn release(
    connection: &mut Connection,
    hold: &Hold,
    transfer: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE holds SET released = $1 WHERE id = $2")
        .bind(transfer)
        .bind(&hold.id)
        .execute(connection)
        .await?;
    Ok(())
}

/// What is held for a checkout and was not given back.
pub(crate) async fn open_for(
    connection: &mut Connection,
    checkout: &str,
) -> Result<Option<Hold>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, account, currency, minor, placed, checkout, due_at FROM holds
         WHERE checkout = $1 AND released IS NULL",
    )
    .bind(checkout)
    .fetch_optional(connection)
    .await
}

/// Some of the checkouts whose hold is to end.
pub(crate) async fn due(connection: &mut Connection, now: i64) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT checkout FROM holds WHERE released IS NULL AND due_at <= $1
         ORDER BY due_at LIMIT 100",
    )
    .bind(now)
    .fetch_all(connection)
    .await
}

/// What an account has, and what of it is held, in every currency it ever had.
pub(crate) async fn standings(
    connection: &mut Connection,
    account: &str,
) -> Result<Vec<Standing>, sqlx::Error> {
    sqlx::query_as(
        "SELECT balances.currency, balances.minor AS available,
                CAST(coalesce((
                    SELECT sum(holds.minor) FROM holds
                    WHERE holds.account = balances.account AND holds.currency = balances.currency
                      AND holds.released IS NULL
                ), 0) AS BIGINT) AS held
         FROM balances WHERE balances.account = $1 ORDER BY balances.currency",
    )
    .bind(account)
    .fetch_all(connection)
    .await
}
