//! From values to the exact bytes that are signed and sent, and back.
//!
//! Body bytes are made once, in [`payment_body`], and never again: what is signed, sent and sent again
//! are the same bytes.

mod base;
mod base64;
mod body;
mod cursor;
mod digest;
mod json;
mod json_writer;
mod message;
mod structured;

pub(crate) use base::signature_base_with;
pub use base::{Component, SignatureInput, signature_base};
pub(crate) use base64::URL as BASE64URL;
pub use body::{
    party_of, payment_body, read_amount, read_amount_in, read_label, read_note, read_party,
    read_payment_members, read_payment_request, read_payment_request_in,
};
#[cfg(all(feature = "npm", target_arch = "wasm32"))]
pub(crate) use body::{write_amount, write_party};
pub use digest::content_digest;
pub use json::{Json, MAX_BYTES, MAX_DEPTH, MAX_MEMBERS, MAX_STRING};
#[cfg(all(any(feature = "npm", feature = "npm-amount"), target_arch = "wasm32"))]
pub(crate) use json_writer::JsonObject;
pub use message::HttpRequest;
pub(crate) use message::{combined_field, split_before};
pub use structured::{Item, Parameters};
pub(crate) use structured::{binary_member, push_binary, read_string};

pub use crate::request::is_displayable;
