//! What somebody takes in one currency, and amounts held against it: one by one or by the thousand.

use alloc::vec::Vec;

use super::{Currency, Limits, Locale, Money, Reason, Refusal};
use crate::error::Error;

/// What is taken in one currency.
///
/// The currency has the decimals of ISO 4217 or, where a platform says what it takes, the platform's:
/// [`Currency::with_exponent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The currency with its decimals.
    pub currency: Currency,
    /// Whether zero is an amount.
    pub allow_zero: bool,
    /// What the amount has to keep to.
    pub limits: Limits,
}

impl Terms {
    /// A currency as ISO 4217 has it: no zero, no limits.
    pub fn of(currency: Currency) -> Self {
        Self { currency, allow_zero: false, limits: Limits::default() }
    }

    /// Checks a value as it is written on the wire.
    ///
    /// # Errors
    ///
    /// As [`super::Amount::parse`], and the limit that is passed.
    pub fn validate(&self, value: &str) -> Result<Money, Refusal> {
        let money = Money::parse(value, self.currency)?;
        self.check(&money)?;
        Ok(money)
    }

    /// Checks what a person wrote. See [`Money::parse_localized`].
    ///
    /// # Errors
    ///
    /// As there, and the limit that is passed.
    pub fn parse_localized(&self, text: &str, locale: &Locale) -> Result<Money, Refusal> {
        let money = Money::parse_localized(text, locale, self.currency)?;
        self.check(&money)?;
        Ok(money)
    }

    /// Checks rows of value and currency. Whoever calls knows the terms of each currency, and is told
    /// for each row its number, counted from 0, its value and what came of it.
    pub fn validate_all<'a>(
        rows: impl Iterator<Item = (&'a str, &'a str)>,
        mut terms_of: impl FnMut(&'a str) -> Result<Self, Error>,
        mut tell: impl FnMut(usize, &'a str, Result<Money, Refusal>),
    ) {
        // Rows of one currency mostly stand together.
        let mut last = None;
        for (row, (value, currency)) in rows.enumerate() {
            let (_, terms) = match last.take() {
                Some((known, terms)) if known == currency => last.insert((known, terms)),
                _ => last.insert((currency, terms_of(currency))),
            };
            let found = match terms {
                Ok(terms) => terms.validate(value),
                Err(error) => Err(error.clone().into()),
            };
            tell(row, value, found);
        }
    }

    fn check(&self, money: &Money) -> Result<(), Refusal> {
        if money.minor() == 0 && !self.allow_zero {
            return Err(Reason::Zero.refusal(Vec::new()));
        }
        match self.limits.passed_by(money)? {
            Some(passed) => Err(passed.refusal()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn the_platforms_terms_win() {
        let forint = Currency::parse("HUF").unwrap().with_exponent(0).unwrap();
        let limits = Limits { minimum: Money::parse("175", forint).ok(), ..Limits::default() };
        let terms = Terms { currency: forint, allow_zero: false, limits };
        let code = |value| terms.validate(value).map_err(|refusal| refusal.error.code());
        assert_eq!(code("1750").unwrap().value(), "1750");
        assert_eq!(code("1750.50"), Err(ErrorCode::AmountTooPrecise));
        assert_eq!(code("174"), Err(ErrorCode::AmountUnderMinimum));
        assert_eq!(code("0"), Err(ErrorCode::AmountZero));
        let hungarian = Locale::parse("hu").unwrap();
        let refusal = terms.parse_localized("100 Ft", &hungarian).unwrap_err();
        assert_eq!((refusal.reason, refusal.limit), (Reason::Minimum, limits.minimum));
        let free = Terms { allow_zero: true, limits: Limits::default(), ..terms };
        assert_eq!(free.validate("0").unwrap().minor(), 0);
    }

    #[test]
    fn rows_are_told_apart() {
        let rows = [("12.5", "EUR"), ("1.5", "JPY"), ("1", "???"), ("2", "EUR")];
        let mut found = Vec::new();
        let terms_of = |code: &str| Ok(Terms::of(Currency::parse(code)?));
        Terms::validate_all(rows.into_iter(), terms_of, |row, _, sum| {
            found.push((row, sum.map(|sum| sum.value()).map_err(|refusal| refusal.error.code())));
        });
        assert_eq!(
            found,
            [
                (0, Ok("12.50".into())),
                (1, Err(ErrorCode::AmountTooPrecise)),
                (2, Err(ErrorCode::CurrencyUnknown)),
                (3, Ok("2.00".into())),
            ]
        );
    }
}
