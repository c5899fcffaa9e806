//! The ledger as a developer reads it: balances, the latest legs, and the sums that must be zero.

use super::Connection;

/// The most legs that are shown at once.
const LEGS: i64 = 200;

/// Whose part of the ledger is wanted. System accounts, which have no handle, are known by their name.
#[derive(Default)]
pub(crate) struct Filter<'a> {
    pub payment: Option<&'a str>,
    pub handle: Option<&'a str>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct Balance {
    pub handle: String,
    pub account: String,
    pub currency: String,
    pub minor: i64,
}

#[derive(sqlx::FromRow)]
pub(crate) struct ShownLeg {
    pub transfer: String,
    pub payment: Option<String>,
    pub handle: String,
    pub account: String,
    pub currency: String,
    pub minor: i64,
    pub created_at: i64,
}

#[derive(sqlx::FromRow)]
pub(crate) struct Sum {
    pub currency: String,
    pub minor: i64,
}

/// What every account has, in the currencies it ever had.
pub(crate) async fn balances(
    connection: &mut Connection,
    filter: &Filter<'_>,
) -> Result<Vec<Balance>, sqlx::Error> {
    sqlx::query_as(
        "SELECT coalesce(handles.handle, accounts.name) AS handle, accounts.id AS account,
                coalesce(balances.currency, 'EUR') AS currency, coalesce(balances.minor, 0) AS minor
         FROM accounts
         LEFT JOIN handles ON handles.account = accounts.id
         LEFT JOIN balances ON balances.account = accounts.id
         WHERE $1 IS NULL OR coalesce(handles.handle, accounts.name) = $1
         ORDER BY accounts.id, balances.currency",
    )
    .bind(filter.handle)
    .fetch_all(connection)
    .await
}

/// The latest legs, in the order in which they were written.
pub(crate) async fn legs(
    connection: &mut Connection,
    filter: &Filter<'_>,
) -> Result<Vec<ShownLeg>, sqlx::Error> {
    let mut legs: Vec<ShownLeg> = sqlx::query_as(
        "SELECT legs.transfer, coalesce(payments.id, refunds.payment) AS payment,
                coalesce(handles.handle, accounts.name) AS handle, legs.account, legs.currency,
                legs.minor, transfers.created_at
         FROM legs
         JOIN transfers ON transfers.id = legs.transfer
         JOIN accounts ON accounts.id = legs.account
         LEFT JOIN handles ON handles.account = legs.account
         LEFT JOIN payments ON payments.transfer = legs.transfer
         LEFT JOIN refunds ON refunds.transfer = legs.transfer
         WHERE ($1 IS NULL OR coalesce(payments.id, refunds.payment) = $1)
           AND ($2 IS NULL OR coalesce(handles.handle, accounts.name) = $2)
         ORDER BY legs.id DESC LIMIT $3",
    )
    .bind(filter.payment)
    .bind(filter.handle)
    .bind(LEGS)
    .fetch_all(connection)
    .await?;
    legs.reverse();
    Ok(legs)
}

/// The sum of all legs by currency. Anything but zero is a fault.
pub(crate) async fn sums(connection: &mut Connection) -> Result<Vec<Sum>, sqlx::Error> {
    sqlx::query_as(
        "SELECT currency, CAST(sum(minor) AS BIGINT) AS minor FROM legs
         GROUP BY currency ORDER BY currency",
    )
    .fetch_all(connection)
    .await
}
