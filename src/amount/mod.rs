//! Amounts: decimal text in, an [`Amount`] that cannot be wrong out.
//!
//! The grammar is checked first and by our own code, because `rust_decimal`'s parser takes underscores
//! and rounds what does not fit; what passes is kept as minor units, of which it makes a decimal.

mod affix;
mod arithmetic;
mod currency;
mod digits;
mod fold;
mod format;
mod grammar;
mod iso4217;
mod limits;
mod locale;
mod localized;
mod money;
mod rounding;
mod symbol;
mod terms;

pub use arithmetic::Ratio;
pub use currency::Currency;
use currency::MAX_EXPONENT;
pub(crate) use digits::{decimal_text, read_digits};
pub use limits::{Limits, Passed};
pub use locale::Locale;
pub use localized::{Reason, Refusal};
pub use money::Money;
pub use rounding::Rounding;
#[cfg(all(feature = "npm-amount", target_arch = "wasm32"))]
pub(crate) use symbol::means as symbol_means;
pub use terms::Terms;

use alloc::string::String;
use core::cmp::Ordering;
use core::fmt;

use rust_decimal::Decimal;

use crate::error::{ErrorCode, Result};

/// The most digits an amount may have: what fits in 64-bit minor units with room to add.
pub const MAX_DIGITS: u32 = 18;

/// A positive amount of money in one currency, with exactly the currency's decimals.
///
/// ```
/// let amount = xp2p::Amount::parse("12.5", "EUR")?;
/// assert_eq!(amount.value(), "12.50");
/// assert_eq!(amount.minor(), 1250);
/// # Ok::<(), xp2p::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    minor: i64,
    currency: Currency,
}

impl Amount {
    /// Reads a "valid decimal monetary value" of the W3C Payment Request API, narrowed to the
    /// currency's decimals, at most 18 digits, no sign and not zero.
    ///
    /// Fewer decimals than the currency has are filled with zeros and leading zeros dropped, so that
    /// every amount has one form; more decimals are refused, never rounded.
    ///
    /// # Errors
    ///
    /// `amount_malformed`, `amount_negative`, `amount_zero`, `amount_too_precise` and
    /// `amount_too_long` at `amount`; `currency_unknown` at `currency`.
    ///
    /// ```
    /// use xp2p::{Amount, ErrorCode};
    /// assert_eq!(Amount::parse("1250", "JPY")?.value(), "1250");
    /// assert_eq!(Amount::parse("12.505", "EUR").unwrap_err().code(), ErrorCode::AmountTooPrecise);
    /// # Ok::<(), xp2p::Error>(())
    /// ```
    pub fn parse(value: &str, currency: &str) -> Result<Self> {
        Self::parse_in(value, Currency::parse(currency)?)
    }

    /// The same in a currency that was looked up before, such as a platform's own.
    ///
    /// # Errors
    ///
    /// As [`Amount::parse`], without `currency_unknown`.
    ///
    /// ```
    /// use xp2p::{Amount, Currency};
    /// let forint = Currency::parse("HUF")?.with_exponent(0)?;
    /// assert_eq!(Amount::parse_in("1250", forint)?.value(), "1250");
    /// # Ok::<(), xp2p::Error>(())
    /// ```
    pub fn parse_in(value: &str, currency: Currency) -> Result<Self> {
        let minor =
            grammar::minor_units(value, currency.exponent()).map_err(|code| code.at("amount"))?;
        Self::from_minor(minor, currency)
    }

    /// The same in the decimals that the value is written with, up to four, for whoever does not know
    /// how many the platform has.
    ///
    /// # Errors
    ///
    /// As [`Amount::parse`].
    ///
    /// ```
    /// assert_eq!(xp2p::Amount::as_written("1250", "HUF")?.value(), "1250");
    /// assert_eq!(xp2p::Amount::as_written("1250.00", "HUF")?.value(), "1250.00");
    /// # Ok::<(), xp2p::Error>(())
    /// ```
    pub fn as_written(value: &str, currency: &str) -> Result<Self> {
        let decimals = value.bytes().rev().position(|byte| byte == b'.').unwrap_or(0);
        // A fifth decimal is then one too many.
        let exponent = decimals.min(MAX_EXPONENT as usize) as u32;
        Self::parse_in(value, Currency::parse(currency)?.with_exponent(exponent)?)
    }

