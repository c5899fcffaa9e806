//! What anybody may read.

use anyhow::{Result, ensure};
use serde_json::Value;
use xp2p::canonical::HttpRequest;
use xp2p::client::Settings;
use xp2p::receipt::KeySet;

use super::Rule;
use super::platform::{Account, json_of};

pub const RULES: &[Rule] = &[
    Rule {
        source: "getSettings",
        says: "the settings are for this origin and environment",
        check: settings,
    },
    Rule {
        source: "getKeys",
        says: "every key is named by the environment and its thumbprint",
        check: keys,
    },
    Rule { source: "getHandle", says: "a handle is folded and leads to an account", check: handle },
    Rule {
        source: "getHandle",
        says: "a handle that nobody has is handle_unknown",
        check: unknown_handle,
    },
    Rule {
        source: "getHandle",
        says: "a malformed handle is handle_malformed",
        check: malformed_handle,
    },
    Rule {
        source: "openapi",
        says: "an address that is not there is a not_found problem",
        check: nowhere,
    },
    Rule {
        source: "implementing 1",
        says: "a page of any origin may send what signing needs",
        check: preflight,
    },
    Rule {
        source: "implementing 1",
        says: "no credentials are taken across origins",
        check: credentials,
    },
];

fn settings(account: &Account) -> Result<()> {
    let platform = xp2p::transport::Platform::parse(&account.platform.origin)?;
    Settings::read(&account.platform.get("/.well-known/xp2p")?, &platform)?;
    Ok(())
}

fn keys(account: &Account) -> Result<()> {
    let answer = account.platform.get("/.well-known/jwks.json")?;
    KeySet::parse(&answer.body)?;
    let prefix = format!("{}:", account.platform.environment());
    for key in json_of(&answer)?["keys"].as_array().into_iter().flatten() {
        ensure!(key["kid"].as_str().is_some_and(|kid| kid.starts_with(&prefix)), "{}", key["kid"]);
        ensure!(key.get("d").is_none(), "a private key is published");
    }
    Ok(())
}

fn handle(account: &Account) -> Result<()> {
    let handle = account.payee["handle"].as_str().unwrap_or_default();
    let upper = account.platform.get(&format!("/v1/handles/{}", handle.to_uppercase()))?;
    let holder: Value = json_of(&upper)?;
    ensure!(holder == account.payee, "{holder}");
    xp2p::AccountId::parse(holder["account"].as_str().unwrap_or_default())?;
    Ok(())
}

fn unknown_handle(account: &Account) -> Result<()> {
    account.refused(&account.platform.get("/v1/handles/nobody-has-this-1")?, "handle_unknown")
}

fn malformed_handle(account: &Account) -> Result<()> {
    account.refused(&account.platform.get("/v1/handles/a%20b")?, "handle_malformed")
}

fn nowhere(account: &Account) -> Result<()> {
    account.refused(&account.platform.get("/v1/nothing-is-here")?, "not_found")
}

fn preflight(account: &Account) -> Result<()> {
    let url = format!("{}/v1/payments", account.platform.origin);
    let needed = "content-digest,content-type,idempotency-key,signature,signature-input";
    let request = HttpRequest::new("OPTIONS", url)
        .with_field("origin", "https://shop.example")
        .with_field("access-control-request-method", "POST")
        .with_field("access-control-request-headers", needed);
    let answer = account.platform.send(&request)?;
    let field = |name: &str| answer.field(name).unwrap_or_default().to_lowercase();
    let origin = field("access-control-allow-origin");
    ensure!(origin == "*" || origin == "https://shop.example", "allowed origin `{origin}`");
    let allowed = field("access-control-allow-headers");
    for name in needed.split(',') {
        ensure!(allowed.contains(name), "{name} is not allowed");
    }
    ensure!(field("access-control-allow-methods").contains("post"), "POST is not allowed");
    Ok(())
}

fn credentials(account: &Account) -> Result<()> {
    let url = format!("{}/.well-known/xp2p", account.platform.origin);
    let request = HttpRequest::new("GET", url).with_field("origin", "https://shop.example");
    let answer = account.platform.send(&request)?;
    let allowed = answer.field("access-control-allow-credentials");
    ensure!(allowed.is_none(), "Access-Control-Allow-Credentials is sent");
    Ok(())
}
