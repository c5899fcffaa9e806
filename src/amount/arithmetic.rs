//! Shares, percentages, fees and conversions: in whole minor units, with every rounding named.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::rounding::Rounding;
use super::{Currency, Money};
use crate::error::{Error, ErrorCode, Result};

/// The most digits of a percentage or a rate: with the 18 of an amount their product fits in 128 bits.
const MAX_RATIO_DIGITS: usize = 18;

/// A percentage or a rate, exactly as it is written: digits, and perhaps a point and more digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    digits: u64,
    decimals: u32,
}

impl Ratio {
    /// Reads `[0-9]+(\.[0-9]+)?` with at most 18 digits.
    ///
    /// # Errors
    ///
    /// `argument_invalid` at the name given.
    pub fn parse(text: &str, param: &'static str) -> Result<Self> {
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, "")) => (whole, "."),
            parts => parts.unwrap_or((text, "")),
        };
        let digits = whole.bytes().chain(fraction.bytes());
        let fits = whole.len() + fraction.len() <= MAX_RATIO_DIGITS;
        if whole.is_empty() || !fits || !digits.clone().all(|byte| byte.is_ascii_digit()) {
            return Err(ErrorCode::ArgumentInvalid.at(param));
        }
        let digits = digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
        Ok(Self { digits, decimals: fraction.len() as u32 })
    }
}

impl Money {
    /// Splits the sum by weights: each gets the share that is its due, rounded down, and the minor
    /// units that are left go one each to those whose share lost most, the earlier one first where two
    /// lost the same (the largest remainder method). The shares sum to exactly this sum.
    ///
    /// ```
    /// use xp2p::{Currency, Money};
    /// let dinner = Money::parse("100.00", Currency::parse("EUR")?)?;
    /// let shares: Vec<_> = dinner.allocate(&[1, 1, 1])?.iter().map(Money::value).collect();
    /// assert_eq!(shares, ["33.34", "33.33", "33.33"]);
    /// # Ok::<(), xp2p::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `argument_invalid` at `weights` when all of them are zero, when there are none, or when their
    /// sum does not fit in 64 bits.
    pub fn allocate(&self, weights: &[u64]) -> Result<Vec<Self>> {
        let total = weights.iter().try_fold(0_u64, |sum, weight| sum.checked_add(*weight));
        let Some(total) = total.filter(|total| *total > 0).map(u128::from) else {
            return Err(ErrorCode::ArgumentInvalid.at("weights"));
        };
        let mut shares = Vec::with_capacity(weights.len());
        // A heap instead of sorting, which would be a tenth of the wasm.
        let mut lost = BinaryHeap::with_capacity(weights.len());
        let mut left = self.minor();
        for (index, weight) in weights.iter().enumerate() {
            // Under 10^18 times under 2^64.
            let due = self.minor().unsigned_abs() as u128 * u128::from(*weight);
            let share = (due / total) as i64;
            left -= share;
            shares.push(share);
            lost.push((due % total, Reverse(index)));
        }
        // Fewer units are left than weights that lost something.
        for _ in 0..left {
            let most = lost.pop().map_or(0, |(_, Reverse(index))| index);
            if let Some(share) = shares.get_mut(most) {
                *share += 1;
            }
        }
        shares.into_iter().map(|share| Self::from_minor(share, self.currency())).collect()
    }

    /// So many percent of the sum: 2.9 % of `10.00` is `0.29`.
    ///
    /// # Errors
    ///
    /// `amount_too_long` at `amount`.
    pub fn percentage(&self, percent: Ratio, rounding: Rounding) -> Result<Self> {
        let decimals = percent.decimals + 2;
        self.scaled(percent.digits, 0, decimals, self.currency(), rounding)
    }

    /// A fee of so many percent and a fixed part. The percentage is rounded, the fixed part is exact.
    ///
    /// # Errors
    ///
    /// `currency_mismatch` at `currency`; `amount_too_long` at `amount`.
    pub fn fee(&self, percent: Ratio, fixed: &Self, rounding: Rounding) -> Result<Self> {
        self.currency().same_as(fixed.currency())?;
        self.percentage(percent, rounding)?.add(fixed)
    }

    /// The sum in another currency, where one whole unit of this one is quoted as `rate` whole units of
    /// the other.
    ///
    /// # Errors
    ///
    /// `argument_invalid` at `rate` when it is zero; `amount_too_long` at `amount`.
    pub fn convert(&self, rate: Ratio, into: Currency, rounding: Rounding) -> Result<Self> {
        if rate.digits == 0 {
            return Err(ErrorCode::ArgumentInvalid.at("rate"));
        }
        // minor / 10^from * rate * 10^to
        let (up, down) = (into.exponent(), self.currency().exponent() + rate.decimals);
        let common = up.min(down);
        self.scaled(rate.digits, up - common, down - common, into, rounding)
    }

