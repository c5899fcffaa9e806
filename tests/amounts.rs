//! Amounts at large: round trips through every currency and locale, sums that stay whole, and an
//! independent decimal library that agrees.

use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Deserialize;
use xp2p::{Currency, ErrorCode, Locale, Money, Ratio, Reason, Rounding};

/// An entry of list one, as ISO 4217 has it.
#[derive(Deserialize)]
struct Listed {
    code: String,
    number: String,
    exponent: Option<u32>,
    fund: bool,
}

fn listed() -> Vec<Listed> {
    serde_json::from_str(include_str!("vectors/iso4217.json")).unwrap()
}

fn currencies() -> Vec<Currency> {
    listed().iter().filter_map(|listed| Currency::parse_with_funds(&listed.code).ok()).collect()
}

/// Locales of every kind: marks, grouping, digits, direction, script and region.
const LOCALES: &[&str] = &[
    "af", "am", "ar", "ar-AE", "ar-EG", "ar-LB", "ar-MA", "ar-SA", "as", "az", "be", "bg", "bn",
    "bn-IN", "bs", "ca", "cs", "cy", "da", "de", "de-AT", "de-CH", "de-LI", "el", "en", "en-AU",
    "en-CA", "en-GB", "en-IN", "en-NG", "en-PH", "en-PK", "en-US", "en-ZA", "es", "es-AR", "es-CL",
    "es-CO", "es-ES", "es-MX", "es-US", "et", "eu", "fa", "fa-AF", "fi", "fil", "fr", "fr-BE",
    "fr-CA", "fr-CH", "ga", "gl", "gu", "ha", "he", "hi", "hr", "hu", "hy", "id", "ig", "is", "it",
    "it-CH", "ja", "jv", "ka", "kk", "km", "kn", "ko", "ky", "lo", "lt", "lv", "mk", "ml", "mn",
    "mr", "ms", "my", "nb", "ne", "nl", "nl-BE", "no", "or", "pa", "pcm", "pl", "ps", "pt",
    "pt-BR", "pt-PT", "ro", "ru", "sd", "si", "sk", "sl", "so", "sq", "sr", "sr-Latn", "sv", "sw",
    "ta", "te", "th", "tk", "tl", "tr", "uk", "ur", "ur-IN", "uz", "vi", "yo", "yue", "zh",
    "zh-CN", "zh-HK", "zh-TW", "zu",
];

fn locale() -> impl Strategy<Value = Locale> {
    prop::sample::select(LOCALES).prop_map(|tag| Locale::parse(tag).unwrap())
}

fn currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(currencies())
}

fn minor() -> impl Strategy<Value = i64> {
    // As many small sums as large ones.
    (0_u32..=18).prop_flat_map(|digits| 0..10_i64.pow(digits))
}

#[test]
fn the_currencies_are_those_of_the_list() {
    let mut taken = 0;
    for Listed { code, number, exponent, fund } in listed() {
        let known = Currency::parse_with_funds(&code).ok();
        assert_eq!(known.map(|currency| currency.exponent()), exponent, "{code}");
        let numbers = known.map(|currency| format!("{:03}", currency.number()));
        assert!(numbers.is_none_or(|known| known == number), "{code}");
        let payable = exponent.is_some() && !fund;
        assert_eq!(Currency::parse(&code).is_ok(), payable, "{code}");
        taken += usize::from(payable);
    }
    // And no others: every three letters that are taken are on the list.
    let letters = || b'A'..=b'Z';
    let all =
        letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| [a, b, c])));
    let parsed = all.filter(|code| Currency::parse(std::str::from_utf8(code).unwrap()).is_ok());
    assert_eq!(parsed.count(), taken);
}

