//! Links: a page asks to be let pay, and a payer agrees, perhaps to less.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use xp2p::canonical::HttpRequest;
use xp2p::signature::SigningKey;

use super::checkouts::{made_up_origin, says_unverified};
use super::keys::page;
use super::trial::{Trial, id_of};
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule(
        "requestLink",
        "the answer says what was asked",
        &["link-key", "link-payees", "link-limits", "link-status", "link-wallet"],
        answer,
    ),
    rule(
        "requestLink",
        "it keeps the web origin, and says whether the payees registered it",
        &["link-origin", "link-verified"],
        origin,
    ),
    rule("requestLink", "limits do not contradict each other", &["link-sound"], |trial| {
        let mut terms = terms(trial);
        terms["limits"]["per_payment"]["value"] = json!("0.31");
        trial.refused_by(&page(trial)?, &request(trial, &terms), "request_malformed")
    }),
    rule("requestLink", "it ends within 366 days", &["link-longest"], |trial| {
        let mut terms = terms(trial);
        terms["expires_at"] = json!(trial.platform.now() + 368 * 24 * 60 * 60);
        trial.refused_by(&page(trial)?, &request(trial, &terms), "request_malformed")
    }),
    rule(
        "requestLink",
        "a handle of another account is payee_changed",
        &["payee-pinned"],
        |trial| {
            let mut terms = terms(trial);
            terms["payees"][0]["account"] = json!("acct_another000");
            trial.refused_by(&page(trial)?, &request(trial, &terms), "payee_changed")
        },
    ),
    rule("approveLink", "a link that a payer agreed to is active", &["link-steps"], active),
    rule("approveLink", "a payer may agree to less", &["link-less"], less),
    rule("approveLink", "more than was asked for is approval_mismatch", &["link-more"], |trial| {
        for (limit, more) in [("per_payment", "0.21"), ("per_period", "0.31"), ("lifetime", "0.41")]
        {
            mismatch(trial, |terms| terms["limits"][limit]["value"] = json!(more))?;
        }
        Ok(())
    }),
    rule("approveLink", "another period is approval_mismatch", &["link-period"], |trial| {
        mismatch(trial, |terms| terms["limits"]["period"] = json!("week"))
    }),
    rule("approveLink", "a later end is approval_mismatch", &["link-end"], |trial| {
        mismatch(trial, |terms| {
            let end = terms["expires_at"].as_u64().unwrap_or_default();
            terms["expires_at"] = json!(end + 1);
        })
    }),
    rule("approveLink", "another payee is approval_mismatch", &["link-payees-pinned"], |trial| {
        mismatch(trial, |terms| terms["payees"] = json!([trial.stranger.party()]))
    }),
    rule("approveLink", "another payer is approval_mismatch", &["link-payer"], |trial| {
        let (_, link, terms) = requested(trial)?;
        let mut body = approved(trial, &link, &terms);
        body["payer"] = json!(trial.stranger.account);
        trial.refused(&trial.post(&path(&link, "approve"), &body), "approval_mismatch")
    }),
    rule("approveLink", "after another decision it is state_final", &["link-decided"], |trial| {
        let (_, link, terms) = requested(trial)?;
        trial.accepted(&trial.step(&path(&link, "decline")))?;
        trial.refused(&approval(trial, &link, &terms), "state_final")
    }),
    rule("declineLink", "a link that a payer declines is declined", &["link-steps"], |trial| {
        let (page, link, _) = requested(trial)?;
        trial.accepted(&trial.step(&path(&link, "decline")))?;
        let read = trial.accepted_by(&page, &reading(trial, &link))?;
        ensure!(read["status"] == "declined", "status {}", read["status"]);
        Ok(())
    }),
    rule("getLink", "once a payer agreed, another wallet finds none", &["link-visible"], |trial| {
        let (_, link) = agreed(trial)?;
        trial.refused_by(&trial.stranger.key, &reading(trial, &link), "not_found")
    }),
    rule("getLink", "another page finds none", &["link-visible"], |trial| {
        let (_, link, _) = requested(trial)?;
        trial.refused_by(&page(trial)?, &reading(trial, &link), "not_found")
    }),
];

