//! Numbers as decimal text, and back.

use alloc::string::String;
use alloc::vec::Vec;

/// Writes a number with its last `decimals` digits behind a point: 1250 with 2 is `12.50`.
///
/// `to_string` would link the formatting machinery of `core::fmt`, about 1 KB of compressed wasm.
pub(crate) fn decimal_text(number: u64, decimals: u32) -> String {
    let mut backwards = Vec::with_capacity(24);
    let (mut rest, mut written) = (number, 0);
    while rest > 0 || written <= decimals {
        if written == decimals && decimals > 0 {
            backwards.push(b'.');
        }
        backwards.push(b'0' + (rest % 10) as u8);
        rest /= 10;
        written += 1;
    }
    backwards.into_iter().rev().map(char::from).collect()
}

/// Reads digits, at least one and nothing else. `None` as well where the number does not fit.
pub(crate) fn read_digits(digits: &[u8]) -> Option<u64> {
    let mut number = None;
    for byte in digits {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number = Some(number.unwrap_or(0_u64).checked_mul(10)?.checked_add(digit)?);
    }
    number
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_other_writers(number in 0..=i64::MAX, decimals in 0_u32..=4) {
            let decimal = Decimal::new(number, decimals);
            prop_assert_eq!(decimal_text(number as u64, decimals), decimal.to_string());
            prop_assert_eq!(decimal_text(number as u64, 0), number.to_string());
        }
    }

    proptest! {
        #[test]
        fn reads_what_another_reader_reads(text in "[0-9]{0,21}|[0-9+-]{0,3}") {
            let read = text.parse().ok().filter(|_: &u64| !text.starts_with('+'));
            prop_assert_eq!(read_digits(text.as_bytes()), read);
        }
    }

    #[test]
    fn small_numbers_have_a_zero_before_the_point() {
        assert_eq!(decimal_text(0, 0), "0");
        assert_eq!(decimal_text(5, 2), "0.05");
        assert_eq!(decimal_text(u64::MAX, 0), u64::MAX.to_string());
    }
}
