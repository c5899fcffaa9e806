//! What anybody may read, from any page.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xp2p::canonical::HttpRequest;
use xp2p::client::Settings;
use xp2p::receipt::KeySet;
use xp2p::transport::HttpResponse;

use super::platform::json_of;
use super::trial::{Trial, refusal};
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule(
        "getSettings",
        "the settings are for this origin and environment",
        &["settings-environment", "settings-issuer"],
        settings,
    ),
    rule("getSettings", "the wallet is at the root of an origin", &["settings-wallet"], wallet),
    rule(
        "getSettings",
        "each currency has its decimals, its least and its most",
        &["settings-currencies", "settings-exponent", "settings-limits"],
        currencies,
    ),
    rule(
        "getKeys",
        "every key is named by the environment and its thumbprint",
        &["key-environment", "key-thumbprint"],
        keys,
    ),
    rule(
        "getKeys",
        "a key is public, and for signatures",
        &["key-private", "key-use"],
        public_keys,
    ),
    rule("getHandle", "a handle is folded", &["handle-capitals"], folded),
    rule("getHandle", "a handle leads to an account and its name", &["handle-holder"], holder),
    rule("getHandle", "a handle that nobody has is handle_unknown", &["handle-known"], nobody),
    rule("getHandle", "a malformed handle is handle_malformed", &["handle-form"], malformed),
    rule(
        "implementing 1",
        "a page of any origin may send what signing needs",
        &["any-origin", "allowed-methods", "allowed-fields"],
        preflight,
    ),
    rule(
        "implementing 1",
        "a page may read the fields that it needs",
        &["any-origin", "exposed-fields"],
        exposed,
    ),
    rule("implementing 1", "a page may read a refusal", &["any-origin", "refusals-read"], readable),
    rule(
        "implementing 1",
        "no credentials are taken across origins",
        &["no-credentials"],
        credentials,
    ),
];

const PAGE: &str = "https://shop.example";

fn settings(trial: &Trial) -> Result<()> {
    read_settings(trial).map(drop)
}

fn read_settings(trial: &Trial) -> Result<Settings> {
    let platform = xp2p::transport::Platform::parse(&trial.platform.origin)?;
    Ok(Settings::read(&trial.platform.get("/.well-known/xp2p")?, &platform)?)
}

fn wallet(trial: &Trial) -> Result<()> {
    let url = trial.platform.settings["wallet_url"].as_str().context("no wallet_url")?;
    let origin = url.strip_suffix('/').context("a wallet_url that does not end with `/`")?;
    let (scheme, authority) = origin.split_once("://").context("a wallet_url without a scheme")?;
    ensure!(matches!(scheme, "https" | "http"), "wallet_url {url}");
    ensure!(!authority.is_empty() && !authority.contains(['/', '?', '#', '@']), "wallet_url {url}");
    Ok(())
}

fn currencies(trial: &Trial) -> Result<()> {
    let settings = read_settings(trial)?;
    ensure!(!settings.currencies().is_empty(), "no currency that anybody knows");
    for limits in settings.currencies() {
        ensure!(limits.minimum.compare(&limits.maximum)?.is_lt(), "least {}", limits.minimum);
    }
    // A client takes fewer decimals too; a platform writes all that it says its currency has.
    let settings = json_of(&trial.platform.get("/.well-known/xp2p")?)?;
    for entry in settings["currencies"].as_array().into_iter().flatten() {
        for limit in [&entry["minimum"], &entry["maximum"]] {
            let fraction = limit.as_str().and_then(|text| text.split_once('.'));
            let decimals = fraction.map_or(0, |(_, decimals)| decimals.len());
            ensure!(entry["exponent"] == decimals, "{limit} with {} decimals", entry["exponent"]);
        }
    }
    Ok(())
}

fn keys(trial: &Trial) -> Result<()> {
    let answer = trial.platform.get("/.well-known/jwks.json")?;
    KeySet::parse(&answer.body)?;
    let prefix = format!("{}:", trial.platform.environment());
    for key in key_set(&answer)? {
        ensure!(key["kid"].as_str().is_some_and(|kid| kid.starts_with(&prefix)), "{}", key["kid"]);
    }
    Ok(())
}