    /// The sum times a number, times 10^`up`, over 10^`down`.
    fn scaled(
        &self,
        factor: u64,
        up: u32,
        down: u32,
        into: Currency,
        rounding: Rounding,
    ) -> Result<Self> {
        let power = |exponent| 10_u128.checked_pow(exponent);
        let product = u128::from(self.minor().unsigned_abs()) * u128::from(factor);
        let scaled = power(up).and_then(|power| product.checked_mul(power));
        let divided = scaled.zip(power(down)).map(|(scaled, power)| rounding.divide(scaled, power));
        Self::from_wide(divided, into)
    }
}

impl Rounding {
    /// The rounding that a caller named.
    ///
    /// # Errors
    ///
    /// `argument_invalid` at `rounding`.
    pub fn named(name: &str) -> core::result::Result<Self, Error> {
        Self::parse(name).ok_or_else(|| ErrorCode::ArgumentInvalid.at("rounding"))
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    fn money(value: &str, currency: &str) -> Money {
        Money::parse(value, Currency::parse(currency).unwrap()).unwrap()
    }

    fn ratio(text: &str) -> Ratio {
        Ratio::parse(text, "rate").unwrap()
    }

    fn shares(value: &str, weights: &[u64]) -> Vec<String> {
        money(value, "EUR").allocate(weights).unwrap().iter().map(Money::value).collect()
    }

    #[test]
    fn no_cent_is_lost_or_made() {
        assert_eq!(shares("0.01", &[1, 1, 1]), ["0.01", "0.00", "0.00"]);
        assert_eq!(shares("0.05", &[3, 7]), ["0.02", "0.03"]);
        assert_eq!(shares("10.00", &[0, 5, 0]), ["0.00", "10.00", "0.00"]);
        assert_eq!(shares("0.00", &[1, 2]), ["0.00", "0.00"]);
        let largest = money("9999999999999999.99", "EUR");
        let halves = largest.allocate(&[u64::MAX / 2, u64::MAX / 2]).unwrap();
        assert_eq!(halves[0].add(&halves[1]).unwrap(), largest);
        for weights in [&[][..], &[0, 0], &[u64::MAX, 1]] {
            let error = largest.allocate(weights).unwrap_err();
            assert_eq!(error.param(), Some("weights"), "{weights:?}");
        }
    }

    #[test]
    fn fees_and_percentages() {
        let fee = |value, percent, fixed, rounding| {
            let fixed = money(fixed, "EUR");
            money(value, "EUR").fee(ratio(percent), &fixed, rounding).unwrap().value()
        };
        assert_eq!(fee("10.00", "2.9", "0.30", Rounding::HalfEven), "0.59");
        assert_eq!(fee("0.50", "1", "0", Rounding::HalfEven), "0.00");
        assert_eq!(fee("0.50", "1", "0", Rounding::HalfExpand), "0.01");
        assert_eq!(fee("0.50", "1", "0", Rounding::Expand), "0.01");
        let all = money("9999999999999999.99", "EUR");
        assert_eq!(all.percentage(ratio("100"), Rounding::Trunc), Ok(all));
        assert!(all.percentage(ratio("100.1"), Rounding::Trunc).is_err());
    }

    #[test]
    fn conversions_know_both_exponents() {
        let convert = |value, from, rate, to| {
            let to = Currency::parse(to).unwrap();
            money(value, from).convert(ratio(rate), to, Rounding::HalfEven).map(|sum| sum.value())
        };
        assert_eq!(convert("10.00", "EUR", "1.0831", "USD").unwrap(), "10.83");
        assert_eq!(convert("10.00", "EUR", "163.2", "JPY").unwrap(), "1632");
        assert_eq!(
            convert("1632", "JPY", "0.00612745098039216", "EUR"),
            convert("10", "EUR", "1", "EUR")
        );
        assert_eq!(convert("1", "JPY", "0.00188", "KWD").unwrap(), "0.002");
        assert_eq!(convert("1.000", "KWD", "531", "JPY").unwrap(), "531");
        assert!(convert("9999999999999999.99", "EUR", "1.1", "USD").is_err());
        assert!(convert("999999999999999999", "JPY", "999999999999999999", "KWD").is_err());
        assert_eq!(convert("1", "EUR", "0", "USD").unwrap_err().param(), Some("rate"));
    }

    #[test]
    fn a_ratio_is_plain_digits() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1e3",
            "1,5",
            " 1",
            "1.2.3",
            "1234567890.123456789",
            "٣",
        ] {
            assert!(Ratio::parse(text, "rate").is_err(), "{text}");
        }
        assert_eq!(ratio("007.50"), Ratio { digits: 750, decimals: 2 });
    }
}
