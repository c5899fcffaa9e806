//! Paying once, to whom and what was signed, with a receipt.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use xp2p::canonical::{HttpRequest, content_digest};
use xp2p::receipt::{Expected, KeySet, verify_receipt};
use xp2p::signature::{SigningKey, sign};
use xp2p::{AccountId, Amount, Handle, Party};

use super::Rule;
use super::platform::{Account, json_of};

pub const RULES: &[Rule] = &[
    Rule { source: "receipts", says: "the receipt verifies for what was asked", check: receipt },
    Rule {
        source: "createPayment",
        says: "the same intent gets the same answer and pays once",
        check: replay,
    },
    Rule {
        source: "createPayment",
        says: "the same key with another body is idempotency_key_reused",
        check: reused,
    },
    Rule {
        source: "createPayment",
        says: "no idempotency key is idempotency_key_missing",
        check: no_key,
    },
    Rule {
        source: "createPayment",
        says: "a bare idempotency key is idempotency_key_malformed",
        check: bare_key,
    },
    Rule {
        source: "createPayment",
        says: "a body that is not JSON's type is content_type_unsupported",
        check: media_type,
    },
    Rule {
        source: "createPayment",
        says: "a body over 64 KiB is request_too_large",
        check: too_large,
    },
    Rule {
        source: "createPayment",
        says: "a member twice is request_malformed",
        check: member_twice,
    },
    Rule {
        source: "createPayment",
        says: "an unknown member is request_malformed",
        check: unknown_member,
    },
    Rule { source: "createPayment", says: "a number is amount_not_text", check: number },
    Rule {
        source: "createPayment",
        says: "an amount in another form is amount_malformed",
        check: other_form,
    },
    Rule {
        source: "createPayment",
        says: "too many decimals are amount_too_precise",
        check: too_precise,
    },
    Rule { source: "createPayment", says: "nothing is amount_zero", check: zero },
    Rule { source: "createPayment", says: "a negative amount is amount_negative", check: negative },
    Rule { source: "createPayment", says: "too much is amount_over_maximum", check: over_maximum },
    Rule {
        source: "createPayment",
        says: "an unknown currency is currency_unknown",
        check: unknown_currency,
    },
    Rule {
        source: "createPayment",
        says: "a handle that nobody has is handle_unknown",
        check: nobody,
    },
    Rule {
        source: "createPayment",
        says: "a handle of another account is payee_changed",
        check: pinned,
    },
    Rule { source: "createPayment", says: "paying oneself is payee_is_payer", check: oneself },
    Rule { source: "getPayment", says: "a payer reads their payment", check: read },
    Rule {
        source: "getPayment",
        says: "without a signature nobody reads one",
        check: read_unsigned,
    },
    Rule {
        source: "getPayment",
        says: "a payment that is not there is not_found",
        check: read_nothing,
    },
];

/// The body of a payment that is in order.
fn body(account: &Account) -> Value {
    json!({
        "payee": { "handle": account.payee["handle"], "account": account.payee["account"] },
        "amount": { "value": "0.10", "currency": "EUR" },
    })
}

/// Expects the refusal of a payment whose body was bent before it was signed.
fn bent(account: &Account, bend: impl FnOnce(&mut Value), code: &str) -> Result<()> {
    let mut body = body(account);
    bend(&mut body);
    let request = account.signed(&account.payment_of(&body))?;
    account.refused(&account.platform.send(&request)?, code)
}

/// Expects the refusal of a payment with these very bytes as its body.
fn raw(account: &Account, bytes: Vec<u8>, code: &str) -> Result<()> {
    let mut request = account.payment();
    request.body = Some(bytes);
    account.refused(&account.platform.send(&account.signed(&request)?)?, code)
}

fn value(account: &Account, value: Value, code: &str) -> Result<()> {
    bent(account, |body| body["amount"]["value"] = value, code)
}

fn receipt(account: &Account) -> Result<()> {
    let request = account.payment();
    let payment = account.accepted(&request)?;
    let keys = account.platform.get("/.well-known/jwks.json")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let payee = Party::new(
        Handle::parse(&text(&account.payee["handle"]))?,
        AccountId::parse(&text(&account.payee["account"]))?,
    );
    let digest = content_digest(request.body.as_deref().unwrap_or_default());
    let receipt = verify_receipt(
        &text(&payment["receipt"]),
        &KeySet::parse(&keys.body)?,
        &Expected {
            issuer: &text(&account.platform.settings["issuer"]),
            payee: &payee,
            amount: &Amount::parse("0.10", "EUR")?,
            reference: None,
            request_digest: Some(&digest),
            payment: payment["id"].as_str(),
        },
    )?;
    ensure!(receipt.payer.account().as_str() == account.payer["account"], "another payer");
    Ok(())
}

