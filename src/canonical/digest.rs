//! Content digests: RFC 9530.

use alloc::string::String;

use sha2::{Digest, Sha256};

use super::structured::push_binary;

/// The value of `Content-Digest` for a body, by the one algorithm of the signing profile.
///
/// ```
/// let digest = xp2p::canonical::content_digest(br#"{"hello": "world"}"#);
/// // RFC 9530 appendix D uses the same content.
/// assert_eq!(digest, "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:");
/// ```
pub fn content_digest(body: &[u8]) -> String {
    let mut field = String::from("sha-256=");
    push_binary(&mut field, &Sha256::digest(body));
    field
}
