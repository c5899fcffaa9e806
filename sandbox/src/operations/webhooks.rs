//! `/v1/webhooks` and `/v1/deliveries`: where an account has its news sent, and what came of it.

use serde::Serialize;
use url::Url;
use xp2p::canonical::Json;
use xp2p::{Error, ErrorCode};

use crate::Platform;
use crate::failure::Failure;
use crate::news::News;
use crate::operation::{Operation, Order, Work, refused, reply};
use crate::page::{List, Page};
use crate::storage::deliveries::{self, Delivery};
use crate::storage::keys::Role;
use crate::storage::new_id;
use crate::storage::replay::Reply;
use crate::storage::webhooks::{self, Webhook};
use crate::webhooks::Unanswered;

/// The most types of news of one webhook: the contract.
const MOST_EVENTS: usize = 16;

/// Has news sent to a server.
pub(crate) struct CreateWebhook;

/// `WebhookRequest` of the contract, and what looking the address up told.
pub(crate) struct WebhookRequest {
    url: Url,
    events: Vec<&'static str>,
    checked: Result<(), Error>,
}

impl Operation for CreateWebhook {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = WebhookRequest;

    fn read(order: &Order) -> Result<WebhookRequest, Error> {
        let body = Json::parse(&order.body)?;
        body.only_members(&["url", "events"])?;
        let url = Url::parse(body.text("url")?);
        Ok(WebhookRequest {
            url: url.map_err(|_| ErrorCode::WebhookUrlRefused.at("url"))?,
            events: read_events(&body)?,
            checked: Err(ErrorCode::Internal.into()),
        })
    }

    async fn prepare(platform: &Platform, request: &mut WebhookRequest) {
        let checked = platform.webhooks.addresses(&request.url).await;
        request.checked = checked.map(drop).map_err(|cause| {
            let error = ErrorCode::WebhookUrlRefused.at("url");
            match cause {
                Unanswered::Refused(reason) => error.because(reason.into()),
                _ => error,
            }
        });
    }

    async fn carry_out(work: &mut Work<'_>, request: &WebhookRequest) -> Result<Reply, Failure> {
        request.checked.clone()?;
        let webhook = Webhook {
            id: new_id("whk"),
            account: work.account()?.into(),
            url: request.url.as_str().into(),
            events: request.events.join(" "),
            created_at: work.now,
            disabled_at: None,
        };
        webhooks::insert(work.connection, &webhook).await?;
        reply(201, &webhook_body(&webhook))
    }
}

/// Each type once, out of those there are.
fn read_events(body: &Json) -> Result<Vec<&'static str>, Error> {
    let malformed = || ErrorCode::RequestMalformed.at("events");
    let mut events = Vec::new();
    for event in body.array("events")? {
        let Json::String(event) = event else { return Err(malformed()) };
        let known = News::ALL.iter().map(|news| news.as_str()).find(|known| known == event);
        match known {
            Some(event) if !events.contains(&event) => events.push(event),
            _ => return Err(malformed()),
        }
    }
    if (1..=MOST_EVENTS).contains(&events.len()) { Ok(events) } else { Err(malformed()) }
}

/// Lists the account's webhooks.
pub(crate) struct ListWebhooks;

impl Operation for ListWebhooks {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = Page;

    fn read(order: &Order) -> Result<Page, Error> {
        Page::read(order, "whk")
    }

    async fn carry_out(work: &mut Work<'_>, page: &Page) -> Result<Reply, Failure> {
        let account = work.account()?.to_owned();
        let webhooks = webhooks::list(work.connection, &account, page).await?;
        let (webhooks, next_cursor) = page.cut(webhooks, |webhook| &webhook.id);
        reply(200, &List { items: webhooks.iter().map(webhook_body).collect(), next_cursor })
    }
}

/// Has no more news sent.
pub(crate) struct DisableWebhook;

impl Operation for DisableWebhook {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = ();

    fn read(_: &Order) -> Result<(), Error> {
        Ok(())
    }

