//! Links and what was paid through them. The triggers of their migration hold whoever writes to it that a
//! link only moves forward and never grows.

use super::{Connection, new_id};
use crate::failure::Failure;
use crate::link_limits::Limits;
use crate::page::Page;
use crate::receipt::Party;

/// Where a link stands. It only moves forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Requested,
    Active,
    Declined,
    Revoked,
    Expired,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Active => "active",
            Self::Declined => "declined",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

impl TryFrom<String> for Status {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let all = [Self::Requested, Self::Active, Self::Declined, Self::Revoked, Self::Expired];
        all.into_iter().find(|status| status.as_str() == text).ok_or(text)
    }
}

/// An account and the handle under which it was named.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct NamedAccount {
    pub handle: String,
    pub account: String,
}

impl NamedAccount {
    pub fn party(&self) -> Party<'_> {
        Party { handle: &self.handle, account: &self.account }
    }
}

impl From<&xp2p::Party> for NamedAccount {
    fn from(party: &xp2p::Party) -> Self {
        let (handle, account) = (party.handle().as_str(), party.account().as_str());
        Self { handle: handle.into(), account: account.into() }
    }
}

/// A link.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Link {
    pub id: String,
    #[sqlx(try_from = "i64")]
    pub version: u32,
    #[sqlx(try_from = "String")]
    pub status: Status,
    pub key: String,
    pub origin: Option<String>,
    pub payer_handle: Option<String>,
    pub payer_account: Option<String>,
    #[sqlx(flatten)]
    pub limits: Limits,
    pub note: Option<String>,
    pub created_at: i64,
    pub expires_at: i64,
    #[sqlx(skip)]
    pub payees: Vec<NamedAccount>,
}

impl Link {
    /// A new id for a link.
    pub fn new_id() -> String {
        new_id("lnk")
    }

    /// Whether something can still become of it.
    pub fn is_open(&self) -> bool {
        matches!(self.status, Status::Requested | Status::Active)
    }

    /// The link with its next version.
    #[must_use]
    pub fn moved_to(self, status: Status) -> Self {
        Self { status, version: self.version + 1, ..self }
    }

    /// The link as it stands at this moment, which is ended when its time is over, whether that was
    /// written already or not.
    #[must_use]
    pub fn at(self, now: i64) -> Self {
        if self.is_due(now) { self.moved_to(Status::Expired) } else { self }
    }

    /// Whether its end is still to be written.
    pub fn is_due(&self, now: i64) -> bool {
        self.is_open() && self.expires_at <= now
    }
}

