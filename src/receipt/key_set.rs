//! The platform's public keys: RFC 7517.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::canonical::Json;
use crate::error::{Error, ErrorCode, Result};
use crate::signature::PublicKey;

/// The keys that sign a platform's receipts, by their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet {
    keys: Vec<(String, PublicKey)>,
}

impl KeySet {
    /// Reads a JSON Web Key Set.
    ///
    /// Keys of other types are passed over (RFC 7517 section 5); an Ed25519 key must be named by its
    /// environment and its own thumbprint, so that no other key can stand in under its name.
    ///
    /// # Errors
    ///
    /// `platform_answer_invalid` for what is no key set; `key_weak` and `key_malformed` at `x`.
    pub fn parse(document: &[u8]) -> Result<Self> {
        let invalid = || Error::new(ErrorCode::PlatformAnswerInvalid);
        let document = Json::parse(document).map_err(|_| invalid())?;
        let Some(Json::Array(listed)) = document.member("keys") else {
            return Err(invalid());
        };
        let mut keys: Vec<(String, PublicKey)> = Vec::new();
        for key in listed {
            let text = |name: &'static str| key.member(name).and_then(|text| text.text(name).ok());
            if (text("kty"), text("crv")) != (Some("OKP"), Some("Ed25519")) {
                continue;
            }
            let (kid, x) = (text("kid").ok_or_else(invalid)?, text("x").ok_or_else(invalid)?);
            let public_key = PublicKey::from_jwk_x(x)?;
            let thumbprint = kid.rsplit(':').next().unwrap_or_default();
            if thumbprint != public_key.key_id() || keys.iter().any(|(known, _)| known == kid) {
                return Err(invalid().at("kid"));
            }
            keys.push((kid.to_string(), public_key));
        }
        Ok(Self { keys })
    }

    /// The key with this id.
    pub fn find(&self, kid: &str) -> Option<&PublicKey> {
        self.keys.iter().find(|(known, _)| known == kid).map(|(_, key)| key)
    }
}
