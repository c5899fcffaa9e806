//! `/v1/keys`: how a key becomes known, from where it may ask, and how it ends.

use anyhow::{Result, ensure};
use serde_json::json;
use xp2p::canonical::HttpRequest;
use xp2p::signature::SigningKey;

use super::trial::{Trial, jwk_of, new_key, success};
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule("registerKey", "a requester key makes itself known", &["key-introduced"], itself),
    rule("registerKey", "to register once more changes nothing", &["key-once-more"], once_more),
    rule("registerKey", "the key in the body is the one that signs", &["key-signer"], signer),
    rule(
        "registerKey",
        "a key that is known from one web origin is key_not_allowed from another",
        &["key-asks-from"],
        from_another,
    ),
    rule(
        "registerKey",
        "a key that has a web origin asks from no other",
        &["key-asks-from"],
        asks_from_another,
    ),
    rule(
        "registerKey",
        "an approval key makes another one of its account known",
        &["key-further"],
        another_of_account,
    ),
    rule(
        "registerKey",
        "a requester key makes no approval key known",
        &["key-by-approval"],
        by_requester,
    ),
    rule(
        "registerKey",
        "an approval key is none of another account",
        &["key-of-two"],
        of_two_accounts,
    ),
    rule("registerKey", "a key of small order is key_weak", &["key-weak"], weak),
    rule("registerKey", "a key on another curve is key_malformed", &["key-curve"], other_curve),
    rule("revokeKey", "a key that stopped itself is key_revoked", &["key-revoked"], stops_itself),
    rule(
        "revokeKey",
        "an approval key stops another one of its account, at once",
        &["key-revoked"],
        stops_another,
    ),
    rule("revokeKey", "a revoked key is never known again", &["key-for-good"], for_good),
    rule("revokeKey", "another's key is not_found", &["key-of-another"], of_another),
    rule("revokeKey", "to revoke once more changes nothing", &["key-revoked-once"], twice),
];

/// The neutral element of the curve: RFC 8032 section 5.1.
const SMALL_ORDER: &str = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const PAGE: &str = "https://shop.example";
const OTHER_PAGE: &str = "https://elsewhere.example";

/// A new requester key that is known.
pub fn page(trial: &Trial) -> Result<SigningKey> {
    let key = new_key();
    trial.accepted_by(&key, &registration(trial, &key, "requester"))?;
    Ok(key)
}

pub fn registration(trial: &Trial, key: &SigningKey, role: &str) -> HttpRequest {
    trial.post("/v1/keys", &json!({ "jwk": jwk_of(key), "role": role }))
}

pub fn revocation(trial: &Trial, key: &SigningKey) -> HttpRequest {
    trial.step(&format!("/v1/keys/{}/revoke", key.public_key().key_id()))
}

/// Tries something with another approval key of the payer, and stops that key.
pub fn with_further(trial: &Trial, attempt: impl FnOnce(&SigningKey) -> Result<()>) -> Result<()> {
    let key = new_key();
    trial.accepted(&registration(trial, &key, "approval"))?;
    let attempted = attempt(&key);
    trial.accepted(&revocation(trial, &key))?;
    attempted
}

fn itself(trial: &Trial) -> Result<()> {
    let key = new_key();
    let known = trial.accepted_by(&key, &registration(trial, &key, "requester"))?;
    ensure!(known["key_id"] == key.public_key().key_id(), "key_id {}", known["key_id"]);
    ensure!(known["role"] == "requester", "role {}", known["role"]);
    ensure!(known["jwk"] == jwk_of(&key), "jwk {}", known["jwk"]);
    ensure!(known.get("account").is_none(), "account {}", known["account"]);
    let listed = trial.accepted_by(&key, &trial.get("/v1/keys"))?;
    ensure!(listed["items"] == json!([known]), "listed are {}", listed["items"]);
    Ok(())
}

fn once_more(trial: &Trial) -> Result<()> {
    let key = new_key();
    let first = trial.accepted_by(&key, &registration(trial, &key, "requester"))?;
    let again = trial.accepted_by(&key, &registration(trial, &key, "requester"))?;
    ensure!(first == again, "{again}");
    Ok(())
}

fn signer(trial: &Trial) -> Result<()> {
    let key = page(trial)?;
    trial.refused_by(&key, &registration(trial, &new_key(), "requester"), "key_not_allowed")
}

