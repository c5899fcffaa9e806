//! `/v1/checkouts`: asking for a payment, and everything about it but the payer's agreement.

use url::Url;
use xp2p::canonical::{Json, read_payment_members};
use xp2p::{Error, ErrorCode, PaymentRequest};

use super::blocks::refuse_blocked_by_payer;
use crate::Platform;
use crate::checkout::{advance, checkout_body, current, expire};
use crate::failure::Failure;
use crate::operation::{Operation, Order, Work, no_body, refused, reply};
use crate::review;
use crate::settings::currency;
use crate::settlement::{check_limits, pinned_payee, refuse_blocked};
use crate::storage::checkouts::{self, Checkout, Status};
use crate::storage::keys::Role;
use crate::storage::pages::origin_is_registered;
use crate::storage::replay::Reply;
use crate::storage::{Connection, new_id, payments};

/// Asks for a payment.
pub(crate) struct CreateCheckout;

/// What a page asks for.
pub(crate) struct Asked {
    request: PaymentRequest,
    return_url: Option<String>,
    state: Option<String>,
    /// Seconds.
    expires_in: i64,
}

impl Operation for CreateCheckout {
    const KEYS: &'static [Role] = &[Role::Requester, Role::Linked, Role::Approval];
    type Request = Asked;

    fn read(order: &Order) -> Result<Asked, Error> {
        let body = Json::parse(&order.body)?;
        body.only_members(&[
            "payee",
            "amount",
            "reference",
            "note",
            "return_url",
            "state",
            "expires_in",
        ])?;
        Ok(Asked {
            request: read_payment_members(&body, currency)?,
            return_url: body.optional_text("return_url")?.map(Into::into),
            state: read_state(&body)?,
            expires_in: read_expires_in(&body)?,
        })
    }

    async fn carry_out(work: &mut Work<'_>, asked: &Asked) -> Result<Reply, Failure> {
        let request = &asked.request;
        let payee = pinned_payee(work.connection, request).await?;
        refuse_blocked(&payee, "payee.handle")?;
        check_limits(request.amount())?;
        let return_url = match &asked.return_url {
            Some(url) => Some(registered_return_url(work.connection, &payee.account, url).await?),
            None => None,
        };
        let origin = work.order.origin.clone().filter(|_| checks!(CheckoutOrigin));
        let origin_verified = match &origin {
            Some(origin) => origin_is_registered(work.connection, &payee.account, origin).await?,
            None => false,
        };
        let checkout = Checkout {
            id: new_id("chk"),
            version: 1,
            status: Status::Created,
            asked_by: work.caller.id.clone(),
            payee_handle: payee.handle,
            payee_account: payee.account,
            payee_name: payee.name,
            payee_kind: payee.kind,
            currency: request.amount().currency().code().into(),
            minor: request.amount().minor(),
            reference: request.reference().map(Into::into),
            note: request.note().map(Into::into),
            request_digest: work.order.request_digest.clone(),
            origin,
            origin_verified: origin_verified.into(),
            return_url,
            state: asked.state.clone(),
            created_at: work.now,
            expires_at: work.now + asked.expires_in,
        };
        checkouts::insert(work.connection, &checkout).await?;
        let location = Some(format!("/v1/checkouts/{}", checkout.id));
        Ok(Reply { location, ..show(work, 201, &checkout).await? })
    }
}

/// Reads a checkout, for the side that asked and for any wallet.
pub(crate) struct GetCheckout;

impl Operation for GetCheckout {
    const KEYS: &'static [Role] = &[Role::Requester, Role::Linked, Role::Approval];
    type Request = ();

    fn read(_: &Order) -> Result<(), Error> {
        Ok(())
    }

    async fn catch_up(platform: &Platform, order: &Order) -> Result<(), Failure> {
        let Some(id) = &order.resource else { return Ok(()) };
        let mut transaction = platform.storage.read().await?;
        let found = checkouts::find(&mut transaction, id).await?;
        drop(transaction);
        match found {
            Some(checkout) if checkout.is_overdue(platform.clock.now()) => {
                expire(platform, id).await
            }
            _ => Ok(()),
        }
    }

    async fn carry_out(work: &mut Work<'_>, _: &()) -> Result<Reply, Failure> {
        let id = work.resource()?.to_owned();
        let found = checkouts::find(work.connection, &id).await?;
        let checkout = checkouts::visible(work.connection, found, work.caller)
            .await?
            .ok_or(Failure::from(ErrorCode::NotFound))?;
        show(work, 200, &checkout).await
    }
}

/// Notes that a payer is looking at it.
pub(crate) struct OpenCheckout;

impl Operation for OpenCheckout {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = ();

    fn read(order: &Order) -> Result<(), Error> {
        no_body(order)
    }

    async fn carry_out(work: &mut Work<'_>, _: &()) -> Result<Reply, Failure> {
        let mut checkout = found(work).await?;
        refuse_final(&checkout)?;
        if checks!(BlockOpen) {
            refuse_blocked_asker(work, &checkout).await?;
        }
        if checkout.status == Status::Created {
            advance(work, &mut checkout, Status::Opened).await?;
        } else if !checks!(OpenOnce) {
            return Err(ErrorCode::StateFinal.into());
        }
        show(work, 200, &checkout).await
    }
}

/// Takes back what was asked, also while it is reviewed. Only the side that asked may.
pub(crate) struct CancelCheckout;

