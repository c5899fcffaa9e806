//! Passkeys: for what the payer needs one who has one, and what is an answer of it. The payer gets one for
//! each rule, by an authenticator in software, and loses it again.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use xp2p::canonical::{HttpRequest, content_digest};
use xp2p::signature::SigningKey;
use xp2p_authenticator::Passkey;

use super::approvals::wallet;
use super::keys::{page, registration, revocation};
use super::outcome::NotTried;
use super::trial::{Trial, id_of, new_key, refusal, success};
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule("getAccount", "a key knows whose it is", &["account-holder"], account),
    rule("finishPasskey", "a passkey is added, and listed", &["passkey-listed"], added),
    rule(
        "finishPasskey",
        "a registration for another origin is none",
        &["passkey-origin"],
        |trial| not_added(trial, |passkey| passkey.origin = other_port(&passkey.origin)),
    ),
    rule(
        "finishPasskey",
        "a registration without user verification is none",
        &["passkey-verified"],
        |trial| not_added(trial, |passkey| passkey.verifies = false),
    ),
    rule("removePasskey", "what was removed counts no longer", &["passkey-removed"], removed),
    rule("removePasskey", "the body names the same passkey", &["passkey-named"], named),
    rule("passkeys", "who has one needs it above the limit", &["passkey-amount"], above),
    rule("passkeys", "nobody needs one up to the limit", &["passkey-below"], up_to),
    rule("passkeys", "who has one needs it for a link above the limit", &["passkey-amount"], link),
    rule("passkeys", "who has one needs it to register a key", &["passkey-always"], key),
    rule("passkeys", "who has one needs it to add another", &["passkey-always"], another),
    rule("passkeys", "who has one needs it to remove it", &["passkey-always"], removal),
    rule("passkeys", "the same intent goes on after the answer", &["passkey-kept"], goes_on),
    rule("passkeys", "an answer counts for one body", &["passkey-body"], one_body),
    rule("passkeys", "an answer counts once", &["passkey-once"], once),
    rule("passkeys", "an answer counts for the key that asked", &["passkey-key"], one_key),
    rule("passkeys", "an answer counts for two minutes", &["passkey-in-time"], in_time),
    rule("answerPasskeyChallenge", "a challenge is answered once", &["passkey-ended"], ended),
    rule(
        "answerPasskeyChallenge",
        "an answer from another origin is none",
        &["passkey-origin", "passkey-answer"],
        |trial| no_answer(trial, |passkey| passkey.origin = other_port(&passkey.origin)),
    ),
    rule(
        "answerPasskeyChallenge",
        "an answer for another relying party is none",
        &["passkey-answer"],
        |trial| no_answer(trial, |passkey| passkey.relying_party = "elsewhere.example".into()),
    ),
    rule(
        "answerPasskeyChallenge",
        "an answer without user verification is none",
        &["passkey-verified", "passkey-answer"],
        |trial| no_answer(trial, |passkey| passkey.verifies = false),
    ),
    rule(
        "answerPasskeyChallenge",
        "a counter that goes back is no answer",
        &["passkey-counter", "passkey-answer"],
        |trial| no_answer(trial, |passkey| passkey.counter = 0),
    ),
    rule(
        "answerPasskeyChallenge",
        "what another key signed is no answer",
        &["passkey-answer"],
        |trial| {
            no_answer(trial, |passkey| {
                let forged = Passkey::new(&passkey.origin);
                let (id, counter) = (passkey.id.clone(), passkey.counter);
                *passkey = forged;
                (passkey.id, passkey.counter) = (id, counter);
            })
        },
    ),
    rule(
        "answerPasskeyChallenge",
        "the answer to another challenge is none",
        &["passkey-answer"],
        replayed,
    ),
];

/// An origin at another port of the same host.
fn other_port(origin: &str) -> String {
    let (scheme, authority) = origin.split_once("://").unwrap_or_default();
    let host = authority.split(':').next().unwrap_or_default();
    format!("{scheme}://{host}:7")
}

/// Begins to add a passkey to the payer's account.
fn begun(trial: &Trial) -> Result<Value> {
    let answer = trial.sent(&trial.post("/v1/passkeys", &json!({ "label": "conform" })))?;
    if answer.status == 404 {
        return Err(NotTried("this platform has no passkeys").into());
    }
    success(&answer)
}

fn finish(trial: &Trial, begun: &Value, credential: &Value) -> HttpRequest {
    let path = format!("/v1/passkeys/{}/finish", id_of(begun));
    trial.post(&path, &json!({ "credential": credential }))
}

fn remove(trial: &Trial, id: &str) -> HttpRequest {
    trial.post(&format!("/v1/passkeys/{id}/remove"), &json!({ "passkey": id }))
}

