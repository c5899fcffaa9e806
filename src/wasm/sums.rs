//! Amounts in full, for the entry `xp2p/amount`, which is a wasm of its own: what a person types, sums,
//! limits, rows by the thousand.
//!
//! Every function gives a text: the value, or a refusal as JSON, which begins with a brace.

use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::wasm_bindgen;

use super::terms::{read_money, read_terms};
use super::value::invalid;
use crate::amount::{
    Currency, Limits, Locale, Money, Ratio, Refusal, Rounding, Terms, decimal_text, read_digits,
    symbol_means,
};
use crate::canonical::JsonObject;
use crate::error::{Error, ErrorCode};

/// `validateAmount`.
#[wasm_bindgen(js_name = validate)]
pub fn validate(value: &str, terms: &str) -> String {
    answer(read_terms(terms).and_then(|terms| Ok(terms.validate(value)?.value())))
}

/// `parseAmount`.
#[wasm_bindgen(js_name = parseLocalized)]
pub fn parse_localized(text: &str, locale: &str, terms: &str) -> String {
    let read = || -> Result<String, Refusal> {
        let (locale, terms) = (Locale::parse(locale)?, read_terms(terms)?);
        Ok(terms.parse_localized(text, &locale)?.value())
    };
    answer(read())
}

/// `validateAmounts`: one value a line, and one currency a line or one for all. The answer has a line for
/// each row that is refused or whose value has another form: its number, a tab, and the answer. Where
/// the lines are not so many as the rows, a value had a line break in it, and the answer is `!`.
#[wasm_bindgen(js_name = validateAll)]
pub fn validate_all(
    values: &str,
    currencies: &str,
    rows: usize,
    terms: Vec<String>,
    allow_zero: bool,
) -> String {
    let mut known = Vec::with_capacity(terms.len());
    for line in &terms {
        match read_terms(line) {
            Ok(terms) => known.push(terms),
            Err(refusal) => return write_refusal(&refusal),
        }
    }
    let terms_of = |code: &str| match known.iter().find(|terms| terms.currency.code() == code) {
        Some(terms) => Ok(*terms),
        None => Ok(Terms { allow_zero, ..Terms::of(Currency::parse(code)?) }),
    };
    let one = !currencies.contains('\n');
    if values.split('\n').count() != rows || !(one || currencies.split('\n').count() == rows) {
        return "!".into();
    }
    let mut codes = currencies.split('\n');
    let pairs = values
        .split('\n')
        .map(|value| (value, if one { currencies } else { codes.next().unwrap_or("") }));
    let mut lines = String::new();
    Terms::validate_all(pairs, terms_of, |row, value, found| {
        let other = match found {
            Ok(money) if money.is_written(value) => return,
            Ok(money) => money.value(),
            Err(refusal) => write_refusal(&refusal),
        };
        lines.push_str(&[&decimal_text(row as u64, 0), "\t", &other, "\n"].concat());
    });
    lines
}

/// The number for `formatAmount`, with group marks or without.
#[wasm_bindgen(js_name = formatNumber)]
pub fn format_number(value: &str, terms: &str, locale: &str, grouped: bool) -> String {
    let written = || -> Result<String, Refusal> {
        let (money, locale) = (read_money(value, terms)?, Locale::parse(locale)?);
        Ok(if grouped { money.format_number(&locale) } else { money.format_plain(&locale) })
    };
    answer(written())
}

/// Whether a symbol beside a number is read as the currency in the locale.
#[wasm_bindgen(js_name = symbolMeans)]
pub fn means(symbol: &str, terms: &str, locale: &str) -> bool {
    let read = read_terms(terms).ok().zip(Locale::parse(locale).ok());
    read.is_some_and(|(terms, locale)| symbol_means(symbol, terms.currency, &locale))
}

/// `amountFromMinor`: the digits of a bigint, with its sign.
#[wasm_bindgen(js_name = fromMinor)]
pub fn from_minor(minor: &str, terms: &str) -> String {
    let read = || -> Result<String, Refusal> {
        let terms = read_terms(terms)?;
        if minor.starts_with('-') {
            return Err(ErrorCode::AmountNegative.at("amount").into());
        }
        let minor = read_digits(minor.as_bytes()).and_then(|minor| i64::try_from(minor).ok());
        let money = Money::from_minor(minor.unwrap_or(i64::MAX), terms.currency)?;
        Ok(terms.validate(&money.value())?.value())
    };
    answer(read())
}

/// `amountToMinor`: the digits of a bigint.
#[wasm_bindgen(js_name = toMinor)]
pub fn to_minor(value: &str, terms: &str) -> String {
    answer(read_money(value, terms).map(|money| decimal_text(money.minor().unsigned_abs(), 0)))
}

