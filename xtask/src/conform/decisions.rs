//! A checkout's steps: opened, taken back, declined, and never changed again.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xp2p::canonical::HttpRequest;
use xp2p::signature::SigningKey;

use super::approvals;
use super::checkouts::{checkout, reading};
use super::keys::page;
use super::trial::{Trial, id_of};
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule(
        "openCheckout",
        "a checkout that a payer looks at is opened",
        &["checkout-steps", "checkout-version"],
        |trial| steps_to(trial, "open", "opened"),
    ),
    rule("openCheckout", "to open once more changes nothing", &["open-once"], open_again),
    rule(
        "declineCheckout",
        "a checkout that a payer declines is declined",
        &["checkout-steps", "checkout-version"],
        |trial| steps_to(trial, "decline", "declined"),
    ),
    rule(
        "cancelCheckout",
        "the key that made it takes it back",
        &["checkout-steps", "checkout-version"],
        |trial| steps_to(trial, "cancel", "cancelled"),
    ),
    rule("cancelCheckout", "no payer takes it back", &["cancel-asker"], |trial| {
        let asked = checkout(trial, &page(trial)?)?;
        trial.refused(&step(trial, &asked, "cancel"), "key_not_allowed")
    }),
    rule("cancelCheckout", "another page finds none", &["checkout-visible"], |trial| {
        let asked = checkout(trial, &page(trial)?)?;
        trial.refused_by(&page(trial)?, &step(trial, &asked, "cancel"), "not_found")
    }),
    rule("openCheckout", "after its end it is state_final", &["final-open"], |trial| {
        final_for(trial, "open")
    }),
    rule("declineCheckout", "after its end it is state_final", &["final-decided"], |trial| {
        final_for(trial, "decline")
    }),
    rule("cancelCheckout", "after its end it is state_final", &["final-open"], |trial| {
        final_for(trial, "cancel")
    }),
    rule("approveCheckout", "after its end it is state_final", &["final-decided"], approve_ended),
    rule("cancelCheckout", "what is paid is not taken back", &["final-open"], cancel_paid),
];

/// A step that has no body, not signed.
pub fn step(trial: &Trial, checkout: &Value, name: &str) -> HttpRequest {
    trial.step(&format!("/v1/checkouts/{}/{name}", id_of(checkout)))
}

fn version(checkout: &Value) -> Result<u64> {
    checkout["version"].as_u64().context("no version")
}

/// Who may take the step.
fn whose<'a>(trial: &'a Trial, page: &'a SigningKey, name: &str) -> &'a SigningKey {
    if name == "cancel" { page } else { &trial.payer.key }
}

fn steps_to(trial: &Trial, name: &str, status: &str) -> Result<()> {
    let page = page(trial)?;
    let asked = checkout(trial, &page)?;
    let stepped = trial.accepted_by(whose(trial, &page, name), &step(trial, &asked, name))?;
    let read = trial.accepted_by(&page, &reading(trial, &asked))?;
    for checkout in [stepped, read] {
        ensure!(checkout["status"] == status, "status {}", checkout["status"]);
        let (before, after) = (version(&asked)?, version(&checkout)?);
        ensure!(after > before, "version {after} after {before}");
    }
    Ok(())
}

fn open_again(trial: &Trial) -> Result<()> {
    let asked = checkout(trial, &page(trial)?)?;
    let first = trial.accepted(&step(trial, &asked, "open"))?;
    let again = trial.accepted(&step(trial, &asked, "open"))?;
    ensure!(first == again, "{again}");
    Ok(())
}

/// After either side ended it.
fn final_for(trial: &Trial, name: &str) -> Result<()> {
    for end in ["cancel", "decline"] {
        let page = page(trial)?;
        let asked = checkout(trial, &page)?;
        trial.accepted_by(whose(trial, &page, end), &step(trial, &asked, end))?;
        let late = step(trial, &asked, name);
        trial.refused_by(whose(trial, &page, name), &late, "state_final")?;
    }
    Ok(())
}

fn approve_ended(trial: &Trial) -> Result<()> {
    let page = page(trial)?;
    let asked = checkout(trial, &page)?;
    let approval = approvals::approval(trial, &asked);
    trial.accepted_by(&page, &step(trial, &asked, "cancel"))?;
    trial.refused(&approvals::request(trial, &asked, &approval), "state_final")
}

fn cancel_paid(trial: &Trial) -> Result<()> {
    let page = page(trial)?;
    let (asked, _) = approvals::paid(trial, &page)?;
    trial.refused_by(&page, &step(trial, &asked, "cancel"), "state_final")
}
