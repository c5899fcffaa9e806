//! ISO 4217 currencies and how many decimals their amounts have.

use core::fmt;

use super::iso4217::{CODES, FUNDS, NUMBERS};
use crate::error::{ErrorCode, Result};

/// The most decimals that any currency has.
pub(super) const MAX_EXPONENT: u32 = 4;

/// A currency of ISO 4217 that people pay with.
///
/// ```
/// let yen = xp2p::Currency::parse("JPY")?;
/// assert_eq!((yen.code(), yen.exponent()), ("JPY", 0));
/// # Ok::<(), xp2p::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency {
    code: &'static str,
    exponent: u8,
}

impl Currency {
    /// Looks up a three-letter code, in capitals.
    ///
    /// # Errors
    ///
    /// `currency_unknown` at `currency`. Codes for funds, metals and testing are not currencies that
    /// a person pays with, and are refused as well.
    pub fn parse(code: &str) -> Result<Self> {
        for (codes, exponent) in CODES {
            // Three letters and a space each.
            for start in (0..codes.len()).step_by(4) {
                if let Some(known) = codes.get(start..start + 3)
                    && known == code
                {
                    return Ok(Self { code: known, exponent });
                }
            }
        }
        Err(ErrorCode::CurrencyUnknown.at("currency"))
    }

    /// Looks up a code and takes those of funds as well, such as CLF or CHE, for those who settle in
    /// them. Metals and testing have no amounts.
    ///
    /// # Errors
    ///
    /// `currency_unknown` at `currency`.
    pub fn parse_with_funds(code: &str) -> Result<Self> {
        match FUNDS.iter().find(|(known, ..)| *known == code) {
            Some((known, exponent, _)) => Ok(Self { code: known, exponent: *exponent }),
            None => Self::parse(code),
        }
    }

    /// The currency with as many decimals as a platform has it. Platforms differ from ISO 4217 and from
    /// each other (HUF, ISK, TWD, UGX): where they say what they take, that is what counts.
    ///
    /// # Errors
    ///
    /// `argument_invalid` at `exponent` over 4.
    pub fn with_exponent(self, exponent: u32) -> Result<Self> {
        match exponent {
            ..=MAX_EXPONENT => Ok(Self { exponent: exponent as u8, ..self }),
            _ => Err(ErrorCode::ArgumentInvalid.at("exponent")),
        }
    }

    /// The three-digit code of ISO 4217: 978 for EUR.
    pub fn number(&self) -> u16 {
        if let Some((.., number)) = FUNDS.iter().find(|(code, ..)| *code == self.code) {
            return *number;
        }
        let rows = CODES.iter().zip(NUMBERS);
        rows.flat_map(|((codes, _), numbers)| codes.split(' ').zip(numbers))
            .find(|(code, _)| *code == self.code)
            .map_or(0, |(_, number)| *number)
    }

    /// Refuses another currency.
    pub(super) fn same_as(self, other: Self) -> Result<()> {
        if self == other { Ok(()) } else { Err(ErrorCode::CurrencyMismatch.at("currency")) }
    }

    /// The three-letter code.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// How many decimals an amount has: 2 for EUR, 0 for JPY, 3 for KWD.
    pub const fn exponent(&self) -> u32 {
        self.exponent as u32
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_has_its_own_exponent() {
        let forint = Currency::parse("HUF").unwrap();
        assert_eq!(forint.with_exponent(0).unwrap().exponent(), 0);
        assert_eq!(forint.with_exponent(5).unwrap_err().param(), Some("exponent"));
        assert!(forint.same_as(forint.with_exponent(0).unwrap()).is_err());
    }

    #[test]
    fn funds_are_taken_only_where_they_are_asked_for() {
        assert!(Currency::parse("CLF").is_err());
        let fund = Currency::parse_with_funds("CLF").unwrap();
        assert_eq!((fund.code(), fund.exponent(), fund.number()), ("CLF", 4, 990));
        assert_eq!(Currency::parse_with_funds("EUR").unwrap().number(), 978);
        assert!(Currency::parse_with_funds("XAU").is_err());
    }

    #[test]
    fn a_code_is_three_capitals() {
        for code in ["", "eur", "EU", "EURO", "E R", " JP", "XAU", "XTS", "BGN", "€"] {
            let error = Currency::parse(code).unwrap_err();
            assert_eq!(error.code(), ErrorCode::CurrencyUnknown, "{code}");
        }
    }
}
