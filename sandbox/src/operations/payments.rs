//! `POST /v1/payments` and `GET /v1/payments/{id}`.

use xp2p::canonical::read_payment_request;
use xp2p::{Error, ErrorCode, PaymentRequest};

use crate::failure::Failure;
use crate::operation::{Operation, Order, Work, reply};
use crate::settlement::{Purpose, payment_body, settle};
use crate::storage::keys::Role;
use crate::storage::payments;
use crate::storage::replay::Reply;

/// Pays.
pub(crate) struct CreatePayment;

impl Operation for CreatePayment {
    const KEYS: &'static [Role] = &[Role::Linked, Role::Approval];
    type Request = PaymentRequest;

    fn read(order: &Order) -> Result<PaymentRequest, Error> {
        read_payment_request(&order.body)
    }

    async fn carry_out(work: &mut Work<'_>, request: &PaymentRequest) -> Result<Reply, Failure> {
        let payer = work.account()?.to_owned();
        let purpose = Purpose {
            payer: &payer,
            request,
            request_digest: &work.order.request_digest,
            origin: work.order.origin.as_deref(),
            checkout: None,
            link: None,
            asked_by: None,
        };
        let payment = settle(work, &purpose).await?;
        let reply = reply(201, &payment_body(&payment)?)?;
        Ok(Reply {
            location: Some(format!("/v1/payments/{}", payment.id)),
            payment: Some(payment.id),
            ..reply
        })
    }
}

/// Reads a payment, for the two accounts that it concerns and the key that asked for it.
pub(crate) struct GetPayment;

impl Operation for GetPayment {
    const KEYS: &'static [Role] = &[Role::Requester, Role::Linked, Role::Approval];
    type Request = ();

    fn read(_: &Order) -> Result<(), Error> {
        Ok(())
    }

    async fn carry_out(work: &mut Work<'_>, _: &()) -> Result<Reply, Failure> {
        let id = work.resource()?.to_owned();
        let payment = payments::visible(work.connection, &id, work.caller).await?;
        #[cfg(feature = "switches")]
        let payment = crate::careless::shown(payment, work.caller);
        if payment.is_none() && !checks!(PaymentThere) {
            return reply(200, &());
        }
        let payment = payment.ok_or(Failure::from(ErrorCode::NotFound))?;
        reply(200, &payment_body(&payment)?)
    }
}
