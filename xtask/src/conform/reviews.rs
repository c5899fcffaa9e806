//! A review: the payer has agreed, and the platform settles it later or not at all.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use xp2p::signature::SigningKey;

use super::approvals;
use super::balances::euros;
use super::checkouts::reading;
use super::decisions::step;
use super::keys::page;
use super::outcome::NotTried;
use super::trial::{Trial, success};
use super::{Rule, rule};
use crate::service::TICK;

/// How long we wait for the end of a review that is to be tried here.
const PATIENCE: Duration = Duration::from_secs(30);

pub const RULES: &[Rule] = &[
    rule(
        "approveCheckout",
        "what is reviewed first is answered 202, and approved",
        &["review-status"],
        answered,
    ),
    rule(
        "approveCheckout",
        "the amount is held while it is reviewed, and given back if it is taken back",
        &["review-held", "review-released"],
        held,
    ),
    rule(
        "approveCheckout",
        "what is reviewed is not decided about again",
        &["final-decided"],
        not_decided_again,
    ),
    rule(
        "cancelCheckout",
        "the side that asked takes back what is reviewed",
        &["review-cancelled"],
        taken_back,
    ),
    rule(
        "approveCheckout",
        "a review ends, and it is paid once, by what was held",
        &["review-ends"],
        settled,
    ),
];

/// A page, and its checkout as the payer's approval left it: reviewed.
fn reviewed(trial: &Trial) -> Result<(SigningKey, Value)> {
    let value = trial.known.review_value.as_deref();
    let value = value.ok_or(NotTried("no --review-value was given"))?;
    let mut body = trial.body();
    body["amount"]["value"] = json!(value);
    let page = page(trial)?;
    let asked = trial.accepted_by(&page, &trial.post("/v1/checkouts", &body))?;
    let approval = approvals::approval(trial, &asked);
    let answer = trial.sent(&approvals::request(trial, &asked, &approval))?;
    let checkout = success(&answer)?;
    ensure!(answer.status == 202, "status {}: {checkout}", answer.status);
    Ok((page, checkout))
}

/// The same, for something that must not leave it in review.
fn while_reviewed(
    trial: &Trial,
    attempt: impl FnOnce(&SigningKey, &Value) -> Result<()>,
) -> Result<()> {
    let (page, checkout) = reviewed(trial)?;
    let attempted = attempt(&page, &checkout);
    let back = trial.sent_by(&page, &step(trial, &checkout, "cancel"));
    attempted.and(back.map(drop))
}

fn answered(trial: &Trial) -> Result<()> {
    while_reviewed(trial, |page, checkout| {
        for checkout in [checkout, &trial.accepted_by(page, &reading(trial, checkout))?] {
            ensure!(checkout["status"] == "approved", "status {}", checkout["status"]);
            ensure!(checkout.get("payment").is_none(), "payment {}", checkout["payment"]);
        }
        Ok(())
    })
}

fn held(trial: &Trial) -> Result<()> {
    let stands = || euros(trial, &trial.payer.key);
    let before = stands()?;
    let (page, checkout) = reviewed(trial)?;
    let during = stands()?;
    trial.accepted_by(&page, &step(trial, &checkout, "cancel"))?;
    let after = stands()?;
    ensure!(during.available < before.available, "{during:?} after {before:?}");
    let taken = before.available - during.available;
    ensure!(during.held == before.held + taken, "{during:?} after {before:?}");
    ensure!(after == before, "{after:?}, and {before:?} before");
    Ok(())
}

fn not_decided_again(trial: &Trial) -> Result<()> {
    while_reviewed(trial, |_, checkout| {
        let approval = approvals::approval(trial, checkout);
        trial.refused(&approvals::request(trial, checkout, &approval), "state_final")?;
        trial.refused(&step(trial, checkout, "decline"), "state_final")
    })
}

fn taken_back(trial: &Trial) -> Result<()> {
    let (page, checkout) = reviewed(trial)?;
    let taken = trial.accepted_by(&page, &step(trial, &checkout, "cancel"))?;
    for checkout in [&taken, &trial.accepted_by(&page, &reading(trial, &taken))?] {
        ensure!(checkout["status"] == "cancelled", "status {}", checkout["status"]);
        ensure!(checkout.get("payment").is_none(), "payment {}", checkout["payment"]);
    }
    Ok(())
}

fn settled(trial: &Trial) -> Result<()> {
    let before = (euros(trial, &trial.payer.key)?, euros(trial, &trial.payee.key)?);
    let (page, checkout) = reviewed(trial)?;
    let begun = Instant::now();
    let mut read = checkout;
    while read["status"] == "approved" {
        ensure!(begun.elapsed() < PATIENCE, "still reviewed after {PATIENCE:?}");
        thread::sleep(TICK);
        read = trial.accepted_by(&page, &reading(trial, &read))?;
    }
    ensure!(read["status"] == "paid", "status {}", read["status"]);
    approvals::verified(trial, &read, &read["payment"])?;
    let after = (euros(trial, &trial.payer.key)?, euros(trial, &trial.payee.key)?);
    let moved = after.1.available - before.1.available;
    ensure!(moved > 0 && before.0.available - after.0.available == moved, "{after:?}");
    ensure!(after.0.held == before.0.held, "{:?} is still held", after.0);
    Ok(())
}
