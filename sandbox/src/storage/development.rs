//! What a developer moved or broke on purpose, shared by all sandboxes on one database.

use super::{Connection, Storage};

/// As it stands.
#[derive(sqlx::FromRow)]
pub(crate) struct Development {
    pub clock_ahead: i64,
    /// Changes whenever the rules do.
    pub faults_number: i64,
}

/// One row, looked up for every request: another sandbox may have changed it.
pub(crate) async fn read(storage: &Storage) -> Result<Development, sqlx::Error> {
    sqlx::query_as("SELECT clock_ahead, faults_number FROM development")
        .fetch_one(&storage.readers)
        .await
}

/// By how many seconds the clock was moved.
pub(crate) async fn clock_ahead(connection: &mut Connection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT clock_ahead FROM development").fetch_one(connection).await
}

/// Moves the clock to so many seconds ahead.
pub(crate) async fn move_clock(connection: &mut Connection, ahead: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE development SET clock_ahead = $1").bind(ahead).execute(connection).await?;
    Ok(())
}

/// The rules by which requests fail, with their number.
pub(crate) async fn faults(connection: &mut Connection) -> Result<(i64, String), sqlx::Error> {
    sqlx::query_as("SELECT faults_number, faults FROM development").fetch_one(connection).await
}

/// Puts other rules in place.
pub(crate) async fn set_faults(
    connection: &mut Connection,
    faults: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE development SET faults = $1, faults_number = faults_number + 1")
        .bind(faults)
        .execute(connection)
        .await?;
    Ok(())
}
