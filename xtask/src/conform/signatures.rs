//! `contract/signing.md`: what a signature proves. The fields here have their form, and are not true.

use anyhow::{Context, Result, ensure};
use base64ct::{Base64UrlUnpadded, Encoding};
use curve25519_dalek::Scalar;
use curve25519_dalek::scalar::clamp_integer;
use sha2::{Digest, Sha512};
use xp2p::canonical::{HttpRequest, content_digest};
use xp2p::signature::{SignatureParameters, SigningKey, prepare, sign};

use super::forms::Bent;
use super::platform::nonce;
use super::trial::{Trial, refusal, success};
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule(
        "signing",
        "a request without a signature is signature_missing",
        &["signature-there"],
        unsigned,
    ),
    rule(
        "signing",
        "a body that was changed is digest_mismatch",
        &["digest-compared"],
        body_changed,
    ),
    rule(
        "signing",
        "a body changed with its digest is signature_invalid",
        &["signature-verified"],
        digest_changed,
    ),
    rule(
        "signing",
        "another idempotency key is signature_invalid",
        &["signature-verified"],
        key_changed,
    ),
    rule(
        "signing",
        "another content type is signature_invalid",
        &["signature-verified"],
        type_changed,
    ),
    rule(
        "signing",
        "a signature for another method is signature_invalid",
        &["signature-verified"],
        method_changed,
    ),
    rule(
        "signing",
        "a signature for another path is signature_invalid",
        &["signature-verified"],
        path_changed,
    ),
    rule(
        "signing",
        "a signature for another query is signature_invalid",
        &["signature-verified", "query"],
        query_changed,
    ),
    rule(
        "signing",
        "a signature for another platform is refused",
        &["host", "forwarded"],
        elsewhere,
    ),
    rule(
        "signing",
        "another signer under this key id is signature_invalid",
        &["signature-verified"],
        other_signer,
    ),
    rule("signing", "a key that is not registered is key_unknown", &["key-known"], stranger),
    rule("signing", "a signature has one form", &["signature-reduced"], unreduced),
    rule("signing", "a point of small order signs nothing", &["signature-strict"], small_order),
    rule("signing", "a field in two lines is refused", &["one-line"], two_lines),
    rule("signing", "a nonce is taken once: nonce_reused", &["nonce"], nonce_twice),
    rule(
        "signing",
        "a nonce is taken by a request that only reads",
        &["nonce", "nonce-of-reading"],
        nonce_of_reading,
    ),
    rule(
        "implementing 2",
        "a nonce stays taken when its request was refused",
        &["nonce", "nonce-of-refusal"],
        nonce_of_refusal,
    ),
    rule("signing", "a nonce is a key's own", &["nonce-of-key"], nonce_of_two),
];

/// Expects the refusal of a payment that was changed after it was signed.
fn changed(trial: &Trial, change: impl FnOnce(&mut HttpRequest), code: &str) -> Result<()> {
    let mut request = trial.signed(&trial.payment())?;
    change(&mut request);
    refusal(&trial.platform.send(&request)?, code)
}

fn set(request: &mut HttpRequest, name: &str, value: &str) {
    for field in request.fields.iter_mut().filter(|field| field.0 == name) {
        value.clone_into(&mut field.1);
    }
}

fn dearer(request: &mut HttpRequest) {
    let body = String::from_utf8(request.body.take().unwrap_or_default()).unwrap_or_default();
    request.body = Some(body.replace("0.10", "9.10").into_bytes());
}

fn unsigned(trial: &Trial) -> Result<()> {
    refusal(&trial.platform.send(&trial.payment())?, "signature_missing")?;
    for half in ["signature", "signature-input"] {
        let without = |request: &mut HttpRequest| request.fields.retain(|(name, _)| name != half);
        changed(trial, without, "signature_missing")?;
    }
    Ok(())
}

fn body_changed(trial: &Trial) -> Result<()> {
    changed(trial, dearer, "digest_mismatch")
}

fn digest_changed(trial: &Trial) -> Result<()> {
    let change = |request: &mut HttpRequest| {
        dearer(request);
        let digest = content_digest(request.body.as_deref().unwrap_or_default());
        set(request, "content-digest", &digest);
    };
    changed(trial, change, "signature_invalid")
}

fn key_changed(trial: &Trial) -> Result<()> {
    let change =
        |request: &mut HttpRequest| set(request, "idempotency-key", "\"another-intent-of-ours\"");
    changed(trial, change, "signature_invalid")
}

fn type_changed(trial: &Trial) -> Result<()> {
    // The same type to whoever compares media types: RFC 9110 section 8.3.1.
    let change = |request: &mut HttpRequest| set(request, "content-type", "Application/JSON");
    changed(trial, change, "signature_invalid")
}

/// Expects the refusal of a payment that was signed with this change, and sent without it.
fn signed_as(trial: &Trial, change: impl FnOnce(&mut HttpRequest)) -> Result<()> {
    let straight = trial.payment();
    let mut other = straight.clone();
    change(&mut other);
    let signed = Bent::straight(trial).sign(trial, other, content_digest);
    let request = HttpRequest { fields: signed.fields, ..straight };
    refusal(&trial.platform.send(&request)?, "signature_invalid")
}

fn method_changed(trial: &Trial) -> Result<()> {
    signed_as(trial, |request| request.method = "PUT".into())
}

fn path_changed(trial: &Trial) -> Result<()> {
    signed_as(trial, |request| request.url.push_str("/of-another"))
}

fn query_changed(trial: &Trial) -> Result<()> {
    changed(trial, |request| request.url.push_str("?other=1"), "signature_invalid")
}

