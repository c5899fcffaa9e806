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

/// A balance in EUR, in cents.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Euros {
    pub available: i64,
    pub held: i64,
}

/// What an account has in EUR; nothing, if it never had any.
pub fn euros(trial: &Trial, key: &SigningKey) -> Result<Euros> {
    let balances = trial.accepted_by(key, &trial.get("/v1/balances"))?;
    let balances = balances["balances"].as_array().context("no balances")?;
    let euro = balances.iter().find(|balance| balance["currency"] == "EUR");
    let Some(euro) = euro else { return Ok(Euros::default()) };
    Ok(Euros { available: minor(&euro["available"])?, held: minor(&euro["held"])? })
}

fn minor(value: &Value) -> Result<i64> {
    match value.as_str().context("an amount that is not text")? {
        "0.00" => Ok(0),
        text => Ok(Amount::parse(text, "EUR")?.minor()),
    }
}

fn moved(trial: &Trial) -> Result<()> {
    let available = |key| euros(trial, key).map(|euros| euros.available);
    let both =
        || Ok::<_, anyhow::Error>((available(&trial.payer.key)?, available(&trial.payee.key)?));
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
