//! The platform's clock, which a test and a developer can move.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Gives the time in Unix seconds. Clones show the same time.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ahead: Arc<AtomicI64>,
    /// By how much the developer moved it: `storage::development` keeps it.
    moved: Arc<AtomicI64>,
    /// Whether it stands still unless it is shifted.
    stopped: bool,
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that shows this time, in Unix seconds, until it is shifted.
    pub fn stopped_at(seconds: i64) -> Self {
        Self { ahead: Arc::new(AtomicI64::new(seconds)), stopped: true, ..Self::default() }
    }

    /// Unix seconds.
    pub fn now(&self) -> i64 {
        self.unmoved().saturating_add(self.moved())
    }

    /// By how many seconds the developer moved it.
    pub(crate) fn moved(&self) -> i64 {
        self.moved.load(Ordering::Relaxed)
    }

    /// Takes over by how many seconds the developer moved it.
    pub(crate) fn set_moved(&self, seconds: i64) {
        self.moved.store(seconds, Ordering::Relaxed);
    }

    /// What is past at this time stays past, whichever way the developer moves the clock next.
    pub(crate) fn surely_past(&self) -> i64 {
        self.unmoved().min(self.now())
    }

    fn unmoved(&self) -> i64 {
        if self.stopped {
            return self.ahead.load(Ordering::Relaxed);
        }
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

    #[test]
    fn a_stopped_clock_goes_when_it_is_shifted() {
        let clock = Clock::stopped_at(1000);
        assert_eq!(clock.now(), 1000);
        clock.clone().shift(-5);
        assert_eq!(clock.now(), 995);
    }

    #[test]
    fn what_is_past_stays_past() {
        let clock = Clock::system();
        let before = clock.now();
        clock.set_moved(1000);
        assert!(clock.now() >= before + 1000 && clock.surely_past() < before + 1000);
        clock.set_moved(-1000);
        assert!(clock.now() < before && clock.surely_past() <= clock.now());
    }
}