    async fn carry_out(work: &mut Work<'_>, _: &()) -> Result<Reply, Failure> {
        let mut webhook = named(work).await?;
        if webhook.disabled_at.is_none() {
            webhooks::disable(work.connection, &webhook.id, work.now).await?;
            webhook.disabled_at = Some(work.now);
        }
        reply(200, &webhook_body(&webhook))
    }
}

/// Lists what was sent to a webhook, or is still to be.
pub(crate) struct ListDeliveries;

impl Operation for ListDeliveries {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = Page;

    fn read(order: &Order) -> Result<Page, Error> {
        Page::read(order, "dlv")
    }

    async fn carry_out(work: &mut Work<'_>, page: &Page) -> Result<Reply, Failure> {
        let webhook = named(work).await?;
        let deliveries = deliveries::list(work.connection, &webhook.id, page).await?;
        let (deliveries, next_cursor) = page.cut(deliveries, |delivery| &delivery.id);
        let mut items = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            items.push(delivery_body(work, delivery).await?);
        }
        reply(200, &List { items, next_cursor })
    }
}

/// Sends a delivery once more, now.
pub(crate) struct ResendDelivery;

impl Operation for ResendDelivery {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = ();

    fn read(_: &Order) -> Result<(), Error> {
        Ok(())
    }

    async fn carry_out(work: &mut Work<'_>, _: &()) -> Result<Reply, Failure> {
        let (id, account) = (work.resource()?.to_owned(), work.account()?.to_owned());
        let nothing = || Failure::from(ErrorCode::NotFound);
        let delivery =
            deliveries::find(work.connection, &id, &account).await?.ok_or_else(nothing)?;
        let webhook = webhooks::find(work.connection, &delivery.webhook, &account).await?;
        if webhook.is_none_or(|webhook| webhook.disabled_at.is_some()) && checks!(ResendDisabled) {
            return Err(refused(ErrorCode::StateFinal, "webhook"));
        }
        if !checks!(Resend) {
            return Err(nothing());
        }
        deliveries::resend(work.connection, &id, work.now).await?;
        let delivery =
            deliveries::find(work.connection, &id, &account).await?.ok_or_else(nothing)?;
        reply(202, &delivery_body(work, delivery).await?)
    }
}

/// The webhook that the path names, if it is the caller's.
async fn named(work: &mut Work<'_>) -> Result<Webhook, Failure> {
    let (id, account) = (work.resource()?.to_owned(), work.account()?.to_owned());
    let webhook = webhooks::find(work.connection, &id, &account).await?;
    webhook.ok_or(Failure::from(ErrorCode::NotFound))
}

/// `Webhook` of the contract.
#[derive(Serialize)]
struct WebhookBody<'a> {
    id: &'a str,
    url: &'a str,
    events: Vec<&'a str>,
    enabled: bool,
    created_at: i64,
}

fn webhook_body(webhook: &Webhook) -> WebhookBody<'_> {
    WebhookBody {
        id: &webhook.id,
        url: &webhook.url,
        events: webhook.wants().collect(),
        enabled: webhook.disabled_at.is_none(),
        created_at: webhook.created_at,
    }
}

/// `Delivery` of the contract.
#[derive(Serialize)]
struct DeliveryBody {
    id: String,
    event: String,
    r#type: String,
    status: String,
    attempts: Vec<AttemptBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<i64>,
    created_at: i64,
}

#[derive(Serialize)]
struct AttemptBody {
    at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<i64>,
}

async fn delivery_body(work: &mut Work<'_>, delivery: Delivery) -> Result<DeliveryBody, Failure> {
    let attempts = deliveries::attempts(work.connection, &delivery.id).await?.into_iter();
    Ok(DeliveryBody {
        attempts: attempts
            .map(|attempt| AttemptBody { at: attempt.at, status: attempt.status })
            .collect(),
        id: delivery.id,
        event: delivery.event,
        r#type: delivery.r#type,
        status: delivery.status,
        next_attempt_at: delivery.next_attempt_at,
        created_at: delivery.created_at,
    })
}