/// Tries something while the payer has this passkey, and only this one.
fn with_passkey(
    trial: &Trial,
    attempt: impl FnOnce(&str, &mut Passkey) -> Result<()>,
) -> Result<()> {
    let mut passkey = Passkey::new(wallet(trial)?);
    let begun = begun(trial)?;
    let credential = passkey.registration(&begun["options"]);
    trial.accepted(&finish(trial, &begun, &credential)).context("a passkey was not added")?;
    let attempted = attempt(id_of(&begun), &mut passkey);
    // Whatever an attempt did to its counter.
    passkey.counter += 100;
    let removal = remove(trial, id_of(&begun));
    let ended = confirm(trial, &mut passkey, &removal).and_then(|()| trial.accepted(&removal));
    attempted?;
    ended.map(drop).context("the passkey was not removed")
}

/// Asks for a challenge to this request's body.
fn challenge(trial: &Trial, request: &HttpRequest) -> Result<Value> {
    let digest = content_digest(request.body.as_deref().unwrap_or_default());
    trial.accepted(&trial.post("/v1/passkey-challenges", &json!({ "digest": digest })))
}

fn answer(trial: &Trial, challenge: &Value, credential: &Value) -> HttpRequest {
    let path = format!("/v1/passkey-challenges/{}/answer", id_of(challenge));
    trial.post(&path, &json!({ "credential": credential }))
}

/// Has the passkey answer to this request's body.
fn confirm(trial: &Trial, passkey: &mut Passkey, request: &HttpRequest) -> Result<()> {
    let challenge = challenge(trial, request)?;
    let credential = passkey.assertion(&challenge["options"]);
    trial.accepted(&answer(trial, &challenge, &credential)).map(drop)
}

/// A payment that needs a passkey, of an amount that the payer does not have: what comes after the passkey
/// is `insufficient_funds`.
fn large(trial: &Trial) -> Result<HttpRequest> {
    let currencies = trial.platform.settings["currencies"].as_array();
    let euro = currencies.into_iter().flatten().find(|entry| entry["code"] == "EUR");
    if euro.is_none_or(|entry| entry.get("passkey_above").is_none()) {
        return Err(NotTried("this platform asks for a passkey for no amount").into());
    }
    let mut body = trial.body();
    body["amount"]["value"] = json!(trial.maximum()?.value());
    Ok(trial.payment_of(&body))
}

fn account(trial: &Trial) -> Result<()> {
    let account = trial.accepted(&trial.get("/v1/account"))?;
    ensure!(account["account"] == trial.payer.account.as_str(), "{account}");
    ensure!(account["handle"] == trial.payer.handle.as_str(), "{account}");
    ensure!(account["name"].is_string() && account["kind"].is_string(), "{account}");
    Ok(())
}

fn added(trial: &Trial) -> Result<()> {
    with_passkey(trial, |id, _| {
        let listed = trial.accepted(&trial.get("/v1/passkeys"))?;
        ensure!(listed["items"][0]["id"] == id, "listed are {}", listed["items"]);
        ensure!(listed["items"][0]["label"] == "conform", "label {}", listed["items"][0]["label"]);
        Ok(())
    })
}

fn not_added(trial: &Trial, bend: impl FnOnce(&mut Passkey)) -> Result<()> {
    let mut passkey = Passkey::new(wallet(trial)?);
    bend(&mut passkey);
    let begun = begun(trial)?;
    let credential = passkey.registration(&begun["options"]);
    trial.refused(&finish(trial, &begun, &credential), "passkey_invalid")
}

fn removed(trial: &Trial) -> Result<()> {
    with_passkey(trial, |_, _| Ok(()))?;
    let listed = trial.accepted(&trial.get("/v1/passkeys"))?;
    ensure!(listed["items"] == json!([]), "listed are {}", listed["items"]);
    trial.refused(&large(trial)?, "insufficient_funds")
}

fn named(trial: &Trial) -> Result<()> {
    with_passkey(trial, |id, passkey| {
        let path = format!("/v1/passkeys/{id}/remove");
        let other = trial.post(&path, &json!({ "passkey": "psk_00000000" }));
        confirm(trial, passkey, &other)?;
        trial.refused(&other, "approval_mismatch")
    })
}

fn above(trial: &Trial) -> Result<()> {
    with_passkey(trial, |_, passkey| {
        let request = large(trial)?;
        trial.refused(&request, "passkey_required")?;
        confirm(trial, passkey, &request)?;
        let anew = large(trial)?;
        trial.refused(&anew, "insufficient_funds")
    })
}

fn up_to(trial: &Trial) -> Result<()> {
    with_passkey(trial, |_, _| trial.accepted(&trial.payment()).map(drop))
}

fn link(trial: &Trial) -> Result<()> {
    with_passkey(trial, |_, passkey| {
        large(trial)?;
        let amount = json!({ "value": trial.maximum()?.value(), "currency": "EUR" });
        let limits = json!({
            "per_payment": amount, "per_period": amount, "period": "week", "lifetime": amount,
        });
        let asked = json!({
            "payees": [trial.payee.party()],
            "limits": limits,
            "expires_at": trial.platform.now() + 3600,
        });
        let link = trial.accepted_by(&page(trial)?, &trial.post("/v1/links", &asked))?;
        let mut approval = asked.clone();
        approval["link"] = link["id"].clone();
        approval["payer"] = json!(trial.payer.account);
        let request = trial.post(&format!("/v1/links/{}/approve", id_of(&link)), &approval);
        trial.refused(&request, "passkey_required")?;
        confirm(trial, passkey, &request)?;
        let active = trial.accepted(&request)?;
        ensure!(active["status"] == "active", "status {}", active["status"]);
        trial.accepted(&trial.step(&format!("/v1/links/{}/revoke", id_of(&link)))).map(drop)
    })
}

