//! Checkouts as they stand. Only their status and version ever change, and the triggers of the fifth
//! migration hold whoever writes to that.

use xp2p::{AccountId, Amount, PaymentIntent, PaymentRequest};

use super::Connection;
use super::keys::{Key, Role};
use super::pages::origin_is_registered;
use crate::failure::Failure;
use crate::settings::amount_of;

/// Where a checkout stands: `status` of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Created,
    /// A payer is looking at it.
    Opened,
    /// A payer agreed, and the platform settles it later.
    Approved,
    Paid,
    Declined,
    Cancelled,
    Expired,
}

impl Status {
    /// The status as it is written on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Opened => "opened",
            Self::Approved => "approved",
            Self::Paid => "paid",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Whether a payer may still decide.
    pub fn is_undecided(self) -> bool {
        matches!(self, Self::Created | Self::Opened)
    }

    /// Whether it never changes again.
    pub fn is_final(self) -> bool {
        !self.is_undecided() && self != Self::Approved
    }
}

impl TryFrom<String> for Status {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        use Status::*;
        [Created, Opened, Approved, Paid, Declined, Cancelled, Expired]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(text)
    }
}

/// A checkout, with what the platform knows of its payee.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Checkout {
    pub id: String,
    #[sqlx(try_from = "i64")]
    pub version: u32,
    #[sqlx(try_from = "String")]
    pub status: Status,
    /// The key that made it.
    pub asked_by: String,
    pub payee_handle: String,
    pub payee_account: String,
    pub payee_name: String,
    pub payee_kind: String,
    pub currency: String,
    pub minor: i64,
    pub reference: Option<String>,
    pub note: Option<String>,
    pub request_digest: String,
    pub origin: Option<String>,
    /// 1 where the payee had registered the origin.
    pub origin_verified: i64,
    pub return_url: Option<String>,
    pub state: Option<String>,
    pub created_at: i64,
    pub expires_at: i64,
}

impl Checkout {
    /// How much is asked for.
    pub fn amount(&self) -> Result<Amount, Failure> {
        amount_of(self.minor, &self.currency)
            .map_err(|_| Failure::Corrupt("a checkout without an amount"))
    }

    /// What is asked for.
    pub fn request(&self) -> Result<PaymentRequest, Failure> {
        let amount = self.amount()?;
        let read = || {
            let mut intent = PaymentIntent::new(&self.payee_handle, amount)?;
            if let Some(reference) = &self.reference {
                intent = intent.with_reference(reference)?;
            }
            if let Some(note) = &self.note {
                intent = intent.with_note(note)?;
            }
            Ok(intent.pin(AccountId::parse(&self.payee_account)?))
        };
        read().map_err(|_: xp2p::Error| Failure::Corrupt("a checkout that asks for nothing"))
    }

    /// Whether its time is over by the platform's clock and nobody has decided.
    pub fn is_overdue(&self, now: i64) -> bool {
        self.status.is_undecided() && self.expires_at <= now
    }
}

/// Writes a new checkout. Its payee's name and kind stand with the account.
pub(crate) async fn insert(
    connection: &mut Connection,
    checkout: &Checkout,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO checkouts
             (id, version, status, asked_by, payee_handle, payee_account, currency, minor, reference,
              note, request_digest, origin, origin_verified, return_url, state, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(&checkout.id)
    .bind(i64::from(checkout.version))
    .bind(checkout.status.as_str())
    .bind(&checkout.asked_by)
    .bind(&checkout.payee_handle)
    .bind(&checkout.payee_account)
    .bind(&checkout.currency)
    .bind(checkout.minor)
    .bind(&checkout.reference)
    .bind(&checkout.note)
    .bind(&checkout.request_digest)
    .bind(&checkout.origin)
    .bind(checkout.origin_verified)
    .bind(&checkout.return_url)
    .bind(&checkout.state)
    .bind(checkout.created_at)
    .bind(checkout.expires_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// The checkout with this id.
pub(crate) async fn find(
    connection: &mut Connection,
    id: &str,
) -> Result<Option<Checkout>, sqlx::Error> {
    sqlx::query_as(
        "SELECT checkouts.id, version, status, asked_by, payee_handle, payee_account,
                accounts.name AS payee_name, accounts.kind AS payee_kind, currency, minor, reference,
                note, request_digest, origin, origin_verified, return_url, state,
                checkouts.created_at, expires_at
         FROM checkouts JOIN accounts ON accounts.id = payee_account WHERE checkouts.id = $1",
    )
    .bind(id)
    .fetch_optional(connection)
    .await
}

/// Writes where a checkout stands now.
pub(crate) async fn update(
    connection: &mut Connection,
    checkout: &Checkout,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE checkouts SET status = $1, version = $2 WHERE id = $3")
        .bind(checkout.status.as_str())
        .bind(i64::from(checkout.version))
        .bind(&checkout.id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Some of the checkouts whose time is over and about which nobody has decided.
pub(crate) async fn overdue(
    connection: &mut Connection,
    now: i64,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT id FROM checkouts WHERE status IN ('created', 'opened') AND expires_at <= $1
         ORDER BY expires_at LIMIT 100",
    )
    .bind(now)
    .fetch_all(connection)
    .await
}

/// Whether a key is of the side that asked: the one that made the checkout, or one that is bound to an
/// origin of the payee, whose server may have made it. The checkout's id is what such a page was given.
pub(crate) async fn is_asked_by(
    connection: &mut Connection,
    checkout: &Checkout,
    key: &Key,
) -> Result<bool, sqlx::Error> {
    if checkout.asked_by == key.id {
        return Ok(true);
    }
    match &key.origin {
        Some(origin) if key.role != Role::Approval => {
            origin_is_registered(connection, &checkout.payee_account, origin).await
        }
        _ => Ok(false),
    }
}

/// The side that asked may read a checkout, and any wallet: a payer opens what a page hands over.
pub(crate) async fn visible(
    connection: &mut Connection,
    checkout: Option<Checkout>,
    key: &Key,
) -> Result<Option<Checkout>, sqlx::Error> {
    let Some(checkout) = checkout else { return Ok(None) };
    let asked = is_asked_by(connection, &checkout, key).await? && checks!(CheckoutToAsker);
    let wallet = key.role == Role::Approval && checks!(CheckoutToWallet);
    Ok((asked || wallet || !checks!(CheckoutVisible)).then_some(checkout))
}

/// Where a payee lets its payers be sent back to.
pub(crate) async fn return_urls(
    connection: &mut Connection,
    payee: &str,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT url FROM registered_return_urls WHERE account = $1")
        .bind(payee)
        .fetch_all(connection)
        .await
}
