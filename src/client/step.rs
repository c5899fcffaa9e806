//! What a driver is told to do.

use crate::canonical::HttpRequest;

/// What the driver of an exchange or a payment has to do next. It decides nothing, and is never late.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<'a, End> {
    /// Keep this, the exact body, where it outlives a crash, with the idempotency key, the key's id and
    /// the time, and call [`Payment::stored`](super::Payment::stored). Comes once for each payment, before
    /// anything is signed.
    Store(&'a [u8]),
    /// Sign this text with the payer's key and call `signed` or `not_signed`.
    Sign(&'a str),
    /// Send this, once there is a network, and call `answered`.
    Send(&'a HttpRequest),
    /// Wait for so many milliseconds and call `waited`.
    Wait(u32),
    /// It has ended.
    Done(&'a End),
}
