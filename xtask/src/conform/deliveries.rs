//! News as it arrives: signed by the platform, at least once, and for what was asked.

use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use xp2p::canonical::HttpRequest;
use xp2p::receipt::KeySet;
use xp2p::signature::{Policy, Presented};

use super::lists::items;
use super::outcome::NotTried;
use super::receiver::{PATIENCE, Receiver};
use super::refunds::refund;
use super::trial::{Trial, id_of, refusal, success};
use super::{Rule, rule};
use crate::service::TICK;

pub const RULES: &[Rule] = &[
    rule(
        "deliverEvent",
        "it is signed by a key of the platform's key set",
        &["event-signed", "event-covers"],
        signed,
    ),
    rule(
        "deliverEvent",
        "it says what happened, and how the resource stands",
        &["event-type", "event-environment", "event-version", "event-data"],
        says,
    ),
    rule(
        "deliverEvent",
        "what changed later has a higher version",
        &["event-rises", "event-version"],
        rises,
    ),
    rule("deliverEvent", "its id is the idempotency key", &["event-key"], |trial| {
        with_hook(trial, &[204], &["payment.paid"], |hook| {
            let news = about(hook, &trial.accepted(&trial.payment())?)?;
            let key = news.request.field("idempotency-key").unwrap_or_default();
            ensure!(key == format!("\"{}\"", id_of(&news.event)), "idempotency-key {key}");
            Ok(())
        })
    }),
    rule("createWebhook", "only the news that it asks for is sent", &["webhook-events"], asked_for),
    rule(
        "deliverEvent",
        "what fails is sent again, with the same id",
        &["redelivery", "event-id"],
        again,
    ),
    rule("deliverEvent", "a redirect is a failure", &["event-redirect"], redirected),
    rule("listDeliveries", "an attempt is listed with its answer", &["delivery-listed"], attempts),
    rule("resendDelivery", "it sends the same event once more", &["event-id", "resend"], resent),
    rule("resendDelivery", "another's delivery is not_found", &["delivery-visible"], |trial| {
        with_hook(trial, &[204], &["payment.paid"], |hook| {
            let payment = trial.accepted(&trial.payment())?;
            about(hook, &payment)?;
            let delivery = hook.settled(&payment)?;
            let path = format!("/v1/deliveries/{}/resend", id_of(&delivery));
            trial.refused_by(&trial.stranger.key, &trial.step(&path), "not_found")
        })
    }),
];

/// A webhook of the payee, and the server that it is sent to.
pub struct Hook<'a> {
    trial: &'a Trial,
    receiver: Receiver,
    pub id: String,
}

/// A delivery as it arrived.
pub struct News {
    pub request: HttpRequest,
    pub event: Value,
}

/// Tries something with a webhook on this machine, which answers with these statuses in turn.
pub fn with_hook(
    trial: &Trial,
    statuses: &'static [u16],
    events: &[&str],
    attempt: impl FnOnce(&Hook<'_>) -> Result<()>,
) -> Result<()> {
    if !trial.platform.is_on_this_machine() {
        return Err(
            NotTried("the platform is on another machine, and our receiver on this one").into()
        );
    }
    let receiver = Receiver::start(statuses)?;
    let body = json!({ "url": receiver.url(), "events": events });
    let answer = trial.sent_by(&trial.payee.key, &trial.post("/v1/webhooks", &body))?;
    if refusal(&answer, "webhook_url_refused").is_ok() {
        return Err(NotTried("the platform sends nothing to a loopback address").into());
    }
    let id = id_of(&success(&answer)?).to_owned();
    let hook = Hook { trial, receiver, id };
    let attempted = attempt(&hook);
    hook.disable()?;
    attempted
}

impl Hook<'_> {
    pub fn disable(&self) -> Result<Value> {
        let step = self.trial.step(&format!("/v1/webhooks/{}/disable", self.id));
        self.trial.accepted_by(&self.trial.payee.key, &step)
    }

    /// What arrives next.
    fn news(&self) -> Result<News> {
        let request = self.receiver.next()?;
        let event = serde_json::from_slice(request.body.as_deref().unwrap_or_default());
        Ok(News { request, event: event.context("news that is no JSON")? })
    }

    pub fn deliveries(&self) -> Result<Vec<Value>> {
        let path = format!("/v1/webhooks/{}/deliveries", self.id);
        let list = self.trial.accepted_by(&self.trial.payee.key, &self.trial.get(&path))?;
        Ok(items(&list)?.clone())
    }

    /// The first delivery once an attempt at it is noted, which may be after its arrival.
    pub fn settled(&self, payment: &Value) -> Result<Value> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let delivery = self.deliveries()?.pop().context("no delivery")?;
            if delivery["attempts"].as_array().is_some_and(|attempts| !attempts.is_empty()) {
                return Ok(delivery);
            }
            thread::sleep(TICK);
        }
        bail!("no attempt to tell of {} is listed", payment["id"])
    }
}

/// The news of a payment. A platform that others use too may tell of theirs before.
pub fn about(hook: &Hook<'_>, payment: &Value) -> Result<News> {
    loop {
        let news = hook.news()?;
        if news.event["data"]["id"] == payment["id"] {
            return Ok(news);
        }
    }
}

