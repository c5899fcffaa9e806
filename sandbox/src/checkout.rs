//! A checkout's life: each step forward, who is told of it, and how it is shown.

use serde::Serialize;
use serde_json::Value;
use xp2p::PaymentRequest;

use crate::Platform;
use crate::books::{Books, OpenBooks};
use crate::failure::Failure;
use crate::news::{self, News};
use crate::receipt::AmountText;
use crate::settings::{ENVIRONMENT, Origin};
use crate::settlement::{Purpose, payment_body};
use crate::storage::checkouts::{self, Checkout, Status};
use crate::storage::{self, Connection, payments};

/// Takes a checkout one step forward, and tells its payee.
pub(crate) async fn advance(
    books: &mut impl OpenBooks,
    checkout: &mut Checkout,
    status: Status,
) -> Result<(), Failure> {
    let mut books = books.books();
    checkout.status = status;
    checkout.version += 1;
    if checks!(CheckoutSteps) {
        checkouts::update(books.connection, checkout).await?;
    }
    let news = match status {
        Status::Created | Status::Approved => return Ok(()),
        Status::Opened => News::CheckoutOpened,
        Status::Paid => News::CheckoutPaid,
        Status::Declined => News::CheckoutDeclined,
        Status::Cancelled => News::CheckoutCancelled,
        Status::Expired => News::CheckoutExpired,
    };
    let body = checkout_body(books.connection, &books.platform.wallet_origin, checkout).await?;
    news::tell(&mut books, &checkout.payee_account, news, checkout.version, &body).await
}

/// The checkout as it stands by the platform's clock: whoever touches one whose time is over ends it.
pub(crate) async fn current(
    books: &mut impl OpenBooks,
    id: &str,
) -> Result<Option<Checkout>, Failure> {
    let mut books = books.books();
    let Some(mut checkout) = checkouts::find(books.connection, id).await? else {
        return Ok(None);
    };
    if checkout.is_overdue(books.now) {
        advance(&mut books, &mut checkout, Status::Expired).await?;
    }
    Ok(Some(checkout))
}

/// Ends a checkout if its time is over.
pub(crate) async fn expire(platform: &Platform, id: &str) -> Result<(), Failure> {
    storage::retry(|| async {
        let mut transaction = platform.storage.write().await?;
        let now = platform.clock.now();
        current(&mut Books { platform, connection: &mut transaction, now }, id).await?;
        Ok(transaction.commit().await?)
    })
    .await
}

/// What is paid when a payer agrees to a checkout. Its receipt says what was asked, and from where.
pub(crate) fn purpose<'a>(
    checkout: &'a Checkout,
    request: &'a PaymentRequest,
    payer: &'a str,
) -> Purpose<'a> {
    Purpose {
        payer,
        request,
        request_digest: &checkout.request_digest,
        origin: checkout.origin.as_deref(),
        checkout: Some(&checkout.id),
        link: None,
        asked_by: Some(&checkout.asked_by),
    }
}

/// A checkout as the contract writes it.
#[derive(Serialize)]
pub(crate) struct CheckoutBody<'a> {
    id: &'a str,
    version: u32,
    status: &'static str,
    environment: &'static str,
    payee: NamedPayee<'a>,
    /// For a payer only; nobody else is told of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_payment: Option<bool>,
    amount: AmountText<String, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    request_digest: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin_verified: Option<bool>,
    wallet_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
    created_at: i64,
    expires_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<Value>,
}

/// `Payee` of the contract.
#[derive(Serialize)]
struct NamedPayee<'a> {
    handle: &'a str,
    account: &'a str,
    name: &'a str,
    kind: &'a str,
}

/// See [`CheckoutBody`].
pub(crate) async fn checkout_body<'a>(
    connection: &mut Connection,
    wallet_origin: &Origin,
    checkout: &'a Checkout,
) -> Result<CheckoutBody<'a>, Failure> {
    let payment = match checkout.status {
        Status::Paid => Some(paid_by(connection, checkout).await?),
        _ => None,
    };
    Ok(CheckoutBody {
        id: &checkout.id,
        version: checkout.version,
        status: checkout.status.as_str(),
        environment: ENVIRONMENT,
        payee: NamedPayee {
            handle: &checkout.payee_handle,
            account: &checkout.payee_account,
            name: &checkout.payee_name,
            kind: &checkout.payee_kind,
        },
        first_payment: None,
        amount: AmountText { value: checkout.amount()?.value(), currency: &checkout.currency },
        reference: checkout.reference.as_deref(),
        note: checkout.note.as_deref(),
        request_digest: &checkout.request_digest,
        origin: checkout.origin.as_deref(),
        origin_verified: checkout.origin.is_some().then_some(checkout.origin_verified == 1),
        wallet_url: wallet_origin.wallet_url("checkout", &checkout.id),
        return_url: checkout.return_url.as_deref(),
        state: checkout.state.as_deref(),
        created_at: checkout.created_at,
        expires_at: checkout.expires_at,
        payment,
    })
}

/// The payment of a checkout that is paid.
async fn paid_by(connection: &mut Connection, checkout: &Checkout) -> Result<Value, Failure> {
    let payment = payments::of_checkout(connection, &checkout.id)
        .await?
        .ok_or(Failure::Corrupt("a paid checkout without its payment"))?;
    let body = serde_json::to_value(payment_body(&payment)?);
    body.map_err(|_| Failure::Corrupt("text that is no JSON"))
}
