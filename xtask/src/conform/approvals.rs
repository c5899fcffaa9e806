//! `/approve`: the payer agrees to exactly what the platform holds (PSD2 RTS, article 5), in their wallet.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use xp2p::canonical::HttpRequest;
use xp2p::receipt::{Expected, KeySet, verify_receipt};
use xp2p::signature::SigningKey;
use xp2p::{AccountId, Amount, Handle, Party};

use super::checkouts::{checkout, reading};
use super::keys::page;
use super::trial::{Trial, id_of};
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule(
        "approveCheckout",
        "it pays, from the payer's account and for this checkout",
        &["payment-checkout", "payment-payer", "payment-amount"],
        pays,
    ),
    rule("approveCheckout", "the checkout is paid, by this payment", &["checkout-steps"], is_paid),
    rule(
        "approveCheckout",
        "the receipt has the checkout's digest, not the approval's",
        &["approval-digest"],
        receipt,
    ),
    rule(
        "approveCheckout",
        "the receipt has the page's web origin, not the wallet's",
        &["approval-origin", "receipt-origin"],
        receipt_origin,
    ),
    rule("approveCheckout", "the page that asked reads the payment", &["asked-by"], page_reads),
    rule("approveCheckout", "the same approval pays once", &["replay"], once),
    rule("approveCheckout", "nobody pays it again", &["final-decided"], again),
    rule(
        "approveCheckout",
        "another checkout is approval_mismatch",
        &["approval-checkout"],
        |trial| differs(trial, |approval| approval["checkout"] = json!("chk_0000000000000000")),
    ),
    rule("approveCheckout", "another payer is approval_mismatch", &["approval-payer"], |trial| {
        differs(trial, |approval| approval["payer"] = json!(trial.stranger.account))
    }),
    rule(
        "approveCheckout",
        "another payee is approval_mismatch",
        &["approval-payee-handle", "approval-payee-account"],
        |trial| {
            differs(trial, |approval| approval["payee"]["handle"] = json!(trial.stranger.handle))?;
            differs(trial, |approval| approval["payee"]["account"] = json!(trial.stranger.account))
        },
    ),
    rule(
        "approveCheckout",
        "another amount is approval_mismatch",
        &["approval-value", "approval-currency"],
        |trial| {
            differs(trial, |approval| approval["amount"]["value"] = json!("0.09"))?;
            differs(trial, |approval| approval["amount"]["currency"] = json!("USD"))
        },
    ),
    rule(
        "approveCheckout",
        "another digest is approval_mismatch",
        &["approval-request"],
        |trial| {
            let digest = json!("sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:");
            differs(trial, |approval| approval["request_digest"] = digest)
        },
    ),
    rule("approveCheckout", "another end is approval_mismatch", &["approval-end"], |trial| {
        differs(trial, |approval| {
            let end = approval["expires_at"].as_u64().unwrap_or_default();
            approval["expires_at"] = json!(end + 1);
        })
    }),
    rule("approveCheckout", "what differs voids the checkout", &["approval-voids"], voids),
    rule(
        "implementing 6",
        "a page of another site does not approve",
        &["wallet-origin", "fetch-site"],
        other_site,
    ),
    rule(
        "implementing 6",
        "the wallet's own page does, and what is no page",
        &["wallet-own"],
        own_site,
    ),
    rule(
        "approveCheckout",
        "who has too little leaves it to another payer",
        &["funds", "refusal-voids"],
        too_little,
    ),
];

/// What a payer sees who is shown the truth.
pub fn approval(trial: &Trial, checkout: &Value) -> Value {
    json!({
        "checkout": checkout["id"],
        "payer": trial.payer.account,
        "payee": trial.payee.party(),
        "amount": checkout["amount"],
        "request_digest": checkout["request_digest"],
        "expires_at": checkout["expires_at"],
    })
}

/// A request that approves this, not signed.
pub fn request(trial: &Trial, checkout: &Value, approval: &Value) -> HttpRequest {
    trial.post(&format!("/v1/checkouts/{}/approve", id_of(checkout)), approval)
}

/// A checkout of this page, and the payment that the payer agreed to.
pub fn paid(trial: &Trial, page: &SigningKey) -> Result<(Value, Value)> {
    let asked = checkout(trial, page)?;
    let payment = trial.accepted(&request(trial, &asked, &approval(trial, &asked)))?;
    Ok((asked, payment))
}

fn pays(trial: &Trial) -> Result<()> {
    let (asked, payment) = paid(trial, &page(trial)?)?;
    for (name, expected) in [
        ("checkout", asked["id"].clone()),
        ("payer", trial.payer.party()),
        ("payee", trial.payee.party()),
        ("amount", asked["amount"].clone()),
        ("request_digest", asked["request_digest"].clone()),
    ] {
        ensure!(payment[name] == expected, "{name} is {}", payment[name]);
    }
    Ok(())
}

fn is_paid(trial: &Trial) -> Result<()> {
    let page = page(trial)?;
    let (asked, payment) = paid(trial, &page)?;
    let read = trial.accepted_by(&page, &reading(trial, &asked))?;
    ensure!(read["status"] == "paid", "status {}", read["status"]);
    ensure!(read["payment"] == payment, "payment {}", read["payment"]);
    Ok(())
}

