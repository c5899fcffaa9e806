//! Signing: a request in, the header fields to add out.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::parameters::is_base64url;
use super::{LABEL, SignatureParameters, SigningKey, required_components};
use crate::canonical::{Component, HttpRequest, content_digest, push_binary, signature_base_with};
use crate::error::{ErrorCode, Result};

/// The header fields that make a request a signed one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instructions {
    /// Names in small letters with their values, to be added to the request.
    pub fields: Vec<(String, String)>,
}

impl Instructions {
    /// Adds the fields to the request they were made for.
    #[must_use]
    pub fn apply_to(self, mut request: HttpRequest) -> HttpRequest {
        request.fields.extend(self.fields);
        request
    }
}

/// A request that waits for its signature.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The value of the `@signature-params` line and, behind the label, of `Signature-Input`.
    parameters: String,
    base: String,
    digest: Option<String>,
}

impl Prepared {
    /// The text to sign: RFC 9421 section 2.5.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The fields to add, given the 64 bytes of Ed25519 over [`Self::base`].
    pub fn finish(self, signature: &[u8; 64]) -> Instructions {
        let member = |value: &str| [LABEL, "=", value].concat();
        let mut binary = String::new();
        push_binary(&mut binary, signature);
        let mut fields = Vec::with_capacity(3);
        fields.extend(self.digest.map(|digest| ("content-digest".to_owned(), digest)));
        fields.push(("signature-input".to_owned(), member(&self.parameters)));
        fields.push(("signature".to_owned(), member(&binary)));
        Instructions { fields }
    }
}

/// Prepares a request for a signer that lives elsewhere, which the `key_id` names.
///
/// Everything the profile demands is covered, in the profile's order. The request must have its
/// `content-type` with a body and its `idempotency-key` on a `POST`; the digest is made here.
///
/// # Errors
///
/// `signature_incomplete` at a header that is missing, `digest_mismatch` when the request already has
/// another `content-digest`, and `signature_malformed` when it is already signed, or cannot be: a URL
/// that is not `http` or `https`, or with a user name or a fragment; a value that is not visible ASCII; a
/// `key_id` that is no base64url.
pub fn prepare(
    request: &HttpRequest,
    key_id: &str,
    parameters: &SignatureParameters,
) -> Result<Prepared> {
    if let Some(name) =
        ["signature-input", "signature"].into_iter().find(|name| request.field(name).is_some())
    {
        return Err(ErrorCode::SignatureMalformed.at(name));
    }
    if !key_id.bytes().all(is_base64url) {
        return Err(ErrorCode::SignatureMalformed.at("keyid"));
    }
    if !is_sent_as_it_stands(request) {
        return Err(ErrorCode::SignatureMalformed.at("@target-uri"));
    }
    let digest = request.body.as_deref().map(content_digest);
    let given = request.field("content-digest");
    if given.is_some() && given != digest {
        return Err(ErrorCode::DigestMismatch.at("content-digest"));
    }
    let added = if given.is_some() { None } else { digest };
    let components: Vec<Component> = required_components(request).collect();
    let parameters = parameters.to_field_value(&components, key_id);
    let base = signature_base_with(request, added.as_deref(), &components, &parameters)?;
    Ok(Prepared { parameters, base, digest: added })
}

/// Whether a client asks for the URL to the letter: it keeps a fragment to itself, and makes a header
/// field of a user name (RFC 9110 section 4.2.4). That the URL is written as the WHATWG URL standard writes
/// it is for whoever has an implementation of it to check.
fn is_sent_as_it_stands(request: &HttpRequest) -> bool {
    let user = |authority: &str| authority.bytes().any(|byte| byte == b'@');
    request.url_parts().is_some_and(|parts| !user(parts.authority))
        && !request.url.bytes().any(|byte| byte == b'#')
}

/// Signs a request with a key that lives here.
///
/// # Errors
///
/// As [`prepare`].
///
/// ```
/// use xp2p::canonical::HttpRequest;
/// use xp2p::signature::{SignatureParameters, SigningKey, sign};
/// let request = HttpRequest::new("GET", "https://api.example/v1/payments/pay_00000001");
/// let parameters = SignatureParameters::new("sandbox", 1763819689, 1763819989, "q83vEjRWeJCrze8SNFZ4kA")?;
/// let signed = sign(&request, &SigningKey::from_seed([7; 32]), &parameters)?.apply_to(request);
/// assert!(signed.field("signature-input").unwrap().starts_with("xp2p=(\"@method\" \"@target-uri\")"));
/// # Ok::<(), xp2p::Error>(())
/// ```
pub fn sign(
    request: &HttpRequest,
    key: &SigningKey,
    parameters: &SignatureParameters,
) -> Result<Instructions> {
    let prepared = prepare(request, &key.public_key().key_id(), parameters)?;
    let signature = key.sign(prepared.base().as_bytes());
    Ok(prepared.finish(&signature))
}
