//! The keys of people and pages, and what each may do.

use xp2p::signature::PublicKey;
use xp2p::{Error, ErrorCode};

use super::{Connection, new_id};
use crate::failure::Failure;
use crate::page::Page;

/// What a key may do: section 1 of the design, `x-keys` of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Makes, reads and cancels its own checkouts; moves no money.
    Requester,
    /// A requester key that a payer has linked: pays within the limits of its links.
    Linked,
    /// A person's own: pays anyone from its account.
    Approval,
}

impl Role {
    /// The role as it is written on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requester => "requester",
            Self::Linked => "linked",
            Self::Approval => "approval",
        }
    }
}

impl TryFrom<String> for Role {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let all = [Self::Requester, Self::Linked, Self::Approval];
        all.into_iter().find(|role| role.as_str() == text).ok_or(text)
    }
}

/// A key that is known.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Key {
    pub id: String,
    pub x: String,
    /// `Linked` is not stored: it is what a requester key is as long as a link of it is active.
    #[sqlx(try_from = "String")]
    pub role: Role,
    pub account: Option<String>,
    /// The web origin that it is bound to.
    pub origin: Option<String>,
    pub label: Option<String>,
    /// An id that says when it became known.
    pub registration: String,
    pub created_at: i64,
    pub revoked_at: Option<i64>,
}

impl Key {
    /// Within what its idempotency keys are distinct.
    pub fn scope(&self) -> &str {
        match &self.account {
            Some(account) if self.role == Role::Approval => account,
            _ => &self.id,
        }
    }

    /// A requester key that nobody knows yet.
    pub fn introduced(public: &PublicKey, now: i64) -> Self {
        Self {
            id: public.key_id(),
            x: public.to_jwk_x(),
            role: Role::Requester,
            account: None,
            origin: None,
            label: None,
            registration: new_id("key"),
            created_at: now,
            revoked_at: None,
        }
    }

    /// An approval key of an account that nobody knows yet.
    pub fn approval(public: &PublicKey, account: &str, now: i64) -> Self {
        Self {
            role: Role::Approval,
            account: Some(account.into()),
            ..Self::introduced(public, now)
        }
    }
}

/// The key with this RFC 7638 thumbprint, if it may still be used. One that nobody knows may make itself
/// known by the very request that it signed: `introduced` looks.
pub(crate) async fn usable(
    connection: &mut Connection,
    id: &str,
    now: i64,
    introduced: impl FnOnce() -> Result<Option<PublicKey>, Error> + Send,
) -> Result<Key, Failure> {
    match find(connection, id, now).await? {
        Some(key) if key.revoked_at.is_some() && checks!(KeyRevoked) => {
            Err(ErrorCode::KeyRevoked.at("keyid").into())
        }
        Some(key) => Ok(key),
        None => match introduced()? {
            Some(public) if public.key_id() == id => Ok(Key::introduced(&public, now)),
            _ => Err(ErrorCode::KeyUnknown.at("keyid").into()),
        },
    }
}

/// Makes a key known. Once more changes nothing; with another role, for another account or from another
/// web origin it is refused, because the key would then say who asked in two ways.
pub(crate) async fn register(
    connection: &mut Connection,
    new: Key,
    now: i64,
) -> Result<Key, Failure> {
    let Some(known) = find(connection, &new.id, now).await? else {
        insert(connection, &new).await?;
        return Ok(new);
    };
    let approves = |key: &Key| key.role == Role::Approval;
    let refused = if known.revoked_at.is_some() && checks!(KeyForGood) {
        ErrorCode::KeyRevoked.at("jwk")
    } else if approves(&known) != approves(&new)
        || known.account != new.account && checks!(KeyOfTwo)
    {
        ErrorCode::KeyNotAllowed.at("jwk")
    } else if known.origin != new.origin && checks!(KeyAsksFrom) {
        ErrorCode::KeyNotAllowed.at("origin")
    } else if !checks!(KeyOnceMore) {
        ErrorCode::KeyNotAllowed.at("jwk")
    } else {
        return Ok(known);
    };
    Err(refused.into())
}

/// The key with this thumbprint, revoked or not.
pub(crate) async fn find(
    connection: &mut Connection,
    id: &str,
    now: i64,
) -> Result<Option<Key>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, x, account, origin, label, registration, created_at, revoked_at,
                CASE WHEN role = 'requester' AND EXISTS
                          (SELECT 1 FROM links
                           WHERE key = keys.id AND status = 'active' AND expires_at > $2)
                     THEN 'linked' ELSE role END AS role
         FROM keys WHERE id = $1",
    )
    .bind(id)
    .bind(now)
    .fetch_optional(connection)
    .await
}

/// The keys of an account, newest first, the revoked ones too.
pub(crate) async fn of_account(
    connection: &mut Connection,
    account: &str,
    page: &Page,
) -> Result<Vec<Key>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM keys
         WHERE account = $1 AND role = 'approval' AND ($2 IS NULL OR registration < $2)
         ORDER BY registration DESC LIMIT $3",
    )
    .bind(account)
    .bind(page.before())
    .bind(page.reach())
    .fetch_all(connection)
    .await
}

/// Stops a key for good.
pub(crate) async fn revoke(
    connection: &mut Connection,
    id: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
        .bind(id)
        .bind(now)
        .execute(connection)
        .await?;
    Ok(())
}

async fn insert(connection: &mut Connection, key: &Key) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO keys (id, x, role, account, origin, label, registration, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&key.id)
    .bind(&key.x)
    .bind(key.role.as_str())
    .bind(&key.account)
    .bind(&key.origin)
    .bind(&key.label)
    .bind(&key.registration)
    .bind(key.created_at)
    .execute(connection)
    .await?;
    Ok(())
}
