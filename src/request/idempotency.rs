//! One key per intent: draft-ietf-httpapi-idempotency-key-header.

use alloc::string::String;

use crate::error::{ErrorCode, Result};

/// The key under which a platform does an intent at most once, however often it is sent.
///
/// It is made once per intent, never per try: 16 to 64 visible ASCII characters other than `"` and
/// `\`, such as a UUID.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Reads the bare key, without the quotes it has in its header field.
    ///
    /// # Errors
    ///
    /// `idempotency_key_malformed` at `idempotency-key`.
    pub fn parse(text: &str) -> Result<Self> {
        let allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        if (16..=64).contains(&text.len()) && text.bytes().all(allowed) {
            return Ok(Self(text.into()));
        }
        Err(ErrorCode::IdempotencyKeyMalformed.at("idempotency-key"))
    }

    /// The bare key.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key as the header field has it: a structured-field string (RFC 9651 section 3.3.3).
    pub fn to_field_value(&self) -> String {
        ["\"", &self.0, "\""].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_long_enough_and_plain() {
        let key = IdempotencyKey::parse("0198f0a6-b3c9-7d2e-8f4a-5b6c7d8e9f01").unwrap();
        assert_eq!(key.to_field_value(), "\"0198f0a6-b3c9-7d2e-8f4a-5b6c7d8e9f01\"");
        for text in ["", "short", "with a space in it", "quote\"quote\"quote", &"x".repeat(65)] {
            let error = IdempotencyKey::parse(text).unwrap_err();
            assert_eq!(error.code(), ErrorCode::IdempotencyKeyMalformed);
        }
    }
}
