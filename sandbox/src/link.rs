//! A link's life: each step forward, who is told of it, how it is shown, and what can be paid through it.

use serde::Serialize;
use xp2p::{ErrorCode, PaymentRequest};

use crate::Platform;
use crate::books::{Books, OpenBooks};
use crate::failure::Failure;
use crate::link_limits::LimitsBody;
use crate::news::{self, News};
use crate::operation::{Work, refused};
use crate::operations::blocks::refuse_blocked_by_payer;
use crate::receipt::{AmountText, Party};
use crate::settlement::pinned;
use crate::storage::links::{self, Link, NamedAccount, Status};
use crate::storage::pages::origin_is_registered;
use crate::storage::{self, Connection};

/// Takes a link one step forward, and tells its payer.
pub(crate) async fn advance(
    books: &mut impl OpenBooks,
    link: Link,
    status: Status,
) -> Result<Link, Failure> {
    let mut books = books.books();
    let link = link.moved_to(status);
    let ended = status == Status::Revoked && !checks!(LinkRevoked);
    if checks!(LinkSteps) && !ended {
        links::update(books.connection, &link).await?;
    }
    if let Some(payer) = &link.payer_account {
        let body = link_body(&mut books, &link).await?;
        news::tell(&mut books, payer, News::LinkChanged, link.version, &body).await?;
    }
    Ok(link)
}

/// Ends the link if its time is over: whoever touches such a link does.
pub(crate) async fn current(books: &mut impl OpenBooks, link: Link) -> Result<Link, Failure> {
    if link.is_due(books.books().now) {
        return advance(books, link, Status::Expired).await;
    }
    Ok(link)
}

/// Ends all links of a key, or those that pay from one account.
pub(crate) async fn end_all_of_key(
    books: &mut impl OpenBooks,
    key: &str,
    payer: Option<&str>,
) -> Result<(), Failure> {
    for link in links::open_of_key(books.books().connection, key).await? {
        if payer.is_none() || link.payer_account.as_deref() == payer {
            let link = current(books, link).await?;
            if link.is_open() {
                advance(books, link, Status::Revoked).await?;
            }
        }
    }
    Ok(())
}

/// Ends a link if its time is over.
pub(crate) async fn expire(platform: &Platform, id: &str) -> Result<(), Failure> {
    storage::retry(|| async {
        let mut transaction = platform.storage.write().await?;
        let now = platform.clock.now();
        if let Some(link) = links::find(&mut transaction, id).await? {
            current(&mut Books { platform, connection: &mut transaction, now }, link).await?;
        }
        Ok(transaction.commit().await?)
    })
    .await
}

/// The link that a linked key pays through: of its active links that name the payee, with the handle and
/// the account for which it was pinned, and are in the currency, the newest.
///
/// What the link allows at this moment is checked here; serialised writers keep it true until the commit.
pub(crate) async fn link_for(
    work: &mut Work<'_>,
    request: &PaymentRequest,
) -> Result<(Link, String), Failure> {
    let payee = NamedAccount::from(request.payee());
    let mut naming = links::open_of_key(work.connection, &work.caller.id).await?;
    naming.retain(|link| {
        link.status == Status::Active
            && !link.is_due(work.now)
            && (link.payees.contains(&payee) || !checks!(LinkPayee))
    });
    if naming.is_empty() {
        return Err(refused(ErrorCode::KeyNotAllowed, "payee"));
    }
    let amount = request.amount();
    let link = naming
        .into_iter()
        .find(|link| link.limits.currency == amount.currency().code() || !checks!(LinkCurrency));
    let link = link.ok_or_else(|| refused(ErrorCode::LinkLimitExceeded, "amount.currency"))?;
    let payer = link.payer_account.clone();
    let payer = payer.ok_or(Failure::Corrupt("an active link without a payer"))?;
    let origin = link.origin.as_deref();
    if checks!(BlockLink) {
        refuse_blocked_by_payer(work.connection, &payer, &payee.account, origin).await?;
    }
    if amount.minor() > remaining(work, &link).await? {
        return Err(refused(ErrorCode::LinkLimitExceeded, "amount"));
    }
    Ok((link, payer))
}

/// What one payment may be at most at this moment, in minor units: the least that any limit leaves.
async fn remaining(books: &mut impl OpenBooks, link: &Link) -> Result<i64, Failure> {
    let books = books.books();
    let limits = &link.limits;
    let beginning = if checks!(LinkNextPeriod) { limits.period.beginning(books.now)? } else { 0 };
    let spent = links::spent(books.connection, &link.id, beginning).await?;
    // Limits may have been lowered below what was spent before.
    let most = |limit, checked| if checked { limit } else { i64::MAX };
    let left = most(limits.per_period - spent.in_period, checks!(LinkPerPeriod))
        .min(most(limits.lifetime - spent.in_all, checks!(LinkLifetime)));
    Ok(left.min(most(limits.per_payment, checks!(LinkPerPayment))).max(0))
}

/// A link as the contract writes it.
#[derive(Serialize)]
pub(crate) struct LinkBody<'a> {
    id: &'a str,
    version: u32,
    status: &'static str,
    key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payer: Option<Party<'a>>,
    payees: Vec<Party<'a>>,
    limits: LimitsBody<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining: Option<AmountText<String, &'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    wallet_url: String,
    created_at: i64,
    expires_at: i64,
}

/// See [`LinkBody`].
pub(crate) async fn link_body<'a>(
    books: &mut impl OpenBooks,
    link: &'a Link,
) -> Result<LinkBody<'a>, Failure> {
    let remaining = match link.status {
        Status::Active => Some(link.limits.amount(remaining(books, link).await?)?),
        _ => None,
    };
    let origin_verified = match &link.origin {
        Some(origin) => Some(is_registered_by_all(books.books().connection, link, origin).await?),
        None => None,
    };
    let payer = link.payer_handle.as_deref().zip(link.payer_account.as_deref());
    Ok(LinkBody {
        id: &link.id,
        version: link.version,
        status: link.status.as_str(),
        key_id: &link.key,
        origin: link.origin.as_deref(),
        origin_verified,
        payer: payer.map(|(handle, account)| Party { handle, account }),
        payees: link.payees.iter().map(NamedAccount::party).collect(),
        limits: link.limits.body()?,
        remaining,
        note: link.note.as_deref(),
        wallet_url: books.books().platform.wallet_origin.wallet_url("link", &link.id),
        created_at: link.created_at,
        expires_at: link.expires_at,
    })
}

/// Whether each payee of a link has registered the web origin that asks.
async fn is_registered_by_all(
    connection: &mut Connection,
    link: &Link,
    origin: &str,
) -> Result<bool, Failure> {
    for payee in &link.payees {
        if !origin_is_registered(connection, &payee.account, origin).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Refuses payees that are not who they were said to be, that are blocked, or that the payer is.
pub(crate) async fn check_payees(
    work: &mut Work<'_>,
    payees: &[NamedAccount],
    payer: Option<&str>,
) -> Result<(), Failure> {
    for (position, payee) in payees.iter().enumerate() {
        let place = format!("payees.{position}");
        let holder = pinned(work.connection, &payee.handle, &payee.account).await?;
        let holder = holder.map_err(|error| error.within(&place))?;
        if payer == Some(&holder.account) {
            return Err(ErrorCode::PayeeIsPayer.at("handle").within(&place).into());
        }
        if holder.blocked_at.is_some() {
            return Err(ErrorCode::AccountBlocked.at("handle").within(&place).into());
        }
    }
    Ok(())
}
