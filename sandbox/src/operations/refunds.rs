//! `/v1/payments/{id}/refunds`: giving back, by the payee alone.

use serde::Serialize;
use xp2p::canonical::{Json, read_amount_in, read_note};
use xp2p::{Amount, Error, ErrorCode};

use crate::failure::Failure;
use crate::news::{self, News};
use crate::operation::{Operation, Order, Work, refused, reply};
use crate::page::{List, Page};
use crate::receipt::AmountText;
use crate::settings::{amount_of, currency};
use crate::settlement::{holder_of, payment_body, refuse_blocked};
use crate::storage::keys::Role;
use crate::storage::ledger::{self, Leg};
use crate::storage::payments::{self, Payment};
use crate::storage::refunds::{self, Refund};
use crate::storage::replay::Reply;

/// Gives a payment back, whole or in part.
pub(crate) struct CreateRefund;

/// `RefundRequest` of the contract.
pub(crate) struct RefundRequest {
    amount: Amount,
    note: Option<String>,
}

impl Operation for CreateRefund {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = RefundRequest;

    fn read(order: &Order) -> Result<RefundRequest, Error> {
        let body = Json::parse(&order.body)?;
        body.only_members(&["amount", "note"])?;
        let amount = read_amount_in(&body, "amount", currency)?;
        Ok(RefundRequest { amount, note: read_note(&body)? })
    }

    async fn carry_out(work: &mut Work<'_>, request: &RefundRequest) -> Result<Reply, Failure> {
        let mut payment = visible(work).await?;
        if work.account()? != payment.payee_account && checks!(RefundPayee) {
            return Err(refused(ErrorCode::KeyNotAllowed, "keyid"));
        }
        // As with payments: a blocked account neither gives nor gets.
        let payee = holder_of(work.connection, &payment.payee_account).await?;
        let payer = holder_of(work.connection, &payment.payer_account).await?;
        refuse_blocked(&payee, "payee")?;
        refuse_blocked(&payer, "payer")?;
        let (currency, minor) = (request.amount.currency().code(), request.amount.minor());
        if currency != payment.currency && checks!(RefundCurrency) {
            let error = ErrorCode::CurrencyUnsupported.at("amount.currency");
            return Err(error.because("a refund is in the currency of its payment".into()).into());
        }
        let before = if checks!(RefundLeft) { payment.refunded } else { 0 };
        if minor > payment.minor - before && checks!(RefundExceeds) {
            return Err(refused(ErrorCode::RefundExceedsPayment, "amount"));
        }
        if ledger::balance(work.connection, &payee.account, currency).await? < minor {
            return Err(refused(ErrorCode::InsufficientFunds, "amount"));
        }
        let refund = Refund::new(&payment, minor, request.note.as_deref(), work.now);
        let legs = [
            Leg { account: &payee.account, currency, minor: -minor },
            Leg { account: &payer.account, currency, minor },
        ];
        ledger::post(work.connection, &refund.transfer, "refund", &legs, work.now).await?;
        refunds::insert(work.connection, &refund).await?;
        payment.refunded += minor;
        payment.refunds += 1;
        let body = payment_body(&payment)?;
        let version = body.version;
        news::tell(work, &payee.account, News::PaymentRefunded, version, &body).await?;
        news::tell(work, &payer.account, News::PaymentRefunded, version, &body).await?;
        reply(201, &refund_body(&refund)?)
    }
}

/// Lists a payment's refunds, for all who may see the payment.
pub(crate) struct ListRefunds;

impl Operation for ListRefunds {
    const KEYS: &'static [Role] = &[Role::Requester, Role::Linked, Role::Approval];
    type Request = Page;

    fn read(order: &Order) -> Result<Page, Error> {
        Page::read(order, "ref")
    }

    async fn carry_out(work: &mut Work<'_>, page: &Page) -> Result<Reply, Failure> {
        let payment = visible(work).await?;
        let refunds = refunds::list(work.connection, &payment.id, page).await?;
        let (refunds, next_cursor) = page.cut(refunds, |refund| &refund.id);
        let items = refunds.iter().map(refund_body).collect::<Result<Vec<_>, _>>()?;
        reply(200, &List { items, next_cursor })
    }
}

/// The payment that the path names, if the caller may see it.
async fn visible(work: &mut Work<'_>) -> Result<Payment, Failure> {
    let id = work.resource()?.to_owned();
    let payment = payments::visible(work.connection, &id, work.caller).await?;
    payment.ok_or(Failure::from(ErrorCode::NotFound))
}

/// `Refund` of the contract.
#[derive(Serialize)]
struct RefundBody<'a> {
    id: &'a str,
    payment: &'a str,
    amount: AmountText<String, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    created_at: i64,
}

fn refund_body(refund: &Refund) -> Result<RefundBody<'_>, Failure> {
    let amount = amount_of(refund.minor, &refund.currency)
        .map_err(|_| Failure::Corrupt("a refund without an amount"))?;
    Ok(RefundBody {
        id: &refund.id,
        payment: &refund.payment,
        amount: AmountText { value: amount.value(), currency: &refund.currency },
        note: refund.note.as_deref(),
        created_at: refund.created_at,
    })
}
