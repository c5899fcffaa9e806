//! Asking for a payment: what a page may ask, and who may read it.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use xp2p::canonical::{HttpRequest, content_digest};
use xp2p::signature::SigningKey;

use super::keys::page;
use super::outcome::NotTried;
use super::platform::{json_of, nonce};
use super::trial::{Trial, id_of, success};
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule(
        "createCheckout",
        "the answer says what was asked",
        &[
            "checkout-payee",
            "checkout-amount",
            "checkout-texts",
            "checkout-digest",
            "checkout-environment",
            "checkout-status",
            "checkout-end",
            "checkout-state",
            "checkout-wallet",
        ],
        answer,
    ),
    rule("createCheckout", "Location leads to it", &["location"], location),
    rule("createCheckout", "the same intent makes one checkout", &["replay"], once),
    rule(
        "createCheckout",
        "it keeps the web origin, and says whether the payee registered it",
        &["checkout-origin", "checkout-verified"],
        origin,
    ),
    rule("createCheckout", "no origin is none", &["checkout-origin-made-up"], no_origin),
    rule("createCheckout", "an end is a minute to a day away", &["expires-in"], |trial| {
        bent(trial, |body| body["expires_in"] = json!(59), "request_malformed")?;
        bent(trial, |body| body["expires_in"] = json!(86_401), "request_malformed")
    }),
    rule(
        "createCheckout",
        "where nothing is said it is 900 seconds",
        &["expires-in-default"],
        default_end,
    ),
    rule("createCheckout", "a state that can be guessed is refused", &["state-form"], |trial| {
        bent(trial, |body| body["state"] = json!("q83vEjRWeJCrze8SNFZ4k"), "request_malformed")
    }),
    rule("createCheckout", "an unknown member is request_malformed", &["member-known"], |trial| {
        bent(trial, |body| body["tip"] = json!("1.00"), "request_malformed")
    }),
    rule(
        "createCheckout",
        "a handle of another account is payee_changed",
        &["payee-pinned"],
        |trial| {
            bent(trial, |body| body["payee"]["account"] = json!("acct_another000"), "payee_changed")
        },
    ),
    rule(
        "createCheckout",
        "a handle that nobody has is handle_unknown",
        &["handle-known"],
        |trial| {
            let handle = json!("nobody-has-this-1");
            bent(trial, |body| body["payee"]["handle"] = handle, "handle_unknown")
        },
    ),
    rule("createCheckout", "too much is amount_over_maximum", &["limits"], over_maximum),
    rule(
        "createCheckout",
        "a registered return address is taken as it stands",
        &["return-url-kept"],
        registered_return_url,
    ),
    rule(
        "createCheckout",
        "another return address is return_url_refused",
        &["return-url", "return-url-query", "return-url-path"],
        other_return_urls,
    ),
    rule("getCheckout", "the key that made it reads it", &["checkout-to-asker"], asker_reads),
    rule("getCheckout", "any wallet reads it", &["checkout-to-wallet"], wallet_reads),
    rule("getCheckout", "another page does not: not_found", &["checkout-visible"], page_reads),
];

/// A checkout of 0.10 EUR for the payee.
pub fn checkout(trial: &Trial, page: &SigningKey) -> Result<Value> {
    trial.accepted_by(page, &trial.post("/v1/checkouts", &trial.body()))
}

/// A request for a checkout, not signed.
pub fn reading(trial: &Trial, checkout: &Value) -> HttpRequest {
    trial.get(&format!("/v1/checkouts/{}", id_of(checkout)))
}

/// Expects the refusal of a checkout.
fn bent(trial: &Trial, bend: impl FnOnce(&mut Value), code: &str) -> Result<()> {
    let mut body = trial.body();
    bend(&mut body);
    trial.refused_by(&page(trial)?, &trial.post("/v1/checkouts", &body), code)
}

fn answer(trial: &Trial) -> Result<()> {
    let mut body = trial.body();
    body["reference"] = json!("order-1042");
    body["note"] = json!("for \"both\" 🍜");
    body["state"] = json!(nonce());
    body["expires_in"] = json!(600);
    let request = trial.post("/v1/checkouts", &body);
    let digest = content_digest(request.body.as_deref().unwrap_or_default());
    let checkout = trial.accepted_by(&page(trial)?, &request)?;
    let path = format!("/v1/handles/{}", trial.payee.handle);
    let holder = json_of(&trial.platform.get(&path)?)?;
    for (name, expected) in [
        ("payee", holder),
        ("amount", body["amount"].clone()),
        ("reference", body["reference"].clone()),
        ("note", body["note"].clone()),
        ("state", body["state"].clone()),
        ("request_digest", json!(digest)),
        ("environment", json!(trial.platform.environment())),
        ("status", json!("created")),
    ] {
        ensure!(checkout[name] == expected, "{name} is {}", checkout[name]);
    }
    ensure!(lives(&checkout)? == 600, "expires_at {}", checkout["expires_at"]);
    let wallet = checkout["wallet_url"].as_str().context("no wallet_url")?;
    let under = trial.platform.settings["wallet_url"].as_str().context("no wallet_url")?;
    ensure!(wallet.starts_with(under) && wallet.contains(id_of(&checkout)), "wallet_url {wallet}");
    Ok(())
}

