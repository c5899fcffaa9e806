//! Deliveries of everybody's webhooks, as the console lists them.

use super::Connection;

/// The most deliveries that are listed.
const DELIVERIES: i64 = 100;

/// A delivery, with where it goes and how often that was tried.
#[derive(sqlx::FromRow)]
pub(crate) struct LoggedDelivery {
    pub id: String,
    pub event: String,
    pub r#type: String,
    pub body: String,
    pub status: String,
    pub next_attempt_at: Option<i64>,
    pub created_at: i64,
    pub webhook: String,
    pub account: String,
    pub url: String,
    pub disabled_at: Option<i64>,
    pub attempts: i64,
}

/// The latest deliveries, newest first; the one with this id, if one is given.
pub(crate) async fn deliveries(
    connection: &mut Connection,
    id: Option<&str>,
) -> Result<Vec<LoggedDelivery>, sqlx::Error> {
    sqlx::query_as(
        "SELECT deliveries.id, deliveries.event, events.type, events.body, deliveries.status,
                deliveries.next_attempt_at, deliveries.created_at, deliveries.webhook,
                webhooks.account, webhooks.url, webhooks.disabled_at,
                (SELECT count(*) FROM attempts WHERE attempts.delivery = deliveries.id) AS attempts
         FROM deliveries
         JOIN webhooks ON webhooks.id = deliveries.webhook
         JOIN events ON events.id = deliveries.event
         WHERE $1 IS NULL OR deliveries.id = $1
         ORDER BY deliveries.id DESC LIMIT $2",
    )
    .bind(id)
    .bind(DELIVERIES)
    .fetch_all(connection)
    .await
}
