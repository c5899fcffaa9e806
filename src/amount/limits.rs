//! Limits: whether a sum is within them, and what to tell the person where it is not.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Money, Reason, Refusal};
use crate::error::{Error, ErrorCode, Result};

/// What a payment has to keep to. What is `None` does not limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The least of one payment.
    pub minimum: Option<Money>,
    /// The most of one payment.
    pub maximum: Option<Money>,
    /// What is left of an allowance, such as that of a linked key.
    pub remaining: Option<Money>,
}

/// The first limit that a sum passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Which limit it is.
    pub reason: Reason,
    /// The limit.
    pub limit: Money,
    /// How far the sum is from it.
    pub difference: Money,
}

impl Limits {
    /// The first limit that the sum passes: the minimum, the maximum, then what remains. All of them
    /// are included in what is allowed.
    ///
    /// # Errors
    ///
    /// `currency_mismatch` at `currency` when a limit is in another currency.
    pub fn passed_by(&self, sum: &Money) -> Result<Option<Passed>> {
        let limits = [
            (self.minimum, Reason::Minimum),
            (self.maximum, Reason::Maximum),
            (self.remaining, Reason::Remaining),
        ];
        for (limit, reason) in limits {
            let Some(limit) = limit else { continue };
            let order = sum.compare(&limit)?;
            let difference = match reason {
                Reason::Minimum if order.is_lt() => limit.subtract(sum)?,
                Reason::Minimum => continue,
                _ if order.is_gt() => sum.subtract(&limit)?,
                _ => continue,
            };
            return Ok(Some(Passed { reason, limit, difference }));
        }
        Ok(None)
    }
}

impl Passed {
    /// The refusal, naming the limit.
    pub fn refusal(&self) -> Refusal {
        let mut refusal = self.reason.refusal(Vec::new());
        let (limit, currency) = (self.limit.value(), self.limit.currency().code());
        refusal.error = passed_limit(refusal.error.code(), &limit, currency);
        refusal.limit = Some(self.limit);
        refusal
    }
}

/// A refusal that names the limit.
pub(super) fn passed_limit(code: ErrorCode, limit: &str, currency: &str) -> Error {
    let mut detail = String::from(code.message());
    detail.push_str(": `");
    detail.push_str(&[limit, " ", currency].concat());
    detail.push('`');
    code.at("amount").because(detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::Currency;

    #[test]
    fn the_first_reason_and_its_values() {
        let euro = Currency::parse("EUR").unwrap();
        let money = |value| Money::parse(value, euro).unwrap();
        let limits = Limits {
            minimum: Some(money("1")),
            maximum: Some(money("100")),
            remaining: Some(money("20")),
        };
        let passed = |value| {
            let passed = limits.passed_by(&money(value)).unwrap()?;
            Some((passed.reason, passed.limit.value(), passed.difference.value()))
        };
        assert_eq!(passed("1"), None);
        assert_eq!(passed("20"), None);
        assert_eq!(passed("0.99"), Some((Reason::Minimum, "1.00".into(), "0.01".into())));
        assert_eq!(passed("20.01"), Some((Reason::Remaining, "20.00".into(), "0.01".into())));
        assert_eq!(passed("101"), Some((Reason::Maximum, "100.00".into(), "1.00".into())));
        let yen = Money::parse("1", Currency::parse("JPY").unwrap()).unwrap();
        assert!(limits.passed_by(&yen).is_err());
        assert_eq!(Limits::default().passed_by(&yen), Ok(None));
        let refusal = limits.passed_by(&money("0")).unwrap().unwrap().refusal();
        assert_eq!(refusal.error.code(), ErrorCode::AmountUnderMinimum);
        assert!(refusal.error.message().ends_with("`1.00 EUR`"));
    }
}
