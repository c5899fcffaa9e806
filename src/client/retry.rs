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

    /// The pause before the next try in milliseconds, or `None` where it would not end before the deadline.
    ///
    /// `random` is uniform in all of its range: with full jitter, clients that failed together do not
    /// come back together. What the platform asks for by `Retry-After` is waited in full, and the
    /// jitter comes on top of it.
    pub fn pause(&mut self, answer: Option<&HttpResponse>, now: u64, random: u32) -> Option<u32> {
        let longest = FIRST.saturating_mul(1 << self.pauses.min(16)).min(LONGEST);
        let jitter = (u64::from(longest) * u64::from(random)) >> 32;
        let asked = answer.and_then(|answer| retry_after(answer, now)).unwrap_or(0);
        let pause = asked.saturating_mul(1000).saturating_add(jitter);
        if now.saturating_add(pause.div_ceil(1000)) >= self.deadline {
            return None;
        }
        self.pauses += 1;
        // Who is asked to wait for longer than there are milliseconds is not asked in earnest.
        u32::try_from(pause).ok()
    }
}

/// `Retry-After` in seconds (RFC 9110 section 10.2.3). The contract has no dates there, and a proxy may.
fn retry_after(answer: &HttpResponse, now: u64) -> Option<u64> {
    let field = answer.field("retry-after")?;
    read_digits(field.as_bytes()).or_else(|| Some(http_date(&field)?.saturating_sub(now)))
}

/// The driver in TypeScript has turned dates into seconds, which costs the wasm nothing.
#[cfg(feature = "npm")]
fn http_date(_: &str) -> Option<u64> {
    None
}

/// Unix seconds of an IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7).
#[cfg(not(feature = "npm"))]
fn http_date(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, date) = text.strip_suffix(" GMT")?.split_once(", ")?;
    let mut parts = date.split([' ', ':']);
    let number = |text: Option<&str>| read_digits(text?.as_bytes());
    let day = number(parts.next()).filter(|day| (1..=31).contains(day))?;
    let month = parts.next().and_then(|name| MONTHS.iter().position(|month| *month == name))?;
    let year = number(parts.next()).filter(|year| (1970..10_000).contains(year))?;
    let [hour, minute, second] =
        [24, 60, 61].map(|end| number(parts.next()).filter(|number| *number < end));
    // The days before 1 March of this year, or of the last one before March, since 1 March of year 0.
    let (year, month) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month as u64 * 153 + 2) / 5;
    // 1 January 1970 is 719,468 days after 1 March of year 0.
    let days = (days + day - 1).checked_sub(719_468)?;
    parts.next().is_none().then_some(((days * 24 + hour?) * 60 + minute?) * 60 + second?)
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
        assert_eq!(tries.pause(None, 999, 0), Some(0));
        assert_eq!(tries.pause(None, 999, u32::MAX), None);
        // Who gives no time at all has one try, however short the pause would be.
        assert_eq!(tries.pause(None, 1000, 0), None);
        assert_eq!(tries.pause(Some(&asking_for("10")), 990, 0), None);
        assert_eq!(tries.pause(Some(&asking_for("9")), 990, 0), Some(9000));
        assert_eq!(Tries::new().pause(Some(&asking_for("99999999")), 0, 0), None);
    }

    #[cfg(not(feature = "npm"))]
    #[test]
    fn a_date_is_waited_for() {
        for (date, seconds) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
            ("Sat, 01 Mar 2200 00:00:00 GMT", 7_263_216_000),
        ] {
            assert_eq!(http_date(date), Some(seconds), "{date}");
        }
        for date in [
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 08:49:37:1 GMT",
            "soon",
            "",
        ] {
            assert_eq!(http_date(date), None, "{date}");
        }
        let pause = |now| {
            let answer = asking_for("Sun, 06 Nov 1994 08:49:37 GMT");
            Tries { deadline: u64::MAX, pauses: 0 }.pause(Some(&answer), now, 0)
        };
        assert_eq!(pause(784_111_760), Some(17_000));
        assert_eq!(pause(784_111_778), Some(0));
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