/// Writes a new link.
pub(crate) async fn insert(connection: &mut Connection, link: &Link) -> Result<(), sqlx::Error> {
    let limits = &link.limits;
    sqlx::query(
        "INSERT INTO links (id, version, status, key, origin, currency, per_payment, per_period, period,
                            lifetime, note, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(&link.id)
    .bind(i64::from(link.version))
    .bind(link.status.as_str())
    .bind(&link.key)
    .bind(&link.origin)
    .bind(&limits.currency)
    .bind(limits.per_payment)
    .bind(limits.per_period)
    .bind(limits.period.as_str())
    .bind(limits.lifetime)
    .bind(&link.note)
    .bind(link.created_at)
    .bind(link.expires_at)
    .execute(&mut *connection)
    .await?;
    for (position, payee) in (0_i64..).zip(&link.payees) {
        sqlx::query(
            "INSERT INTO link_payees (link, position, handle, account) VALUES ($1, $2, $3, $4)",
        )
        .bind(&link.id)
        .bind(position)
        .bind(&payee.handle)
        .bind(&payee.account)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Writes the link's next version.
pub(crate) async fn update(connection: &mut Connection, link: &Link) -> Result<(), Failure> {
    let limits = &link.limits;
    let updated = sqlx::query(
        "UPDATE links SET version = $2, status = $3, payer_handle = $4, payer_account = $5,
                          per_payment = $6, per_period = $7, lifetime = $8, expires_at = $9
         WHERE id = $1 AND version = $2 - 1",
    )
    .bind(&link.id)
    .bind(i64::from(link.version))
    .bind(link.status.as_str())
    .bind(&link.payer_handle)
    .bind(&link.payer_account)
    .bind(limits.per_payment)
    .bind(limits.per_period)
    .bind(limits.lifetime)
    .bind(link.expires_at)
    .execute(connection)
    .await?;
    match updated.rows_affected() {
        1 => Ok(()),
        _ => Err(Failure::Corrupt("a link of another version")),
    }
}

/// A link, with its payees.
pub(crate) async fn find(
    connection: &mut Connection,
    id: &str,
) -> Result<Option<Link>, sqlx::Error> {
    let link = sqlx::query_as("SELECT * FROM links WHERE id = $1")
        .bind(id)
        .fetch_all(&mut *connection)
        .await?;
    Ok(with_payees(connection, link).await?.pop())
}

/// Whose links are wanted.
pub(crate) enum Side<'a> {
    /// Those that pay from this account.
    Payer(&'a str),
    /// Those of this key.
    Key(&'a str),
}

/// The links of one side, newest first.
pub(crate) async fn list(
    connection: &mut Connection,
    side: &Side<'_>,
    page: &Page,
) -> Result<Vec<Link>, sqlx::Error> {
    let (payer, key) = match *side {
        Side::Payer(account) => (Some(account), None),
        Side::Key(key) => (None, Some(key)),
    };
    let links = sqlx::query_as(
        "SELECT * FROM links
         WHERE (payer_account = $1 OR key = $2) AND ($3 IS NULL OR id < $3)
         ORDER BY id DESC LIMIT $4",
    )
    .bind(payer)
    .bind(key)
    .bind(page.before())
    .bind(page.reach())
    .fetch_all(&mut *connection)
    .await?;
    with_payees(connection, links).await
}

/// The links of a key of which something can still become, newest first.
pub(crate) async fn open_of_key(
    connection: &mut Connection,
    key: &str,
) -> Result<Vec<Link>, sqlx::Error> {
    let links = sqlx::query_as(
        "SELECT * FROM links WHERE key = $1 AND status IN ('requested', 'active') ORDER BY id DESC",
    )
    .bind(key)
    .fetch_all(&mut *connection)
    .await?;
    with_payees(connection, links).await
}

/// Whether a key has, or had, a link that pays from this account.
pub(crate) async fn ever_between(
    connection: &mut Connection,
    key: &str,
    payer: &str,
) -> Result<bool, sqlx::Error> {
    let first: Option<i64> = sqlx::query_scalar(
        "SELECT version FROM links WHERE key = $1 AND payer_account = $2 LIMIT 1",
    )
    .bind(key)
    .bind(payer)
    .fetch_optional(connection)
    .await?;
    Ok(first.is_some())
}

/// The links whose time is over and whose end is still to be written.
pub(crate) async fn due(connection: &mut Connection, now: i64) -> Result<Vec<Link>, sqlx::Error> {
    let links = sqlx::query_as(
        "SELECT * FROM links WHERE status IN ('requested', 'active') AND expires_at <= $1",
    )
    .bind(now)
    .fetch_all(&mut *connection)
    .await?;
    with_payees(connection, links).await
}

/// What was paid through a link, in minor units. What was given back of it counts all the same.
#[derive(sqlx::FromRow)]
pub(crate) struct Spent {
    pub in_period: i64,
    pub in_all: i64,
}

/// See [`Spent`]. The period is the one that began at `beginning`.
pub(crate) async fn spent(
    connection: &mut Connection,
    link: &str,
    beginning: i64,
) -> Result<Spent, sqlx::Error> {
    sqlx::query_as(
        "SELECT CAST(coalesce(sum(CASE WHEN created_at >= $2 THEN minor ELSE 0 END), 0) AS BIGINT)
                    AS in_period,
                CAST(coalesce(sum(minor), 0) AS BIGINT) AS in_all
         FROM payments WHERE link = $1",
    )
    .bind(link)
    .bind(beginning)
    .fetch_one(connection)
    .await
}

async fn with_payees(
    connection: &mut Connection,
    mut links: Vec<Link>,
) -> Result<Vec<Link>, sqlx::Error> {
    for link in &mut links {
        link.payees = sqlx::query_as(
            "SELECT handle, account FROM link_payees WHERE link = $1 ORDER BY position",
        )
        .bind(&link.id)
        .fetch_all(&mut *connection)
        .await?;
    }
    Ok(links)
}
