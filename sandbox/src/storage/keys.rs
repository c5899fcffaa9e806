//! The keys of people and pages, and what each may do.

use xp2p::{Error, ErrorCode};

use super::Connection;
use crate::failure::Failure;

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
        [Self::Requester, Self::Linked, Self::Approval]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(text)
    }
}

/// A key that was enrolled.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Key {
    pub id: String,
    pub x: String,
    #[sqlx(try_from = "String")]
    pub role: Role,
    pub account: Option<String>,
    /// The web origin that it is bound to.
    pub origin: Option<String>,
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
}

/// The key with this RFC 7638 thumbprint, if it may still be used.
pub(crate) async fn usable(connection: &mut Connection, id: &str) -> Result<Key, Failure> {
    match find(connection, id).await? {
        None => Err(Error::new(ErrorCode::KeyUnknown).at("keyid").into()),
        Some(key) if key.revoked_at.is_some() => {
            Err(Error::new(ErrorCode::KeyRevoked).at("keyid").into())
        }
        Some(key) => Ok(key),
    }
}

/// Enrols an approval key for an account. Once more for the same account changes nothing; for another
/// account it is refused, because the key would then say who asked in two ways.
pub(crate) async fn enrol(
    connection: &mut Connection,
    id: &str,
    x: &str,
    account: &str,
    now: i64,
) -> Result<Key, Failure> {
    sqlx::query(
        "INSERT INTO keys (id, x, account, role, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(id)
    .bind(x)
    .bind(account)
    .bind(Role::Approval.as_str())
    .bind(now)
    .execute(&mut *connection)
    .await?;
    let key = usable(connection, id).await.map_err(|failure| match failure {
        Failure::Refused(error) => error.at("jwk").into(),
        failure => failure,
    })?;
    if key.role != Role::Approval || key.account.as_deref() != Some(account) {
        return Err(Error::new(ErrorCode::KeyNotAllowed).at("jwk").into());
    }
    Ok(key)
}

async fn find(connection: &mut Connection, id: &str) -> Result<Option<Key>, sqlx::Error> {
    sqlx::query_as("SELECT id, x, role, account, origin, revoked_at FROM keys WHERE id = $1")
        .bind(id)
        .fetch_optional(connection)
        .await
}
