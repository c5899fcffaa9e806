//! The seeds of the keys that sign for the platform, and when each is used.

use super::Connection;

/// The key to sign with: the one whose time it is. A clock that was moved back may be before the time of
/// all that are left; then it is the first of them.
pub(crate) async fn active(
    connection: &mut Connection,
    now: i64,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT seed FROM platform_keys WHERE withdrawn_at IS NULL
         ORDER BY CASE WHEN used_from <= $1 AND (retired_at IS NULL OR retired_at > $1)
                       THEN 0 ELSE 1 END,
                  used_from, created_at, seed
         LIMIT 1",
    )
    .bind(now)
    .fetch_optional(connection)
    .await
}

/// The keys that verifiers are told of, newest first.
pub(crate) async fn published(connection: &mut Connection) -> Result<Vec<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT seed FROM platform_keys WHERE withdrawn_at IS NULL
         ORDER BY CASE WHEN retired_at IS NULL THEN 0 ELSE 1 END, used_from DESC, retired_at DESC, seed",
    )
    .fetch_all(connection)
    .await
}

/// Writes a key down that signs from a time on, and ends the time of those before it.
pub(crate) async fn add(
    connection: &mut Connection,
    seed: &[u8],
    used_from: i64,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE platform_keys SET retired_at = $1 WHERE retired_at IS NULL OR retired_at > $1",
    )
    .bind(used_from)
    .execute(&mut *connection)
    .await?;
    sqlx::query("INSERT INTO platform_keys (seed, created_at, used_from) VALUES ($1, $2, $3)")
        .bind(seed)
        .bind(now)
        .bind(used_from)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes the retired keys out of the set.
pub(crate) async fn withdraw_retired(
    connection: &mut Connection,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE platform_keys SET withdrawn_at = $1
         WHERE retired_at IS NOT NULL AND withdrawn_at IS NULL",
    )
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}
