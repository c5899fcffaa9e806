//! The bindings. They hold no decisions: convert, delegate, convert back. Texts,
//! numbers and bytes come in; objects go out as JSON, which TypeScript parses: no other form is as small.
//!
//! `pkg/src/*.ts` gives these functions their public names and types.

mod amount;
mod client;
mod error;
mod message;
mod receipt;
mod request;
#[cfg(not(feature = "fetch"))]
mod runtime;
mod signature;
mod value;
