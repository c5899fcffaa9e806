//! The envelope of a receipt: compact JWS, RFC 7515 section 7.1.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::malformed;
use crate::canonical::{BASE64URL, Json};
use crate::error::{ErrorCode, Result};

/// The longest receipt, in bytes.
const MAX_TOKEN: usize = 16 * 1024;
/// RFC 8725 section 3.11: the type is explicit, so that no other token of the platform passes as one.
const TYPE: &str = "xp2p-receipt+jwt";

/// The parts of a receipt, of the right form and not yet verified.
pub(super) struct Parts<'a> {
    pub kid: String,
    pub payload: Json,
    pub signature: Vec<u8>,
    pub signing_input: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Takes a token apart.
    ///
    /// The header has `alg`, `kid` and `typ` and nothing else: what RFC 7515 section 4.1 would let a
    /// token bring along (`jwk`, `jku`, `x5u`, `x5c`, `crit`, `b64`) is refused with every other name.
    pub(super) fn read(token: &'a str) -> Result<Self> {
        Self::apart(token).map_err(|error| error.with_code(ErrorCode::ReceiptMalformed))
    }

    fn apart(token: &'a str) -> Result<Self> {
        if token.len() > MAX_TOKEN {
            return Err(malformed("token"));
        }
        let token = token.as_bytes();
        let is_point = |byte: &u8| *byte == b'.';
        let (first, last) = (token.iter().position(is_point), token.iter().rposition(is_point));
        let (first, last) = first.zip(last).ok_or_else(|| malformed("token"))?;
        let (Some(header), Some(payload), Some(signature), Some(signing_input)) = (
            token.get(..first),
            token.get(first + 1..last),
            token.get(last + 1..),
            token.get(..last),
        ) else {
            return Err(malformed("token"));
        };
        let header = read_json(header, "header")?;
        header.only_members(&["alg", "kid", "typ"]).map_err(|_| malformed("header"))?;
        // RFC 9864 section 2.2 names the algorithm `Ed25519`, RFC 8037 section 3.1 `EdDSA`. Either
        // way the key set holds Ed25519 keys only, and the key decides.
        if !matches!(header.text("alg")?, "EdDSA" | "Ed25519") {
            return Err(malformed("alg"));
        }
        if header.text("typ")? != TYPE {
            return Err(malformed("typ"));
        }
        Ok(Self {
            kid: header.text("kid")?.to_string(),
            payload: read_json(payload, "payload")?,
            signature: decode(signature, "signature")?,
            signing_input,
        })
    }
}

fn read_json(part: &[u8], name: &'static str) -> Result<Json> {
    Json::parse(&decode(part, name)?).map_err(|_| malformed(name))
}

/// RFC 7515 section 2: base64url without padding; a second way to write the same bytes is refused.
fn decode(part: &[u8], name: &'static str) -> Result<Vec<u8>> {
    BASE64URL.decode(part).ok_or_else(|| malformed(name))
}
