//! `/v1/links`: a requester key asks a payer to let it pay, and both can read what became of it.

use xp2p::canonical::{Json, party_of, read_note};
use xp2p::{Error, ErrorCode};

use crate::failure::Failure;
use crate::link::{check_payees, link_body};
use crate::link_limits::Limits;
use crate::operation::{Operation, Order, Work, refused, reply};
use crate::page::{List, Page};
use crate::settings::offer;
use crate::storage::keys::{Key, Role};
use crate::storage::links::{self, Link, NamedAccount, Side, Status};
use crate::storage::replay::Reply;

/// The longest that a link can be asked for.
const LONGEST: i64 = 366 * 24 * 60 * 60;
/// The most payees of a link: `LinkRequest` of the contract.
const PAYEES: usize = 8;

/// Payees, limits and end, as they stand in a request and in its approval.
pub(crate) struct Terms {
    pub payees: Vec<NamedAccount>,
    pub limits: Limits,
    pub expires_at: i64,
}

impl Terms {
    pub fn read(body: &Json) -> Result<Self, Error> {
        let mut payees: Vec<NamedAccount> = Vec::new();
        for (position, payee) in body.array("payees")?.iter().enumerate() {
            let payee =
                party_of(payee).map_err(|error| error.within(&format!("payees.{position}")))?;
            let payee = NamedAccount::from(&payee);
            if payees.iter().any(|earlier| earlier.account == payee.account) {
                return Err(ErrorCode::RequestMalformed.at("payees"));
            }
            payees.push(payee);
        }
        if !(1..=PAYEES).contains(&payees.len()) {
            return Err(ErrorCode::RequestMalformed.at("payees"));
        }
        let limits = Limits::read(body.required("limits")?);
        let expires_at = i64::try_from(body.integer("expires_at")?).ok();
        Ok(Self {
            payees,
            limits: limits.map_err(|error| error.within("limits"))?,
            expires_at: expires_at.ok_or_else(|| ErrorCode::RequestMalformed.at("expires_at"))?,
        })
    }

    /// Whether a link may end then.
    pub fn check_end(&self, now: i64) -> Result<(), Failure> {
        if self.expires_at > now && (self.expires_at - now <= LONGEST || !checks!(LinkLongest)) {
            return Ok(());
        }
        let why = "a link must end in the future, and after 366 days at most";
        Err(ErrorCode::RequestMalformed.at("expires_at").because(why.into()).into())
    }
}

/// Asks a payer to let this key pay.
pub(crate) struct RequestLink;

impl Operation for RequestLink {
    const KEYS: &'static [Role] = &[Role::Requester, Role::Linked];
    type Request = (Terms, Option<String>);

    fn read(order: &Order) -> Result<Self::Request, Error> {
        let body = Json::parse(&order.body)?;
        body.only_members(&["payees", "limits", "expires_at", "note"])?;
        Ok((Terms::read(&body)?, read_note(&body)?))
    }

    async fn carry_out(work: &mut Work<'_>, request: &Self::Request) -> Result<Reply, Failure> {
        let (terms, note) = request;
        terms.check_end(work.now)?;
        if offer(&terms.limits.currency).is_none() {
            return Err(refused(ErrorCode::CurrencyUnsupported, "limits.per_payment.currency"));
        }
        check_payees(work, &terms.payees, None).await?;
        let link = Link {
            id: Link::new_id(),
            version: 1,
            status: Status::Requested,
            key: work.caller.id.clone(),
            origin: work.order.origin.clone().filter(|_| checks!(LinkOrigin)),
            payer_handle: None,
            payer_account: None,
            limits: terms.limits.clone(),
            note: note.clone(),
            created_at: work.now,
            expires_at: terms.expires_at,
            payees: terms.payees.clone(),
        };
        links::insert(work.connection, &link).await?;
        let reply = reply(201, &link_body(work, &link).await?)?;
        Ok(Reply { location: Some(format!("/v1/links/{}", link.id)), ..reply })
    }
}

/// Reads a link: its key, any wallet as long as nobody has agreed to it, and then its payer's.
pub(crate) struct GetLink;

impl Operation for GetLink {
    const KEYS: &'static [Role] = &[Role::Requester, Role::Linked, Role::Approval];
    type Request = ();

    fn read(_: &Order) -> Result<(), Error> {
        Ok(())
    }

    async fn carry_out(work: &mut Work<'_>, _: &()) -> Result<Reply, Failure> {
        let link = visible(work).await?.at(work.now);
        reply(200, &link_body(work, &link).await?)
    }
}

/// Lists links: an approval key those that pay from its account, another key its own.
pub(crate) struct ListLinks;

impl Operation for ListLinks {
    const KEYS: &'static [Role] = &[Role::Requester, Role::Linked, Role::Approval];
    type Request = Page;

    fn read(order: &Order) -> Result<Page, Error> {
        Page::read(order, "lnk")
    }

    async fn carry_out(work: &mut Work<'_>, page: &Page) -> Result<Reply, Failure> {
        let side = match work.caller.role {
            Role::Approval => Side::Payer(work.account()?),
            Role::Requester | Role::Linked => Side::Key(&work.caller.id),
        };
        let links = links::list(work.connection, &side, page).await?;
        let links = links.into_iter().map(|link| link.at(work.now)).collect();
        let (links, next_cursor) = page.cut(links, |link: &Link| &link.id);
        let mut items = Vec::with_capacity(links.len());
        for link in &links {
            items.push(link_body(work, link).await?);
        }
        reply(200, &List { items, next_cursor })
    }
}

/// The link that the path names, if the caller may see it. Others' links are not told apart from none.
pub(crate) async fn visible(work: &mut Work<'_>) -> Result<Link, Failure> {
    let id = work.resource()?;
    let link = links::find(work.connection, id).await?;
    link.filter(|link| is_visible(link, work.caller)).ok_or(Failure::from(ErrorCode::NotFound))
}

fn is_visible(link: &Link, key: &Key) -> bool {
    if !checks!(LinkVisible) {
        return true;
    }
    match key.role {
        Role::Approval => link.payer_account.is_none() || link.payer_account == key.account,
        Role::Requester | Role::Linked => link.key == key.id,
    }
}
