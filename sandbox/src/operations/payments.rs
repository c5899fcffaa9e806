//! `/v1/payments` and `/v1/payments/{id}`.

use xp2p::canonical::read_payment_request_in;
use xp2p::{Amount, Error, ErrorCode, IdempotencyKey, PaymentRequest};

use crate::failure::Failure;
use crate::link::link_for;
use crate::operation::{Operation, Order, Work, reply};
use crate::page::{List, Page};
use crate::passkey::Demand;
use crate::settings::currency;
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
        read_payment_request_in(&order.body, currency)
    }

    fn amount(request: &PaymentRequest) -> Option<&Amount> {
        Some(request.amount())
    }

    fn passkey(request: &PaymentRequest) -> Demand {
        Demand::Amount(*request.amount())
    }

    async fn carry_out(work: &mut Work<'_>, request: &PaymentRequest) -> Result<Reply, Failure> {
        // Whoever may pay by a link only never pays from an account of its own.
        let (payer, link) = match work.caller.role {
            Role::Linked => {
                let (link, payer) = link_for(work, request).await?;
                (payer, Some(link.id))
            }
            Role::Approval | Role::Requester => (work.account()?.to_owned(), None),
        };
        let purpose = Purpose {
            payer: &payer,
            request,
            request_digest: &work.order.request_digest,
            origin: work.order.origin.as_deref(),
            checkout: None,
            link: link.as_deref(),
            asked_by: link.as_ref().map(|_| work.caller.id.as_str()),
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
        let id = work.resource()?;
        let payment = payments::visible(work.connection, id, work.caller).await?;
        #[cfg(feature = "switches")]
        let payment = crate::careless::shown(payment, work.caller);
        if payment.is_none() && !checks!(PaymentThere) {
            return reply(200, &());
        }
        let payment = payment.ok_or(Failure::from(ErrorCode::NotFound))?;
        reply(200, &payment_body(&payment)?)
    }
}

/// Lists payments: an approval key its account's, another key those that it asked for.
pub(crate) struct ListPayments;

impl Operation for ListPayments {
    const KEYS: &'static [Role] = &[Role::Requester, Role::Linked, Role::Approval];
    /// The page, and the key of the one intent that is asked about.
    type Request = (Page, Option<IdempotencyKey>);

    fn read(order: &Order) -> Result<Self::Request, Error> {
        let intent = order.query.get("idempotency_key").map(|key| IdempotencyKey::parse(key));
        let intent = intent.transpose().map_err(|error| error.at("idempotency_key"))?;
        Ok((Page::read(order, "pay")?, intent))
    }

    async fn carry_out(
        work: &mut Work<'_>,
        (page, intent): &Self::Request,
    ) -> Result<Reply, Failure> {
        let intent = intent.as_ref().map(IdempotencyKey::as_str);
        let payments = payments::list(work.connection, work.caller, intent, page).await?;
        let (payments, next_cursor) = page.cut(payments, |payment| &payment.id);
        let items = payments.iter().map(payment_body).collect::<Result<Vec<_>, _>>()?;
        reply(200, &List { items, next_cursor })
    }
}
