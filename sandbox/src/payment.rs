//! Paying: from a request whose signature was verified to an answer, in one transaction.

use serde::Serialize;
use xp2p::{Amount, Error, ErrorCode, PaymentRequest};

use crate::Platform;
use crate::failure::Failure;
use crate::http::problem;
use crate::receipt::{AmountText, Claims, Party};
use crate::settings::{ENVIRONMENT, OFFERS};
use crate::storage::accounts::{self, Holder};
use crate::storage::ledger::{self, Leg};
use crate::storage::payments::{self, Payment};
use crate::storage::replay::{self, Intent, Stored};
use crate::storage::{self, Connection, keys};

/// A request to pay, authenticated and read.
pub(crate) struct Order {
    pub key: String,
    pub nonce: String,
    pub expires: i64,
    pub idempotency_key: String,
    pub operation: String,
    pub request_digest: String,
    /// The web origin that the browser says the request came from.
    pub origin: Option<String>,
    /// What is to be paid. A body that cannot be read is refused only after the nonce was taken: it was
    /// signed, and must not be sent again.
    pub request: Result<PaymentRequest, Error>,
    pub request_id: String,
}

/// What a client gets.
pub(crate) struct Answer {
    pub stored: Stored,
    /// Whether it was given before.
    pub replayed: bool,
}

impl Platform {
    /// Carries an order out once, however often it is sent.
    pub(crate) async fn pay(&self, order: &Order) -> Result<Answer, Failure> {
        storage::retry(|| self.try_to_pay(order)).await
    }

    /// Everything a payment changes is committed together, or nothing is.
    async fn try_to_pay(&self, order: &Order) -> Result<Answer, Failure> {
        let now = self.clock.now();
        let mut transaction = self.storage.write().await?;
        replay::take_nonce(&mut transaction, &order.key, &order.nonce, order.expires).await?;
        let answer = self.answer(&mut transaction, order, now).await;
        match answer {
            // A refusal commits as well: the nonce stays taken.
            Ok(_) | Err(Failure::Refused(_)) => transaction.commit().await?,
            Err(_) => transaction.rollback().await?,
        }
        answer
    }

    async fn answer(
        &self,
        connection: &mut Connection,
        order: &Order,
        now: i64,
    ) -> Result<Answer, Failure> {
        // Looked up again, now inside the transaction: the key may have been revoked meanwhile.
        let key = keys::usable(connection, &order.key).await?;
        if key.role != keys::APPROVAL {
            return Err(refused(ErrorCode::KeyNotAllowed, "keyid"));
        }
        let request = order.request.as_ref().map_err(Clone::clone)?;
        let intent = Intent {
            account: &key.account,
            idempotency_key: &order.idempotency_key,
            operation: &order.operation,
            request_digest: &order.request_digest,
        };
        if let Some(stored) = replay::earlier_answer(connection, &intent).await? {
            return Ok(Answer { stored, replayed: true });
        }
        let stored = match self.settle(connection, order, &key.account, request, now).await {
            Ok(payment) => {
                Stored { status: 201, body: payment_json(&payment)?, payment: Some(payment.id) }
            }
            // The intent is answered for good: the same key gets the same refusal.
            Err(Failure::Refused(error)) => {
                let (status, body) = problem::document(&error, &order.request_id);
                Stored { status, body, payment: None }
            }
            Err(failure) => return Err(failure),
        };
        replay::keep_answer(connection, &intent, &stored, now).await?;
        Ok(Answer { stored, replayed: false })
    }

    /// Checks what only the platform knows, and moves the money. Refusals come before the first write.
    async fn settle(
        &self,
        connection: &mut Connection,
        order: &Order,
        payer: &str,
        request: &PaymentRequest,
        now: i64,
    ) -> Result<Payment, Failure> {
        let payer = accounts::by_id(connection, payer)
            .await?
            .ok_or(Failure::Corrupt("a key whose account has no handle"))?;
        let payee = pinned_payee(connection, request).await?;
        if payee.account == payer.account {
            return Err(refused(ErrorCode::PayeeIsPayer, "payee.handle"));
        }
        check_limits(request.amount())?;
        let (currency, minor) = (request.amount().currency().code(), request.amount().minor());
        if ledger::balance(connection, &payer.account, currency).await? < minor {
            return Err(refused(ErrorCode::InsufficientFunds, "amount"));
        }
        let (id, transfer) = Payment::new_ids();
        let legs = [
            Leg { account: &payer.account, currency, minor: -minor },
            Leg { account: &payee.account, currency, minor },
        ];
        ledger::post(connection, &transfer, "payment", &legs, now).await?;
        let receipt = self.signer.sign(&Claims {
            iss: &self.origin.issuer(),
            iat: now,
            jti: &id,
            payer: Party { handle: &payer.handle, account: &payer.account },
            payee: Party { handle: &payee.handle, account: &payee.account },
            amount: AmountText { value: &request.amount().value(), currency },
            reference: request.reference(),
            request_digest: &order.request_digest,
            origin: order.origin.as_deref(),
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
            request_digest: order.request_digest.clone(),
            created_at: now,
            receipt,
        };
        payments::insert(connection, &payment).await?;
        Ok(payment)
    }
}

/// A payment as the contract writes it.
pub(crate) fn payment_json(payment: &Payment) -> Result<String, Failure> {
    #[derive(Serialize)]
    struct Body<'a> {
        id: &'a str,
        version: u32,
        status: &'static str,
        environment: &'static str,
        payer: Party<'a>,
        payee: Party<'a>,
        amount: AmountText<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reference: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<&'a str>,
        refunded: String,
        request_digest: &'a str,
        created_at: i64,
        receipt: &'a str,
    }
    let amount = payment.amount()?;
    let body = Body {
        id: &payment.id,
        // A payment is complete when it is written, and nothing gives it back yet.
        version: 1,
        refunded: ledger::signed_value(0, amount.currency().exponent()),
        status: "paid",
        environment: ENVIRONMENT,
        payer: Party { handle: &payment.payer_handle, account: &payment.payer_account },
        payee: Party { handle: &payment.payee_handle, account: &payment.payee_account },
        amount: AmountText { value: &amount.value(), currency: &payment.currency },
        reference: payment.reference.as_deref(),
        note: payment.note.as_deref(),
        request_digest: &payment.request_digest,
        created_at: payment.created_at,
        receipt: &payment.receipt,
    };
    serde_json::to_string(&body).map_err(|_| Failure::Corrupt("text that is no JSON"))
}

/// The payee, if the handle still belongs to the account that the payer signed for.
async fn pinned_payee(
    connection: &mut Connection,
    request: &PaymentRequest,
) -> Result<Holder, Failure> {
    let holder = accounts::by_handle(connection, request.payee().handle().as_str())
        .await?
        .ok_or_else(|| refused(ErrorCode::HandleUnknown, "payee.handle"))?;
    if holder.account != request.payee().account().as_str() {
        return Err(refused(ErrorCode::PayeeChanged, "payee.account"));
    }
    Ok(holder)
}

fn check_limits(amount: &Amount) -> Result<(), Failure> {
    let code = amount.currency().code();
    let offer = OFFERS
        .iter()
        .find(|offer| offer.code == code)
        .ok_or_else(|| refused(ErrorCode::CurrencyUnsupported, "amount.currency"))?;
    let limit = |value| Amount::parse(value, offer.code);
    Ok(amount.check_limits(&limit(offer.minimum)?, &limit(offer.maximum)?)?)
}

fn refused(code: ErrorCode, param: &'static str) -> Failure {
    Error::new(code).at(param).into()
}
