//! A tab: the driver of payments, as `pkg/src/exchange.ts` is one. It decides nothing about a payment.

use std::collections::VecDeque;

use xp2p::client::{Payment, PlatformFacts};

#[derive(Default)]
pub struct Tab {
    pub device: usize,
    /// How often it has died: what was meant for an earlier life does not arrive.
    pub life: u32,
    pub facts: PlatformFacts,
    pub run: Option<Run>,
    /// Its latest request that has reached the platform.
    pub latest: u64,
    /// The orders that were clicked.
    pub clicked: VecDeque<usize>,
}

/// A payment that the tab drives.
pub struct Run {
    pub order: usize,
    pub idempotency_key: String,
    pub payment: Payment,
    /// The request whose answer it waits for.
    pub awaits: Option<u64>,
}
