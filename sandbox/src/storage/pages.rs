//! Where a merchant's pages are, and where its payers may be sent back to.

use super::Connection;

/// Registers an origin. Once more changes nothing.
pub(crate) async fn register_origin(
    connection: &mut Connection,
    account: &str,
    origin: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO registered_origins (account, origin) VALUES ($1, $2)
         ON CONFLICT (account, origin) DO NOTHING",
    )
    .bind(account)
    .bind(origin)
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether a payee has registered this web origin as its own.
pub(crate) async fn origin_is_registered(
    connection: &mut Connection,
    payee: &str,
    origin: &str,
) -> Result<bool, sqlx::Error> {
    let found: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM registered_origins WHERE account = $1 AND origin = $2",
    )
    .bind(payee)
    .bind(origin)
    .fetch_one(connection)
    .await?;
    Ok(found == 1)
}

/// Registers an address that payers may be sent back to. Once more changes nothing.
pub(crate) async fn register_return_url(
    connection: &mut Connection,
    account: &str,
    url: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO registered_return_urls (account, url) VALUES ($1, $2)
         ON CONFLICT (account, url) DO NOTHING",
    )
    .bind(account)
    .bind(url)
    .execute(connection)
    .await?;
    Ok(())
}

/// The origins and the return addresses of an account.
pub(crate) async fn registered(
    connection: &mut Connection,
    account: &str,
) -> Result<(Vec<String>, Vec<String>), sqlx::Error> {
    let origins = sqlx::query_scalar(
        "SELECT origin FROM registered_origins WHERE account = $1 ORDER BY origin",
    )
    .bind(account)
    .fetch_all(&mut *connection)
    .await?;
    let return_urls = sqlx::query_scalar(
        "SELECT url FROM registered_return_urls WHERE account = $1 ORDER BY url",
    )
    .bind(account)
    .fetch_all(connection)
    .await?;
    Ok((origins, return_urls))
}
