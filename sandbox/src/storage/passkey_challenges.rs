//! What a passkey was asked, for which one request, and whether it has answered.

use super::Connection;

/// A challenge.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Challenge {
    pub id: String,
    pub account: String,
    /// The thumbprint of the key that asked, or that is to be enrolled.
    pub key: String,
    /// The `Content-Digest` of the one body that it counts for; none for an enrolment.
    pub digest: Option<String>,
    /// Whether the answer is still to come.
    #[sqlx(try_from = "String")]
    pub status: Status,
    /// What the answer is verified with.
    pub state: String,
    pub created_at: i64,
    pub expires_at: i64,
    pub answered_at: Option<i64>,
}

/// Only forward, which the database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Asked,
    Answered,
    Failed,
    Used,
}

impl TryFrom<String> for Status {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match &*text {
            "asked" => Ok(Self::Asked),
            "answered" => Ok(Self::Answered),
            "failed" => Ok(Self::Failed),
            "used" => Ok(Self::Used),
            _ => Err(text),
        }
    }
}

pub(crate) async fn ask(
    connection: &mut Connection,
    challenge: &Challenge,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO passkey_challenges
             (id, account, key, digest, status, state, created_at, expires_at)
         VALUES ($1, $2, $3, $4, 'asked', $5, $6, $7)",
    )
    .bind(&challenge.id)
    .bind(&challenge.account)
    .bind(&challenge.key)
    .bind(&challenge.digest)
    .bind(&challenge.state)
    .bind(challenge.created_at)
    .bind(challenge.expires_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// A challenge that this key asked for.
pub(crate) async fn find(
    connection: &mut Connection,
    key: &str,
    id: &str,
) -> Result<Option<Challenge>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM passkey_challenges WHERE id = $1 AND key = $2")
        .bind(id)
        .bind(key)
        .fetch_optional(connection)
        .await
}

/// Notes which passkey has answered.
pub(crate) async fn answered(
    connection: &mut Connection,
    id: &str,
    passkey: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE passkey_challenges SET status = 'answered', passkey = $2, answered_at = $3
         WHERE id = $1",
    )
    .bind(id)
    .bind(passkey)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends one whose answer did not verify.
pub(crate) async fn fail(connection: &mut Connection, id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE passkey_challenges SET status = 'failed' WHERE id = $1")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Uses one up that was answered. Says whether there was one: to exactly this body, by this key, in
/// time, and by a passkey that still counts.
pub(crate) async fn use_up(
    connection: &mut Connection,
    key: &str,
    digest: &str,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE passkey_challenges SET status = 'used'
         WHERE id = (SELECT challenge.id FROM passkey_challenges AS challenge
                     JOIN passkeys ON passkeys.id = challenge.passkey
                     WHERE challenge.key = $1 AND challenge.digest = $2
                       AND challenge.status = 'answered' AND challenge.expires_at > $3
                       AND passkeys.status = 'active'
                     ORDER BY challenge.id LIMIT 1)",
    )
    .bind(key)
    .bind(digest)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Uses up the one that an enrolment has answered.
pub(crate) async fn use_up_enrolment(
    connection: &mut Connection,
    id: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE passkey_challenges SET status = 'used' WHERE id = $1 AND digest IS NULL")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}
