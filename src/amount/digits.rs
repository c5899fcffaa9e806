//! Numbers as decimal text.

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

    #[test]
    fn small_numbers_have_a_zero_before_the_point() {
        assert_eq!(decimal_text(0, 0), "0");
        assert_eq!(decimal_text(5, 2), "0.05");
        assert_eq!(decimal_text(u64::MAX, 0), u64::MAX.to_string());
    }
}