/// The receipt of a payment, which must be one for what the page asked.
pub fn verified(trial: &Trial, asked: &Value, payment: &Value) -> Result<xp2p::receipt::Receipt> {
    let keys = trial.platform.get("/.well-known/jwks.json")?;
    let payee =
        Party::new(Handle::parse(&trial.payee.handle)?, AccountId::parse(&trial.payee.account)?);
    let expected = Expected {
        issuer: trial.platform.settings["issuer"].as_str().context("no issuer")?,
        payee: &payee,
        amount: &Amount::parse(asked["amount"]["value"].as_str().unwrap_or_default(), "EUR")?,
        reference: None,
        request_digest: Some(asked["request_digest"].as_str().context("no request_digest")?),
        payment: Some(id_of(payment)),
    };
    let token = payment["receipt"].as_str().context("no receipt")?;
    Ok(verify_receipt(token, &KeySet::parse(&keys.body)?, &expected)?)
}

fn receipt(trial: &Trial) -> Result<()> {
    let (asked, payment) = paid(trial, &page(trial)?)?;
    verified(trial, &asked, &payment).map(drop)
}

fn receipt_origin(trial: &Trial) -> Result<()> {
    let asking = trial.post("/v1/checkouts", &trial.body());
    let asking = asking.with_field("origin", "https://shop.example");
    let asked = trial.accepted_by(&page(trial)?, &asking)?;
    let approving = request(trial, &asked, &approval(trial, &asked));
    let payment = trial.accepted(&approving.with_field("origin", wallet(trial)?))?;
    let origin = verified(trial, &asked, &payment)?.origin;
    ensure!(origin.as_deref() == Some("https://shop.example"), "{origin:?}");
    Ok(())
}

fn page_reads(trial: &Trial) -> Result<()> {
    let page = page(trial)?;
    let (_, payment) = paid(trial, &page)?;
    let read = trial.accepted_by(&page, &trial.reading(&payment))?;
    ensure!(read["receipt"] == payment["receipt"], "another receipt");
    Ok(())
}

fn once(trial: &Trial) -> Result<()> {
    let asked = checkout(trial, &page(trial)?)?;
    let request = request(trial, &asked, &approval(trial, &asked));
    let first = trial.accepted(&request)?;
    let again = trial.accepted(&request)?;
    ensure!(first == again, "{again}");
    Ok(())
}

fn again(trial: &Trial) -> Result<()> {
    let (asked, _) = paid(trial, &page(trial)?)?;
    trial.refused(&request(trial, &asked, &approval(trial, &asked)), "state_final")
}

fn differs(trial: &Trial, bend: impl FnOnce(&mut Value)) -> Result<()> {
    let asked = checkout(trial, &page(trial)?)?;
    let mut approval = approval(trial, &asked);
    bend(&mut approval);
    trial.refused(&request(trial, &asked, &approval), "approval_mismatch")
}

fn voids(trial: &Trial) -> Result<()> {
    let page = page(trial)?;
    let asked = checkout(trial, &page)?;
    let mut other = approval(trial, &asked);
    other["amount"]["value"] = json!("0.09");
    trial.refused(&request(trial, &asked, &other), "approval_mismatch")?;
    let read = trial.accepted_by(&page, &reading(trial, &asked))?;
    ensure!(read["status"] == "declined", "status {}", read["status"]);
    trial.refused(&request(trial, &asked, &approval(trial, &asked)), "state_final")
}

fn other_site(trial: &Trial) -> Result<()> {
    // Browsers name the page's origin, and older ones no more than that; or they say only how it relates.
    for (name, value) in [
        ("origin", "https://shop.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let asked = checkout(trial, &page(trial)?)?;
        let request = request(trial, &asked, &approval(trial, &asked)).with_field(name, value);
        trial.refused(&request, "key_not_allowed").with_context(|| format!("{name} {value}"))?;
    }
    Ok(())
}

fn own_site(trial: &Trial) -> Result<()> {
    let wallets = ("origin", wallet(trial)?);
    let no_page = ("sec-fetch-site", "none");
    for (name, value) in [wallets, no_page] {
        let asked = checkout(trial, &page(trial)?)?;
        let request = request(trial, &asked, &approval(trial, &asked));
        trial.accepted(&request.with_field(name, value)).context(name)?;
    }
    Ok(())
}

/// The wallet's origin.
pub fn wallet(trial: &Trial) -> Result<&str> {
    let url = trial.platform.settings["wallet_url"].as_str().context("no wallet_url")?;
    Ok(url.trim_end_matches('/'))
}

/// The most that one payment may move is more than the payer has: once that was refused, the checkout is
/// as open as it was.
fn too_little(trial: &Trial) -> Result<()> {
    let mut body = trial.body();
    body["amount"]["value"] = json!(trial.maximum()?.value());
    let page = page(trial)?;
    let asked = trial.accepted_by(&page, &trial.post("/v1/checkouts", &body))?;
    let refused = request(trial, &asked, &approval(trial, &asked));
    trial.refused(&refused, "insufficient_funds")?;
    let read = trial.accepted_by(&page, &reading(trial, &asked))?;
    ensure!(read["status"] == asked["status"], "status {}", read["status"]);
    Ok(())
}
