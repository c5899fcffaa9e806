//! News for an account: what its webhooks are told, written in the transaction of the change itself, so
//! that there is no change without its news and no news of a change that was rolled back.

use serde::Serialize;
use serde_json::Value;

use crate::books::OpenBooks;
use crate::failure::Failure;
use crate::settings::ENVIRONMENT;
use crate::storage::{Connection, deliveries, new_id, webhooks};

/// What happened: `EventType` of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    CheckoutOpened,
    CheckoutPaid,
    CheckoutDeclined,
    CheckoutCancelled,
    CheckoutExpired,
    PaymentPaid,
    PaymentRefunded,
    LinkChanged,
}

impl News {
    pub const ALL: [Self; 8] = [
        Self::CheckoutOpened,
        Self::CheckoutPaid,
        Self::CheckoutDeclined,
        Self::CheckoutCancelled,
        Self::CheckoutExpired,
        Self::PaymentPaid,
        Self::PaymentRefunded,
        Self::LinkChanged,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::CheckoutOpened => "checkout.opened",
            Self::CheckoutPaid => "checkout.paid",
            Self::CheckoutDeclined => "checkout.declined",
            Self::CheckoutCancelled => "checkout.cancelled",
            Self::CheckoutExpired => "checkout.expired",
            Self::PaymentPaid => "payment.paid",
            Self::PaymentRefunded => "payment.refunded",
            Self::LinkChanged => "link.changed",
        }
    }
}

/// Tells an account that a resource changed, if it has a webhook that wants to know. `data` is the
/// resource as it stands now, and `version` its version.
pub(crate) async fn tell(
    work: &mut impl OpenBooks,
    account: &str,
    news: News,
    version: u32,
    data: &impl Serialize,
) -> Result<(), Failure> {
    let work = work.books();
    let mut webhooks = webhooks::enabled(work.connection, account).await?;
    webhooks.retain(|webhook| {
        webhook.wants().any(|wanted| wanted == news.as_str()) || !checks!(WebhookEvents)
    });
    if webhooks.is_empty() {
        return Ok(());
    }
    let event = Event::new(news, version, data, work.now)?;
    insert(work.connection, account, &event).await?;
    for webhook in webhooks {
        deliveries::insert(work.connection, &webhook.id, &event.id, work.now).await?;
    }
    Ok(())
}

/// `Event` of the contract.
#[derive(Serialize)]
struct Event {
    id: String,
    r#type: &'static str,
    environment: &'static str,
    version: u32,
    created_at: i64,
    data: Value,
}

impl Event {
    fn new(
        news: News,
        version: u32,
        data: &impl Serialize,
        created_at: i64,
    ) -> Result<Self, Failure> {
        let data =
            serde_json::to_value(data).map_err(|_| Failure::Corrupt("text that is no JSON"))?;
        let (id, r#type) = (new_id("evt"), news.as_str());
        Ok(Self { id, r#type, environment: ENVIRONMENT, version, created_at, data })
    }
}

async fn insert(connection: &mut Connection, account: &str, event: &Event) -> Result<(), Failure> {
    let resource = event.data["id"].as_str().ok_or(Failure::Corrupt("news of what has no id"))?;
    let body =
        serde_json::to_string(event).map_err(|_| Failure::Corrupt("text that is no JSON"))?;
    sqlx::query(
        "INSERT INTO events (id, account, type, resource, version, body, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&event.id)
    .bind(account)
    .bind(event.r#type)
    .bind(resource)
    .bind(i64::from(event.version))
    .bind(&body)
    .bind(event.created_at)
    .execute(connection)
    .await?;
    Ok(())
}
