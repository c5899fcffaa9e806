//! `/v1/blocks`: whom a payer wants to hear nothing from.

use serde::Serialize;
use url::Url;
use xp2p::canonical::Json;
use xp2p::{AccountId, Error, ErrorCode};

use crate::failure::Failure;
use crate::http::is_web_origin;
use crate::operation::{Operation, Order, Work, no_body, refused, reply};
use crate::page::{List, Page};
use crate::storage::blocks::{self, Block, Blocked};
use crate::storage::keys::Role;
use crate::storage::replay::Reply;
use crate::storage::{Connection, accounts};

/// Refuses what an account or a web origin asks a payer for who has blocked it.
///
/// Call it wherever somebody other than the payer asks and the payer is about to look or to agree: when a
/// checkout is opened and when it is approved (with the checkout's payee and the origin it was made from),
/// when a link is approved, and when a payment is made through one. A payer who pays somebody on their own
/// initiative is not refused.
pub(crate) async fn refuse_blocked_by_payer(
    connection: &mut Connection,
    payer_account: &str,
    payee_account: &str,
    origin: Option<&str>,
) -> Result<(), Failure> {
    let account = Some(("payee", Blocked::Account(payee_account)));
    let origin = origin.map(|origin| ("origin", Blocked::Origin(origin)));
    let account = account.filter(|_| checks!(BlockAccount));
    let origin = origin.filter(|_| checks!(BlockOrigin));
    for (param, blocked) in account.into_iter().chain(origin) {
        if blocks::standing(connection, payer_account, blocked).await?.is_some() {
            return Err(refused(ErrorCode::AccountBlocked, param));
        }
    }
    Ok(())
}

/// What is to be blocked.
pub(crate) enum Target {
    Account(AccountId),
    Origin(String),
}

/// Blocks an account or a web origin.
pub(crate) struct CreateBlock;

impl Operation for CreateBlock {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = Target;

    fn read(order: &Order) -> Result<Target, Error> {
        let body = Json::parse(&order.body)?;
        body.only_members(&["account", "origin"])?;
        match (body.optional_text("account")?, body.optional_text("origin")?) {
            (Some(account), None) => Ok(Target::Account(AccountId::parse(account)?)),
            (None, Some(origin)) if is_exact_origin(origin) => Ok(Target::Origin(origin.into())),
            (None, Some(_)) => Err(ErrorCode::RequestMalformed.at("origin")),
            _ => Err(ErrorCode::RequestMalformed.into()),
        }
    }

    async fn carry_out(work: &mut Work<'_>, target: &Target) -> Result<Reply, Failure> {
        let account = work.account()?;
        let blocked = match target {
            Target::Account(blocked) => {
                if blocked.as_str() == account {
                    return Err(refused(ErrorCode::RequestMalformed, "account"));
                }
                if accounts::by_id(work.connection, blocked.as_str()).await?.is_none() {
                    return Err(refused(ErrorCode::NotFound, "account"));
                }
                Blocked::Account(blocked.as_str())
            }
            Target::Origin(origin) => Blocked::Origin(origin),
        };
        let block = blocks::put(work.connection, account, blocked, work.now).await?;
        reply(201, &BlockBody::of(&block))
    }
}

/// Lists the blocks that stand.
pub(crate) struct ListBlocks;

impl Operation for ListBlocks {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = Page;

    fn read(order: &Order) -> Result<Page, Error> {
        Page::read(order, "blk")
    }

    async fn carry_out(work: &mut Work<'_>, page: &Page) -> Result<Reply, Failure> {
        let account = work.account()?;
        let blocks = blocks::list(work.connection, account, page).await?;
        let (blocks, next_cursor) = page.cut(blocks, |block| &block.id);
        reply(200, &List { items: blocks.iter().map(BlockBody::of).collect(), next_cursor })
    }
}

/// Removes a block. One that was removed before stays as it is.
pub(crate) struct RemoveBlock;

impl Operation for RemoveBlock {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = ();

    fn read(order: &Order) -> Result<(), Error> {
        no_body(order)
    }

    async fn carry_out(work: &mut Work<'_>, _: &()) -> Result<Reply, Failure> {
        let (id, account) = (work.resource()?, work.account()?);
        #[cfg(feature = "switches")]
        let account = &*crate::careless::account_of_block(work.connection, id, account).await?;
        let block = blocks::remove(work.connection, account, id, work.now).await?;
        reply(200, &BlockBody::of(&block.ok_or(Failure::from(ErrorCode::NotFound))?))
    }
}

/// Whether an origin stands as browsers write it. One in another form would block nobody.
fn is_exact_origin(text: &str) -> bool {
    match Url::parse(text).map(|url| url.origin()) {
        Ok(origin) if origin.is_tuple() => origin.ascii_serialization() == text,
        // An extension's, for which the URL standard has no form of its own.
        Ok(_) => {
            is_web_origin(text) && !text.contains(['?', '#', '@']) && text.split('/').count() == 3
        }
        Err(_) => false,
    }
}

/// `Block` of the contract.
#[derive(Serialize)]
struct BlockBody<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    removed_at: Option<i64>,
}

impl<'a> BlockBody<'a> {
    fn of(block: &'a Block) -> Self {
        Self {
            id: &block.id,
            account: block.blocked_account.as_deref(),
            origin: block.blocked_origin.as_deref(),
            created_at: block.created_at,
            removed_at: block.removed_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_blocked_in_the_one_form_in_which_browsers_write_it() {
        for origin in ["https://shop.example", "http://localhost:8080", "chrome-extension://abcdef"]
        {
            assert!(is_exact_origin(origin), "{origin}");
        }
        for text in [
            "null",
            "shop.example",
            "https://Shop.example",
            "https://shop.example/",
            "https://shop.example:443",
            "https://u@shop.example",
            "https://shop.example?q",
            "chrome-extension://abcdef/page.html",
            "chrome-extension://abcdef#x",
        ] {
            assert!(!is_exact_origin(text), "{text}");
        }
    }
}
