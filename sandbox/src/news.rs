//! News for an account: what its webhooks are told, written in the transaction of the change itself, so
//! that there is no change without its news and no news of a change that was rolled back.

use serde::Serialize;

use crate::books::OpenBooks;
use crate::failure::Failure;
use crate::settings::ENVIRONMENT;
use crate::storage::new_id;

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

/// Tells an account that a resource changed. `data` is the resource as it stands now, and `version` its
/// version.
pub(crate) async fn tell(
    work: &mut impl OpenBooks,
    account: &str,
    news: News,
    version: u32,
    data: &impl Serialize,
) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Event<'a, D> {
        id: &'a str,
        r#type: &'static str,
        environment: &'static str,
        version: u32,
        created_at: i64,
        data: &'a D,
    }
    let work = work.books();
    let id = new_id("evt");
    let event = Event {
        id: &id,
        r#type: news.as_str(),
        environment: ENVIRONMENT,
        version,
        created_at: work.now,
        data,
    };
    let body =
        serde_json::to_string(&event).map_err(|_| Failure::Corrupt("text that is no JSON"))?;
    sqlx::query(
        "INSERT INTO events (id, account, type, body, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&id)
    .bind(account)
    .bind(news.as_str())
    .bind(&body)
    .bind(work.now)
    .execute(work.connection)
    .await?;
    Ok(())
}
