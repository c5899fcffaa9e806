//! What was seen and said before: nonces, so that no signature works twice, and answers, so that no
//! intent is carried out twice.

use std::sync::Arc;
use std::time::Duration;

use xp2p::{Error, ErrorCode};

use super::{Connection, Storage};
use crate::Platform;
use crate::failure::Failure;

/// How long an answer is kept for the client that asks again. The contract says at least 24 hours.
pub(crate) const ANSWERS_ARE_KEPT: i64 = 24 * 60 * 60;
/// How long a nonce is kept after its signature expired: more than clocks are allowed to differ.
const NONCES_ARE_KEPT: i64 = 60;
const HOUSEKEEPING: Duration = Duration::from_secs(600);

/// Takes a nonce. It stays taken whatever becomes of the request, if the transaction is committed.
pub(crate) async fn take_nonce(
    connection: &mut Connection,
    key: &str,
    nonce: &str,
    expires: i64,
) -> Result<(), Failure> {
    let taken = sqlx::query(
        "INSERT INTO nonces (key, nonce, forget_after) VALUES ($1, $2, $3)
         ON CONFLICT (key, nonce) DO NOTHING",
    )
    .bind(if checks!(NonceOfKey) { key } else { "" })
    .bind(nonce)
    .bind(expires + NONCES_ARE_KEPT)
    .execute(connection)
    .await?;
    if taken.rows_affected() == 0 && checks!(Nonce) {
        return Err(Error::new(ErrorCode::NonceReused).at("nonce").into());
    }
    Ok(())
}

/// An intent: whose it is, its key, and what was asked.
pub(crate) struct Intent<'a> {
    pub scope: &'a str,
    pub idempotency_key: &'a str,
    /// Method and path: the same key on another operation is another intent with a used key.
    pub operation: &'a str,
    pub request_digest: &'a str,
}

/// What an intent was answered.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Reply {
    #[sqlx(try_from = "i32")]
    pub status: u16,
    pub body: String,
    /// The address of what was made.
    pub location: Option<String>,
    /// The payment that was made.
    pub payment: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Earlier {
    operation: String,
    request_digest: String,
    #[sqlx(flatten)]
    reply: Reply,
}

/// The answer this intent got before, if there is one.
pub(crate) async fn earlier_answer(
    connection: &mut Connection,
    intent: &Intent<'_>,
) -> Result<Option<Reply>, Failure> {
    #[cfg(feature = "switches")]
    crate::careless::forget_answer(connection, intent).await?;
    let earlier: Option<Earlier> = sqlx::query_as(
        "SELECT operation, request_digest, status, body, location, payment FROM answers
         WHERE scope = $1 AND idempotency_key = $2",
    )
    .bind(intent.scope)
    .bind(intent.idempotency_key)
    .fetch_optional(connection)
    .await?;
    match earlier {
        None => Ok(None),
        Some(earlier)
            if earlier.operation == intent.operation
                && (earlier.request_digest == intent.request_digest || !checks!(ReplayBody)) =>
        {
            Ok(Some(earlier.reply))
        }
        Some(_) => Err(Error::new(ErrorCode::IdempotencyKeyReused).at("idempotency-key").into()),
    }
}

/// Keeps the answer to an intent.
pub(crate) async fn keep_answer(
    connection: &mut Connection,
    intent: &Intent<'_>,
    answer: &Reply,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO answers
             (scope, idempotency_key, operation, request_digest, status, body, location, payment,
              forget_after)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(intent.scope)
    .bind(intent.idempotency_key)
    .bind(intent.operation)
    .bind(intent.request_digest)
    .bind(i32::from(answer.status))
    .bind(&answer.body)
    .bind(&answer.location)
    .bind(&answer.payment)
    .bind(now + ANSWERS_ARE_KEPT)
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes what is past its time, again and again.
pub(crate) async fn forget_at_times(platform: Arc<Platform>) {
    loop {
        tokio::time::sleep(HOUSEKEEPING).await;
        if let Err(cause) = forget(&platform.storage, platform.clock.surely_past()).await {
            tracing::warn!(%cause, "old nonces and answers could not be deleted");
        }
    }
}

/// Deletes the nonces, answers and passkeys' challenges that are past their time.
pub(crate) async fn forget(storage: &Storage, now: i64) -> Result<(), sqlx::Error> {
    let mut transaction = storage.write().await?;
    for statement in [
        "DELETE FROM nonces WHERE forget_after < $1",
        "DELETE FROM answers WHERE forget_after < $1",
        "DELETE FROM passkey_challenges WHERE expires_at < $1",
        "DELETE FROM passkeys WHERE status IN ('begun', 'failed') AND expires_at < $1",
    ] {
        sqlx::query(statement).bind(now).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}
