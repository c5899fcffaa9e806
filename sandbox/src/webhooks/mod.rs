//! Webhooks: sending an account its news. What is to be sent is written with the change itself
//! (`news.rs`); from there it is sent until it is taken, or for three days.

pub(crate) mod addresses;
mod client;
mod delivery;

pub use client::{Resolver, Resolving, WebhookSettings};
pub(crate) use client::{Unanswered, WebhookClient};
pub(crate) use delivery::dispatch;
