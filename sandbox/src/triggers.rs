//! Amounts that make the sandbox do what a real platform does seldom, so that a test can ask for it.

use xp2p::Amount;

/// For how many seconds a payment of this amount is reviewed before it is settled, if it is: three for
/// every amount that ends in 1107 minor units, such as 11.07 EUR and 1107 JPY.
pub(crate) fn review_seconds(amount: &Amount) -> Option<i64> {
    (amount.minor() % 10_000 == 1107).then_some(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_that_end_in_1107_are_reviewed() {
        let seconds = |value, currency| review_seconds(&Amount::parse(value, currency).unwrap());
        for (value, currency) in
            [("11.07", "EUR"), ("211.07", "USD"), ("1107", "JPY"), ("1.107", "KWD")]
        {
            assert_eq!(seconds(value, currency), Some(3), "{value} {currency}");
        }
        for (value, currency) in [("11.08", "EUR"), ("110.70", "EUR"), ("11.070", "KWD")] {
            assert_eq!(seconds(value, currency), None, "{value} {currency}");
        }
    }
}
