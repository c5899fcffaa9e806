//! The claims of a receipt.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::amount::{Amount, Currency};
use crate::canonical::{Json, read_amount_in, read_party};
use crate::error::{ErrorCode, Result};
use crate::request::Party;

/// A receipt whose signature was verified and whose claims are what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// The platform that says so: `iss`.
    pub issuer: String,
    /// When the platform made the payment, in Unix seconds: `iat`.
    pub issued_at: u64,
    /// The payment's id: `jti`.
    pub payment: String,
    /// Who paid.
    pub payer: Party,
    /// Who was paid.
    pub payee: Party,
    /// How much.
    pub amount: Amount,
    /// The payee's own number for the payment.
    pub reference: Option<String>,
    /// The `Content-Digest` of the request that the payer signed.
    pub request_digest: String,
    /// The web origin that sent the request, where there was one.
    pub origin: Option<String>,
}

impl Receipt {
    pub(super) fn read(claims: &Json, expected: &Amount) -> Result<Self> {
        Self::from_json(claims, expected)
            .map_err(|error| error.with_code(ErrorCode::ReceiptMalformed))
    }

    fn from_json(claims: &Json, expected: &Amount) -> Result<Self> {
        claims.only_members(&[
            "iss",
            "iat",
            "jti",
            "payer",
            "payee",
            "amount",
            "reference",
            "request_digest",
            "origin",
        ])?;
        Ok(Self {
            issuer: claims.text("iss")?.to_owned(),
            issued_at: claims.integer("iat")?,
            payment: claims.text("jti")?.to_owned(),
            payer: read_party(claims, "payer")?,
            payee: read_party(claims, "payee")?,
            amount: read_amount_in(claims, "amount", |code| match expected.currency() {
                // With the platform's own decimals.
                own if own.code() == code => Ok(own),
                _ => Currency::parse(code),
            })?,
            reference: claims.optional_text("reference")?.map(str::to_owned),
            request_digest: claims.text("request_digest")?.to_owned(),
            origin: claims.optional_text("origin")?.map(str::to_owned),
        })
    }
}
