//! Giving a payment back: by its payee, and never more than it was.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use xp2p::canonical::HttpRequest;

use super::lists::items;
use super::trial::{Trial, id_of};
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule(
        "createRefund",
        "the payee gives a part back, and then the rest",
        &["refund-amount", "refund-counted"],
        in_parts,
    ),
    rule(
        "createRefund",
        "the payment has a higher version then, and the same receipt",
        &["refund-version", "payment-kept"],
        as_it_was,
    ),
    rule(
        "createRefund",
        "more than the payment is refund_exceeds_payment",
        &["refund-exceeds"],
        |trial| {
            let payment = trial.accepted(&trial.payment())?;
            trial.refused_by(&trial.payee.key, &refund(trial, &payment, "0.11"), EXCEEDS)
        },
    ),
    rule(
        "createRefund",
        "more than is left of it is refund_exceeds_payment",
        &["refund-exceeds", "refund-left"],
        |trial| {
            let payment = trial.accepted(&trial.payment())?;
            trial.accepted_by(&trial.payee.key, &refund(trial, &payment, "0.06"))?;
            trial.refused_by(&trial.payee.key, &refund(trial, &payment, "0.05"), EXCEEDS)
        },
    ),
    rule("createRefund", "the payer gives nothing back", &["refund-payee"], |trial| {
        let payment = trial.accepted(&trial.payment())?;
        trial.refused(&refund(trial, &payment, "0.10"), "key_not_allowed")
    }),
    rule("createRefund", "a stranger finds no payment", &["visible"], |trial| {
        let payment = trial.accepted(&trial.payment())?;
        trial.refused_by(&trial.stranger.key, &refund(trial, &payment, "0.10"), "not_found")
    }),
    rule(
        "createRefund",
        "another currency is currency_unsupported",
        &["refund-currency"],
        |trial| {
            let payment = trial.accepted(&trial.payment())?;
            let body = json!({ "amount": { "value": "0.10", "currency": "USD" } });
            let request = trial.post(&refunds(&payment), &body);
            trial.refused_by(&trial.payee.key, &request, "currency_unsupported")
        },
    ),
    rule("createRefund", "the same intent gives back once", &["replay"], once),
    rule("listRefunds", "payer and payee see what was given back", &["refund-listed"], listed),
];

const EXCEEDS: &str = "refund_exceeds_payment";

/// The address of what is given back of a payment.
pub fn refunds(payment: &Value) -> String {
    format!("/v1/payments/{}/refunds", id_of(payment))
}

/// A refund of so many EUR, not signed.
pub fn refund(trial: &Trial, payment: &Value, value: &str) -> HttpRequest {
    let body = json!({ "amount": { "value": value, "currency": "EUR" }, "note": "sorry" });
    trial.post(&refunds(payment), &body)
}

fn in_parts(trial: &Trial) -> Result<()> {
    let payment = trial.accepted(&trial.payment())?;
    for (part, sum) in [("0.04", "0.04"), ("0.06", "0.10")] {
        let given = trial.accepted_by(&trial.payee.key, &refund(trial, &payment, part))?;
        ensure!(given["amount"]["value"] == part, "amount {}", given["amount"]);
        ensure!(given["payment"] == payment["id"], "payment {}", given["payment"]);
        ensure!(given["note"] == "sorry", "note {}", given["note"]);
        let read = trial.accepted(&trial.reading(&payment))?;
        ensure!(read["refunded"] == sum, "refunded {}", read["refunded"]);
    }
    Ok(())
}

fn as_it_was(trial: &Trial) -> Result<()> {
    let request = trial.payment();
    let payment = trial.accepted(&request)?;
    trial.accepted_by(&trial.payee.key, &refund(trial, &payment, "0.10"))?;
    let read = trial.accepted(&trial.reading(&payment))?;
    let version = |payment: &Value| payment["version"].as_u64().context("no version");
    ensure!(version(&read)? > version(&payment)?, "version {}", read["version"]);
    for name in ["status", "amount", "receipt"] {
        ensure!(read[name] == payment[name], "{name} is {}", read[name]);
    }
    ensure!(trial.accepted(&request)? == payment, "what was answered before is another answer");
    Ok(())
}

fn once(trial: &Trial) -> Result<()> {
    let payment = trial.accepted(&trial.payment())?;
    let request = refund(trial, &payment, "0.05");
    let first = trial.accepted_by(&trial.payee.key, &request)?;
    let again = trial.accepted_by(&trial.payee.key, &request)?;
    ensure!(first == again, "{again}");
    Ok(())
}

fn listed(trial: &Trial) -> Result<()> {
    let payment = trial.accepted(&trial.payment())?;
    let part = |value| trial.accepted_by(&trial.payee.key, &refund(trial, &payment, value));
    let (first, second) = (part("0.04")?, part("0.06")?);
    for person in [&trial.payer, &trial.payee] {
        let listed = trial.accepted_by(&person.key, &trial.get(&refunds(&payment)))?;
        ensure!(*items(&listed)? == [second.clone(), first.clone()], "{listed}");
    }
    Ok(())
}
