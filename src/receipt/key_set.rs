//! The platform's public keys: RFC 7517.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::canonical::{Json, split_before};
use crate::error::{ErrorCode, Result};
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
        Self::read(document).map_err(|error| match error.code() {
            ErrorCode::KeyWeak | ErrorCode::KeyMalformed => error,
            _ => error.with_code(ErrorCode::PlatformAnswerInvalid),
        })
    }

    fn read(document: &[u8]) -> Result<Self> {
        let document = Json::parse(document)?;
        let mut keys: Vec<(String, PublicKey)> = Vec::new();
        for key in document.array("keys")? {
            if key.text("kty")? != "OKP" || key.text("crv")? != "Ed25519" {
                continue;
            }
            let (kid, public_key) = (key.text("kid")?, PublicKey::from_jwk_x(key.text("x")?)?);
            let (_, id) = split_before(kid, |byte| byte == b':');
            let named_by_itself = id.strip_prefix(':') == Some(&public_key.key_id());
            if !named_by_itself || keys.iter().any(|(known, _)| known == kid) {
                return Err(ErrorCode::PlatformAnswerInvalid.at("kid"));
            }
            keys.push((kid.to_owned(), public_key));
        }
        Ok(Self { keys })
    }

    /// The key with this id.
    pub fn find(&self, kid: &str) -> Option<&PublicKey> {
        self.keys.iter().find(|(known, _)| known == kid).map(|(_, key)| key)
    }
}
