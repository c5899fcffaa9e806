//! One intent, one effect: draft-ietf-httpapi-idempotency-key-header.

use std::collections::BTreeSet;
use std::thread;

use anyhow::{Result, ensure};
use serde_json::json;
use xp2p::canonical::HttpRequest;

use super::platform::json_of;
use super::trial::{Trial, refusal, success};
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule(
        "createPayment",
        "no idempotency key is idempotency_key_missing",
        &["idempotency-key-there"],
        no_key,
    ),
    rule(
        "createPayment",
        "a bare idempotency key is idempotency_key_malformed",
        &["idempotency-key-quoted"],
        |trial| other_key(trial, "a-key-without-its-quotes"),
    ),
    rule(
        "createPayment",
        "a short idempotency key is idempotency_key_malformed",
        &["idempotency-key-length"],
        |trial| other_key(trial, "\"order-1042\""),
    ),
    rule(
        "createPayment",
        "the same intent gets the same answer and pays once",
        &["replay"],
        same_answer,
    ),
    rule("implementing 3", "many at once with one key make one payment", &["replay"], at_once),
    rule(
        "createPayment",
        "an earlier answer is marked Idempotency-Replayed",
        &["replay", "replayed"],
        marked,
    ),
    rule(
        "createPayment",
        "the same key with another body is idempotency_key_reused",
        &["replay", "replay-body"],
        reused,
    ),
    rule("implementing 3", "a key is an account's own", &["replay-scope"], key_of_two),
    rule(
        "createPayment",
        "a refusal that looks at accounts is kept",
        &["replay", "replay-refusal"],
        refusal_kept,
    ),
    rule("createPayment", "a refusal of the form is not kept", &["replay-form"], form_not_kept),
];

/// How many requests are sent at the same time.
const AT_ONCE: usize = 16;

/// The request with another body, or as it was if the body does not have the text.
fn with(request: &HttpRequest, text: &str, other: &str) -> HttpRequest {
    let body = String::from_utf8(request.body.clone().unwrap_or_default()).unwrap_or_default();
    HttpRequest { body: Some(body.replace(text, other).into_bytes()), ..request.clone() }
}

fn no_key(trial: &Trial) -> Result<()> {
    let mut request = trial.signed(&trial.payment())?;
    request.fields.retain(|(name, _)| name != "idempotency-key");
    refusal(&trial.platform.send(&request)?, "idempotency_key_missing")
}

fn other_key(trial: &Trial, key: &str) -> Result<()> {
    let mut request = trial.payment();
    request.fields.retain(|(name, _)| name != "idempotency-key");
    trial.refused(&request.with_field("idempotency-key", key), "idempotency_key_malformed")
}

fn same_answer(trial: &Trial) -> Result<()> {
    let request = trial.payment();
    let first = trial.accepted(&request)?;
    let again = trial.sent(&request)?;
    ensure!(again.status == 201, "status {}", again.status);
    ensure!(json_of(&again)? == first, "another answer");
    Ok(())
}

/// Some may be told that the first one is still running.
fn at_once(trial: &Trial) -> Result<()> {
    let request = trial.payment();
    let signed = (0..AT_ONCE).map(|_| trial.signed(&request)).collect::<Result<Vec<_>>>()?;
    let answers = thread::scope(|scope| {
        let send = |request| scope.spawn(move || trial.platform.send(request));
        let sent: Vec<_> = signed.iter().map(send).collect();
        sent.into_iter().map(|sent| sent.join().expect("a thread ends")).collect::<Result<Vec<_>>>()
    })?;
    let mut payments = BTreeSet::new();
    for answer in answers {
        match answer.status {
            409 => refusal(&answer, "idempotency_in_progress")?,
            _ => drop(payments.insert(success(&answer)?["id"].to_string())),
        }
    }
    ensure!(payments.len() == 1, "{} payments", payments.len());
    Ok(())
}

fn marked(trial: &Trial) -> Result<()> {
    let request = trial.payment();
    let first = trial.sent(&request)?;
    ensure!(first.field("idempotency-replayed").is_none(), "the first answer is marked");
    success(&first)?;
    let replayed = trial.sent(&request)?.field("idempotency-replayed");
    ensure!(replayed.as_deref() == Some("true"), "no Idempotency-Replayed");
    Ok(())
}

fn reused(trial: &Trial) -> Result<()> {
    let request = trial.payment();
    trial.accepted(&request)?;
    trial.refused(&with(&request, "0.10", "0.11"), "idempotency_key_reused")
}

/// What became of the stranger's payment is their affair, as long as it is not the payer's.
fn key_of_two(trial: &Trial) -> Result<()> {
    let request = trial.payment();
    let ours = trial.accepted(&request)?;
    let request = trial.signed_with(&trial.stranger.key, &request)?;
    let theirs = json_of(&trial.platform.send(&request)?)?;
    ensure!(theirs["code"] != "idempotency_key_reused", "the stranger's key is used");
    ensure!(theirs["id"] != ours["id"], "the stranger gets the payer's answer");
    Ok(())
}

fn refusal_kept(trial: &Trial) -> Result<()> {
    let mut body = trial.body();
    body["payee"]["handle"] = json!("nobody-has-this-1");
    let request = trial.payment_of(&body);
    trial.refused(&request, "handle_unknown")?;
    let again = trial.sent(&request)?;
    refusal(&again, "handle_unknown")?;
    let replayed = again.field("idempotency-replayed");
    ensure!(replayed.as_deref() == Some("true"), "no Idempotency-Replayed");
    Ok(())
}

fn form_not_kept(trial: &Trial) -> Result<()> {
    let request = trial.payment();
    trial.refused(&with(&request, "0.10", "0.1"), "amount_malformed")?;
    trial.accepted(&request).map(drop)
}
