//! When to try again: exponential pauses with full jitter, `Retry-After`, and an end.

use crate::amount::read_digits;
use crate::transport::HttpResponse;

/// The longest first pause, in milliseconds. Each pause may last twice as long as the one before.
const FIRST: u32 = 500;
/// The longest pause that we choose ourselves, in milliseconds.
const LONGEST: u32 = 30_000;

/// The tries of one exchange.
pub(super) struct Tries {
    /// When it gives up, in Unix seconds of the caller's clock.
    pub deadline: u64,
    /// How many pauses there were.
    pauses: u32,
}

impl Tries {
    pub const fn new() -> Self {
        Self { deadline: u64::MAX, pauses: 0 }
    }

    /// The pause before the next try in milliseconds, or `None` where it would end after the deadline.
    ///
    /// `random` is uniform in all of its range: with full jitter, clients that failed together do not
    /// come back together. What the platform asks for by `Retry-After` is waited in full, and the
    /// jitter comes on top of it.
    pub fn pause(&mut self, answer: Option<&HttpResponse>, now: u64, random: u32) -> Option<u32> {
        let longest = FIRST.saturating_mul(1 << self.pauses.min(16)).min(LONGEST);
        let jitter = (u64::from(longest) * u64::from(random)) >> 32;
        let asked = answer.and_then(retry_after).unwrap_or(0);
        let pause = asked.saturating_mul(1000).saturating_add(jitter);
        if now.saturating_add(pause.div_ceil(1000)) > self.deadline {
            return None;
        }
        self.pauses += 1;
        // Who is asked to wait for longer than there are milliseconds is not asked in earnest.
        u32::try_from(pause).ok()
    }
}

/// `Retry-After` in seconds (RFC 9110 section 10.2.3). The contract has no dates there.
fn retry_after(answer: &HttpResponse) -> Option<u64> {
    read_digits(answer.field("retry-after")?.as_bytes())
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn asking_for(seconds: &str) -> HttpResponse {
        let fields = vec![("retry-after".into(), seconds.into())];
        HttpResponse { status: 503, fields, body: Vec::new() }
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut tries = Tries::new();
        let longest: Vec<_> =
            (0..20).map(|_| tries.pause(None, 0, u32::MAX).unwrap() + 1).collect();
        assert_eq!(longest[..8], [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
        assert_eq!(longest[19], 30_000);
    }

    #[test]
    fn nothing_is_awaited_beyond_the_deadline() {
        let mut tries = Tries { deadline: 1000, pauses: 0 };
        assert_eq!(tries.pause(None, 1000, 0), Some(0));
        assert_eq!(tries.pause(None, 1000, u32::MAX), None);
        assert_eq!(tries.pause(Some(&asking_for("11")), 990, 0), None);
        assert_eq!(tries.pause(Some(&asking_for("10")), 990, 0), Some(10_000));
        assert_eq!(Tries::new().pause(Some(&asking_for("99999999")), 0, 0), None);
    }

    proptest! {
        #[test]
        fn a_pause_is_as_long_as_was_asked_for_and_not_much_longer(
            seconds in 0_u32..86_400, before in 0_u32..40, random: u32,
        ) {
            let mut tries = Tries { deadline: u64::MAX, pauses: before };
            let pause = tries.pause(Some(&asking_for(&seconds.to_string())), 7, random).unwrap();
            prop_assert!((seconds * 1000..=seconds * 1000 + LONGEST).contains(&pause));
        }
    }
}
