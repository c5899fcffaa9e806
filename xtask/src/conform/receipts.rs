//! `contract/receipts.md`: what the platform signs.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use xp2p::canonical::{HttpRequest, content_digest};
use xp2p::receipt::{Expected, KeySet, Receipt, verify_receipt};
use xp2p::{AccountId, Amount, Handle, Party};

use super::trial::Trial;
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule(
        "receipts",
        "the receipt verifies for what was asked",
        &[
            "receipt-signature",
            "receipt-alg",
            "receipt-typ",
            "receipt-header",
            "receipt-kid",
            "receipt-iss",
            "receipt-jti",
            "receipt-payee",
            "receipt-amount",
            "receipt-digest",
            "receipt-claims",
        ],
        verifies,
    ),
    rule("receipts", "it names the payer", &["receipt-payer"], names_payer),
    rule("receipts", "it has the reference", &["receipt-reference"], has_reference),
    rule("receipts", "it is dated like the payment", &["receipt-iat"], dated),
    rule("receipts", "it names the web origin that asked", &["receipt-origin"], names_origin),
];

/// Makes a payment and verifies its receipt.
fn paid(trial: &Trial, request: &HttpRequest, reference: Option<&str>) -> Result<(Value, Receipt)> {
    let payment = trial.accepted(request)?;
    let keys = trial.platform.get("/.well-known/jwks.json")?;
    let payee =
        Party::new(Handle::parse(&trial.payee.handle)?, AccountId::parse(&trial.payee.account)?);
    let digest = content_digest(request.body.as_deref().unwrap_or_default());
    let expected = Expected {
        issuer: trial.platform.settings["issuer"].as_str().context("no issuer")?,
        payee: &payee,
        amount: &Amount::parse("0.10", "EUR")?,
        reference,
        request_digest: Some(&digest),
        payment: Some(payment["id"].as_str().context("no id")?),
    };
    let token = payment["receipt"].as_str().context("no receipt")?;
    let receipt = verify_receipt(token, &KeySet::parse(&keys.body)?, &expected)?;
    Ok((payment, receipt))
}

fn verifies(trial: &Trial) -> Result<()> {
    let (payment, _) = paid(trial, &trial.payment(), None)?;
    let length = payment["receipt"].as_str().unwrap_or_default().len();
    ensure!(length <= 4096, "{length} bytes");
    Ok(())
}

fn names_payer(trial: &Trial) -> Result<()> {
    let (_, receipt) = paid(trial, &trial.payment(), None)?;
    ensure!(receipt.payer.account().as_str() == trial.payer.account, "another account");
    ensure!(receipt.payer.handle().as_str() == trial.payer.handle, "another handle");
    Ok(())
}

fn has_reference(trial: &Trial) -> Result<()> {
    let mut body = trial.body();
    body["reference"] = json!("order-1042");
    paid(trial, &trial.payment_of(&body), Some("order-1042")).map(drop)
}

fn dated(trial: &Trial) -> Result<()> {
    let (payment, receipt) = paid(trial, &trial.payment(), None)?;
    ensure!(payment["created_at"] == receipt.issued_at, "iat {}", receipt.issued_at);
    Ok(())
}

fn names_origin(trial: &Trial) -> Result<()> {
    let (_, receipt) = paid(trial, &trial.payment(), None)?;
    ensure!(receipt.origin.is_none(), "an origin where there was none");
    let request = trial.payment().with_field("origin", "https://shop.example");
    let (_, receipt) = paid(trial, &request, None)?;
    ensure!(receipt.origin.as_deref() == Some("https://shop.example"), "{:?}", receipt.origin);
    Ok(())
}
