//! HTTP message signatures with Ed25519: RFC 9421 narrowed to the profile of `contract/signing.md`.
//!
//! Signing is pure: a request, a key and the parameters go in, the fields to add come out. A signer
//! that lives elsewhere (WebCrypto, a hardware key) gets the signature base from [`prepare`] and hands
//! its 64 bytes to [`Prepared::finish`].

mod key;
mod multiples;
mod parameters;
mod product;
mod sign;
mod verify;

pub use key::{PublicKey, SigningKey};
pub use parameters::{MAX_LIFETIME, SignatureParameters};
pub use sign::{Instructions, Prepared, prepare, sign};
pub use verify::{MAX_AGE, MAX_AHEAD, Policy, Presented};

use crate::canonical::{Component, HttpRequest};

/// The label of the one signature a request has.
const LABEL: &str = "xp2p";

/// The components that a signature must cover on this request, in the order in which the SDK
/// covers them.
pub fn required_components(request: &HttpRequest) -> impl Iterator<Item = Component> {
    required_identifiers(request).map(Component::known)
}

fn required_identifiers(request: &HttpRequest) -> impl Iterator<Item = &'static str> {
    let body = request.body.is_some();
    let post = request.method == "POST";
    [
        ("@method", true),
        ("@target-uri", true),
        ("content-digest", body),
        ("content-type", body),
        ("idempotency-key", post),
    ]
    .into_iter()
    .filter_map(|(identifier, required)| required.then_some(identifier))
}
