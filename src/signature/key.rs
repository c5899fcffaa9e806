//! Ed25519 keys (RFC 8032) and their ids (RFC 7638).

use alloc::string::String;
use core::fmt;

use curve25519_dalek::Scalar;
use ed25519_dalek::hazmat::ExpandedSecretKey;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

use super::multiples::Multiples;
use super::product::product_and_sum;
use crate::canonical::BASE64URL;
use crate::error::{ErrorCode, Result};

/// A private key. It has no `Debug`, `Display` or serialised form, and is zeroized when dropped.
///
/// ```
/// let key = xp2p::signature::SigningKey::from_seed([7; 32]);
/// let signature = key.sign(b"message");
/// assert!(key.public_key().verify(b"message", &signature).is_ok());
/// ```
pub struct SigningKey {
    secret: ExpandedSecretKey,
    public: VerifyingKey,
    multiples: Multiples,
}

impl SigningKey {
    /// The key of a 32-byte seed (RFC 8032 section 5.1.5). The seed must come from a secure source of
    /// randomness, and the caller forgets it afterwards.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let secret = ExpandedSecretKey::from(&*Zeroizing::new(seed));
        let multiples = Multiples::of_base_point();
        let public = VerifyingKey::from(multiples.times(&secret.scalar));
        Self { secret, public, multiples }
    }

    /// The public half. The public key is never taken from a caller when signing: a wrong one beside
    /// the right seed would give the seed away.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.public)
    }

    /// Signs a message: RFC 8032 section 5.1.6, step by step, because `ed25519_dalek` knows no table of
    /// multiples but its own, which would be 28 KB of compressed wasm.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let hash_to_scalar = |parts: [&[u8]; 3]| {
            Scalar::from_hash(parts.into_iter().fold(Sha512::new(), Sha512::chain_update))
        };
        let nonce = Zeroizing::new(hash_to_scalar([&self.secret.hash_prefix, message, &[]]));
        let point = self.multiples.times(&nonce).compress();
        let challenge = hash_to_scalar([point.as_bytes(), self.public.as_bytes(), message]);
        let response =
            product_and_sum(challenge.as_bytes(), self.secret.scalar.as_bytes(), nonce.as_bytes());
        Signature::from_components(point.to_bytes(), response.to_bytes()).to_bytes()
    }
}

/// A public key that is not of small order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads the 32 bytes of RFC 8032 section 5.1.2.
    ///
    /// # Errors
    ///
    /// `key_malformed` for bytes that are no point of the curve, or not its one encoding, `key_weak` for a
    /// point of small order, which would verify signatures that nobody made; both at `x`.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self> {
        // RFC 8032 section 5.1.3 step 1, which `ed25519_dalek` leaves out: y is less than p.
        let reduced = bytes[0] < 0xed || bytes[31] | 0x80 != 0xff || bytes[1..31] != [0xff; 30];
        match VerifyingKey::from_bytes(bytes) {
            Ok(key) if key.is_weak() => Err(ErrorCode::KeyWeak.at("x")),
            Ok(key) if reduced => Ok(Self(key)),
            _ => Err(ErrorCode::KeyMalformed.at("x")),
        }
    }

    /// Reads the `x` of a JSON Web Key (RFC 8037 section 2): base64url without padding.
    ///
    /// # Errors
    ///
    /// As [`PublicKey::from_bytes`].
    pub fn from_jwk_x(x: &str) -> Result<Self> {
        match BASE64URL.decode(x.as_bytes()).and_then(|bytes| bytes.try_into().ok()) {
            Some(bytes) => Self::from_bytes(&bytes),
            None => Err(ErrorCode::KeyMalformed.at("x")),
        }
    }

    /// The `x` of the key's JSON Web Key.
    pub fn to_jwk_x(&self) -> String {
        BASE64URL.encode(self.0.as_bytes())
    }

    /// The key's id: its RFC 7638 thumbprint by SHA-256, 43 characters of base64url.
    ///
    /// ```
    /// // RFC 8037 appendix A.3.
    /// let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    /// let key = xp2p::signature::PublicKey::from_jwk_x(x)?;
    /// assert_eq!(key.key_id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    /// # Ok::<(), xp2p::Error>(())
    /// ```
    pub fn key_id(&self) -> String {
        let members = ["{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"", &self.to_jwk_x(), "\"}"];
        BASE64URL.encode(&Sha256::digest(members.concat()))
    }

    /// Verifies strictly: RFC 8032 section 5.1.7 without the cofactor, canonical encodings only, and
    /// neither key nor `R` of small order, so that a message has one signature and not several.
    ///
    /// # Errors
    ///
    /// `signature_invalid`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        let verified = Signature::from_slice(signature)
            .and_then(|signature| self.0.verify_strict(message, &signature));
        verified.map_err(|_| ErrorCode::SignatureInvalid.into())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key_id())
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use ed25519_dalek::Signer;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn signatures_are_those_of_ed25519_dalek(seed: [u8; 32], message: Vec<u8>) {
            let (ours, theirs) = (SigningKey::from_seed(seed), ed25519_dalek::SigningKey::from_bytes(&seed));
            prop_assert_eq!(ours.public, theirs.verifying_key());
            prop_assert_eq!(ours.sign(&message), theirs.sign(&message).to_bytes());
        }
    }
}
