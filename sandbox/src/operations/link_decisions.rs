//! What a payer decides about a link, and how either side ends it.

use xp2p::canonical::Json;
use xp2p::{Error, ErrorCode};

use super::blocks::refuse_blocked_by_payer;
use super::links::{Terms, visible};
use crate::failure::Failure;
use crate::link::{advance, check_payees, current, link_body};
use crate::link_limits::Limits;
use crate::operation::{Operation, Order, Work, no_body, refused, reply};
use crate::passkey::Demand;
use crate::settings::amount_of;
use crate::settlement::refuse_blocked;
use crate::storage::accounts;
use crate::storage::keys::Role;
use crate::storage::links::{Link, Status};
use crate::storage::replay::Reply;

/// `LinkApproval` of the contract: what the payer saw, or less.
pub(crate) struct Approval {
    link: String,
    payer: String,
    terms: Terms,
}

/// Agrees.
pub(crate) struct ApproveLink;

impl Operation for ApproveLink {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = Approval;

    fn read(order: &Order) -> Result<Approval, Error> {
        let body = Json::parse(&order.body)?;
        body.only_members(&["link", "payer", "payees", "limits", "expires_at"])?;
        let text = |name| body.text(name).map(ToOwned::to_owned);
        Ok(Approval { link: text("link")?, payer: text("payer")?, terms: Terms::read(&body)? })
    }

    fn passkey(approval: &Approval) -> Demand {
        let limits = &approval.terms.limits;
        // A currency that cannot be read back is none that was read.
        amount_of(limits.lifetime, &limits.currency).map_or(Demand::Always, Demand::Amount)
    }

    async fn carry_out(work: &mut Work<'_>, approval: &Approval) -> Result<Reply, Failure> {
        let link = in_state(work, Status::Requested).await?;
        let account = work.account()?;
        let Terms { payees, limits, expires_at } = &approval.terms;
        let mismatch = if approval.link != link.id {
            Some("link")
        } else if approval.payer != account && checks!(LinkPayer) {
            Some("payer")
        } else if *payees != link.payees && checks!(LinkPayeesPinned) {
            Some("payees")
        } else if *expires_at > link.expires_at && checks!(LinkEnd) {
            Some("expires_at")
        } else {
            limits
                .beyond(&link.limits)
                .filter(|_| checks!(LinkMore) || limits.period != link.limits.period)
        };
        if let Some(param) = mismatch {
            return Err(refused(ErrorCode::ApprovalMismatch, param));
        }
        approval.terms.check_end(work.now)?;
        let payer = accounts::by_id(work.connection, account)
            .await?
            .ok_or(Failure::Corrupt("a key whose account has no handle"))?;
        refuse_blocked(&payer, "payer")?;
        check_payees(work, payees, Some(account)).await?;
        for payee in payees {
            let origin = link.origin.as_deref();
            refuse_blocked_by_payer(work.connection, account, &payee.account, origin).await?;
        }
        let agreed = Link {
            payer_handle: Some(payer.handle),
            payer_account: Some(account.into()),
            limits: if checks!(LinkLess) { limits.clone() } else { link.limits.clone() },
            expires_at: *expires_at,
            ..link
        };
        step(work, agreed, Status::Active).await
    }
}

/// Does not agree.
pub(crate) struct DeclineLink;

impl Operation for DeclineLink {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = ();

    fn read(order: &Order) -> Result<(), Error> {
        no_body(order)
    }

    async fn carry_out(work: &mut Work<'_>, _: &()) -> Result<Reply, Failure> {
        let link = in_state(work, Status::Requested).await?;
        step(work, link, Status::Declined).await
    }
}

/// Lowers the limits of an active link.
pub(crate) struct LowerLink;

impl Operation for LowerLink {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = Limits;

    fn read(order: &Order) -> Result<Limits, Error> {
        let body = Json::parse(&order.body)?;
        Limits::read(&body)
    }

    async fn carry_out(work: &mut Work<'_>, limits: &Limits) -> Result<Reply, Failure> {
        let link = in_state(work, Status::Active).await?;
        if let Some(member) = limits.beyond(&link.limits).filter(|_| checks!(LinkRaised)) {
            // Here the limits are the whole body.
            let param = member.strip_prefix("limits.").unwrap_or(member);
            return Err(refused(ErrorCode::ApprovalMismatch, param));
        }
        let limits = if checks!(LinkLowered) { limits.clone() } else { link.limits.clone() };
        step(work, Link { limits, ..link }, Status::Active).await
    }
}

/// Ends a link. One that ended before stays as it is.
pub(crate) struct RevokeLink;

impl Operation for RevokeLink {
    const KEYS: &'static [Role] = &[Role::Requester, Role::Linked, Role::Approval];
    type Request = ();

    fn read(order: &Order) -> Result<(), Error> {
        no_body(order)
    }

    async fn carry_out(work: &mut Work<'_>, _: &()) -> Result<Reply, Failure> {
        let link = decidable(work).await?;
        match link.status {
            // A payer who has not agreed declines; the key withdraws its request.
            Status::Requested if work.caller.role == Role::Approval => {
                Err(ErrorCode::NotFound.into())
            }
            Status::Requested | Status::Active => step(work, link, Status::Revoked).await,
            Status::Revoked if !checks!(LinkRevokedOnce) => Err(ErrorCode::StateFinal.into()),
            Status::Revoked => reply(200, &link_body(work, &link).await?),
            Status::Declined | Status::Expired => Err(ErrorCode::StateFinal.into()),
        }
    }
}

/// The link that the path names, as it stands by the platform's clock.
async fn decidable(work: &mut Work<'_>) -> Result<Link, Failure> {
    let link = visible(work).await?;
    current(work, link).await
}

/// The same, if it is in the state in which this can be decided.
async fn in_state(work: &mut Work<'_>, status: Status) -> Result<Link, Failure> {
    let link = decidable(work).await?;
    match (link.status, status) {
        (is, wanted) if is == wanted || !checks!(LinkDecided) => Ok(link),
        // Nobody's yet, so not the caller's either.
        (Status::Requested, _) => Err(ErrorCode::NotFound.into()),
        _ => Err(ErrorCode::StateFinal.into()),
    }
}

async fn step(work: &mut Work<'_>, link: Link, status: Status) -> Result<Reply, Failure> {
    let link = advance(work, link, status).await?;
    reply(200, &link_body(work, &link).await?)
}
