//! The claims of a receipt.

use alloc::string::{String, ToString};

use super::malformed;
use crate::amount::Amount;
use crate::canonical::{Json, read_amount, read_party};
use crate::error::Result;
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
    pub(super) fn read(claims: &Json) -> Result<Self> {
        const NAMES: [&str; 9] = [
            "iss",
            "iat",
            "jti",
            "payer",
            "payee",
            "amount",
            "reference",
            "request_digest",
            "origin",
        ];
        let member = |name: &'static str| claims.required(name).map_err(|_| malformed(name));
        let text = |name: &'static str| {
            member(name)?.text(name).map(ToString::to_string).map_err(|_| malformed(name))
        };
        let optional = |name: &'static str| match claims.member(name) {
            Some(_) => text(name).map(Some),
            None => Ok(None),
        };
        let party =
            |name: &'static str| read_party(member(name)?, name).map_err(|_| malformed(name));
        claims.only_members("", &NAMES).map_err(|_| malformed("payload"))?;
        Ok(Self {
            issuer: text("iss")?,
            issued_at: member("iat")?.integer("iat").map_err(|_| malformed("iat"))?,
            payment: text("jti")?,
            payer: party("payer")?,
            payee: party("payee")?,
            amount: read_amount(member("amount")?).map_err(|_| malformed("amount"))?,
            reference: optional("reference")?,
            request_digest: text("request_digest")?,
            origin: optional("origin")?,
        })
    }
}
