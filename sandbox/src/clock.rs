//! The platform's clock, which a test can move.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Gives the time in Unix seconds. Clones show the same time.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self::default()
    }

    /// Unix seconds.
    pub fn now(&self) -> i64 {
        // A system clock before 1970 is as wrong as one at 1970.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
        seconds.saturating_add(self.ahead.load(Ordering::Relaxed))
    }

    /// Moves the clock by so many seconds, backwards when negative.
    pub fn shift(&self, seconds: i64) {
        self.ahead.fetch_add(seconds, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_are_moved_together() {
        let clock = Clock::system();
        let before = clock.now();
        clock.clone().shift(1000);
        assert!((before + 1000..before + 1010).contains(&clock.now()));
    }
}
