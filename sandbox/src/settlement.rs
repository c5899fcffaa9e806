//! Moving money: the one way in which a payment is made, whoever asked for it.

use serde::Serialize;
use xp2p::{Amount, Error, ErrorCode, PaymentRequest};

use crate::books::OpenBooks;
use crate::failure::Failure;
use crate::news::{self, News};
use crate::operation::refused;
use crate::receipt::{AmountText, Claims, Party};
use crate::settings::{ENVIRONMENT, OFFERS, offer};
use crate::storage::Connection;
use crate::storage::accounts::{self, Holder};
use crate::storage::ledger::{self, Leg};
use crate::storage::payments::{self, Payment};
use crate::triggers;

/// What is paid, from whom, and on whose request.
pub(crate) struct Purpose<'a> {
    /// The account of the payer.
    pub payer: &'a str,
    pub request: &'a PaymentRequest,
    /// The digest of the request that was signed, and the web origin that sent it: a checkout's own.
    pub request_digest: &'a str,
    pub origin: Option<&'a str>,
    /// The checkout or the link that it is paid through, and the requester key that asked.
    pub checkout: Option<&'a str>,
    pub link: Option<&'a str>,
    pub asked_by: Option<&'a str>,
}

/// Checks what only the platform knows: whether this could be paid now, by whom and to whom.
pub(crate) async fn examine(
    work: &mut impl OpenBooks,
    purpose: &Purpose<'_>,
) -> Result<(Holder, Holder), Failure> {
    let work = work.books();
    let payer = holder_of(work.connection, purpose.payer).await?;
    let request = purpose.request;
    let payee = pinned_payee(work.connection, request).await?;
    if payee.account == payer.account && checks!(PayeeIsPayer) {
        return Err(refused(ErrorCode::PayeeIsPayer, "payee.handle"));
    }
    refuse_blocked(&payer, "payer")?;
    refuse_blocked(&payee, "payee.handle")?;
    triggers::refuse(request.amount())?;
    check_limits(request.amount())?;
    let (currency, minor) = (request.amount().currency().code(), request.amount().minor());
    let has = ledger::balance(work.connection, &payer.account, currency).await?;
    if has < minor && checks!(Funds) {
        return Err(refused(ErrorCode::InsufficientFunds, "amount"));
    }
    Ok((payer, payee))
}

/// Moves the money, if nothing speaks against it. Refusals come before the first write.
pub(crate) async fn settle(
    work: &mut impl OpenBooks,
    purpose: &Purpose<'_>,
) -> Result<Payment, Failure> {
    let (payer, payee) = examine(work, purpose).await?;
    let mut work = work.books();
    let request = purpose.request;
    let (currency, minor) = (request.amount().currency().code(), request.amount().minor());
    let (id, transfer) = Payment::new_ids();
    let legs = [
        Leg { account: &payer.account, currency, minor: -minor },
        Leg { account: &payee.account, currency, minor },
    ];
    ledger::post(work.connection, &transfer, "payment", &legs, work.now).await?;
    let signer = work.platform.signer.active(work.connection, work.now).await?;
    let receipt = signer.sign(&Claims {
        iss: &work.platform.origin.issuer(),
        iat: work.now,
        jti: &id,
        payer: Party { handle: &payer.handle, account: &payer.account },
        payee: Party { handle: &payee.handle, account: &payee.account },
        amount: AmountText { value: &request.amount().value(), currency },
        reference: request.reference(),
        request_digest: purpose.request_digest,
        origin: purpose.origin,
    })?;
    let payment = Payment {
        id,
        transfer,
        payer_handle: payer.handle,
        payer_account: payer.account,
        payee_handle: payee.handle,
        payee_account: payee.account,
        currency: currency.into(),
        minor,
        reference: request.reference().map(Into::into),
        note: request.note().map(Into::into),
        request_digest: purpose.request_digest.into(),
        checkout: purpose.checkout.map(Into::into),
        link: purpose.link.map(Into::into),
        asked_by: purpose.asked_by.map(Into::into),
        created_at: work.now,
        receipt,
        refunded: 0,
        refunds: 0,
    };
    payments::insert(work.connection, &payment).await?;
    let body = payment_body(&payment)?;
    news::tell(&mut work, &payment.payee_account, News::PaymentPaid, body.version, &body).await?;
    news::tell(&mut work, &payment.payer_account, News::PaymentPaid, body.version, &body).await?;
    Ok(payment)
}

