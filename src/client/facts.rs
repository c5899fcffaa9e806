//! What a client remembers of a platform.

use alloc::sync::Arc;

use super::settings::Settings;
use crate::amount::Currency;
use crate::error::Result;
use crate::receipt::KeySet;

/// What is known of a platform from earlier exchanges. Empty is fine: what lacks is asked for.
#[derive(Clone, Debug, Default)]
pub struct PlatformFacts {
    /// The settings.
    pub settings: Option<Arc<Settings>>,
    /// The keys of its receipts.
    pub keys: Option<Arc<KeySet>>,
    /// Until when `keys` are believed, in Unix seconds of our clock. Afterwards they are asked for again,
    /// so that a key which the platform has withdrawn proves nothing.
    pub keys_until: u64,
    /// Seconds by which its clock is ahead of ours. Zero until it has refused a signature for its time.
    pub clock_offset: i64,
}

impl PlatformFacts {
    /// A currency with the platform's own decimals or, where the platform has not been asked or does not
    /// take it, those of ISO 4217.
    ///
    /// # Errors
    ///
    /// `currency_unknown` at `currency`.
    pub fn currency(&self, code: &str) -> Result<Currency> {
        match self.settings.as_ref().and_then(|settings| settings.currency(code)) {
            Some(own) => Ok(own),
            None => Currency::parse(code),
        }
    }
}