/// `addAmounts`, or `subtractAmounts`.
#[wasm_bindgen(js_name = combine)]
pub fn combine(value: &str, terms: &str, other: &str, other_terms: &str, subtract: bool) -> String {
    let combined = || -> Result<String, Refusal> {
        let (sum, other) = (read_money(value, terms)?, read_money(other, other_terms)?);
        Ok(if subtract { sum.subtract(&other)? } else { sum.add(&other)? }.value())
    };
    answer(combined())
}

/// `compareAmounts`: `-1`, `0` or `1`.
#[wasm_bindgen(js_name = compare)]
pub fn compare(value: &str, terms: &str, other: &str, other_terms: &str) -> String {
    let compared = || -> Result<String, Refusal> {
        let order = read_money(value, terms)?.compare(&read_money(other, other_terms)?)?;
        Ok(["-1", "0", "1"].get((order as i8 + 1) as usize).copied().unwrap_or("0").into())
    };
    answer(compared())
}

/// `allocateAmount`: weights as digits with spaces between, shares one a line.
#[wasm_bindgen(js_name = allocate)]
pub fn allocate(value: &str, terms: &str, weights: &str) -> String {
    let allocated = || -> Result<String, Refusal> {
        let weights = weights.split(' ').map(|weight| read_digits(weight.as_bytes()));
        let Some(weights) = weights.collect::<Option<Vec<_>>>() else {
            return Err(invalid("weights").into());
        };
        let shares = read_money(value, terms)?.allocate(&weights)?;
        Ok(shares.iter().map(Money::value).collect::<Vec<_>>().join("\n"))
    };
    answer(allocated())
}

/// `percentageOfAmount`, and `feeForAmount` where there is a fixed part.
#[wasm_bindgen(js_name = fee)]
pub fn fee(
    value: &str,
    terms: &str,
    percent: &str,
    fixed: Option<String>,
    rounding: &str,
) -> String {
    let worked_out = || -> Result<String, Refusal> {
        let (money, rounding) = (read_money(value, terms)?, Rounding::named(rounding)?);
        let percent = Ratio::parse(percent, "percent")?;
        let fixed = Money::parse(fixed.as_deref().unwrap_or("0"), money.currency());
        Ok(money.fee(percent, &fixed.map_err(|error| error.at("fixed"))?, rounding)?.value())
    };
    answer(worked_out())
}

/// `convertAmount`.
#[wasm_bindgen(js_name = convert)]
pub fn convert(value: &str, terms: &str, rate: &str, into: &str, rounding: &str) -> String {
    let converted = || -> Result<String, Refusal> {
        let (money, rounding) = (read_money(value, terms)?, Rounding::named(rounding)?);
        let into = read_terms(into)?.currency;
        Ok(money.convert(Ratio::parse(rate, "rate")?, into, rounding)?.value())
    };
    answer(converted())
}

/// `checkAmount`: the value, or the refusal with the limit and how far the amount is from it.
#[wasm_bindgen(js_name = checkLimits)]
pub fn check_limits(value: &str, terms: &str) -> String {
    let checked = || -> Result<String, Refusal> {
        let terms = read_terms(terms)?;
        let money = Terms { limits: Limits::default(), ..terms }.validate(value)?;
        Ok(match terms.limits.passed_by(&money)? {
            None => money.value(),
            Some(passed) => {
                let refusal = write_refusal(&passed.refusal());
                let passed = JsonObject::new()
                    .text("value", &money.value())
                    .text("difference", &passed.difference.value())
                    .json("refusal", &refusal)
                    .end();
                // Not a refusal of the call: it does not begin with a brace.
                [" ", &passed].concat()
            }
        })
    };
    answer(checked())
}

/// What ISO 4217 or the platform says of a currency: numeric code, a space, exponent.
#[wasm_bindgen(js_name = currency)]
pub fn currency(terms: &str) -> String {
    answer(read_terms(terms).map(|terms| {
        let number = decimal_text(terms.currency.number().into(), 0);
        [&number, " ", &decimal_text(terms.currency.exponent().into(), 0)].concat()
    }))
}

/// The refusal of an argument that is of the wrong type, which TypeScript finds.
#[wasm_bindgen(js_name = wrongType)]
pub fn wrong_type(param: &str) -> String {
    write_refusal(&super::error::wrong_type_error(param).into())
}

fn answer(result: Result<String, Refusal>) -> String {
    result.unwrap_or_else(|refusal| write_refusal(&refusal))
}

fn write_refusal(refusal: &Refusal) -> String {
    let error: &Error = &refusal.error;
    let mut object = JsonObject::new();
    object
        .text("code", error.code().as_str())
        .text("message", error.message())
        .optional_text("param", error.param());
    if error.param() == Some("amount") {
        let meant: Vec<_> = refusal.suggestions.iter().map(Money::value).collect();
        object.text("reason", refusal.reason.as_str()).text("suggestions", &meant.join(" "));
    }
    object.optional_text("limit", refusal.limit.map(|limit| limit.value()).as_deref()).end()
}
