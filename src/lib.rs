//! Peer-to-peer payments from any web page: request building, amount validation, Ed25519 signatures
//! and receipts.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
#[macro_use]
extern crate std;

mod amount;
pub mod canonical;
pub mod client;
mod error;
pub mod receipt;
mod request;
pub mod signature;
pub mod transport;
#[cfg(all(any(feature = "npm", feature = "npm-amount"), target_arch = "wasm32"))]
mod wasm;

pub use amount::{
    Amount, Currency, Limits, Locale, MAX_DIGITS, Money, Passed, Ratio, Reason, Refusal, Rounding,
    Terms,
};
pub use error::{Error, ErrorCode, Result};
pub use request::{AccountId, Handle, IdempotencyKey, Party, PaymentIntent, PaymentRequest};