/// The platform knows where it is; whoever passes a request on must not be able to tell it otherwise.
fn elsewhere(trial: &Trial) -> Result<()> {
    let ours = trial.payment();
    let scheme = ours.url.split("://").next().unwrap_or_default();
    let mut theirs = ours.clone();
    theirs.url = format!("{scheme}://elsewhere.example/v1/payments");
    for field in ["host", "x-forwarded-host"] {
        let mut request = trial.signed(&theirs)?.with_field(field, "elsewhere.example");
        request.url.clone_from(&ours.url);
        let answer = trial.platform.send(&request)?;
        ensure!(answer.status >= 400, "{} by {field}", answer.status);
    }
    Ok(())
}

fn other_signer(trial: &Trial) -> Result<()> {
    let other = SigningKey::from_seed([77; 32]);
    let request = trial.payment();
    let forged = sign(&request, &other, &trial.parameters()?)?;
    let signature = forged.fields.into_iter().find(|(name, _)| name == "signature");
    let (_, signature) = signature.context("a signature")?;
    let mut request = trial.signed(&request)?;
    set(&mut request, "signature", &signature);
    refusal(&trial.platform.send(&request)?, "signature_invalid")
}

fn stranger(trial: &Trial) -> Result<()> {
    let stranger = SigningKey::from_seed([78; 32]);
    let request = trial.signed_with(&stranger, &trial.payment())?;
    refusal(&trial.platform.send(&request)?, "key_unknown")
}

/// Expects the refusal of a payment with a signature that was made in another way than RFC 8032's.
fn forged(trial: &Trial, forge: impl FnOnce(&[u8]) -> Result<[u8; 64]>) -> Result<()> {
    let request = trial.payment();
    let prepared = prepare(&request, &trial.payer.key.public_key().key_id(), &trial.parameters()?)?;
    let signature = forge(prepared.base().as_bytes())?;
    let request = prepared.finish(&signature).apply_to(request);
    refusal(&trial.platform.send(&request)?, "signature_invalid")
}

/// `S` plus the order of the base point: RFC 8032 section 5.1.7 demands that `S` is less than the order.
fn unreduced(trial: &Trial) -> Result<()> {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    forged(trial, |base| {
        let mut signature = trial.payer.key.sign(base);
        let mut carry = 0;
        for (digit, order) in signature[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*digit) + u16::from(order) + carry;
            *digit = sum as u8;
            carry = sum >> 8;
        }
        Ok(signature)
    })
}

/// `R` is the neutral element, so that `S` is the challenge times the secret. The equation of RFC 8032
/// section 5.1.7 holds for it.
fn small_order(trial: &Trial) -> Result<()> {
    let person = &trial.payer;
    forged(trial, |base| {
        let mut secret = [0; 32];
        secret.copy_from_slice(&Sha512::digest(person.seed)[..32]);
        let secret = Scalar::from_bytes_mod_order(clamp_integer(secret));
        let public = Base64UrlUnpadded::decode_vec(&person.key.public_key().to_jwk_x())
            .ok()
            .context("a public key")?;
        let mut signature = [0; 64];
        signature[0] = 1;
        let hash = Sha512::new().chain_update(&signature[..32]).chain_update(public);
        let challenge =
            Scalar::from_bytes_mod_order_wide(&hash.chain_update(base).finalize().into());
        signature[32..].copy_from_slice((challenge * secret).as_bytes());
        Ok(signature)
    })
}

fn two_lines(trial: &Trial) -> Result<()> {
    for (name, code) in [
        ("signature", "signature_malformed"),
        ("signature-input", "signature_malformed"),
        ("content-digest", "signature_malformed"),
        ("content-type", "content_type_unsupported"),
        ("idempotency-key", "idempotency_key_malformed"),
    ] {
        let again = |request: &mut HttpRequest| {
            let value = request.field(name).unwrap_or_default();
            request.fields.push((name.into(), value));
        };
        changed(trial, again, code)?;
    }
    Ok(())
}

fn nonce_twice(trial: &Trial) -> Result<()> {
    let request = trial.signed(&trial.payment())?;
    success(&trial.platform.send(&request)?)?;
    refusal(&trial.platform.send(&request)?, "nonce_reused")
}

fn nonce_of_reading(trial: &Trial) -> Result<()> {
    let payment = trial.accepted(&trial.payment())?;
    let request = trial.signed(&trial.reading(&payment))?;
    success(&trial.platform.send(&request)?)?;
    refusal(&trial.platform.send(&request)?, "nonce_reused")
}

fn nonce_of_refusal(trial: &Trial) -> Result<()> {
    let mut body = trial.body();
    body["amount"]["value"] = "0.00".into();
    let request = trial.signed(&trial.payment_of(&body))?;
    refusal(&trial.platform.send(&request)?, "amount_zero")?;
    refusal(&trial.platform.send(&request)?, "nonce_reused")
}

fn nonce_of_two(trial: &Trial) -> Result<()> {
    let (now, environment) = (trial.platform.now(), trial.platform.environment());
    let parameters = SignatureParameters::new(environment, now, now + 300, &nonce())?;
    let payment = trial.payment();
    let payment = sign(&payment, &trial.payer.key, &parameters)?.apply_to(payment);
    let payment = success(&trial.platform.send(&payment)?)?;
    let reading = trial.reading(&payment);
    let reading = sign(&reading, &trial.payee.key, &parameters)?.apply_to(reading);
    success(&trial.platform.send(&reading)?).map(drop)
}
