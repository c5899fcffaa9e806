//! A device: a key, what outlives its tabs, and the lock between them. It is what the npm package keeps in
//! IndexedDB.

use std::collections::BTreeMap;

use xp2p::PaymentIntent;
use xp2p::client::Outcome;
use xp2p::signature::SigningKey;

/// What somebody wants to pay, whichever tab they click in, and however often.
pub struct Order {
    pub device: usize,
    pub intent: PaymentIntent,
    /// The payee's account and the amount, as the platform's list has them.
    pub payee: &'static str,
    pub value: String,
}

/// An intent as it is stored before its first byte is sent.
#[derive(Clone)]
pub struct Stored {
    pub idempotency_key: String,
    pub body: Vec<u8>,
    /// Unix seconds of the device's clock.
    pub begun_at: u64,
}

pub struct Device {
    pub key: SigningKey,
    pub key_id: String,
    /// Whose money it pays with.
    pub account: &'static str,
    /// Whether the key is a page's, and pays by a link only.
    pub linked: bool,
    /// Whether the payer has revoked the key.
    pub revoked: bool,
    /// Seconds by which its clock is ahead.
    pub skew: i64,
    /// What was begun and has no answer yet, by its order.
    pub outbox: BTreeMap<usize, Stored>,
    /// What the platform answered, by its order.
    pub settled: BTreeMap<usize, Outcome>,
    /// Which tab works on an order.
    pub locks: BTreeMap<usize, usize>,
}
