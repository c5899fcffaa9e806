//! The body of a payment: one form, and nothing in it that is passed over.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use xp2p::Amount;

use super::trial::Trial;
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule(
        "createPayment",
        "a body that is not JSON's type is content_type_unsupported",
        &["content-type"],
        media_type,
    ),
    rule("openapi", "a body over 64 KiB is request_too_large", &["body-size"], too_large),
    rule("openapi", "a member twice is request_malformed", &["member-once"], member_twice),
    rule("createPayment", "an unknown member is request_malformed", &["member-known"], |trial| {
        bent(trial, |body| body["tip"] = json!("1.00"), "request_malformed")?;
        bent(trial, |body| body["amount"]["tip"] = json!("1.00"), "request_malformed")
    }),
    rule("createPayment", "a number is amount_not_text", &["amount-text"], |trial| {
        amount(trial, json!(0.1), "amount_not_text")
    }),
    rule("createPayment", "an amount in another form is amount_malformed", &["amount-form"], form),
    rule(
        "createPayment",
        "too many decimals are amount_too_precise",
        &["amount-precise"],
        |trial| amount(trial, json!("0.100"), "amount_too_precise"),
    ),
    rule("createPayment", "too many digits are amount_too_long", &["amount-length"], |trial| {
        amount(trial, json!("10000000000000000.00"), "amount_too_long")
    }),
    rule("createPayment", "nothing is amount_zero", &["amount-zero"], |trial| {
        amount(trial, json!("0.00"), "amount_zero")
    }),
    rule("createPayment", "a negative amount is amount_negative", &["amount-negative"], |trial| {
        amount(trial, json!("-0.10"), "amount_negative")
    }),
    rule("createPayment", "too much is amount_over_maximum", &["limits"], over_maximum),
    rule(
        "createPayment",
        "an unknown currency is currency_unknown",
        &["currency-known"],
        |trial| bent(trial, |body| body["amount"]["currency"] = json!("EUX"), "currency_unknown"),
    ),
    rule(
        "createPayment",
        "a currency that is not offered is currency_unsupported",
        &["offered"],
        unsupported,
    ),
    rule(
        "createPayment",
        "a handle that is not folded is handle_malformed",
        &["handle-folded"],
        handle_not_folded,
    ),
    rule("createPayment", "a malformed account is account_malformed", &["account-form"], |trial| {
        let upper = trial.payee.account.replace("acct_", "ACCT_");
        bent(trial, |body| body["payee"]["account"] = json!(upper), "account_malformed")
    }),
    rule(
        "createPayment",
        "a reference with spaces is reference_malformed",
        &["reference-form"],
        |trial| bent(trial, |body| body["reference"] = json!("order 1042"), "reference_malformed"),
    ),
    rule(
        "createPayment",
        "a note that turns text around is note_malformed",
        &["note-form"],
        |trial| {
            bent(trial, |body| body["note"] = json!("for \u{202e}elttil"), "note_malformed")?;
            bent(trial, |body| body["note"] = json!("a\nb"), "note_malformed")
        },
    ),
];

/// Expects the refusal of a payment whose body was bent before it was signed.
fn bent(trial: &Trial, bend: impl FnOnce(&mut Value), code: &str) -> Result<()> {
    let mut body = trial.body();
    bend(&mut body);
    trial.refused(&trial.payment_of(&body), code)
}

fn amount(trial: &Trial, value: Value, code: &str) -> Result<()> {
    bent(trial, |body| body["amount"]["value"] = value, code)
}

/// Expects the refusal of a payment with this very text as its body.
fn raw(trial: &Trial, text: String, code: &str) -> Result<()> {
    let mut request = trial.payment();
    request.body = Some(text.into_bytes());
    trial.refused(&request, code)
}

fn media_type(trial: &Trial) -> Result<()> {
    let mut request = trial.payment();
    request.fields.retain(|(name, _)| name != "content-type");
    trial.refused(&request.with_field("content-type", "text/plain"), "content_type_unsupported")
}

/// Whoever reads it all finds a payment that is in order.
fn too_large(trial: &Trial) -> Result<()> {
    let space = " ".repeat(64 * 1024);
    raw(trial, trial.body().to_string() + &space, "request_too_large")
}

fn member_twice(trial: &Trial) -> Result<()> {
    let text = trial.body().to_string();
    let note = text.replacen('{', r#"{"note":"a","note":"b","#, 1);
    raw(trial, note, "request_malformed")?;
    let value = text.replacen(r#""value""#, r#""value":"9.10","value""#, 1);
    raw(trial, value, "request_malformed")
}

fn form(trial: &Trial) -> Result<()> {
    for value in ["0.1", "00.10", "1e1", "+0.10", "0.10 ", "0,10", ""] {
        amount(trial, json!(value), "amount_malformed").with_context(|| format!("`{value}`"))?;
    }
    Ok(())
}

fn over_maximum(trial: &Trial) -> Result<()> {
    let maximum = trial.maximum()?;
    let over = Amount::from_minor(maximum.minor() + 1, maximum.currency())?;
    amount(trial, json!(over.value()), "amount_over_maximum")
}

/// A currency that is one, and that the settings do not have.
fn unsupported(trial: &Trial) -> Result<()> {
    let offered = |code: &str| {
        let currencies = trial.platform.settings["currencies"].as_array();
        currencies.into_iter().flatten().any(|entry| entry["code"] == code)
    };
    let other = ["CHF", "SEK", "MXN", "INR", "BGN"].into_iter().find(|code| !offered(code));
    let other = other.context("a currency of two decimals that is not offered")?;
    bent(trial, |body| body["amount"]["currency"] = json!(other), "currency_unsupported")
}

fn handle_not_folded(trial: &Trial) -> Result<()> {
    let handle = &trial.payee.handle;
    for handle in [handle.to_uppercase(), format!("@{handle}")] {
        bent(trial, |body| body["payee"]["handle"] = json!(handle), "handle_malformed")?;
    }
    Ok(())
}
