//! Paying: whom, whether the money is there, what is answered, and who may read it.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use xp2p::canonical::{HttpRequest, content_digest};

use super::trial::{Trial, refusal, success};
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule(
        "createPayment",
        "a handle that nobody has is handle_unknown",
        &["handle-known"],
        |trial| {
            payee(trial, |payee| payee["handle"] = json!("nobody-has-this-1"), "handle_unknown")
        },
    ),
    rule(
        "createPayment",
        "a handle of another account is payee_changed",
        &["payee-pinned"],
        |trial| payee(trial, |payee| payee["account"] = json!("acct_another000"), "payee_changed"),
    ),
    rule("createPayment", "paying oneself is payee_is_payer", &["payee-is-payer"], |trial| {
        payee(trial, |payee| *payee = trial.payer.party(), "payee_is_payer")
    }),
    rule("createPayment", "more than one has is insufficient_funds", &["funds"], funds),
    rule(
        "createPayment",
        "the answer says what was asked, and what was done",
        &[
            "payment-payer",
            "payment-payee",
            "payment-amount",
            "payment-texts",
            "payment-digest",
            "payment-environment",
            "payment-status",
            "payment-time",
        ],
        answer,
    ),
    rule("createPayment", "Location leads to the payment", &["location"], location),
    rule("getPayment", "a payer reads their payment", &["payment-kept"], payer_reads),
    rule("getPayment", "a payee reads it", &["visible-to-payee"], payee_reads),
    rule("getPayment", "nobody else does: not_found", &["visible"], stranger_reads),
    rule("getPayment", "without a signature nobody reads one", &["signature-there"], nobody_reads),
    rule("getPayment", "a payment that is not there is not_found", &["payment-there"], nothing),
];

/// Expects the refusal of a payment to somebody else.
fn payee(trial: &Trial, bend: impl FnOnce(&mut Value), code: &str) -> Result<()> {
    let mut body = trial.body();
    bend(&mut body["payee"]);
    trial.refused(&trial.payment_of(&body), code)
}

/// The most that one payment may move is more than the payer has.
fn funds(trial: &Trial) -> Result<()> {
    let mut body = trial.body();
    body["amount"]["value"] = json!(trial.maximum()?.value());
    trial.refused(&trial.payment_of(&body), "insufficient_funds")
}

fn answer(trial: &Trial) -> Result<()> {
    let mut body = trial.body();
    body["reference"] = json!("order-1042");
    body["note"] = json!("for \"both\" 🍜");
    let request = trial.payment_of(&body);
    let digest = content_digest(request.body.as_deref().unwrap_or_default());
    let before = trial.platform.now();
    let payment = trial.accepted(&request)?;
    for (name, expected) in [
        ("payer", trial.payer.party()),
        ("payee", body["payee"].clone()),
        ("amount", body["amount"].clone()),
        ("reference", body["reference"].clone()),
        ("note", body["note"].clone()),
        ("request_digest", json!(digest)),
        ("environment", json!(trial.platform.environment())),
        ("status", json!("paid")),
        ("refunded", json!("0.00")),
    ] {
        ensure!(payment[name] == expected, "{name} is {}", payment[name]);
    }
    let made = payment["created_at"].as_u64().context("no created_at")?;
    ensure!(made.abs_diff(before) < 300, "created_at {made} at {before}");
    ensure!(payment["version"].as_u64().is_some_and(|version| version > 0), "no version");
    Ok(())
}

fn location(trial: &Trial) -> Result<()> {
    let answer = trial.sent(&trial.payment())?;
    let payment = success(&answer)?;
    let location = answer.field("location").context("no Location")?;
    let location = location.trim_start_matches(trial.platform.origin.as_str());
    ensure!(trial.reading(&payment).url.ends_with(location), "{location}");
    Ok(())
}

fn payer_reads(trial: &Trial) -> Result<()> {
    let payment = trial.accepted(&trial.payment())?;
    let again = trial.accepted(&trial.reading(&payment))?;
    ensure!(again == payment, "{again}");
    Ok(())
}

fn payee_reads(trial: &Trial) -> Result<()> {
    let payment = trial.accepted(&trial.payment())?;
    let request = trial.signed_with(&trial.payee.key, &trial.reading(&payment))?;
    let again = success(&trial.platform.send(&request)?)?;
    ensure!(again["receipt"] == payment["receipt"], "another receipt");
    Ok(())
}

fn stranger_reads(trial: &Trial) -> Result<()> {
    let payment = trial.accepted(&trial.payment())?;
    let request = trial.signed_with(&trial.stranger.key, &trial.reading(&payment))?;
    refusal(&trial.platform.send(&request)?, "not_found")
}

fn nobody_reads(trial: &Trial) -> Result<()> {
    let payment = trial.accepted(&trial.payment())?;
    refusal(&trial.platform.send(&trial.reading(&payment))?, "signature_missing")
}

fn nothing(trial: &Trial) -> Result<()> {
    let url = format!("{}/v1/payments/pay_0000000000000000", trial.platform.origin);
    trial.refused(&HttpRequest::new("GET", url), "not_found")
}
