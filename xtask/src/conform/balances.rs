//! What an account has.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xp2p::Amount;
use xp2p::signature::SigningKey;

use super::trial::Trial;
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule(
        "getBalances",
        "a payment is taken from its payer and given to its payee",
        &["balances-stand"],
        moved,
    ),
    rule("getBalances", "each has its currency, and what is held", &["balance-held"], form),
];

/// What an account has in EUR, in cents; nothing, if it never had any.
fn cents(trial: &Trial, key: &SigningKey) -> Result<i64> {
    let balances = trial.accepted_by(key, &trial.get("/v1/balances"))?;
    let balances = balances["balances"].as_array().context("no balances")?;
    let euro = balances.iter().find(|balance| balance["currency"] == "EUR");
    euro.map_or(Ok(0), |balance| minor(&balance["available"]))
}

fn minor(value: &Value) -> Result<i64> {
    match value.as_str().context("an amount that is not text")? {
        "0.00" => Ok(0),
        text => Ok(Amount::parse(text, "EUR")?.minor()),
    }
}

fn moved(trial: &Trial) -> Result<()> {
    let both = || {
        Ok::<_, anyhow::Error>((cents(trial, &trial.payer.key)?, cents(trial, &trial.payee.key)?))
    };
    let (payer, payee) = both()?;
    trial.accepted(&trial.payment())?;
    let after = both()?;
    ensure!(after == (payer - 10, payee + 10), "{after:?} after {:?}", (payer, payee));
    Ok(())
}

fn form(trial: &Trial) -> Result<()> {
    let balances = trial.accepted(&trial.get("/v1/balances"))?;
    for balance in balances["balances"].as_array().context("no balances")? {
        ensure!(balance["currency"].is_string(), "no currency");
        ensure!(balance["available"].is_string(), "available {}", balance["available"]);
        ensure!(balance["held"].is_string(), "held {}", balance["held"]);
    }
    Ok(())
}
