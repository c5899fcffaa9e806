//! Verifying: what a platform does with a request, and the SDK with a webhook.

use alloc::string::String;
use alloc::vec::Vec;

use super::{LABEL, PublicKey, SignatureParameters, required_identifiers};
use crate::canonical::{
    HttpRequest, SignatureInput, binary_member, content_digest, read_string, signature_base,
};
use crate::error::{Error, ErrorCode, Result};
use crate::request::IdempotencyKey;

/// How long ago a signature may have been made, in seconds.
pub const MAX_AGE: u64 = 300;
/// How far ahead of the verifier's clock a signature may have been made, in seconds.
pub const MAX_AHEAD: u64 = 30;

/// What the verifier demands beside the profile.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    /// The environment that the `tag` must name.
    pub environment: &'a str,
    /// The verifier's clock, in Unix seconds.
    pub now: u64,
}

/// A signature that a request carries, of the right form and not yet verified.
///
/// Reading comes first, because the key id in it says which key to verify with.
#[derive(Clone, Debug)]
pub struct Presented {
    input: SignatureInput,
    parameters: SignatureParameters,
    key_id: String,
    signature: Vec<u8>,
    idempotency_key: Option<IdempotencyKey>,
}

impl Presented {
    /// Reads the signature of a request and checks everything that needs neither key nor clock.
    ///
    /// # Errors
    ///
    /// `signature_missing`, `signature_malformed`, `signature_incomplete`, `idempotency_key_missing`,
    /// `idempotency_key_malformed`, each at the header, component or parameter.
    pub fn read(request: &HttpRequest) -> Result<Self> {
        let field = |name: &'static str| {
            request.field(name).ok_or_else(|| ErrorCode::SignatureMissing.at(name))
        };
        let (input, signature) = (field("signature-input")?, field("signature")?);
        let input = SignatureInput::parse(&input, LABEL)?;
        let signature = binary_member(&signature, LABEL)
            .filter(|signature| signature.len() == 64)
            .ok_or_else(|| ErrorCode::SignatureMalformed.at("signature"))?;
        let (parameters, key_id) = SignatureParameters::from_fields(&input.parameters)?;
        let idempotency_key = match request.field("idempotency-key") {
            Some(field) => Some(IdempotencyKey::parse(&read_string(&field).unwrap_or_default())?),
            None if request.method == "POST" => {
                let missing = Error::new(ErrorCode::IdempotencyKeyMissing);
                return Err(missing.at("idempotency-key"));
            }
            None => None,
        };
        for required in required_identifiers(request) {
            if !input.components.iter().any(|component| component.identifier() == required) {
                return Err(ErrorCode::SignatureIncomplete.at(required));
            }
        }
        Ok(Self { input, parameters, key_id, signature, idempotency_key })
    }

    /// The id of the key that the signature says it was made with.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The parameters, among them the nonce that must not have been used before.
    pub const fn parameters(&self) -> &SignatureParameters {
        &self.parameters
    }

    /// The idempotency key of a request that has one.
    pub const fn idempotency_key(&self) -> Option<&IdempotencyKey> {
        self.idempotency_key.as_ref()
    }

    /// The signature base as the verifier rebuilds it, to show beside the signer's when they differ.
    ///
    /// # Errors
    ///
    /// As [`signature_base`].
    pub fn base(&self, request: &HttpRequest) -> Result<String> {
        signature_base(request, &self.input)
    }

    /// Verifies the signature over the request as it arrived: its URL built from the verifier's own
    /// settings, its body the received bytes.
    ///
    /// That the nonce is new is for the caller to check afterwards, in the transaction that acts on
    /// the request.
    ///
    /// # Errors
    ///
    /// `environment_mismatch`, `clock_skew`, `signature_expired`, `digest_mismatch`,
    /// `key_unknown` when `key` is not the one named, and `signature_invalid`.
    pub fn verify(&self, request: &HttpRequest, key: &PublicKey, policy: &Policy) -> Result<()> {
        let refused = |code: ErrorCode, param| Err(code.at(param));
        let Policy { environment, now } = *policy;
        if self.parameters.environment() != environment {
            return refused(ErrorCode::EnvironmentMismatch, "tag");
        }
        let created = self.parameters.created();
        if created > now.saturating_add(MAX_AHEAD) || created < now.saturating_sub(MAX_AGE) {
            return refused(ErrorCode::ClockSkew, "created");
        }
        if self.parameters.expires() <= now {
            return refused(ErrorCode::SignatureExpired, "expires");
        }
        let digest = request.body.as_deref().map(content_digest);
        if digest.is_some() && request.field("content-digest") != digest {
            return refused(ErrorCode::DigestMismatch, "content-digest");
        }
        if key.key_id() != self.key_id {
            return refused(ErrorCode::KeyUnknown, "keyid");
        }
        let base = self.base(request)?;
        key.verify(base.as_bytes(), &self.signature).map_err(|error| error.at("signature"))
    }
}