/// A payment as the contract writes it.
#[derive(Serialize)]
pub(crate) struct PaymentBody<'a> {
    id: &'a str,
    pub version: u32,
    status: &'static str,
    environment: &'static str,
    payer: Party<'a>,
    payee: Party<'a>,
    amount: AmountText<String, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checkout: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'a str>,
    refunded: String,
    request_digest: &'a str,
    created_at: i64,
    receipt: &'a str,
}

/// See [`PaymentBody`].
pub(crate) fn payment_body(payment: &Payment) -> Result<PaymentBody<'_>, Failure> {
    let amount = payment.amount()?;
    Ok(PaymentBody {
        id: &payment.id,
        // A payment is complete when it is written: what changes is only what was given back.
        version: u32::try_from(1 + payment.refunds).unwrap_or(u32::MAX),
        refunded: ledger::signed_value(payment.refunded, amount.currency().exponent()),
        status: "paid",
        environment: ENVIRONMENT,
        payer: Party { handle: &payment.payer_handle, account: &payment.payer_account },
        payee: Party { handle: &payment.payee_handle, account: &payment.payee_account },
        amount: AmountText { value: amount.value(), currency: &payment.currency },
        reference: payment.reference.as_deref(),
        note: payment.note.as_deref(),
        checkout: payment.checkout.as_deref(),
        link: payment.link.as_deref(),
        request_digest: &payment.request_digest,
        created_at: payment.created_at,
        receipt: &payment.receipt,
    })
}

/// The holder of an account that has a part in a payment.
pub(crate) async fn holder_of(
    connection: &mut Connection,
    account: &str,
) -> Result<Holder, Failure> {
    let holder = accounts::by_id(connection, account).await?;
    holder.ok_or(Failure::Corrupt("an account that pays or is paid, without a handle"))
}

/// The payee, if the handle still belongs to the account that the payer signed for.
pub(crate) async fn pinned_payee(
    connection: &mut Connection,
    request: &PaymentRequest,
) -> Result<Holder, Failure> {
    let (handle, account) = (request.payee().handle(), request.payee().account());
    let holder = pinned(connection, handle.as_str(), account.as_str()).await?;
    Ok(holder.map_err(|error| error.within("payee"))?)
}

/// Who holds a handle, if it still belongs to the account that it was pinned to.
pub(crate) async fn pinned(
    connection: &mut Connection,
    handle: &str,
    account: &str,
) -> Result<Result<Holder, Error>, sqlx::Error> {
    Ok(match accounts::by_handle(connection, handle).await? {
        None => Err(ErrorCode::HandleUnknown.at("handle")),
        Some(holder) if holder.account != account && checks!(PayeePinned) => {
            Err(ErrorCode::PayeeChanged.at("account"))
        }
        Some(holder) => Ok(holder),
    })
}

/// A blocked account neither pays nor is paid.
pub(crate) fn refuse_blocked(holder: &Holder, param: &'static str) -> Result<(), Failure> {
    if holder.blocked_at.is_some() && checks!(AccountBlocked) {
        Err(refused(ErrorCode::AccountBlocked, param))
    } else {
        Ok(())
    }
}

/// Whether one payment may be of this amount.
pub(crate) fn check_limits(amount: &Amount) -> Result<(), Failure> {
    let code = amount.currency().code();
    let offer = offer(code)
        .or_else(|| OFFERS.first().filter(|_| !checks!(Offered)))
        .ok_or_else(|| refused(ErrorCode::CurrencyUnsupported, "amount.currency"))?;
    let (minimum, maximum) = offer.limits()?;
    if checks!(Limits) {
        amount.check_limits(&minimum, &maximum)?;
    }
    Ok(())
}
