//! Whom a payer wants to hear nothing from, and whom nobody pays. It is the stranger who blocks, so that no
//! other rule is in the way of what is left behind.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use uuid::Uuid;
use xp2p::canonical::HttpRequest;
use xp2p::signature::SigningKey;

use super::checkouts::checkout;
use super::decisions::step;
use super::keys::page;
use super::lists::items;
use super::outcome::NotTried;
use super::platform::json_of;
use super::trial::{Trial, id_of};
use super::{Rule, approvals, rule};

pub const RULES: &[Rule] = &[
    rule(
        "createBlock",
        "what a blocked account asks for is not opened: account_blocked",
        &["block-open", "block-account"],
        |trial| blocked(trial, &|page| checkout(trial, page), "account", "open"),
    ),
    rule(
        "createBlock",
        "what a blocked account asks for is not approved",
        &["block-approve", "block-account"],
        |trial| blocked(trial, &|page| checkout(trial, page), "account", "approve"),
    ),
    rule(
        "createBlock",
        "what a blocked web origin asks for is not opened",
        &["block-open", "block-origin"],
        |trial| blocked(trial, &from_a_page(trial), "origin", "open"),
    ),
    rule(
        "createBlock",
        "what a blocked web origin asks for is not approved",
        &["block-approve", "block-origin"],
        |trial| blocked(trial, &from_a_page(trial), "origin", "approve"),
    ),
    rule("removeBlock", "what is removed is in nobody's way", &["block-removed"], removed),
    rule("createBlock", "to block once more changes nothing", &["block-once"], once_more),
    rule("listBlocks", "the blocks that stand are listed", &["block-listed"], listed),
    rule("removeBlock", "another's block is not_found", &["block-of-another"], of_another),
    rule(
        "createPayment",
        "to a blocked account nothing is paid: account_blocked",
        &["account-blocked"],
        |trial| {
            let body = json!({ "payee": nobody_pays(trial)?, "amount": trial.body()["amount"] });
            trial.refused(&trial.payment_of(&body), "account_blocked")
        },
    ),
    rule(
        "createCheckout",
        "for a blocked account nothing is asked",
        &["account-blocked"],
        |trial| {
            let body = json!({ "payee": nobody_pays(trial)?, "amount": trial.body()["amount"] });
            let request = trial.post("/v1/checkouts", &body);
            trial.refused_by(&page(trial)?, &request, "account_blocked")
        },
    ),
];

type Asking<'a> = dyn Fn(&SigningKey) -> Result<Value> + 'a;

/// A checkout that is asked for from a web origin that was made up a moment ago.
fn from_a_page(trial: &Trial) -> impl Fn(&SigningKey) -> Result<Value> {
    move |page| {
        let origin = format!("https://{}.example", Uuid::new_v4());
        let request = trial.post("/v1/checkouts", &trial.body()).with_field("origin", origin);
        trial.accepted_by(page, &request)
    }
}

/// Tries something while the stranger blocks somebody.
fn while_blocked(
    trial: &Trial,
    target: &Value,
    attempt: impl FnOnce(&Value) -> Result<()>,
) -> Result<()> {
    let key = &trial.stranger.key;
    let block = trial.accepted_by(key, &trial.post("/v1/blocks", target))?;
    let attempted = attempt(&block);
    trial.accepted_by(key, &removal(trial, &block))?;
    attempted
}

/// The end of a block, not signed.
pub fn removal(trial: &Trial, block: &Value) -> HttpRequest {
    trial.step(&format!("/v1/blocks/{}/remove", id_of(block)))
}

/// What the stranger would send who opens or approves this.
fn decision(trial: &Trial, asked: &Value, name: &str) -> HttpRequest {
    if name == "open" {
        return step(trial, asked, name);
    }
    let mut approval = approvals::approval(trial, asked);
    approval["payer"] = json!(trial.stranger.account);
    approvals::request(trial, asked, &approval)
}

/// Blocks who asks, by account or by web origin.
fn blocked(trial: &Trial, ask: &Asking<'_>, by: &str, name: &str) -> Result<()> {
    let asked = ask(&page(trial)?)?;
    let target = match by {
        "account" => json!({ "account": trial.payee.account }),
        _ => json!({ "origin": asked["origin"] }),
    };
    while_blocked(trial, &target, |_| {
        let decision = decision(trial, &asked, name);
        trial.refused_by(&trial.stranger.key, &decision, "account_blocked")
    })
}

fn removed(trial: &Trial) -> Result<()> {
    let asked = checkout(trial, &page(trial)?)?;
    let key = &trial.stranger.key;
    let target = json!({ "account": trial.payee.account });
    while_blocked(trial, &target, |block| {
        trial.refused_by(key, &decision(trial, &asked, "open"), "account_blocked")?;
        let removed = trial.accepted_by(key, &removal(trial, block))?;
        ensure!(removed["removed_at"].is_u64(), "removed_at {}", removed["removed_at"]);
        trial.accepted_by(key, &decision(trial, &asked, "open")).map(drop)
    })
}

fn once_more(trial: &Trial) -> Result<()> {
    let target = json!({ "origin": format!("https://{}.example", Uuid::new_v4()) });
    while_blocked(trial, &target, |block| {
        let again = trial.accepted_by(&trial.stranger.key, &trial.post("/v1/blocks", &target))?;
        ensure!(again == *block, "{again}");
        Ok(())
    })
}

fn listed(trial: &Trial) -> Result<()> {
    let target = json!({ "origin": format!("https://{}.example", Uuid::new_v4()) });
    let list = || trial.accepted_by(&trial.stranger.key, &trial.get("/v1/blocks?limit=100"));
    while_blocked(trial, &target, |block| {
        ensure!(items(&list()?)?.contains(block), "the block is not listed");
        trial.accepted_by(&trial.stranger.key, &removal(trial, block))?;
        let stands = items(&list()?)?.iter().any(|other| other["id"] == block["id"]);
        ensure!(!stands, "a removed block is listed");
        Ok(())
    })
}

fn of_another(trial: &Trial) -> Result<()> {
    let target = json!({ "origin": format!("https://{}.example", Uuid::new_v4()) });
    while_blocked(trial, &target, |block| trial.refused(&removal(trial, block), "not_found"))
}

/// An account that the platform has blocked: a sandbox has `mallory`.
fn nobody_pays(trial: &Trial) -> Result<Value> {
    let answer = trial.platform.get("/v1/handles/mallory")?;
    if trial.platform.environment() != "sandbox" || answer.status != 200 {
        return Err(NotTried("only a sandbox has an account that is known to be blocked").into());
    }
    let holder = json_of(&answer)?;
    Ok(json!({ "handle": holder["handle"], "account": holder["account"] }))
}
