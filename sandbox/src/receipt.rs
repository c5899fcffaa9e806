//! Receipts: a compact JWS (RFC 7515) that proves a payment to somebody who was not there.

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::{Signer, SigningKey};
use serde::Serialize;
use subtle::ConstantTimeEq;
use xp2p::signature::PublicKey;
use zeroize::Zeroizing;

#[cfg(feature = "switches")]
use crate::careless;
use crate::failure::{Failure, StartError};
use crate::settings::ENVIRONMENT;

/// One side of a payment, in answers and receipts alike.
#[derive(Serialize)]
pub(crate) struct Party<'a> {
    pub handle: &'a str,
    pub account: &'a str,
}

/// An amount as it is written on the wire.
#[derive(Serialize)]
pub(crate) struct AmountText<V, C> {
    pub value: V,
    pub currency: C,
}

/// What a receipt says.
#[derive(Serialize)]
pub(crate) struct Claims<'a> {
    pub iss: &'a str,
    pub iat: i64,
    /// The payment's id.
    pub jti: &'a str,
    pub payer: Party<'a>,
    pub payee: Party<'a>,
    pub amount: AmountText<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<&'a str>,
    pub request_digest: &'a str,
    /// The web origin that sent the request, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<&'a str>,
}

/// A key of the platform's key set: RFC 8037 section 2.
#[derive(Serialize)]
pub(crate) struct PublishedKey {
    kty: &'static str,
    crv: &'static str,
    x: String,
    kid: String,
    alg: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
}

/// A key that signs receipts.
pub(crate) struct ReceiptSigner {
    key: SigningKey,
    /// The same key, as the SDK signs requests with it.
    requests: xp2p::signature::SigningKey,
    x: String,
    kid: String,
}

impl ReceiptSigner {
    /// The key with this seed.
    pub fn from_seed(seed: &[u8]) -> Result<Self, StartError> {
        let wrong = || StartError::Database("the receipt key does not have its form".into());
        let seed = Zeroizing::new(<[u8; 32]>::try_from(seed).map_err(|_| wrong())?);
        let key = SigningKey::from_bytes(&seed);
        let public = PublicKey::from_bytes(key.verifying_key().as_bytes()).map_err(|_| wrong())?;
        let kid = format!("{ENVIRONMENT}:{}", public.key_id());
        let requests = xp2p::signature::SigningKey::from_seed(*seed);
        Ok(Self { key, requests, x: public.to_jwk_x(), kid })
    }

    /// Whether this is the key with that seed.
    pub fn is_of(&self, seed: &[u8]) -> bool {
        seed.ct_eq(self.key.as_bytes()).into()
    }

    /// The public half, for the key set.
    pub fn published(&self) -> PublishedKey {
        PublishedKey {
            kty: "OKP",
            crv: "Ed25519",
            x: self.x.clone(),
            kid: self.kid.clone(),
            alg: "EdDSA",
            usage: "sig",
        }
    }

    /// The key, to sign deliveries with.
    pub fn signing_key(&self) -> &xp2p::signature::SigningKey {
        &self.requests
    }

    /// Signs the claims: RFC 7515 section 3.1, with the header parameters of the receipt profile.
    pub fn sign(&self, claims: &Claims<'_>) -> Result<String, Failure> {
        #[derive(Serialize)]
        struct Header<'a> {
            alg: &'static str,
            kid: &'a str,
            typ: &'static str,
        }
        let header = Header { alg: "EdDSA", kid: &self.kid, typ: "xp2p-receipt+jwt" };
        #[cfg(feature = "switches")]
        let (header, claims) = (careless::header(&header), &careless::claims(claims));
        let mut token = format!("{}.{}", encode(&header)?, encode(claims)?);
        let signature =
            self.key.sign(if checks!(ReceiptSignature) { token.as_bytes() } else { b"receipt" });
        token.push('.');
        token.push_str(&Base64UrlUnpadded::encode_string(&signature.to_bytes()));
        Ok(token)
    }

    /// The claims of a receipt that this key signed, or nothing.
    pub fn read(&self, receipt: &str) -> Option<serde_json::Value> {
        let (signed, signature) = receipt.rsplit_once('.')?;
        let (_, claims) = signed.split_once('.')?;
        let signature = Base64UrlUnpadded::decode_vec(signature).ok()?;
        let signature = ed25519_dalek::Signature::from_slice(&signature).ok()?;
        self.key.verifying_key().verify_strict(signed.as_bytes(), &signature).ok()?;
        serde_json::from_slice(&Base64UrlUnpadded::decode_vec(claims).ok()?).ok()
    }
}

fn encode(part: &impl Serialize) -> Result<String, Failure> {
    let json = serde_json::to_vec(part).map_err(|_| Failure::Corrupt("text that is no JSON"))?;
    Ok(Base64UrlUnpadded::encode_string(&json))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_read_back_only_unchanged() {
        let signer = ReceiptSigner::from_seed(&[7; 32]).unwrap();
        let party = || Party { handle: "alice", account: "acct_alice000" };
        let receipt = signer
            .sign(&Claims {
                iss: "https://api.example/sandbox",
                iat: 1_763_819_689,
                jti: "pay_00000000",
                payer: party(),
                payee: party(),
                amount: AmountText { value: "12.50", currency: "EUR" },
                reference: None,
                request_digest: "sha-256=:AAAA:",
                origin: None,
            })
            .unwrap();
        let claims = signer.read(&receipt).unwrap();
        assert_eq!(claims["amount"]["value"], "12.50");
        assert!(claims.get("reference").is_none() && claims.get("origin").is_none());
        assert!(signer.read(&receipt.replacen("eyJ", "eyK", 1)).is_none());
        assert!(ReceiptSigner::from_seed(&[8; 32]).unwrap().read(&receipt).is_none());
    }
}