fn signed(trial: &Trial) -> Result<()> {
    with_hook(trial, &[204], &["payment.paid"], |hook| {
        let news = about(hook, &trial.accepted(&trial.payment())?)?;
        let presented = Presented::read(&news.request)?;
        let keys = KeySet::parse(&trial.platform.get("/.well-known/jwks.json")?.body)?;
        let environment = trial.platform.environment();
        let kid = format!("{environment}:{}", presented.key_id());
        let key = keys.find(&kid).context("signed with a key that is not in the set")?;
        let policy = Policy { environment, now: trial.platform.now() };
        Ok(presented.verify(&news.request, key, &policy)?)
    })
}

fn says(trial: &Trial) -> Result<()> {
    with_hook(trial, &[204], &["payment.paid"], |hook| {
        let payment = trial.accepted(&trial.payment())?;
        let event = about(hook, &payment)?.event;
        for (name, expected) in [
            ("type", json!("payment.paid")),
            ("environment", json!(trial.platform.environment())),
            ("version", payment["version"].clone()),
            ("data", payment.clone()),
        ] {
            ensure!(event[name] == expected, "{name} is {}", event[name]);
        }
        Ok(())
    })
}

/// By it a receiver drops what comes late.
fn rises(trial: &Trial) -> Result<()> {
    with_hook(trial, &[204], &["payment.paid", "payment.refunded"], |hook| {
        let payment = trial.accepted(&trial.payment())?;
        let mut last = version_of(hook, &payment, "payment.paid")?;
        for _ in 0..2 {
            trial.accepted_by(&trial.payee.key, &refund(trial, &payment, "0.01"))?;
            let next = version_of(hook, &payment, "payment.refunded")?;
            ensure!(next > last, "version {next} after {last}");
            last = next;
        }
        Ok(())
    })
}

/// The version of the next news of a payment, which must be of this type.
fn version_of(hook: &Hook<'_>, payment: &Value, kind: &str) -> Result<u64> {
    let event = about(hook, payment)?.event;
    ensure!(event["type"] == kind, "{} before `{kind}`", event["type"]);
    event["version"].as_u64().context("no version")
}

fn asked_for(trial: &Trial) -> Result<()> {
    with_hook(trial, &[204], &["payment.refunded"], |hook| {
        let payment = trial.accepted(&trial.payment())?;
        let path = format!("/v1/payments/{}/refunds", id_of(&payment));
        let body = json!({ "amount": payment["amount"] });
        trial.accepted_by(&trial.payee.key, &trial.post(&path, &body))?;
        let event = about(hook, &payment)?.event;
        ensure!(event["type"] == "payment.refunded", "{} comes first", event["type"]);
        Ok(())
    })
}

/// The first pause is short, and where the clock can be moved it is none.
fn again(trial: &Trial) -> Result<()> {
    with_hook(trial, &[500, 204], &["payment.paid"], |hook| {
        let payment = trial.accepted(&trial.payment())?;
        let first = about(hook, &payment)?;
        let delivery = hook.settled(&payment)?;
        ensure!(delivery["status"] == "waiting", "status {}", delivery["status"]);
        let next = delivery["next_attempt_at"].as_u64().context("no next_attempt_at")?;
        let pause = next.saturating_sub(trial.platform.now()) + 1;
        let second = || about(hook, &payment);
        let second = match trial.platform.while_later(i64::try_from(pause)?, second) {
            Err(error) if error.is::<NotTried>() => about(hook, &payment)?,
            second => second?,
        };
        ensure!(id_of(&first.event) == id_of(&second.event), "another id");
        let field = |news: &News| news.request.field("signature");
        ensure!(field(&first) != field(&second), "it is not newly signed");
        Ok(())
    })
}

fn redirected(trial: &Trial) -> Result<()> {
    with_hook(trial, &[307, 204], &["payment.paid"], |hook| {
        let payment = trial.accepted(&trial.payment())?;
        about(hook, &payment)?;
        let delivery = hook.settled(&payment)?;
        ensure!(delivery["status"] == "waiting", "status {}", delivery["status"]);
        ensure!(delivery["attempts"][0]["status"] == 307, "attempts {}", delivery["attempts"]);
        Ok(())
    })
}

fn attempts(trial: &Trial) -> Result<()> {
    with_hook(trial, &[204], &["payment.paid"], |hook| {
        let payment = trial.accepted(&trial.payment())?;
        let news = about(hook, &payment)?;
        let delivery = hook.settled(&payment)?;
        ensure!(delivery["status"] == "delivered", "status {}", delivery["status"]);
        ensure!(delivery["event"] == news.event["id"], "event {}", delivery["event"]);
        ensure!(delivery["type"] == "payment.paid", "type {}", delivery["type"]);
        ensure!(delivery["attempts"][0]["status"] == 204, "attempts {}", delivery["attempts"]);
        Ok(())
    })
}

fn resent(trial: &Trial) -> Result<()> {
    with_hook(trial, &[204], &["payment.paid"], |hook| {
        let payment = trial.accepted(&trial.payment())?;
        let first = about(hook, &payment)?;
        let delivery = hook.settled(&payment)?;
        let path = format!("/v1/deliveries/{}/resend", id_of(&delivery));
        trial.accepted_by(&trial.payee.key, &trial.step(&path))?;
        let second = about(hook, &payment)?;
        ensure!(id_of(&first.event) == id_of(&second.event), "another id");
        Ok(())
    })
}