fn from_another(trial: &Trial) -> Result<()> {
    let key = new_key();
    let from = |origin| registration(trial, &key, "requester").with_field("origin", origin);
    let known = trial.accepted_by(&key, &from(PAGE))?;
    ensure!(known["origin"] == PAGE, "origin {}", known["origin"]);
    trial.refused_by(&key, &from(OTHER_PAGE), "key_not_allowed")
}

fn asks_from_another(trial: &Trial) -> Result<()> {
    let key = new_key();
    let registration = registration(trial, &key, "requester").with_field("origin", PAGE);
    trial.accepted_by(&key, &registration)?;
    let asking = || trial.post("/v1/checkouts", &trial.body());
    trial.accepted_by(&key, &asking().with_field("origin", PAGE))?;
    trial.refused_by(&key, &asking().with_field("origin", OTHER_PAGE), "key_not_allowed")?;
    trial.refused_by(&key, &asking(), "key_not_allowed")
}

fn another_of_account(trial: &Trial) -> Result<()> {
    with_further(trial, |key| {
        let listed = trial.accepted_by(key, &trial.get("/v1/keys?limit=1"))?;
        let newest = &listed["items"][0];
        ensure!(newest["key_id"] == key.public_key().key_id(), "the newest is {newest}");
        ensure!(newest["role"] == "approval", "role {}", newest["role"]);
        ensure!(newest["account"] == trial.payer.account.as_str(), "{}", newest["account"]);
        trial.accepted_by(key, &trial.payment()).map(drop)
    })
}

fn by_requester(trial: &Trial) -> Result<()> {
    let key = page(trial)?;
    trial.refused_by(&key, &registration(trial, &new_key(), "approval"), "key_not_allowed")?;
    trial.refused_by(&key, &registration(trial, &key, "approval"), "key_not_allowed")
}

fn of_two_accounts(trial: &Trial) -> Result<()> {
    let payers = registration(trial, &trial.payer.key, "approval");
    trial.refused_by(&trial.stranger.key, &payers, "key_not_allowed")
}

fn weak(trial: &Trial) -> Result<()> {
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": SMALL_ORDER });
    let body = json!({ "jwk": jwk, "role": "approval" });
    trial.refused(&trial.post("/v1/keys", &body), "key_weak")
}

fn other_curve(trial: &Trial) -> Result<()> {
    let mut jwk = jwk_of(&new_key());
    jwk["crv"] = json!("X25519");
    let body = json!({ "jwk": jwk, "role": "approval" });
    trial.refused(&trial.post("/v1/keys", &body), "key_malformed")
}

fn stops_itself(trial: &Trial) -> Result<()> {
    let key = page(trial)?;
    let revoked = trial.accepted_by(&key, &revocation(trial, &key))?;
    ensure!(revoked["revoked_at"].is_u64(), "revoked_at {}", revoked["revoked_at"]);
    trial.refused_by(&key, &trial.get("/v1/keys"), "key_revoked")
}

fn stops_another(trial: &Trial) -> Result<()> {
    with_further(trial, |key| {
        let payment = trial.payment();
        trial.accepted_by(key, &payment)?;
        trial.accepted(&revocation(trial, key))?;
        trial.refused_by(key, &trial.payment(), "key_revoked")?;
        trial.refused_by(key, &payment, "key_revoked")
    })
}

fn for_good(trial: &Trial) -> Result<()> {
    with_further(trial, |key| {
        trial.accepted(&revocation(trial, key))?;
        trial.refused(&registration(trial, key, "approval"), "key_revoked")
    })
}

fn of_another(trial: &Trial) -> Result<()> {
    with_further(trial, |key| {
        trial.refused_by(&trial.stranger.key, &revocation(trial, key), "not_found")?;
        trial.refused_by(&page(trial)?, &revocation(trial, key), "not_found")?;
        trial.accepted_by(key, &trial.get("/v1/keys")).map(drop)
    })
}

fn twice(trial: &Trial) -> Result<()> {
    with_further(trial, |key| {
        let first = trial.accepted(&revocation(trial, key))?;
        let again = success(&trial.sent(&revocation(trial, key))?)?;
        ensure!(first == again, "{again}");
        Ok(())
    })
}