fn key(trial: &Trial) -> Result<()> {
    with_passkey(trial, |_, passkey| with_further(trial, passkey, |_, _| Ok(())))
}

/// Tries something with another approval key of the payer, which took the passkey, and stops that key.
fn with_further(
    trial: &Trial,
    passkey: &mut Passkey,
    attempt: impl FnOnce(&SigningKey, &mut Passkey) -> Result<()>,
) -> Result<()> {
    let further = new_key();
    let request = registration(trial, &further, "approval");
    let refused = trial.refused(&request, "passkey_required");
    if refused.is_ok() {
        confirm(trial, passkey, &request)?;
        trial.accepted(&request)?;
    }
    let attempted = refused.and_then(|()| attempt(&further, passkey));
    trial.accepted(&revocation(trial, &further))?;
    attempted
}

fn another(trial: &Trial) -> Result<()> {
    with_passkey(trial, |_, passkey| {
        let mut second = Passkey::new(wallet(trial)?);
        let begun = begun(trial)?;
        let credential = second.registration(&begun["options"]);
        let request = finish(trial, &begun, &credential);
        trial.refused(&request, "passkey_required")?;
        confirm(trial, passkey, &request)?;
        trial.accepted(&request)?;
        // Either of the two will do.
        let removal = remove(trial, id_of(&begun));
        confirm(trial, &mut second, &removal)?;
        trial.accepted(&removal).map(drop)
    })
}

fn removal(trial: &Trial) -> Result<()> {
    with_passkey(trial, |id, _| trial.refused(&remove(trial, id), "passkey_required"))
}

fn goes_on(trial: &Trial) -> Result<()> {
    with_passkey(trial, |_, passkey| {
        let request = large(trial)?;
        trial.refused(&request, "passkey_required")?;
        confirm(trial, passkey, &request)?;
        trial.refused(&request, "insufficient_funds")
    })
}

fn one_body(trial: &Trial) -> Result<()> {
    with_passkey(trial, |_, passkey| {
        confirm(trial, passkey, &large(trial)?)?;
        let mut body = trial.body();
        body["amount"]["value"] = json!(trial.maximum()?.value());
        body["payee"] = trial.stranger.party();
        trial.refused(&trial.payment_of(&body), "passkey_required")
    })
}

fn once(trial: &Trial) -> Result<()> {
    with_passkey(trial, |_, passkey| {
        confirm(trial, passkey, &large(trial)?)?;
        trial.refused(&large(trial)?, "insufficient_funds")?;
        trial.refused(&large(trial)?, "passkey_required")
    })
}

fn one_key(trial: &Trial) -> Result<()> {
    with_passkey(trial, |_, passkey| {
        with_further(trial, passkey, |further, passkey| {
            confirm(trial, passkey, &large(trial)?)?;
            trial.refused_by(further, &large(trial)?, "passkey_required")
        })
    })
}

fn in_time(trial: &Trial) -> Result<()> {
    with_passkey(trial, |_, passkey| {
        confirm(trial, passkey, &large(trial)?)?;
        trial.platform.while_later(120, || trial.refused(&large(trial)?, "passkey_required"))
    })
}

fn ended(trial: &Trial) -> Result<()> {
    with_passkey(trial, |_, passkey| {
        let challenge = challenge(trial, &large(trial)?)?;
        let credential = passkey.assertion(&challenge["options"]);
        trial.accepted(&answer(trial, &challenge, &credential))?;
        let credential = passkey.assertion(&challenge["options"]);
        trial.refused(&answer(trial, &challenge, &credential), "state_final")
    })
}

fn no_answer(trial: &Trial, bend: impl FnOnce(&mut Passkey)) -> Result<()> {
    with_passkey(trial, |_, passkey| {
        confirm(trial, passkey, &large(trial)?)?;
        let challenge = challenge(trial, &large(trial)?)?;
        let mut bent = passkey.clone();
        bend(&mut bent);
        let credential = bent.assertion(&challenge["options"]);
        trial.refused(&answer(trial, &challenge, &credential), "passkey_invalid")
    })
}

fn replayed(trial: &Trial) -> Result<()> {
    with_passkey(trial, |_, passkey| {
        let [one, two] = [challenge(trial, &large(trial)?)?, challenge(trial, &large(trial)?)?];
        let credential = passkey.assertion(&one["options"]);
        let answer = trial.sent(&answer(trial, &two, &credential))?;
        refusal(&answer, "passkey_invalid")
    })
}
