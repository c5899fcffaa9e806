//! Terms as one text, which crosses faster than an object: code, exponent, minimum, maximum, remaining and
//! flags, with a tab between each two. What is empty is not given.

use crate::amount::{Currency, Limits, Money, Refusal, Terms, read_digits};
use crate::error::ErrorCode;

/// Reads terms. A tab within a part makes one part too many, so that no part can pass for another.
pub(super) fn read_terms(text: &str) -> Result<Terms, Refusal> {
    let mut parts = text.split('\t');
    let mut part = || parts.next().unwrap_or("");
    let (code, exponent) = (part(), part());
    let limits = [part(), part(), part()];
    let flags = part();
    if parts.next().is_some() {
        return Err(ErrorCode::CurrencyUnknown.at("currency").into());
    }
    let currency = match flags.contains('f') {
        true => Currency::parse_with_funds(code)?,
        false => Currency::parse(code)?,
    };
    let currency = match (exponent, read_digits(exponent.as_bytes())) {
        ("", _) => currency,
        (_, exponent) => currency.with_exponent(exponent.unwrap_or(u64::MAX).min(99) as u32)?,
    };
    let limit = |value, name| match value {
        "" => Ok(None),
        _ => Money::parse(value, currency).map(Some).map_err(|error| error.at(name)),
    };
    let [minimum, maximum, remaining] = limits;
    let limits = Limits {
        minimum: limit(minimum, "minimum")?,
        maximum: limit(maximum, "maximum")?,
        remaining: limit(remaining, "remaining")?,
    };
    Ok(Terms { currency, allow_zero: flags.contains('z'), limits })
}

/// Reads a sum, which may be zero.
pub(super) fn read_money(value: &str, terms: &str) -> Result<Money, Refusal> {
    Ok(Money::parse(value, read_terms(terms)?.currency)?)
}
