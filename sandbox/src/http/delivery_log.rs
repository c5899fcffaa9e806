//! What the console shows of webhooks: what was sent to whom, what came of it, and a way to send it again.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};
use url::Url;
use xp2p::ErrorCode;

use super::Shared;
use super::console::named;
use crate::failure::Failure;
use crate::journal::Change;
use crate::storage::delivery_log::LoggedDelivery;
use crate::storage::{self, Connection, deliveries, delivery_log};

/// `GET /sandbox/deliveries`: the latest ones, newest first.
pub(super) async fn deliveries(State(platform): Shared) -> Result<Json<Value>, Failure> {
    let mut transaction = platform.storage.read().await?;
    let deliveries = delivery_log::deliveries(&mut transaction, None).await?;
    let deliveries: Vec<_> = deliveries.iter().map(summary).collect();
    Ok(Json(json!({ "deliveries": deliveries })))
}

/// `GET /sandbox/deliveries/{id}`: with each attempt and what is sent.
pub(super) async fn delivery(
    State(platform): Shared,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Failure> {
    let id = named(path)?;
    let mut transaction = platform.storage.read().await?;
    let delivery = find(&mut transaction, &id).await?;
    let attempts = deliveries::attempts(&mut transaction, &id).await?;
    let attempts = attempts.iter().map(|one| json!({ "at": one.at, "status": one.status }));
    let mut shown = summary(&delivery);
    shown["attempts"] = attempts.collect();
    shown["body"] = delivery.body.into();
    Ok(Json(shown))
}

/// `POST /sandbox/deliveries/{id}/resend`: what `POST /v1/deliveries/{id}/resend` does for its owner.
pub(super) async fn resend(
    State(platform): Shared,
    path: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Failure> {
    let id = named(path)?;
    storage::retry(|| async {
        let mut transaction = platform.storage.write().await?;
        if find(&mut transaction, &id).await?.disabled_at.is_some() {
            return Err(ErrorCode::StateFinal.at("webhook").into());
        }
        deliveries::resend(&mut transaction, &id, platform.clock.now()).await?;
        Ok(transaction.commit().await?)
    })
    .await?;
    platform.journal.tell(Change::Other("deliveries"));
    Ok(StatusCode::NO_CONTENT)
}

async fn find(connection: &mut Connection, id: &str) -> Result<LoggedDelivery, Failure> {
    let found = delivery_log::deliveries(connection, Some(id)).await?.pop();
    found.ok_or(Failure::from(ErrorCode::NotFound))
}

fn summary(delivery: &LoggedDelivery) -> Value {
    json!({
        "id": delivery.id,
        "event": delivery.event,
        "type": delivery.r#type,
        "status": delivery.status,
        "next_attempt_at": delivery.next_attempt_at,
        "created_at": delivery.created_at,
        "webhook": delivery.webhook,
        "account": delivery.account,
        "url": without_secrets(&delivery.url),
        "enabled": delivery.disabled_at.is_none(),
        "attempts": delivery.attempts,
    })
}

/// People put tokens into the user information and the query of such an address.
fn without_secrets(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else { return String::new() };
    // Both fail only where there can be none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if url.query().is_some() {
        url.set_query(Some("..."));
    }
    String::from(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirement_26_addresses_are_shown_without_what_may_be_secret() {
        let shown = without_secrets("https://me:hidden@shop.example/hook?token=hidden");
        assert!(shown.starts_with("https://shop.example/hook?") && !shown.contains("hidden"));
        assert_eq!(without_secrets("https://shop.example/hook"), "https://shop.example/hook");
    }
}
