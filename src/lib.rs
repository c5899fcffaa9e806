//! Peer-to-peer payments from any web page: request building, amount validation, Ed25519 signatures
//! and receipts.
#![forbid(unsafe_code)]
#![no_std]

extern crate alloc;

mod error;

pub use error::{Error, ErrorCode, Result};
