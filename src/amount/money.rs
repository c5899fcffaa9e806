//! Sums: what amounts become when they are counted with. Unlike an [`Amount`] a sum can be zero.

use alloc::string::String;
use core::cmp::Ordering;
use core::fmt;

use super::{Amount, Currency, decimal_text, grammar};
use crate::error::{ErrorCode, Result};

/// Zero or more minor units of one currency, with exactly the currency's decimals.
///
/// Nobody pays zero, so a payment takes an [`Amount`]; [`Money::payable`] is the way there. Shares of an
/// allocation, fees and what is left of an allowance can be zero.
///
/// ```
/// use xp2p::{Currency, Money};
/// let euro = Currency::parse("EUR")?;
/// let sum = Money::parse("0.10", euro)?.add(&Money::parse("0.20", euro)?)?;
/// assert_eq!(sum.value(), "0.30");
/// assert_eq!(sum.payable()?.minor(), 30);
/// # Ok::<(), xp2p::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// Reads the grammar of [`Amount::parse`], and zero.
    ///
    /// # Errors
    ///
    /// As [`Amount::parse`], without `amount_zero`.
    pub fn parse(value: &str, currency: Currency) -> Result<Self> {
        match grammar::minor_units(value, currency.exponent()) {
            Ok(minor) => Ok(Self { minor, currency }),
            Err(code) => Err(code.at("amount")),
        }
    }

    /// So many minor units: cents for EUR, whole yen for JPY.
    ///
    /// # Errors
    ///
    /// `amount_negative`, and `amount_too_long` over 18 digits, at `amount`.
    pub fn from_minor(minor: i64, currency: Currency) -> Result<Self> {
        match minor {
            ..0 => Err(ErrorCode::AmountNegative.at("amount")),
            grammar::TOO_MANY_UNITS.. => Err(ErrorCode::AmountTooLong.at("amount")),
            _ => Ok(Self { minor, currency }),
        }
    }

    /// The same from the wide numbers of a calculation.
    pub(super) fn from_wide(minor: Option<u128>, currency: Currency) -> Result<Self> {
        let minor = minor.and_then(|minor| i64::try_from(minor).ok());
        Self::from_minor(minor.unwrap_or(i64::MAX), currency)
    }

    /// The decimal text with exactly the currency's decimals: `12.50`.
    pub fn value(&self) -> String {
        decimal_text(self.minor.unsigned_abs(), self.currency.exponent())
    }

    /// Whether a text that was read as this sum is its decimal text already.
    pub fn is_written(&self, text: &str) -> bool {
        let exponent = self.currency.exponent() as usize;
        let whole = match text.split_once('.') {
            Some((whole, fraction)) if fraction.len() == exponent => whole,
            None if exponent == 0 => text,
            _ => return false,
        };
        whole.len() == 1 || !whole.starts_with('0')
    }

    /// The sum in minor units, from 0 to 10^18 - 1.
    pub const fn minor(&self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The sum as something that can be paid.
    ///
    /// # Errors
    ///
    /// `amount_zero` at `amount`.
    pub fn payable(&self) -> Result<Amount> {
        Amount::from_minor(self.minor, self.currency)
    }

    /// Both together.
    ///
    /// # Errors
    ///
    /// `currency_mismatch` at `currency`; `amount_too_long` at `amount`.
    pub fn add(&self, other: &Self) -> Result<Self> {
        self.currency.same_as(other.currency)?;
        // Both are under 10^18, so that the sum is far from the end of an i64.
        Self::from_minor(self.minor + other.minor, self.currency)
    }

    /// What is left when the other is taken away.
    ///
    /// # Errors
    ///
    /// `currency_mismatch` at `currency`; `amount_negative` at `amount` where the other is more.
    pub fn subtract(&self, other: &Self) -> Result<Self> {
        self.currency.same_as(other.currency)?;
        Self::from_minor(self.minor - other.minor, self.currency)
    }

    /// Which of the two is more.
    ///
    /// # Errors
    ///
    /// `currency_mismatch` at `currency`.
    pub fn compare(&self, other: &Self) -> Result<Ordering> {
        self.currency.same_as(other.currency)?;
        Ok(self.minor.cmp(&other.minor))
    }
}

impl From<Amount> for Money {
    fn from(amount: Amount) -> Self {
        Self { minor: amount.minor(), currency: amount.currency() }
    }
}

impl fmt::Display for Money {
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

    fn euros(value: &str) -> Money {
        Money::parse(value, Currency::parse("EUR").unwrap()).unwrap()
    }

    #[test]
    fn sums_are_checked() {
        let largest = euros("9999999999999999.99");
        assert_eq!(largest.add(&euros("0.01")).unwrap_err().code(), ErrorCode::AmountTooLong);
        assert_eq!(
            euros("1").subtract(&euros("1.01")).unwrap_err().code(),
            ErrorCode::AmountNegative
        );
        assert_eq!(euros("1").subtract(&euros("1")).unwrap().value(), "0.00");
        assert_eq!(euros("0").payable().unwrap_err().code(), ErrorCode::AmountZero);
        let yen = Money::parse("1", Currency::parse("JPY").unwrap()).unwrap();
        for refused in [euros("1").add(&yen), euros("1").subtract(&yen)] {
            assert_eq!(refused.unwrap_err().code(), ErrorCode::CurrencyMismatch);
        }
        assert!(euros("1").compare(&yen).is_err());
        assert!(euros("0.30").compare(&euros("0.3")).unwrap().is_eq());
    }
}