impl Operation for CancelCheckout {
    const KEYS: &'static [Role] = &[Role::Requester, Role::Linked, Role::Approval];
    type Request = ();

    fn read(order: &Order) -> Result<(), Error> {
        no_body(order)
    }

    async fn carry_out(work: &mut Work<'_>, _: &()) -> Result<Reply, Failure> {
        let mut checkout = found(work).await?;
        let asked = checkouts::is_asked_by(work.connection, &checkout, work.caller).await?;
        if !asked && checks!(CancelAsker) {
            return Err(refused(ErrorCode::KeyNotAllowed, "keyid"));
        }
        refuse_final(&checkout)?;
        if checkout.status == Status::Approved && checks!(ReviewReleased) {
            review::release(work, &checkout).await?;
        }
        advance(work, &mut checkout, Status::Cancelled).await?;
        show(work, 200, &checkout).await
    }
}

/// Notes that the payer does not agree.
pub(crate) struct DeclineCheckout;

impl Operation for DeclineCheckout {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = ();

    fn read(order: &Order) -> Result<(), Error> {
        no_body(order)
    }

    async fn carry_out(work: &mut Work<'_>, _: &()) -> Result<Reply, Failure> {
        let mut checkout = found(work).await?;
        refuse_decided(&checkout)?;
        advance(work, &mut checkout, Status::Declined).await?;
        show(work, 200, &checkout).await
    }
}

/// The checkout that the path names, as it stands now, for those who may read it.
pub(super) async fn found(work: &mut Work<'_>) -> Result<Checkout, Failure> {
    let id = work.resource()?.to_owned();
    let found = current(work, &id).await?;
    checkouts::visible(work.connection, found, work.caller)
        .await?
        .ok_or(Failure::from(ErrorCode::NotFound))
}

/// What a payer has decided, or somebody else has ended, no payer decides again.
pub(super) fn refuse_decided(checkout: &Checkout) -> Result<(), Failure> {
    if checkout.status.is_undecided() || !checks!(FinalDecided) {
        Ok(())
    } else {
        Err(ErrorCode::StateFinal.into())
    }
}

fn refuse_final(checkout: &Checkout) -> Result<(), Failure> {
    let reviewed = checkout.status == Status::Approved && !checks!(ReviewCancelled);
    if checkout.status.is_final() && checks!(FinalOpen) || reviewed {
        Err(ErrorCode::StateFinal.into())
    } else {
        Ok(())
    }
}

/// A payer who has blocked the payee, or the page that asks, is asked nothing.
pub(super) async fn refuse_blocked_asker(
    work: &mut Work<'_>,
    checkout: &Checkout,
) -> Result<(), Failure> {
    let (payer, payee) = (work.account()?, &checkout.payee_account);
    refuse_blocked_by_payer(work.connection, payer, payee, checkout.origin.as_deref()).await
}

/// An answer that shows the checkout, to a payer with what its wallet has to warn of.
pub(super) async fn show(
    work: &mut Work<'_>,
    status: u16,
    checkout: &Checkout,
) -> Result<Reply, Failure> {
    let mut body = checkout_body(work.connection, &work.platform.wallet_origin, checkout).await?;
    if work.caller.role == Role::Approval {
        let payer = work.account()?.to_owned();
        let paid = payments::has_paid(work.connection, &payer, &checkout.payee_account).await?;
        body.first_payment = Some(!paid);
    }
    reply(status, &body)
}

/// At least 128 bits in base64url, if they are random: `State` of the contract.
fn read_state(body: &Json) -> Result<Option<String>, Error> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match body.optional_text("state")? {
        Some(state) if !(22..=64).contains(&state.len()) || !state.bytes().all(allowed) => {
            Err(ErrorCode::RequestMalformed.at("state"))
        }
        state => Ok(state.map(Into::into)),
    }
}

/// A minute to a day; a quarter of an hour where nothing is said.
fn read_expires_in(body: &Json) -> Result<i64, Error> {
    if body.member("expires_in").is_none() {
        return Ok(if checks!(ExpiresInDefault) { 900 } else { 600 });
    }
    i64::try_from(body.integer("expires_in")?)
        .ok()
        .filter(|seconds| (60..=86_400).contains(seconds))
        .ok_or_else(|| ErrorCode::RequestMalformed.at("expires_in"))
}

/// The return address as the payee registered it, origin and path exactly: an address that the page chose
/// would make the wallet send people anywhere. What stands after the path is the platform's to write.
async fn registered_return_url(
    connection: &mut Connection,
    payee: &str,
    text: &str,
) -> Result<String, Failure> {
    let asked = Url::parse(text).ok().filter(|url| {
        url.query().is_none() && url.fragment().is_none() || !checks!(ReturnUrlQuery)
    });
    if !checks!(ReturnUrl) {
        return Ok(text.into());
    }
    if let Some(mut asked) = asked {
        if !checks!(ReturnUrlQuery) {
            asked.set_query(None);
            asked.set_fragment(None);
        }
        for registered in checkouts::return_urls(connection, payee).await? {
            if Url::parse(&registered).is_ok_and(|registered| registered == asked)
                || !checks!(ReturnUrlPath) && asked.as_str().starts_with(&registered)
            {
                return Ok(registered);
            }
        }
    }
    Err(refused(ErrorCode::ReturnUrlRefused, "return_url"))
}