/// For how many seconds it can be approved.
fn lives(checkout: &Value) -> Result<u64> {
    let time = |name| checkout[name].as_u64().with_context(|| format!("no {name}"));
    Ok(time("expires_at")?.saturating_sub(time("created_at")?))
}

fn location(trial: &Trial) -> Result<()> {
    let answer = trial.sent_by(&page(trial)?, &trial.post("/v1/checkouts", &trial.body()))?;
    let checkout = success(&answer)?;
    let location = answer.field("location").context("no Location")?;
    let location = location.trim_start_matches(trial.platform.origin.as_str());
    ensure!(reading(trial, &checkout).url.ends_with(location), "{location}");
    Ok(())
}

fn once(trial: &Trial) -> Result<()> {
    let (page, request) = (page(trial)?, trial.post("/v1/checkouts", &trial.body()));
    let first = trial.accepted_by(&page, &request)?;
    let again = trial.accepted_by(&page, &request)?;
    ensure!(first["id"] == again["id"], "two checkouts");
    Ok(())
}

fn origin(trial: &Trial) -> Result<()> {
    let made_up = made_up_origin();
    let request = trial.post("/v1/checkouts", &trial.body()).with_field("origin", &*made_up);
    says_unverified(&trial.accepted_by(&page(trial)?, &request)?, &made_up)
}

/// A web origin that nobody has registered.
pub fn made_up_origin() -> String {
    format!("https://{}.example", uuid::Uuid::new_v4())
}

/// What was asked for from an origin that nobody has registered says so.
pub fn says_unverified(answer: &Value, origin: &str) -> Result<()> {
    ensure!(answer["origin"] == origin, "origin {}", answer["origin"]);
    let verified = &answer["origin_verified"];
    ensure!(*verified == false, "origin_verified {verified}");
    Ok(())
}

fn no_origin(trial: &Trial) -> Result<()> {
    let checkout = checkout(trial, &page(trial)?)?;
    ensure!(checkout.get("origin").is_none(), "origin {}", checkout["origin"]);
    Ok(())
}

fn default_end(trial: &Trial) -> Result<()> {
    let seconds = lives(&checkout(trial, &page(trial)?)?)?;
    ensure!(seconds == 900, "{seconds} s");
    Ok(())
}

fn over_maximum(trial: &Trial) -> Result<()> {
    let more =
        xp2p::Amount::from_minor(trial.maximum()?.minor() + 1, xp2p::Currency::parse("EUR")?)?;
    bent(trial, |body| body["amount"]["value"] = json!(more.value()), "amount_over_maximum")
}

fn return_url(trial: &Trial) -> Result<&str> {
    Ok(trial.known.return_url.as_deref().ok_or(NotTried("no --return-url was given"))?)
}

fn registered_return_url(trial: &Trial) -> Result<()> {
    let mut body = trial.body();
    body["return_url"] = json!(return_url(trial)?);
    let checkout = trial.accepted_by(&page(trial)?, &trial.post("/v1/checkouts", &body))?;
    ensure!(checkout["return_url"] == body["return_url"], "{}", checkout["return_url"]);
    Ok(())
}

fn other_return_urls(trial: &Trial) -> Result<()> {
    let registered = return_url(trial)?;
    for other in [
        "https://elsewhere.example/thanks".to_owned(),
        format!("{registered}?order=1042"),
        format!("{registered}#top"),
        format!("{registered}/more"),
        format!("{registered}x"),
    ] {
        bent(trial, |body| body["return_url"] = json!(other), "return_url_refused")
            .with_context(|| other.clone())?;
    }
    Ok(())
}

fn asker_reads(trial: &Trial) -> Result<()> {
    let page = page(trial)?;
    let made = checkout(trial, &page)?;
    let read = trial.accepted_by(&page, &reading(trial, &made))?;
    ensure!(read == made, "{read}");
    Ok(())
}

fn wallet_reads(trial: &Trial) -> Result<()> {
    let made = checkout(trial, &page(trial)?)?;
    for wallet in [&trial.payer.key, &trial.stranger.key] {
        let read = trial.accepted_by(wallet, &reading(trial, &made))?;
        ensure!(read["amount"] == made["amount"], "{read}");
    }
    Ok(())
}

fn page_reads(trial: &Trial) -> Result<()> {
    let made = checkout(trial, &page(trial)?)?;
    trial.refused_by(&page(trial)?, &reading(trial, &made), "not_found")
}
