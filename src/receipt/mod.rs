//! Receipts: the platform's signed word that a payment was made, checked against what was asked for.
//!
//! A receipt is a compact JWS (RFC 7515) signed with Ed25519 (RFC 8037). The key decides the
//! algorithm, the header has exactly three members, and there is no way to verify a receipt without
//! saying what it should be a receipt for.

mod claims;
mod jws;
mod key_set;

pub use claims::Receipt;
pub use key_set::KeySet;

use crate::amount::Amount;
use crate::canonical::split_before;
use crate::error::{Error, ErrorCode, Result};
use crate::request::Party;

/// What a receipt must say to count.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The platform's issuer, from its settings. Its last path segment is the environment.
    pub issuer: &'a str,
    /// Who was to be paid: the account and the handle. For a merchant this is the merchant itself.
    pub payee: &'a Party,
    /// How much was to be paid, in the platform's currency: the receipt has this many decimals.
    pub amount: &'a Amount,
    /// The payee's reference, or `None` for a payment that was made without one.
    pub reference: Option<&'a str>,
    /// The digest of the request that was signed, where the verifier knows it.
    pub request_digest: Option<&'a str>,
    /// The payment's id, where the verifier knows it.
    pub payment: Option<&'a str>,
}

/// Verifies a receipt: its signature by a key of the platform, then every claim against `expected`.
///
/// # Errors
///
/// `receipt_malformed` for what is no receipt, at the part; `receipt_key_unknown` when the key set
/// lacks its key (fetch the key set once more before giving up); `receipt_signature_invalid`; and
/// `receipt_mismatch` at the claim that differs.
pub fn verify_receipt(token: &str, keys: &KeySet, expected: &Expected) -> Result<Receipt> {
    verify(&jws::Parts::read(token)?, keys, expected)
}

/// Verifies a receipt for somebody who does not know how many decimals the platform gives a currency.
/// The receipt's amount has those of ISO 4217, or those that the expected one was written with
/// ([`Amount::as_written`]).
///
/// # Errors
///
/// As [`verify_receipt`].
pub fn verify_receipt_as_written(
    token: &str,
    keys: &KeySet,
    expected: &Expected,
) -> Result<Receipt> {
    let (parts, value) = (jws::Parts::read(token)?, expected.amount.value());
    let found = parts.payload.required("amount").and_then(|amount| amount.text("value"));
    let in_iso = Amount::parse(&value, expected.amount.currency().code());
    let amount = match in_iso {
        Ok(amount) if found.ok() != Some(&value) => amount,
        _ => *expected.amount,
    };
    verify(&parts, keys, &Expected { amount: &amount, ..*expected })
}

fn verify(parts: &jws::Parts, keys: &KeySet, expected: &Expected) -> Result<Receipt> {
    let (environment, id) = split_before(&parts.kid, |byte| byte == b':');
    let expected_environment = expected.issuer.as_bytes().rsplit(|byte| *byte == b'/').next();
    if id.is_empty() || expected_environment != Some(environment.as_bytes()) {
        return mismatch("kid");
    }
    let Some(key) = keys.find(&parts.kid) else {
        return Err(ErrorCode::ReceiptKeyUnknown.at("kid"));
    };
    key.verify(parts.signing_input, &parts.signature)
        .map_err(|_| Error::new(ErrorCode::ReceiptSignatureInvalid))?;
    let receipt = Receipt::read(&parts.payload, expected.amount)?;
    compare(&receipt, expected)?;
    Ok(receipt)
}

fn compare(receipt: &Receipt, expected: &Expected) -> Result<()> {
    let Expected { issuer, payee, amount, reference, request_digest, payment } = *expected;
    let same_when_known =
        |known: Option<&str>, found: &str| known.is_none_or(|known| known == found);
    if receipt.issuer != issuer {
        return mismatch("iss");
    }
    if !same_when_known(payment, &receipt.payment) {
        return mismatch("jti");
    }
    if receipt.payee != *payee {
        return mismatch("payee");
    }
    if receipt.amount != *amount {
        return mismatch("amount");
    }
    if receipt.reference.as_deref() != reference {
        return mismatch("reference");
    }
    if !same_when_known(request_digest, &receipt.request_digest) {
        return mismatch("request_digest");
    }
    Ok(())
}

fn mismatch<T>(claim: &'static str) -> Result<T> {
    Err(Error::new(ErrorCode::ReceiptMismatch).at(claim))
}

/// The error for what is no receipt.
fn malformed(part: &'static str) -> Error {
    ErrorCode::ReceiptMalformed.at(part)
}