fn public_keys(trial: &Trial) -> Result<()> {
    for key in key_set(&trial.platform.get("/.well-known/jwks.json")?)? {
        ensure!(key.get("d").is_none(), "a private key is published");
        ensure!(key["use"] == "sig", "use {}", key["use"]);
        ensure!(key["alg"] == "EdDSA" || key["alg"] == "Ed25519", "alg {}", key["alg"]);
    }
    Ok(())
}

fn key_set(answer: &HttpResponse) -> Result<Vec<Value>> {
    let keys = json_of(answer)?["keys"].as_array().cloned().context("no keys")?;
    ensure!(!keys.is_empty(), "no key");
    Ok(keys)
}

fn folded(trial: &Trial) -> Result<()> {
    let path = format!("/v1/handles/{}", trial.payee.handle.to_uppercase());
    let holder = json_of(&trial.platform.get(&path)?)?;
    ensure!(holder["account"] == trial.payee.account.as_str(), "{holder}");
    Ok(())
}

fn holder(trial: &Trial) -> Result<()> {
    let holder = json_of(&trial.platform.get(&format!("/v1/handles/{}", trial.payee.handle))?)?;
    ensure!(holder["handle"] == trial.payee.handle.as_str(), "{holder}");
    xp2p::AccountId::parse(holder["account"].as_str().unwrap_or_default())?;
    ensure!(holder["name"].as_str().is_some_and(|name| !name.is_empty()), "no name");
    ensure!(holder["kind"] == "person" || holder["kind"] == "merchant", "kind {}", holder["kind"]);
    Ok(())
}

fn nobody(trial: &Trial) -> Result<()> {
    refusal(&trial.platform.get("/v1/handles/nobody-has-this-1")?, "handle_unknown")
}

fn malformed(trial: &Trial) -> Result<()> {
    refusal(&trial.platform.get("/v1/handles/a%20b")?, "handle_malformed")
}

fn preflight(trial: &Trial) -> Result<()> {
    let needed = "content-digest,content-type,idempotency-key,signature,signature-input";
    let request = HttpRequest::new("OPTIONS", format!("{}/v1/payments", trial.platform.origin))
        .with_field("origin", PAGE)
        .with_field("access-control-request-method", "POST")
        .with_field("access-control-request-headers", needed);
    let answer = trial.platform.send(&request)?;
    allows_origin(&answer)?;
    let allowed = field(&answer, "access-control-allow-headers");
    for name in needed.split(',') {
        ensure!(names(&allowed, name), "{name} is not allowed");
    }
    let methods = field(&answer, "access-control-allow-methods");
    ensure!(names(&methods, "post"), "POST is not allowed");
    Ok(())
}

fn exposed(trial: &Trial) -> Result<()> {
    let answer = asked_from_a_page(trial, "/.well-known/xp2p")?;
    allows_origin(&answer)?;
    let exposed = field(&answer, "access-control-expose-headers");
    for name in ["idempotency-replayed", "location", "request-id", "retry-after"] {
        ensure!(names(&exposed, name), "{name} is not exposed");
    }
    Ok(())
}

fn readable(trial: &Trial) -> Result<()> {
    let answer = asked_from_a_page(trial, "/v1/handles/nobody-has-this-1")?;
    allows_origin(&answer)
}

fn credentials(trial: &Trial) -> Result<()> {
    let answer = asked_from_a_page(trial, "/.well-known/xp2p")?;
    let allowed = answer.field("access-control-allow-credentials");
    ensure!(allowed.is_none(), "Access-Control-Allow-Credentials is sent");
    Ok(())
}

fn asked_from_a_page(trial: &Trial, path: &str) -> Result<HttpResponse> {
    let url = format!("{}{path}", trial.platform.origin);
    trial.platform.send(&HttpRequest::new("GET", url).with_field("origin", PAGE))
}

fn allows_origin(answer: &HttpResponse) -> Result<()> {
    let origin = field(answer, "access-control-allow-origin");
    ensure!(origin == "*" || origin == PAGE, "allowed origin `{origin}`");
    Ok(())
}

fn field(answer: &HttpResponse, name: &str) -> String {
    answer.field(name).unwrap_or_default().to_lowercase()
}

/// Whether a list, in small letters, has this item.
fn names(list: &str, item: &str) -> bool {
    list.split(',').any(|listed| listed.trim() == item)
}
