//! Everybody and everything, as the console lists it. No operation of the contract reads so widely.

use super::Connection;
use super::payments::Payment;

/// The most payments that are listed.
const PAYMENTS: i64 = 100;
/// The most people that are listed to sign in as.
const PEOPLE: i64 = 100;

/// An account, with the number of its keys that can be used and of its passkeys that count.
#[derive(sqlx::FromRow)]
pub(crate) struct ListedAccount {
    pub id: String,
    pub handle: Option<String>,
    pub name: String,
    pub kind: String,
    pub blocked_at: Option<i64>,
    pub keys: i64,
    pub passkeys: i64,
}

/// Every account, people and merchants before the platform's own.
pub(crate) async fn accounts(
    connection: &mut Connection,
) -> Result<Vec<ListedAccount>, sqlx::Error> {
    sqlx::query_as(
        "SELECT accounts.id, handles.handle, accounts.name, accounts.kind, accounts.blocked_at,
                (SELECT count(*) FROM keys WHERE keys.account = accounts.id AND revoked_at IS NULL)
                    AS keys,
                (SELECT count(*) FROM passkeys
                 WHERE passkeys.account = accounts.id AND status = 'active') AS passkeys
         FROM accounts LEFT JOIN handles ON handles.account = accounts.id
         ORDER BY CASE WHEN handles.handle IS NULL THEN 1 ELSE 0 END, accounts.created_at, accounts.id",
    )
    .fetch_all(connection)
    .await
}

/// Somebody to sign in as.
#[derive(sqlx::FromRow)]
pub(crate) struct ListedPerson {
    pub handle: String,
    pub account: String,
    pub name: String,
    pub passkeys: i64,
}

/// The people who have a handle, the earliest first.
pub(crate) async fn people(connection: &mut Connection) -> Result<Vec<ListedPerson>, sqlx::Error> {
    sqlx::query_as(
        "SELECT handles.handle, handles.account, accounts.name,
                (SELECT count(*) FROM passkeys
                 WHERE passkeys.account = accounts.id AND status = 'active') AS passkeys
         FROM accounts JOIN handles ON handles.account = accounts.id
         WHERE accounts.kind = 'person' ORDER BY accounts.created_at, accounts.id LIMIT $1",
    )
    .bind(PEOPLE)
    .fetch_all(connection)
    .await
}

/// The latest payments, newest first.
pub(crate) async fn payments(connection: &mut Connection) -> Result<Vec<Payment>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM standing_payments ORDER BY id DESC LIMIT $1")
        .bind(PAYMENTS)
        .fetch_all(connection)
        .await
}

/// A payment, whoever made it.
pub(crate) async fn payment(
    connection: &mut Connection,
    id: &str,
) -> Result<Option<Payment>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM standing_payments WHERE id = $1")
        .bind(id)
        .fetch_optional(connection)
        .await
}
