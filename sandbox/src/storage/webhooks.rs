//! Where an account has its news sent.

use super::Connection;
use crate::page::Page;

/// A webhook.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Webhook {
    pub id: String,
    pub account: String,
    pub url: String,
    /// The types of news that are wanted, with a blank between them.
    pub events: String,
    pub created_at: i64,
    pub disabled_at: Option<i64>,
}

impl Webhook {
    /// The types of news that are wanted.
    pub fn wants(&self) -> impl Iterator<Item = &str> {
        self.events.split(' ')
    }
}

/// Writes a webhook.
pub(crate) async fn insert(
    connection: &mut Connection,
    webhook: &Webhook,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO webhooks (id, account, url, events, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&webhook.id)
    .bind(&webhook.account)
    .bind(&webhook.url)
    .bind(&webhook.events)
    .bind(webhook.created_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// A webhook of an account. Others' are not told apart from none.
pub(crate) async fn find(
    connection: &mut Connection,
    id: &str,
    account: &str,
) -> Result<Option<Webhook>, sqlx::Error> {
    #[cfg(feature = "switches")]
    if !checks!(WebhookVisible) {
        return crate::careless::webhook(connection, id).await;
    }
    sqlx::query_as("SELECT * FROM webhooks WHERE id = $1 AND account = $2")
        .bind(id)
        .bind(account)
        .fetch_optional(connection)
        .await
}

/// The webhooks of an account that are not disabled.
pub(crate) async fn enabled(
    connection: &mut Connection,
    account: &str,
) -> Result<Vec<Webhook>, sqlx::Error> {
    #[cfg(feature = "switches")]
    if !checks!(WebhookDisabled) {
        return crate::careless::all_webhooks(connection, account).await;
    }
    sqlx::query_as("SELECT * FROM webhooks WHERE account = $1 AND disabled_at IS NULL ORDER BY id")
        .bind(account)
        .fetch_all(connection)
        .await
}

/// The webhooks of an account, newest first.
pub(crate) async fn list(
    connection: &mut Connection,
    account: &str,
    page: &Page,
) -> Result<Vec<Webhook>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM webhooks WHERE account = $1 AND ($2 IS NULL OR id < $2)
         ORDER BY id DESC LIMIT $3",
    )
    .bind(account)
    .bind(page.before())
    .bind(page.reach())
    .fetch_all(connection)
    .await
}

/// Disables a webhook, and gives up what waits for it.
pub(crate) async fn disable(
    connection: &mut Connection,
    id: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE webhooks SET disabled_at = $2 WHERE id = $1")
        .bind(id)
        .bind(now)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "UPDATE deliveries
         SET status = 'given_up', next_attempt_at = NULL, claim = NULL, claimed_until = 0
         WHERE webhook = $1 AND status = 'waiting'",
    )
    .bind(id)
    .execute(connection)
    .await?;
    Ok(())
}