/// What a page asks for when all is in order.
pub fn terms(trial: &Trial) -> Value {
    let euro = |value: &str| json!({ "value": value, "currency": "EUR" });
    json!({
        "payees": [trial.payee.party()],
        "limits": {
            "per_payment": euro("0.20"),
            "per_period": euro("0.30"),
            "period": "day",
            "lifetime": euro("0.40"),
        },
        "expires_at": trial.platform.now() + 7 * 24 * 60 * 60,
    })
}

/// A request for a link, not signed.
pub fn request(trial: &Trial, terms: &Value) -> HttpRequest {
    trial.post("/v1/links", terms)
}

/// The payer's agreement to these terms, not signed.
pub fn approval(trial: &Trial, link: &Value, terms: &Value) -> HttpRequest {
    trial.post(&path(link, "approve"), &approved(trial, link, terms))
}

fn approved(trial: &Trial, link: &Value, terms: &Value) -> Value {
    let mut body = terms.clone();
    body["link"] = link["id"].clone();
    body["payer"] = json!(trial.payer.account);
    body
}

/// The address of what can be done with a link.
pub fn path(link: &Value, step: &str) -> String {
    format!("/v1/links/{}/{step}", id_of(link))
}

/// A request to read a link, not signed.
pub fn reading(trial: &Trial, link: &Value) -> HttpRequest {
    trial.get(&format!("/v1/links/{}", id_of(link)))
}

/// A page, and the link that it asked for.
fn requested(trial: &Trial) -> Result<(SigningKey, Value, Value)> {
    let (page, terms) = (page(trial)?, terms(trial));
    let link = trial.accepted_by(&page, &request(trial, &terms))?;
    Ok((page, link, terms))
}

/// A page, and the link that it has.
pub fn agreed(trial: &Trial) -> Result<(SigningKey, Value)> {
    let (page, link, terms) = requested(trial)?;
    let link = trial.accepted(&approval(trial, &link, &terms))?;
    Ok((page, link))
}

fn answer(trial: &Trial) -> Result<()> {
    let (page, link, terms) = requested(trial)?;
    for (name, expected) in [
        ("status", json!("requested")),
        ("key_id", json!(page.public_key().key_id())),
        ("payees", terms["payees"].clone()),
        ("limits", terms["limits"].clone()),
        ("expires_at", terms["expires_at"].clone()),
    ] {
        ensure!(link[name] == expected, "{name} is {}", link[name]);
    }
    ensure!(link.get("payer").is_none(), "payer {}", link["payer"]);
    let wallet = link["wallet_url"].as_str().unwrap_or_default();
    let under = trial.platform.settings["wallet_url"].as_str().context("no wallet_url")?;
    ensure!(wallet.starts_with(under) && wallet.contains(id_of(&link)), "wallet_url {wallet}");
    Ok(())
}

fn origin(trial: &Trial) -> Result<()> {
    let made_up = made_up_origin();
    let request = request(trial, &terms(trial)).with_field("origin", &*made_up);
    says_unverified(&trial.accepted_by(&page(trial)?, &request)?, &made_up)
}

fn active(trial: &Trial) -> Result<()> {
    let (page, link) = agreed(trial)?;
    for link in [trial.accepted_by(&page, &reading(trial, &link))?, link] {
        ensure!(link["status"] == "active", "status {}", link["status"]);
        ensure!(link["payer"] == trial.payer.party(), "payer {}", link["payer"]);
    }
    Ok(())
}

fn less(trial: &Trial) -> Result<()> {
    let (_, link, mut terms) = requested(trial)?;
    terms["limits"]["per_payment"]["value"] = json!("0.10");
    let link = trial.accepted(&approval(trial, &link, &terms))?;
    ensure!(link["limits"] == terms["limits"], "limits {}", link["limits"]);
    Ok(())
}

fn mismatch(trial: &Trial, bend: impl FnOnce(&mut Value)) -> Result<()> {
    let (_, link, mut terms) = requested(trial)?;
    bend(&mut terms);
    trial.refused(&approval(trial, &link, &terms), "approval_mismatch")
}
