//! The bindings. They hold no decisions: convert, delegate, convert back.
//!
//! `pkg/src/*.ts` gives these functions their public names and types.

mod amount;
mod client;
mod error;
mod message;
mod receipt;
mod request;
mod signature;
mod value;
