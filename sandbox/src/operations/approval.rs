//! `POST /v1/checkouts/{id}/approve`: the payer agrees to exactly this (PSD2 RTS, article 5).

use xp2p::canonical::{Json, read_amount_in, read_party};
use xp2p::{AccountId, Amount, Error, ErrorCode, Party};

use super::checkouts::{found, refuse_blocked_asker, refuse_decided, show};
use crate::checkout::{advance, purpose};
use crate::failure::Failure;
use crate::operation::{Operation, Order, Work, refused, reply};
use crate::passkey::Demand;
use crate::settings::currency;
use crate::settlement::{payment_body, settle};
use crate::storage::checkouts::{Checkout, Status};
use crate::storage::keys::Role;
use crate::storage::replay::Reply;
use crate::{review, triggers};

/// Pays a checkout.
pub(crate) struct ApproveCheckout;

/// What the payer saw.
pub(crate) struct Approval {
    checkout: String,
    payer: AccountId,
    payee: Party,
    amount: Amount,
    request_digest: String,
    expires_at: u64,
}

impl Operation for ApproveCheckout {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = Approval;

    fn read(order: &Order) -> Result<Approval, Error> {
        let body = Json::parse(&order.body)?;
        body.only_members(&[
            "checkout",
            "payer",
            "payee",
            "amount",
            "request_digest",
            "expires_at",
        ])?;
        Ok(Approval {
            checkout: body.text("checkout")?.into(),
            payer: AccountId::parse(body.text("payer")?).map_err(|error| error.at("payer"))?,
            payee: read_party(&body, "payee")?,
            amount: read_amount_in(&body, "amount", currency)?,
            request_digest: body.text("request_digest")?.into(),
            expires_at: body.integer("expires_at")?,
        })
    }

    fn amount(approval: &Approval) -> Option<&Amount> {
        Some(&approval.amount)
    }

    fn passkey(approval: &Approval) -> Demand {
        Demand::Amount(approval.amount)
    }

    async fn carry_out(work: &mut Work<'_>, approval: &Approval) -> Result<Reply, Failure> {
        let payer = work.account()?.to_owned();
        let mut checkout = found(work).await?;
        refuse_decided(&checkout)?;
        if checks!(BlockApprove) {
            refuse_blocked_asker(work, &checkout).await?;
        }
        if let Some(member) = approval.difference(&checkout, &payer)? {
            // Somebody showed the payer something else: nothing that follows can be trusted either.
            if checks!(ApprovalVoids) {
                advance(work, &mut checkout, Status::Declined).await?;
            }
            return Err(refused(ErrorCode::ApprovalMismatch, member));
        }
        let request = checkout.request()?;
        let purpose = purpose(&checkout, &request, &payer);
        #[cfg(feature = "switches")]
        let purpose = crate::careless::approved(purpose, work.order);
        if let Some(seconds) = triggers::review_seconds(request.amount()) {
            review::begin(work, &checkout, &purpose, seconds).await?;
            advance(work, &mut checkout, Status::Approved).await?;
            return show(work, 202, &checkout).await;
        }
        #[cfg(feature = "switches")]
        crate::careless::end_unpaid(work, &checkout, &purpose).await?;
        let payment = settle(work, &purpose).await?;
        advance(work, &mut checkout, Status::Paid).await?;
        let reply = reply(201, &payment_body(&payment)?)?;
        Ok(Reply {
            location: Some(format!("/v1/payments/{}", payment.id)),
            payment: Some(payment.id),
            ..reply
        })
    }
}

impl Approval {
    /// The first member that is not what the platform holds.
    fn difference(
        &self,
        checkout: &Checkout,
        payer: &str,
    ) -> Result<Option<&'static str>, Failure> {
        let amount = checkout.amount()?;
        let members = [
            ("checkout", self.checkout == checkout.id || !checks!(ApprovalCheckout)),
            ("payer", self.payer.as_str() == payer || !checks!(ApprovalPayer)),
            (
                "payee.handle",
                self.payee.handle().as_str() == checkout.payee_handle
                    || !checks!(ApprovalPayeeHandle),
            ),
            (
                "payee.account",
                self.payee.account().as_str() == checkout.payee_account
                    || !checks!(ApprovalPayeeAccount),
            ),
            (
                "amount.currency",
                self.amount.currency() == amount.currency() || !checks!(ApprovalCurrency),
            ),
            ("amount.value", self.amount.value() == amount.value() || !checks!(ApprovalValue)),
            (
                "request_digest",
                self.request_digest == checkout.request_digest || !checks!(ApprovalRequest),
            ),
            (
                "expires_at",
                i64::try_from(self.expires_at) == Ok(checkout.expires_at) || !checks!(ApprovalEnd),
            ),
        ];
        Ok(members.into_iter().find(|(_, agrees)| !agrees).map(|(member, _)| member))
    }
}
