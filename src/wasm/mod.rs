//! The bindings. They hold no decisions: convert, delegate, convert back. Texts,
//! numbers and bytes come in; objects go out as JSON, which TypeScript parses: no other form is as small.
//!
//! `pkg/src/*.ts` gives these functions their public names and types.

#[cfg(feature = "npm")]
mod amount;
#[cfg(feature = "npm")]
mod client;
mod error;
#[cfg(feature = "npm")]
mod message;
#[cfg(feature = "npm")]
mod receipt;
#[cfg(feature = "npm")]
mod request;
#[cfg(not(feature = "fetch"))]
mod runtime;
#[cfg(feature = "npm")]
mod signature;
#[cfg(feature = "npm-amount")]
mod sums;
#[cfg(feature = "npm-amount")]
mod terms;
mod value;
