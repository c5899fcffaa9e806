//! Payments as they were made. A row is written once, with its receipt, and never changed; what was given
//! back is added up when it is read.

use xp2p::Amount;

use super::keys::{Key, Role};
use super::{Connection, new_id};
use crate::failure::Failure;
use crate::page::Page;
use crate::settings::amount_of;

/// A payment as it stands: a row of `standing_payments`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Payment {
    pub id: String,
    pub transfer: String,
    pub payer_handle: String,
    pub payer_account: String,
    pub payee_handle: String,
    pub payee_account: String,
    pub currency: String,
    pub minor: i64,
    pub reference: Option<String>,
    pub note: Option<String>,
    pub request_digest: String,
    pub checkout: Option<String>,
    pub link: Option<String>,
    pub asked_by: Option<String>,
    pub created_at: i64,
    pub receipt: String,
    /// What all refunds together have given back, and how many they are.
    pub refunded: i64,
    pub refunds: i64,
}

impl Payment {
    /// A new id for a payment and one for its transfer.
    pub fn new_ids() -> (String, String) {
        (new_id("pay"), new_id("transfer"))
    }

    /// How much was paid.
    pub fn amount(&self) -> Result<Amount, Failure> {
        amount_of(self.minor, &self.currency)
            .map_err(|_| Failure::Corrupt("a payment without an amount"))
    }
}

/// Writes a payment. Its legs must be in the ledger before.
pub(crate) async fn insert(
    connection: &mut Connection,
    payment: &Payment,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO payments
             (id, transfer, payer_handle, payer_account, payee_handle, payee_account, currency, minor,
              reference, note, request_digest, checkout, link, asked_by, created_at, receipt)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(&payment.id)
    .bind(&payment.transfer)
    .bind(&payment.payer_handle)
    .bind(&payment.payer_account)
    .bind(&payment.payee_handle)
    .bind(&payment.payee_account)
    .bind(&payment.currency)
    .bind(payment.minor)
    .bind(&payment.reference)
    .bind(&payment.note)
    .bind(&payment.request_digest)
    .bind(&payment.checkout)
    .bind(&payment.link)
    .bind(&payment.asked_by)
    .bind(payment.created_at)
    .bind(&payment.receipt)
    .execute(connection)
    .await?;
    Ok(())
}

/// The payment of a checkout, of which the database lets there be one at most.
pub(crate) async fn of_checkout(
    connection: &mut Connection,
    checkout: &str,
) -> Result<Option<Payment>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM standing_payments WHERE checkout = $1")
        .bind(checkout)
        .fetch_optional(connection)
        .await
}

/// Whether one account has ever paid another, under whatever handles. What was given back was paid too.
pub(crate) async fn has_paid(
    connection: &mut Connection,
    payer: &str,
    payee: &str,
) -> Result<bool, sqlx::Error> {
    let found = sqlx::query(
        "SELECT id FROM payments WHERE payer_account = $1 AND payee_account = $2 LIMIT 1",
    )
    .bind(payer)
    .bind(payee)
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

/// A payment that this key may see: an approval key those that its account made or got, another key those
/// that it asked for. Others' payments are not told apart from none.
pub(crate) async fn visible(
    connection: &mut Connection,
    id: &str,
    key: &Key,
) -> Result<Option<Payment>, sqlx::Error> {
    #[cfg(feature = "switches")]
    if !checks!(Visible) {
        return crate::careless::payment(connection, id).await;
    }
    sqlx::query_as(
        "SELECT * FROM standing_payments
         WHERE id = $1 AND (payer_account = $2 OR payee_account = $2 OR asked_by = $3)",
    )
    .bind(id)
    .bind(key.account.as_deref().filter(|_| key.role == Role::Approval))
    .bind(&key.id)
    .fetch_optional(connection)
    .await
}

/// The payments that this key may see, newest first; only that of one intent of this key's scope, if an
/// idempotency key is given.
pub(crate) async fn list(
    connection: &mut Connection,
    key: &Key,
    idempotency_key: Option<&str>,
    page: &Page,
) -> Result<Vec<Payment>, sqlx::Error> {
    #[cfg(feature = "switches")]
    if !checks!(ListVisible) {
        return crate::careless::everybodys_payments(connection, page).await;
    }
    sqlx::query_as(
        "SELECT * FROM standing_payments
         WHERE (payer_account = $1 OR payee_account = $1 OR asked_by = $2)
           AND ($3 IS NULL OR id < $3)
           AND ($4 IS NULL OR id IN
                (SELECT payment FROM answers WHERE scope = $5 AND idempotency_key = $4))
         ORDER BY id DESC LIMIT $6",
    )
    .bind(key.account.as_deref().filter(|_| key.role == Role::Approval))
    .bind(&key.id)
    .bind(page.before())
    .bind(idempotency_key.filter(|_| checks!(ListIntent)))
    .bind(key.scope())
    .bind(page.reach())
    .fetch_all(connection)
    .await
}
