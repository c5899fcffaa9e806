//! Numbers on their way between JavaScript and the rooms.

#[cfg(feature = "npm")]
use crate::error::Result;
use crate::error::{Error, ErrorCode};

/// A whole number of seconds.
#[cfg(feature = "npm")]
pub(super) fn seconds(number: f64, name: &'static str) -> Result<u64> {
    // The cast drops what is no whole number, so that it comes back as another one.
    let whole = number as u64;
    // 2^53: above it two numbers can look the same to JavaScript.
    if whole as f64 == number && whole < 1 << 53 {
        return Ok(whole);
    }
    Err(invalid(name))
}

/// `argument_invalid` at a name.
pub(super) fn invalid(name: &'static str) -> Error {
    ErrorCode::ArgumentInvalid.at(name)
}