    /// The amount of so many minor units: cents for EUR, whole yen for JPY.
    ///
    /// # Errors
    ///
    /// `amount_negative`, `amount_zero`, and `amount_too_long` over 18 digits, at `amount`.
    pub fn from_minor(minor: i64, currency: Currency) -> Result<Self> {
        let refused = match minor {
            ..0 => ErrorCode::AmountNegative,
            0 => ErrorCode::AmountZero,
            grammar::TOO_MANY_UNITS.. => ErrorCode::AmountTooLong,
            _ => return Ok(Self { minor, currency }),
        };
        Err(refused.at("amount"))
    }

    /// The decimal text with exactly the currency's decimals: `12.50`.
    pub fn value(&self) -> String {
        decimal_text(self.minor().unsigned_abs(), self.currency.exponent())
    }

    /// The currency.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The amount in minor units, from 1 to 10^18 - 1.
    pub const fn minor(&self) -> i64 {
        self.minor
    }

    /// The amount as a decimal number, its scale being the currency's exponent.
    pub fn decimal(&self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent())
    }

    /// Which of two amounts of one currency is more.
    ///
    /// # Errors
    ///
    /// `currency_mismatch` at `currency` when the currencies differ.
    pub fn compare(&self, other: &Self) -> Result<Ordering> {
        self.currency.same_as(other.currency)?;
        Ok(self.minor().cmp(&other.minor()))
    }

    /// Refuses an amount outside the platform's limits, both included.
    ///
    /// # Errors
    ///
    /// `amount_under_minimum` and `amount_over_maximum` at `amount`, naming the limit;
    /// `currency_mismatch` when a limit is in another currency.
    pub fn check_limits(&self, minimum: &Self, maximum: &Self) -> Result<()> {
        let refused = |code, limit: &Self| {
            Err(limits::passed_limit(code, &limit.value(), limit.currency.code()))
        };
        if self.compare(minimum)?.is_lt() {
            return refused(ErrorCode::AmountUnderMinimum, minimum);
        }
        if self.compare(maximum)?.is_gt() {
            return refused(ErrorCode::AmountOverMaximum, maximum);
        }
        Ok(())
    }
}

impl fmt::Display for Amount {
    /// The value, a space and the currency code: `12.50 EUR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.value())?;
        f.write_str(" ")?;
        f.write_str(self.currency.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_inclusive_and_named() {
        let amount = |value| Amount::parse(value, "EUR").unwrap();
        let check = |value| amount(value).check_limits(&amount("1"), &amount("10"));
        assert_eq!(check("1"), Ok(()));
        assert_eq!(check("10"), Ok(()));
        assert_eq!(check("0.99").unwrap_err().code(), ErrorCode::AmountUnderMinimum);
        let over = check("10.01").unwrap_err();
        assert_eq!(over.code(), ErrorCode::AmountOverMaximum);
        assert!(over.message().contains("`10.00 EUR`"));
    }

    #[test]
    fn the_largest_amount_has_eighteen_digits() {
        let largest = Amount::parse("9999999999999999.99", "EUR").unwrap();
        assert_eq!(largest.minor(), 999_999_999_999_999_999);
        assert_eq!(largest.value(), "9999999999999999.99");
        let code = Amount::from_minor(largest.minor() + 1, largest.currency()).unwrap_err().code();
        assert_eq!(code, ErrorCode::AmountTooLong);
    }

    #[test]
    fn currencies_do_not_mix() {
        let (euro, yen) = (Amount::parse("1", "EUR").unwrap(), Amount::parse("1", "JPY").unwrap());
        assert_eq!(euro.compare(&yen).unwrap_err().code(), ErrorCode::CurrencyMismatch);
    }
}
