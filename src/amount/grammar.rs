//! The grammar of an amount, read digit by digit into minor units without rounding.

use super::MAX_DIGITS;
use crate::error::ErrorCode;

/// The first number of minor units that has more than [`MAX_DIGITS`] digits.
pub(super) const TOO_MANY_UNITS: i64 = 10_i64.pow(MAX_DIGITS);

/// Reads `[0-9]+(\.[0-9]+)?`, the "valid decimal monetary value" of the W3C Payment Request API
/// without its sign, into units of 10^-`exponent`.
///
/// The result can be zero: whether zero is allowed is for the caller to say.
pub(super) fn minor_units(text: &str, exponent: u32) -> Result<i64, ErrorCode> {
    let (negative, unsigned) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let point = unsigned.iter().position(|byte| *byte == b'.').unwrap_or(unsigned.len());
    let (whole, rest) = unsigned.split_at_checked(point).unwrap_or((unsigned, b""));
    let fraction = rest.strip_prefix(b".").unwrap_or(rest);
    if whole.is_empty() || rest == b"." || !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
        return Err(ErrorCode::AmountMalformed);
    }
    if negative {
        return Err(ErrorCode::AmountNegative);
    }
    let zeros = whole.iter().take_while(|digit| **digit == b'0').count();
    let whole = whole.get(zeros..).unwrap_or_default();
    if whole.len() + fraction.len() > MAX_DIGITS as usize {
        return Err(ErrorCode::AmountTooLong);
    }
    let Some(missing) = (exponent as usize).checked_sub(fraction.len()) else {
        return Err(ErrorCode::AmountTooPrecise);
    };
    if whole.len() + exponent as usize > MAX_DIGITS as usize {
        return Err(ErrorCode::AmountTooLong);
    }
    // At most 18 digits from here on, so that nothing below can overflow.
    let units = whole
        .iter()
        .chain(fraction)
        .fold(0_i64, |units, digit| units * 10 + i64::from(digit - b'0'));
    Ok(units * 10_i64.pow(missing as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_w3c_grammar_has() {
        assert_eq!(minor_units("12.50", 2), Ok(1250));
        assert_eq!(minor_units("12.5", 2), Ok(1250));
        assert_eq!(minor_units("12", 2), Ok(1200));
        assert_eq!(minor_units("007", 0), Ok(7));
        assert_eq!(minor_units("0.001", 3), Ok(1));
        assert_eq!(minor_units("0", 2), Ok(0));
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "", ".", "1.", ".5", "1e3", "+1", "1 ", " 1", "1_0", "1,5", "1.2.3", "--1", "-", "٣",
            "NaN", "0x1",
        ] {
            assert_eq!(minor_units(text, 2), Err(ErrorCode::AmountMalformed), "{text}");
        }
        assert_eq!(minor_units("-1", 2), Err(ErrorCode::AmountNegative));
        assert_eq!(minor_units("1.000", 2), Err(ErrorCode::AmountTooPrecise));
        assert_eq!(minor_units("1.0", 0), Err(ErrorCode::AmountTooPrecise));
        assert_eq!(minor_units("99999999999999999", 2), Err(ErrorCode::AmountTooLong));
    }
}
