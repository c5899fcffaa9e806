//! `/events`: a checkout's changes as they happen (server-sent events: HTML, section 9.2).

use std::io::{BufRead, BufReader, Lines, Read};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xp2p::canonical::HttpRequest;
use xp2p::signature::SigningKey;

use super::approvals;
use super::checkouts::checkout;
use super::decisions::step;
use super::keys::page;
use super::trial::{Trial, id_of};
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule(
        "streamCheckout",
        "it begins with the state as it stands",
        &["stream-begins", "stream-form"],
        begins,
    ),
    rule(
        "streamCheckout",
        "it tells a change, and ends after a final state",
        &["stream-goes-on", "stream-ends"],
        tells,
    ),
    rule(
        "streamCheckout",
        "after Last-Event-ID only what is later follows",
        &["stream-last-event"],
        goes_on,
    ),
    rule(
        "streamCheckout",
        "each state is told once, and later ones only",
        &["stream-forward"],
        only_forward,
    ),
    rule(
        "streamCheckout",
        "after the last state, or one that is not there yet, nothing earlier follows",
        &["stream-last-event"],
        nothing_earlier,
    ),
    rule(
        "streamCheckout",
        "a Last-Event-ID that is no version is request_malformed",
        &["stream-last-event-form"],
        |trial| {
            let page = page(trial)?;
            let request = events(trial, &checkout(trial, &page)?);
            trial.refused_by(
                &page,
                &request.with_field("last-event-id", "soon"),
                "request_malformed",
            )
        },
    ),
    rule("streamCheckout", "another page is told nothing", &["checkout-visible"], |trial| {
        let asked = checkout(trial, &page(trial)?)?;
        trial.refused_by(&page(trial)?, &events(trial, &asked), "not_found")
    }),
];

/// A checkout's stream.
struct Events<R>(Lines<BufReader<R>>);

/// One event of it.
struct Event {
    id: String,
    checkout: Value,
}

impl<R: Read> Events<R> {
    /// The next one, if the stream goes on.
    fn next(&mut self) -> Result<Option<Event>> {
        let (mut name, mut id, mut data) = (String::new(), String::new(), String::new());
        for line in self.0.by_ref() {
            let line = line.context("the stream does not end")?;
            match line.split_once(':').map(|(field, value)| (field, value.trim_start())) {
                None if line.is_empty() && !data.is_empty() => {
                    ensure!(name == "checkout", "an event named `{name}`");
                    let checkout = serde_json::from_str(&data).context("data that is no JSON")?;
                    return Ok(Some(Event { id, checkout }));
                }
                Some(("event", value)) => name = value.into(),
                Some(("id", value)) => id = value.into(),
                Some(("data", value)) => data.push_str(value),
                _ => {}
            }
        }
        Ok(None)
    }

    /// The next one, which must come and say this.
    fn says(&mut self, status: &str) -> Result<()> {
        let event = self.next()?.with_context(|| format!("the stream ends before `{status}`"))?;
        let (said, version) = (&event.checkout["status"], &event.checkout["version"]);
        ensure!(said == status, "{said} before `{status}`");
        let id: Option<u64> = event.id.parse().ok();
        ensure!(id.is_some() && id == version.as_u64(), "id {} of version {version}", event.id);
        Ok(())
    }

    fn ends(&mut self) -> Result<()> {
        let further = self.next()?;
        ensure!(further.is_none(), "an event after the end");
        Ok(())
    }
}

fn events(trial: &Trial, checkout: &Value) -> HttpRequest {
    trial.get(&format!("/v1/checkouts/{}/events", id_of(checkout)))
}

fn watch(
    trial: &Trial,
    page: &SigningKey,
    request: &HttpRequest,
) -> Result<Events<impl Read + use<>>> {
    let stream = trial.platform.stream(&trial.signed_with(page, request)?, "text/event-stream")?;
    Ok(Events(BufReader::new(stream).lines()))
}

fn begins(trial: &Trial) -> Result<()> {
    let page = page(trial)?;
    let asked = checkout(trial, &page)?;
    trial.accepted_by(&page, &step(trial, &asked, "cancel"))?;
    watch(trial, &page, &events(trial, &asked))?.says("cancelled")
}

fn tells(trial: &Trial) -> Result<()> {
    let page = page(trial)?;
    let asked = checkout(trial, &page)?;
    let mut events = watch(trial, &page, &events(trial, &asked))?;
    events.says("created")?;
    trial.accepted(&step(trial, &asked, "open"))?;
    events.says("opened")?;
    trial.accepted(&step(trial, &asked, "decline"))?;
    events.says("declined")?;
    events.ends()
}

fn goes_on(trial: &Trial) -> Result<()> {
    let page = page(trial)?;
    let asked = checkout(trial, &page)?;
    let opened = trial.accepted(&step(trial, &asked, "open"))?;
    let seen = opened["version"].to_string();
    let mut events =
        watch(trial, &page, &events(trial, &asked).with_field("last-event-id", &*seen))?;
    trial.accepted(&step(trial, &asked, "decline"))?;
    events.says("declined")?;
    events.ends()
}

/// What changes nothing is no event, and no event comes twice.
fn only_forward(trial: &Trial) -> Result<()> {
    let page = page(trial)?;
    let asked = checkout(trial, &page)?;
    let mut events = watch(trial, &page, &events(trial, &asked))?;
    events.says("created")?;
    trial.accepted(&step(trial, &asked, "open"))?;
    events.says("opened")?;
    trial.accepted(&step(trial, &asked, "open"))?;
    let approval = approvals::approval(trial, &asked);
    trial.accepted(&approvals::request(trial, &asked, &approval))?;
    let paid = events.next()?.context("the stream ends before `paid`")?;
    ensure!(paid.checkout["status"] == "paid", "{} before `paid`", paid.checkout["status"]);
    trial.refused_by(&page, &step(trial, &asked, "cancel"), "state_final")?;
    events.ends()
}

fn nothing_earlier(trial: &Trial) -> Result<()> {
    let page = page(trial)?;
    let asked = checkout(trial, &page)?;
    let ended = trial.accepted_by(&page, &step(trial, &asked, "cancel"))?;
    for seen in [ended["version"].to_string(), "999".into()] {
        let request = events(trial, &asked).with_field("last-event-id", &*seen);
        watch(trial, &page, &request)?.ends().with_context(|| format!("after {seen}"))?;
    }
    Ok(())
}
