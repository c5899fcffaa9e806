//! What is sent to webhooks, when it is due, who is sending it, and what came of it.

use super::{Connection, new_id};
use crate::page::Page;

/// The most deliveries to one webhook at a time, so that one that does not answer keeps nobody waiting.
const AT_A_TIME: i64 = 4;
/// The most attempts that are shown: the contract.
const SHOWN: i64 = 64;

/// A delivery that is due, and all that it takes to send it.
#[derive(Clone, Debug, Default, sqlx::FromRow)]
pub(crate) struct Due {
    pub id: String,
    pub url: String,
    pub event: String,
    pub event_type: String,
    pub body: String,
    pub created_at: i64,
    /// Under which it is taken, unlike any other.
    #[sqlx(default)]
    pub claim: String,
}

/// What becomes of a delivery after an attempt.
pub(crate) enum Outcome {
    Delivered,
    Again(i64),
    GivenUp,
}

/// A delivery as its webhook's owner sees it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Delivery {
    pub id: String,
    pub webhook: String,
    pub event: String,
    pub r#type: String,
    pub status: String,
    pub next_attempt_at: Option<i64>,
    pub created_at: i64,
}

/// One attempt at a delivery.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Attempt {
    pub at: i64,
    /// The answer's, where one came.
    pub status: Option<i64>,
}

/// Writes a delivery that is due at once.
pub(crate) async fn insert(
    connection: &mut Connection,
    webhook: &str,
    event: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO deliveries (id, webhook, event, status, next_attempt_at, created_at)
         VALUES ($1, $2, $3, 'waiting', $4, $4)",
    )
    .bind(new_id("dlv"))
    .bind(webhook)
    .bind(event)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

/// The deliveries that are due and that nobody is sending, the longest due first. One waits for those of
/// earlier versions of the same resource until they were tried once, and no longer.
pub(crate) async fn due(
    connection: &mut Connection,
    now: i64,
    instant: i64,
    at_most: i64,
) -> Result<Vec<Due>, sqlx::Error> {
    let mut due: Vec<Due> = sqlx::query_as(
        "SELECT id, url, event, event_type, body, created_at FROM (
             SELECT deliveries.id, webhooks.url, deliveries.event, events.type AS event_type,
                    events.body, deliveries.created_at, deliveries.next_attempt_at,
                    row_number() OVER (
                        PARTITION BY deliveries.webhook
                        ORDER BY deliveries.next_attempt_at, deliveries.id
                    ) + (SELECT count(*) FROM deliveries AS others
                         WHERE others.webhook = deliveries.webhook AND others.claim IS NOT NULL
                           AND others.claimed_until > $2) AS place
             FROM deliveries
             JOIN webhooks ON webhooks.id = deliveries.webhook
             JOIN events ON events.id = deliveries.event
             WHERE deliveries.status = 'waiting' AND deliveries.next_attempt_at <= $1
               AND deliveries.claimed_until <= $2
               AND NOT EXISTS (
                   SELECT 1 FROM events AS earlier
                   JOIN deliveries AS ahead ON ahead.event = earlier.id
                   WHERE earlier.resource = events.resource AND earlier.version < events.version
                     AND ahead.webhook = deliveries.webhook AND ahead.status = 'waiting'
                     AND NOT EXISTS (SELECT 1 FROM attempts WHERE attempts.delivery = ahead.id)
               )
         ) AS ready
         WHERE place <= $3 ORDER BY next_attempt_at, id LIMIT $4",
    )
    .bind(now)
    .bind(instant)
    .bind(AT_A_TIME)
    .bind(at_most)
    .fetch_all(connection)
    .await?;
    due.iter_mut().for_each(|due| due.claim = new_id("claim"));
    Ok(due)
}

