//! Paying through a link: whom, how much at once, in a period and in all, and no longer than it stands.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use xp2p::canonical::HttpRequest;
use xp2p::signature::SigningKey;

use super::links::{agreed, path, reading};
use super::trial::Trial;
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule(
        "createPayment",
        "a linked key pays from its payer's account",
        &["link-steps", "payment-link", "payment-payer"],
        pays,
    ),
    rule("createPayment", "and nobody whom the link does not name", &["link-payee"], |trial| {
        let (page, _) = agreed(trial)?;
        let body = json!({ "payee": trial.stranger.party(), "amount": euro("0.10") });
        trial.refused_by(&page, &trial.payment_of(&body), "key_not_allowed")
    }),
    rule("createPayment", "and in no other currency", &["link-currency"], |trial| {
        let (page, _) = agreed(trial)?;
        let mut body = trial.body();
        body["amount"]["currency"] = json!("USD");
        trial.refused_by(&page, &trial.payment_of(&body), EXCEEDED)
    }),
    rule("createPayment", "and not too much at once", &["link-per-payment"], |trial| {
        let (page, _) = agreed(trial)?;
        trial.refused_by(&page, &payment(trial, "0.21"), EXCEEDED)?;
        trial.accepted_by(&page, &payment(trial, "0.20")).map(drop)
    }),
    rule("createPayment", "and not too much in a period", &["link-per-period"], |trial| {
        let (page, _) = agreed(trial)?;
        trial.accepted_by(&page, &payment(trial, "0.20"))?;
        trial.refused_by(&page, &payment(trial, "0.11"), EXCEEDED)?;
        trial.accepted_by(&page, &payment(trial, "0.10")).map(drop)
    }),
    rule("createPayment", "and not too much in all", &["link-lifetime"], in_all),
    rule("createPayment", "and again in the next period", &["link-next-period"], next_period),
    rule("getLink", "it says what one payment may be at most", &["link-remaining"], remaining),
    rule("revokeLink", "a link that its payer ended pays nothing", &["link-revoked"], |trial| {
        let (page, link) = agreed(trial)?;
        ended(trial, &page, &link, &trial.payer.key)
    }),
    rule("revokeLink", "nor one that its key ended", &["link-revoked"], |trial| {
        let (page, link) = agreed(trial)?;
        ended(trial, &page, &link, &page)
    }),
    rule("revokeLink", "to end it once more changes nothing", &["link-revoked-once"], |trial| {
        let (_, link) = agreed(trial)?;
        let first = trial.accepted(&trial.step(&path(&link, "revoke")))?;
        let again = trial.accepted(&trial.step(&path(&link, "revoke")))?;
        ensure!(first == again, "{again}");
        Ok(())
    }),
    rule("revokeLink", "a stranger ends no link", &["link-visible"], |trial| {
        let (_, link) = agreed(trial)?;
        trial.refused_by(&trial.stranger.key, &trial.step(&path(&link, "revoke")), "not_found")
    }),
    rule("lowerLink", "a lower limit counts at once", &["link-lowered"], lowered),
    rule("lowerLink", "a higher one is approval_mismatch", &["link-raised"], |trial| {
        let (_, link) = agreed(trial)?;
        let request = trial.post(&path(&link, "limits"), &limits(&link, "0.21"));
        trial.refused(&request, "approval_mismatch")
    }),
    rule("createBlock", "what is blocked is not paid through a link", &["block-link"], blocked),
];

const EXCEEDED: &str = "link_limit_exceeded";
const DAY: i64 = 24 * 60 * 60;

fn euro(value: &str) -> Value {
    json!({ "value": value, "currency": "EUR" })
}

/// A payment of so many EUR to the payee, not signed.
fn payment(trial: &Trial, value: &str) -> HttpRequest {
    trial.payment_of(&json!({ "payee": trial.payee.party(), "amount": euro(value) }))
}

/// The limits of a link, with another one for each payment.
fn limits(link: &Value, per_payment: &str) -> Value {
    let mut limits = link["limits"].clone();
    limits["per_payment"]["value"] = json!(per_payment);
    limits
}

fn pays(trial: &Trial) -> Result<()> {
    let (page, link) = agreed(trial)?;
    let payment = trial.accepted_by(&page, &trial.payment())?;
    ensure!(payment["payer"] == trial.payer.party(), "payer {}", payment["payer"]);
    ensure!(payment["link"] == link["id"], "link {}", payment["link"]);
    trial.accepted_by(&page, &trial.reading(&payment)).map(drop)
}

/// Of 0.40 in all, 0.30 in the first period.
fn in_all(trial: &Trial) -> Result<()> {
    let (page, _) = agreed(trial)?;
    trial.accepted_by(&page, &payment(trial, "0.20"))?;
    trial.accepted_by(&page, &payment(trial, "0.10"))?;
    trial.platform.while_later(DAY, || {
        trial.refused_by(&page, &payment(trial, "0.11"), EXCEEDED)?;
        trial.accepted_by(&page, &payment(trial, "0.10")).map(drop)
    })
}

fn next_period(trial: &Trial) -> Result<()> {
    let (page, _) = agreed(trial)?;
    trial.accepted_by(&page, &payment(trial, "0.20"))?;
    trial.accepted_by(&page, &payment(trial, "0.10"))?;
    trial.refused_by(&page, &payment(trial, "0.10"), EXCEEDED)?;
    trial.platform.while_later(DAY, || trial.accepted_by(&page, &payment(trial, "0.10")).map(drop))
}

fn remaining(trial: &Trial) -> Result<()> {
    let (page, link) = agreed(trial)?;
    ensure!(link["remaining"] == euro("0.20"), "remaining {}", link["remaining"]);
    trial.accepted_by(&page, &payment(trial, "0.15"))?;
    trial.accepted_by(&page, &payment(trial, "0.05"))?;
    let read = trial.accepted_by(&page, &reading(trial, &link))?;
    ensure!(read["remaining"] == euro("0.10"), "remaining {}", read["remaining"]);
    Ok(())
}

/// Pays, ends the link, and pays nothing more.
fn ended(trial: &Trial, page: &SigningKey, link: &Value, by: &SigningKey) -> Result<()> {
    trial.accepted_by(page, &payment(trial, "0.10"))?;
    let revoked = trial.accepted_by(by, &trial.step(&path(link, "revoke")))?;
    ensure!(revoked["status"] == "revoked", "status {}", revoked["status"]);
    trial.refused_by(page, &payment(trial, "0.10"), "key_not_allowed")
}

fn lowered(trial: &Trial) -> Result<()> {
    let (page, link) = agreed(trial)?;
    let lower = limits(&link, "0.10");
    let link = trial.accepted(&trial.post(&path(&link, "limits"), &lower))?;
    ensure!(link["limits"] == lower, "limits {}", link["limits"]);
    trial.refused_by(&page, &payment(trial, "0.11"), EXCEEDED)?;
    trial.accepted_by(&page, &payment(trial, "0.10")).map(drop)
}

/// The payer blocks the payee for the moment, and pays them of their own accord all the same.
fn blocked(trial: &Trial) -> Result<()> {
    let (page, _) = agreed(trial)?;
    let target = json!({ "account": trial.payee.account });
    let block = trial.accepted(&trial.post("/v1/blocks", &target))?;
    let through_link = trial.refused_by(&page, &payment(trial, "0.10"), "account_blocked");
    let of_own_accord = trial.accepted(&trial.payment());
    let id = super::trial::id_of(&block);
    trial.accepted(&trial.step(&format!("/v1/blocks/{id}/remove")))?;
    through_link?;
    of_own_accord.map(drop)
}
