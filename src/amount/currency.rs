//! ISO 4217 currencies and how many decimals their amounts have.

use core::fmt;

use crate::error::{ErrorCode, Result};

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

/// ISO 4217 list one as of 2026-01-01 without funds, metals and codes for testing, by exponent.
const CODES: [(&str, u8); 3] = [
    (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF \
         CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD \
         HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA \
         MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN \
         QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP \
         TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG",
        2,
    ),
    ("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF", 0),
    ("BHD IQD JOD KWD LYD OMR TND", 3),
];

#[cfg(test)]
mod tests {
    use super::*;
    use iso_currency::{Currency as Iso, IntoEnumIterator};

    /// Codes that the crate marks as superseded although ISO 4217 still lists them.
    const STILL_LISTED: [&str; 1] = ["VES"];

    #[test]
    fn the_table_agrees_with_an_independent_list() {
        for iso in Iso::iter() {
            let current = iso.is_superseded().is_none() || STILL_LISTED.contains(&iso.code());
            let expected = iso.exponent().filter(|_| current && !iso.is_fund());
            let known = Currency::parse(iso.code()).ok().map(|currency| currency.exponent() as u16);
            assert_eq!(known, expected, "{}", iso.code());
        }
        let known: usize = CODES.iter().map(|(codes, _)| codes.split(' ').count()).sum();
        let listed = Iso::iter().filter(|iso| Currency::parse(iso.code()).is_ok()).count();
        assert_eq!(known, listed, "a code that the independent list does not have");
    }

    #[test]
    fn a_code_is_three_capitals() {
        for code in ["", "eur", "EU", "EURO", "E R", " JP", "XAU", "XTS", "BGN", "€"] {
            let error = Currency::parse(code).unwrap_err();
            assert_eq!(error.code(), ErrorCode::CurrencyUnknown, "{code}");
        }
    }
}