#[test]
fn every_currency_in_every_locale_is_read_back() {
    for tag in LOCALES {
        let locale = Locale::parse(tag).unwrap();
        for currency in currencies() {
            for minor in [0, 1, 10, 999, 1000, 1234, 12_345, 1_234_567, 999_999_999_999_999_999] {
                let money = Money::from_minor(minor, currency).unwrap();
                for text in [
                    money.format(&locale),
                    money.format_number(&locale),
                    money.format_plain(&locale),
                ] {
                    let read = Money::parse_localized(&text, &locale, currency);
                    assert_eq!(read, Ok(money), "{tag} {text}");
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(minor in minor(), currency in currency(), locale in locale()) {
        let money = Money::from_minor(minor, currency).unwrap();
        prop_assert_eq!(Money::parse_localized(&money.format(&locale), &locale, currency), Ok(money));
        prop_assert_eq!(Money::parse(&money.value(), currency), Ok(money));
        prop_assert!(money.is_written(&money.value()));
    }

    #[test]
    fn noise_is_refused_and_nothing_else_happens(text in any::<String>(), tag in any::<String>()) {
        let euro = Currency::parse("EUR").unwrap();
        let _ = Locale::parse(&tag);
        let _ = Ratio::parse(&text, "rate");
        for tag in ["de", "hi", "ar-EG"] {
            let _ = Money::parse_localized(&text, &Locale::parse(tag).unwrap(), euro);
        }
    }

    #[test]
    fn almost_amounts_are_refused_or_exact(
        text in "[0-9٠-٩०-९]{0,4}[., '’٫٬\u{a0}\u{202f}-]?[0-9]{0,4}[., '٫٬]?[0-9]{0,4}[ ]?(€|\\$|EUR|USD|kr)?",
        locale in locale(),
    ) {
        let euro = Currency::parse("EUR").unwrap();
        match Money::parse_localized(&text, &locale, euro) {
            // Every digit that was written is in the sum, in its order.
            Ok(money) => {
                let digits = |text: &str| -> String {
                    let digits = text.chars().filter_map(|character| {
                        let number = [0x30, 0x660, 0x966].iter().find_map(|zero| {
                            (character as u32).checked_sub(*zero).filter(|number| *number < 10)
                        })?;
                        char::from_digit(number, 10)
                    });
                    digits.collect()
                };
                let written = digits(&text);
                let read = digits(&money.value());
                let written = written.trim_start_matches('0');
                let read = read.trim_start_matches('0');
                prop_assert!(read.starts_with(written), "{} is {}", text, money);
                prop_assert!(read[written.len()..].chars().all(|digit| digit == '0'));
            }
            Err(refusal) => {
                prop_assert!(refusal.suggestions.len() <= 2);
                prop_assert!(refusal.reason != Reason::Ambiguous || refusal.suggestions.len() == 2);
            }
        }
    }

    #[test]
    fn shares_sum_to_the_whole(
        minor in minor(),
        weights in prop::collection::vec(0_u64..=1_000_000_000_000, 1..40),
    ) {
        let money = Money::from_minor(minor, Currency::parse("EUR").unwrap()).unwrap();
        let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
        match money.allocate(&weights) {
            Err(error) => {
                prop_assert_eq!((total, error.code()), (0, ErrorCode::ArgumentInvalid));
            }
            Ok(shares) => {
                prop_assert_eq!(shares.iter().map(Money::minor).sum::<i64>(), minor);
                // Nobody is more than one minor unit from their due.
                for (share, weight) in shares.iter().zip(&weights) {
                    let due = minor as u128 * u128::from(*weight);
                    prop_assert!((share.minor() as u128 * total).abs_diff(due) < total);
                }
            }
        }
    }

    #[test]
    fn sums_agree_with_rust_decimal(a in minor(), b in minor()) {
        let euro = Currency::parse("EUR").unwrap();
        let (x, y) = (Money::from_minor(a, euro).unwrap(), Money::from_minor(b, euro).unwrap());
        let decimal = |money: &Money| money.value().parse::<Decimal>().unwrap();
        prop_assert_eq!(x.compare(&y).unwrap(), decimal(&x).cmp(&decimal(&y)));
        if let Ok(sum) = x.add(&y) {
            prop_assert_eq!(decimal(&sum), decimal(&x) + decimal(&y));
            prop_assert_eq!(sum.subtract(&y), Ok(x));
        } else {
            prop_assert!(a + b >= 1_000_000_000_000_000_000);
        }
        prop_assert_eq!(x.subtract(&y).is_ok(), a >= b);
    }

    #[test]
    fn roundings_agree_with_rust_decimal(
        minor in 0_i64..1_000_000_000_000,
        rate in 1_u64..1_000_000_000,
        decimals in 0_u32..=9,
    ) {
        let rate_text = Decimal::from_i128_with_scale(i128::from(rate), decimals).to_string();
        let (rate, euro) = (Ratio::parse(&rate_text, "rate").unwrap(), Currency::parse("EUR").unwrap());
        let money = Money::from_minor(minor, euro).unwrap();
        for (rounding, strategy) in [
            (Rounding::Expand, RoundingStrategy::AwayFromZero),
            (Rounding::Trunc, RoundingStrategy::ToZero),
            (Rounding::HalfExpand, RoundingStrategy::MidpointAwayFromZero),
            (Rounding::HalfTrunc, RoundingStrategy::MidpointTowardZero),
            (Rounding::HalfEven, RoundingStrategy::MidpointNearestEven),
        ] {
            for code in ["JPY", "USD", "KWD"] {
                let into = Currency::parse(code).unwrap();
                let product = money.value().parse::<Decimal>().unwrap() * rate_text.parse::<Decimal>().unwrap();
                let expected = product.round_dp_with_strategy(into.exponent(), strategy);
                if let Ok(converted) = money.convert(rate, into, rounding) {
                    prop_assert_eq!(converted.value().parse::<Decimal>().unwrap(), expected);
                }
            }
        }
    }
}
