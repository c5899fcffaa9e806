//! Handles: the names by which people know each other.

use alloc::string::String;
use core::fmt;

use crate::error::{ErrorCode, Result};

/// A handle such as `@lutece`: 3 to 30 characters out of `a-z 0-9 _ . -`.
///
/// Only ASCII, so that two handles which look the same to a person are the same; capitals are folded
/// to small letters when it is read.
///
/// ```
/// let handle = xp2p::Handle::parse("@Lutece")?;
/// assert_eq!(handle.as_str(), "lutece");
/// assert_eq!(handle.to_string(), "@lutece");
/// # Ok::<(), xp2p::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle(String);

impl Handle {
    /// Reads a handle, with or without the `@` before it.
    ///
    /// # Errors
    ///
    /// `handle_malformed` at `handle`.
    pub fn parse(text: &str) -> Result<Self> {
        let name = text.strip_prefix('@').unwrap_or(text);
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        if !(3..=30).contains(&name.len()) || !name.bytes().all(allowed) {
            return Err(ErrorCode::HandleMalformed.at("handle"));
        }
        Ok(Self(name.to_ascii_lowercase()))
    }

    /// The handle as it is written on the wire, without `@`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Handle {
    /// The handle as people write it, with `@`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("@")?;
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_capitals_and_takes_one_at_sign() {
        assert_eq!(Handle::parse("@A.b-C_9").unwrap().as_str(), "a.b-c_9");
        assert_eq!(Handle::parse("bob").unwrap(), Handle::parse("@BOB").unwrap());
    }

    #[test]
    fn refuses_what_a_person_could_misread() {
        let long = "a".repeat(31);
        for text in
            ["", "@", "ab", "@@bob", "bob ", "bo b", "b/ob", "bób", "аlice", "bob\u{202e}", &long]
        {
            let error = Handle::parse(text).unwrap_err();
            assert_eq!((error.code(), error.param()), (ErrorCode::HandleMalformed, Some("handle")));
        }
    }
}
