//! Refunds: what was given back of a payment.

use super::payments::Payment;
use super::{Connection, new_id};
use crate::page::Page;

/// A refund.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Refund {
    pub id: String,
    pub payment: String,
    pub transfer: String,
    pub currency: String,
    pub minor: i64,
    pub note: Option<String>,
    pub created_at: i64,
}

impl Refund {
    /// So much of a payment, which is still to be moved.
    pub fn new(payment: &Payment, minor: i64, note: Option<&str>, now: i64) -> Self {
        Self {
            id: new_id("ref"),
            payment: payment.id.clone(),
            transfer: new_id("transfer"),
            currency: payment.currency.clone(),
            minor,
            note: note.map(Into::into),
            created_at: now,
        }
    }
}

/// Writes a refund. Its legs must be in the ledger before.
pub(crate) async fn insert(
    connection: &mut Connection,
    refund: &Refund,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO refunds (id, payment, transfer, currency, minor, note, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&refund.id)
    .bind(&refund.payment)
    .bind(&refund.transfer)
    .bind(&refund.currency)
    .bind(refund.minor)
    .bind(&refund.note)
    .bind(refund.created_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// The refunds of a payment, newest first.
pub(crate) async fn list(
    connection: &mut Connection,
    payment: &str,
    page: &Page,
) -> Result<Vec<Refund>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM refunds WHERE payment = $1 AND ($2 IS NULL OR id < $2)
         ORDER BY id DESC LIMIT $3",
    )
    .bind(payment)
    .bind(page.before())
    .bind(page.reach())
    .fetch_all(connection)
    .await
}
