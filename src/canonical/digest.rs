//! Content digests: RFC 9530.

use alloc::string::String;

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};

/// The value of `Content-Digest` for a body, by the one algorithm of the signing profile.
///
/// ```
/// let digest = xp2p::canonical::content_digest(br#"{"hello": "world"}"#);
/// // RFC 9530 appendix D uses the same content.
/// assert_eq!(digest, "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:");
/// ```
pub fn content_digest(body: &[u8]) -> String {
    let mut field = String::from("sha-256=:");
    field.push_str(&Base64::encode_string(&Sha256::digest(body)));
    field.push(':');
    field
}
