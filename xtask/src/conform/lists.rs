//! The list of payments: newest first, of one intent, and nobody else's.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::trial::{Trial, id_of};
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule("listPayments", "the newest comes first", &["list-order"], newest_first),
    rule("listPayments", "a page is no longer than its limit", &["list-limit"], |trial| {
        trial.accepted(&trial.payment())?;
        trial.accepted(&trial.payment())?;
        let listed = list(trial, "?limit=1")?;
        ensure!(items(&listed)?.len() == 1, "{} on a page of one", items(&listed)?.len());
        Ok(())
    }),
    rule(
        "listPayments",
        "what is no cursor is request_malformed",
        &["list-cursor-form"],
        |trial| {
            trial.refused(&trial.get("/v1/payments?cursor=nothing-of-ours"), "request_malformed")
        },
    ),
    rule("listPayments", "what is no limit is request_malformed", &["list-limit-form"], |trial| {
        trial.refused(&trial.get("/v1/payments?limit=0"), "request_malformed")?;
        trial.refused(&trial.get("/v1/payments?limit=101"), "request_malformed")
    }),
    rule(
        "listPayments",
        "an idempotency key leads to the payment of its intent alone",
        &["list-intent"],
        of_an_intent,
    ),
    rule(
        "listPayments",
        "to another account's intent it does not lead",
        &["list-visible"],
        |trial| {
            let (request, key) = intent(trial);
            trial.accepted(&request)?;
            let path = format!("/v1/payments?idempotency_key={key}");
            let listed = trial.accepted_by(&trial.stranger.key, &trial.get(&path))?;
            ensure!(items(&listed)?.is_empty(), "{listed}");
            Ok(())
        },
    ),
    rule(
        "listPayments",
        "payers and payees see it, and nobody else",
        &["list-visible"],
        nobody_else,
    ),
];

pub fn items(list: &Value) -> Result<&Vec<Value>> {
    list["items"].as_array().context("no items")
}

fn list(trial: &Trial, query: &str) -> Result<Value> {
    trial.accepted(&trial.get(&format!("/v1/payments{query}")))
}

/// A payment, and the bare key of its intent.
fn intent(trial: &Trial) -> (xp2p::canonical::HttpRequest, String) {
    let request = trial.payment();
    let key = request.field("idempotency-key").unwrap_or_default().trim_matches('"').to_owned();
    (request, key)
}

/// Where a payment stands among those that are listed.
fn place(listed: &[Value], payment: &Value) -> Result<usize> {
    listed.iter().position(|other| other["id"] == payment["id"]).context("a payment is not listed")
}

fn newest_first(trial: &Trial) -> Result<()> {
    let (first, second) = (trial.accepted(&trial.payment())?, trial.accepted(&trial.payment())?);
    let listed = list(trial, "")?;
    let listed = items(&listed)?;
    ensure!(place(listed, &second)? < place(listed, &first)?, "the older one comes first");
    Ok(())
}

fn of_an_intent(trial: &Trial) -> Result<()> {
    let (request, key) = intent(trial);
    let payment = trial.accepted(&request)?;
    trial.accepted(&trial.payment())?;
    let listed = list(trial, &format!("?idempotency_key={key}"))?;
    let ids: Vec<_> = items(&listed)?.iter().map(id_of).collect();
    ensure!(ids == [id_of(&payment)], "{ids:?}");
    let (_, key) = intent(trial);
    let listed = list(trial, &format!("?idempotency_key={key}"))?;
    ensure!(items(&listed)?.is_empty(), "an intent that nobody had has a payment");
    Ok(())
}

fn nobody_else(trial: &Trial) -> Result<()> {
    let payment = trial.accepted(&trial.payment())?;
    for (person, sees) in [(&trial.payer, true), (&trial.payee, true), (&trial.stranger, false)] {
        let listed = trial.accepted_by(&person.key, &trial.get("/v1/payments?limit=100"))?;
        ensure!(
            place(items(&listed)?, &payment).is_ok() == sees,
            "{} sees otherwise",
            person.handle
        );
    }
    Ok(())
}
