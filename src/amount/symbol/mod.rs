//! What people write for a currency beside a number.

mod table;

#[cfg(all(feature = "npm-amount", target_arch = "wasm32"))]
use alloc::vec::Vec;

use super::Currency;
use super::locale::{Locale, lookup};
#[cfg(all(feature = "npm-amount", target_arch = "wasm32"))]
use super::{affix::plain, fold::visible};

/// What a text beside a number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The currency itself.
    Same,
    /// Another currency, or a symbol such as `$` that might well be one.
    Other,
    /// Nothing that stands for money.
    None,
}

/// What a symbol or a code means where this currency is expected.
///
/// A symbol that currencies share (`$`, `kr`) means the one that it means in the locale, and only that.
pub(crate) fn meaning(text: &str, currency: Currency, locale: &Locale) -> Meaning {
    if text.eq_ignore_ascii_case(currency.code()) {
        return Meaning::Same;
    }
    let own = table::OWN.iter().find(|(_, symbols)| symbols.contains(&text)).map(|(code, _)| *code);
    let shared = || {
        let meanings: &&str = lookup(table::SHARED, locale.tag())?;
        pairs(meanings).find(|(symbol, _)| *symbol == text).map(|(_, code)| code)
    };
    match own.or_else(shared) {
        Some(code) if code == currency.code() => Meaning::Same,
        Some(_) => Meaning::Other,
        None if is_shared(text) || is_code(text) => Meaning::Other,
        None => Meaning::None,
    }
}

/// Whether a text is read as the currency.
#[cfg(all(feature = "npm-amount", target_arch = "wasm32"))]
pub(crate) fn means(text: &str, currency: Currency, locale: &Locale) -> bool {
    let characters: Vec<_> = visible(text).collect();
    meaning(&plain(&characters), currency, locale) == Meaning::Same
}

fn is_shared(text: &str) -> bool {
    table::SHARED.iter().any(|(meanings, _)| pairs(meanings).any(|(symbol, _)| symbol == text))
}

fn is_code(text: &str) -> bool {
    Currency::parse_with_funds(&text.to_ascii_uppercase()).is_ok()
}

/// Symbols and codes in turn.
fn pairs(meanings: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut words = meanings.split(' ');
    core::iter::from_fn(move || words.next().zip(words.next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_symbol_means_what_it_means_there() {
        let means = |text, currency, locale| {
            meaning(text, Currency::parse(currency).unwrap(), &Locale::parse(locale).unwrap())
        };
        assert_eq!(means("$", "USD", "en-US"), Meaning::Same);
        assert_eq!(means("$", "CAD", "en-US"), Meaning::Other);
        assert_eq!(means("$", "CAD", "fr-CA"), Meaning::Same);
        assert_eq!(means("$", "USD", "en-CA"), Meaning::Other);
        assert_eq!(means("$", "MXN", "es-MX"), Meaning::Same);
        assert_eq!(means("$", "TWD", "zh-TW"), Meaning::Same);
        assert_eq!(means("$", "EUR", "de"), Meaning::Other);
        assert_eq!(means("US$", "USD", "en-CA"), Meaning::Same);
        assert_eq!(means("kr", "SEK", "sv-SE"), Meaning::Same);
        assert_eq!(means("kr", "SEK", "nb"), Meaning::Other);
        assert_eq!(means("¥", "JPY", "ja"), Meaning::Same);
        assert_eq!(means("¥", "CNY", "zh-CN"), Meaning::Same);
        assert_eq!(means("¥", "JPY", "zh-CN"), Meaning::Other);
        assert_eq!(means("€", "EUR", "ta"), Meaning::Same);
        assert_eq!(means("eur", "EUR", "en"), Meaning::Same);
        assert_eq!(means("USD", "EUR", "en"), Meaning::Other);
        assert_eq!(means("euros", "EUR", "en"), Meaning::None);
    }
}