/// Takes a delivery until an instant of the system's clock.
pub(crate) async fn claim(
    connection: &mut Connection,
    due: &Due,
    until: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE deliveries SET claim = $2, claimed_until = $3 WHERE id = $1")
        .bind(&due.id)
        .bind(&due.claim)
        .bind(until)
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes an attempt, and gives its number.
pub(crate) async fn note_attempt(
    connection: &mut Connection,
    delivery: &str,
    at: i64,
    status: Option<u16>,
) -> Result<i64, sqlx::Error> {
    let number = sqlx::query_scalar("SELECT 1 + count(*) FROM attempts WHERE delivery = $1")
        .bind(delivery)
        .fetch_one(&mut *connection)
        .await?;
    sqlx::query("INSERT INTO attempts (delivery, number, at, status) VALUES ($1, $2, $3, $4)")
        .bind(delivery)
        .bind(number)
        .bind(at)
        .bind(status.map(i64::from))
        .execute(connection)
        .await?;
    Ok(number)
}

/// Ends a claim. Where somebody disabled the webhook or wants it sent once more meanwhile, that counts.
pub(crate) async fn settle(
    connection: &mut Connection,
    due: &Due,
    outcome: Outcome,
) -> Result<(), sqlx::Error> {
    let (status, next_attempt_at) = match outcome {
        Outcome::Delivered => ("delivered", None),
        Outcome::Again(next) => ("waiting", Some(next)),
        Outcome::GivenUp => ("given_up", None),
    };
    sqlx::query(
        "UPDATE deliveries
         SET status = $3, next_attempt_at = $4, claim = NULL, claimed_until = 0
         WHERE id = $1 AND claim = $2",
    )
    .bind(&due.id)
    .bind(&due.claim)
    .bind(status)
    .bind(next_attempt_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes a delivery due now, whatever became of it before.
pub(crate) async fn resend(
    connection: &mut Connection,
    id: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE deliveries
         SET status = 'waiting', next_attempt_at = $2, claim = NULL, claimed_until = 0
         WHERE id = $1",
    )
    .bind(id)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

/// A delivery to one of an account's webhooks. Others' are not told apart from none.
pub(crate) async fn find(
    connection: &mut Connection,
    id: &str,
    account: &str,
) -> Result<Option<Delivery>, sqlx::Error> {
    #[cfg(feature = "switches")]
    let account = &*crate::careless::account_of_delivery(connection, id, account).await?;
    sqlx::query_as(
        "SELECT deliveries.id, deliveries.webhook, deliveries.event, events.type, deliveries.status,
                deliveries.next_attempt_at, deliveries.created_at
         FROM deliveries
         JOIN webhooks ON webhooks.id = deliveries.webhook
         JOIN events ON events.id = deliveries.event
         WHERE deliveries.id = $1 AND webhooks.account = $2",
    )
    .bind(id)
    .bind(account)
    .fetch_optional(connection)
    .await
}

/// The deliveries to a webhook, newest first.
pub(crate) async fn list(
    connection: &mut Connection,
    webhook: &str,
    page: &Page,
) -> Result<Vec<Delivery>, sqlx::Error> {
    sqlx::query_as(
        "SELECT deliveries.id, deliveries.webhook, deliveries.event, events.type, deliveries.status,
                deliveries.next_attempt_at, deliveries.created_at
         FROM deliveries JOIN events ON events.id = deliveries.event
         WHERE deliveries.webhook = $1 AND ($2 IS NULL OR deliveries.id < $2)
         ORDER BY deliveries.id DESC LIMIT $3",
    )
    .bind(webhook)
    .bind(page.before())
    .bind(page.reach())
    .fetch_all(connection)
    .await
}

/// The attempts at a delivery, the latest last.
pub(crate) async fn attempts(
    connection: &mut Connection,
    delivery: &str,
) -> Result<Vec<Attempt>, sqlx::Error> {
    let mut attempts: Vec<Attempt> = sqlx::query_as(
        "SELECT at, status FROM attempts WHERE delivery = $1 ORDER BY number DESC LIMIT $2",
    )
    .bind(delivery)
    .bind(SHOWN)
    .fetch_all(connection)
    .await?;
    attempts.reverse();
    Ok(attempts)
}