fn replay(account: &Account) -> Result<()> {
    let request = account.payment();
    let first = account.accepted(&request)?;
    let again = account.platform.send(&account.signed(&request)?)?;
    ensure!(again.status == 201, "status {}", again.status);
    ensure!(json_of(&again)? == first, "another answer");
    let replayed = again.field("idempotency-replayed");
    ensure!(replayed.as_deref() == Some("true"), "no Idempotency-Replayed");
    Ok(())
}

fn reused(account: &Account) -> Result<()> {
    let request = account.payment();
    account.accepted(&request)?;
    let mut other = request;
    other.body = Some(body(account).to_string().replace("0.10", "0.11").into_bytes());
    account.refused(&account.platform.send(&account.signed(&other)?)?, "idempotency_key_reused")
}

fn no_key(account: &Account) -> Result<()> {
    let mut request = account.signed(&account.payment())?;
    request.fields.retain(|(name, _)| name != "idempotency-key");
    account.refused(&account.platform.send(&request)?, "idempotency_key_missing")
}

fn bare_key(account: &Account) -> Result<()> {
    let mut request = account.payment();
    request.fields.retain(|(name, _)| name != "idempotency-key");
    let request = request.with_field("idempotency-key", "a-key-without-its-quotes");
    account
        .refused(&account.platform.send(&account.signed(&request)?)?, "idempotency_key_malformed")
}

fn media_type(account: &Account) -> Result<()> {
    let mut request = account.payment();
    request.fields.retain(|(name, _)| name != "content-type");
    let request = request.with_field("content-type", "text/plain");
    account.refused(&account.platform.send(&account.signed(&request)?)?, "content_type_unsupported")
}

fn too_large(account: &Account) -> Result<()> {
    raw(account, vec![b' '; 64 * 1024 + 1], "request_too_large")
}

fn member_twice(account: &Account) -> Result<()> {
    let text = body(account).to_string();
    let twice = text.replacen('{', r#"{"note":"a","note":"b","#, 1);
    raw(account, twice.into_bytes(), "request_malformed")
}

fn unknown_member(account: &Account) -> Result<()> {
    bent(account, |body| body["tip"] = json!("1.00"), "request_malformed")
}

fn number(account: &Account) -> Result<()> {
    value(account, json!(0.1), "amount_not_text")
}

fn other_form(account: &Account) -> Result<()> {
    value(account, json!("0.1"), "amount_malformed")?;
    value(account, json!("00.10"), "amount_malformed")?;
    value(account, json!("1e1"), "amount_malformed")
}

fn too_precise(account: &Account) -> Result<()> {
    value(account, json!("0.100"), "amount_too_precise")
}

fn zero(account: &Account) -> Result<()> {
    value(account, json!("0.00"), "amount_zero")
}

fn negative(account: &Account) -> Result<()> {
    value(account, json!("-0.10"), "amount_negative")
}

fn over_maximum(account: &Account) -> Result<()> {
    let currencies = account.platform.settings["currencies"].as_array();
    let euro = currencies.into_iter().flatten().find(|entry| entry["code"] == "EUR");
    let maximum = euro.and_then(|entry| entry["maximum"].as_str()).context("no EUR")?;
    let maximum = Amount::parse(maximum, "EUR")?;
    let over = Amount::from_minor(maximum.minor() + 1, maximum.currency())?;
    value(account, json!(over.value()), "amount_over_maximum")
}

fn unknown_currency(account: &Account) -> Result<()> {
    bent(account, |body| body["amount"]["currency"] = json!("EUX"), "currency_unknown")
}

fn nobody(account: &Account) -> Result<()> {
    bent(account, |body| body["payee"]["handle"] = json!("nobody-has-this-1"), "handle_unknown")
}

fn pinned(account: &Account) -> Result<()> {
    bent(account, |body| body["payee"]["account"] = json!("acct_another000"), "payee_changed")
}

fn oneself(account: &Account) -> Result<()> {
    let me = json!({ "handle": account.payer["handle"], "account": account.payer["account"] });
    bent(account, |body| body["payee"] = me, "payee_is_payer")
}

fn read(account: &Account) -> Result<()> {
    let payment = account.accepted(&account.payment())?;
    let url = format!(
        "{}/v1/payments/{}",
        account.platform.origin,
        payment["id"].as_str().unwrap_or_default()
    );
    let again = account.accepted(&HttpRequest::new("GET", &url))?;
    ensure!(again["receipt"] == payment["receipt"], "another receipt");
    let stranger = SigningKey::from_seed([79; 32]);
    let request = HttpRequest::new("GET", &url);
    let signed = sign(&request, &stranger, &account.parameters()?)?.apply_to(request);
    account.refused(&account.platform.send(&signed)?, "key_unknown")
}

fn read_unsigned(account: &Account) -> Result<()> {
    let answer = account.platform.get("/v1/payments/pay_0000000000000000")?;
    account.refused(&answer, "signature_missing")
}

fn read_nothing(account: &Account) -> Result<()> {
    let url = format!("{}/v1/payments/pay_0000000000000000", account.platform.origin);
    let request = account.signed(&HttpRequest::new("GET", url))?;
    account.refused(&account.platform.send(&request)?, "not_found")
}
