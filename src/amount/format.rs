//! Sums as people read them.

use alloc::string::String;

use super::locale::Style;
use super::{Locale, Money};

impl Money {
    /// The number as the locale writes it, in its digits: `1.234,50`, `12,34,567.50`, `١٬٢٣٤٫٥٠`.
    pub fn format_number(&self, locale: &Locale) -> String {
        self.written(locale, true)
    }

    /// The same without group marks, as a person edits it: `1234,50`.
    pub fn format_plain(&self, locale: &Locale) -> String {
        self.written(locale, false)
    }

    /// The number and the currency's code, in the locale's order, for receipts and messages. A code
    /// cannot be mistaken for another currency, as symbols can.
    pub fn format(&self, locale: &Locale) -> String {
        let (number, code) = (self.format_number(locale), self.currency().code());
        let parts = if locale.style().code_first { [code, &number] } else { [&number, code] };
        parts.join("\u{a0}")
    }

    fn written(&self, locale: &Locale, grouped: bool) -> String {
        let style = locale.style();
        let (zero, decimal, group) = match style.native {
            Some(native) => (native.zero, native.decimal, native.group),
            None => ('0', style.decimal, style.group),
        };
        let value = self.value();
        let (whole, fraction) = value.split_once('.').unwrap_or((&value, ""));
        let grouped = grouped && whole.len() >= 3 + usize::from(style.least);
        let mut text = String::with_capacity(3 * value.len());
        let push = |text: &mut String, digit: char| {
            let number = digit as u32 - '0' as u32;
            text.push(char::from_u32(zero as u32 + number).unwrap_or(digit));
        };
        for (index, digit) in whole.chars().enumerate() {
            if grouped && index > 0 && starts_group(style, whole.len() - index) {
                text.push(group);
            }
            push(&mut text, digit);
        }
        if !fraction.is_empty() {
            text.push(decimal);
        }
        for digit in fraction.chars() {
            push(&mut text, digit);
        }
        text
    }
}

/// Whether a group starts with so many digits still to come.
const fn starts_group(style: &Style, rest: usize) -> bool {
    if style.indian { rest == 3 || (rest > 3 && rest % 2 == 1) } else { rest.is_multiple_of(3) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::Currency;

    #[test]
    fn locales_write_their_own_way() {
        let format = |value, currency, locale| {
            let sum = Money::parse(value, Currency::parse(currency).unwrap()).unwrap();
            sum.format(&Locale::parse(locale).unwrap())
        };
        for (locale, expected) in [
            ("en", "EUR\u{a0}1,234,567.50"),
            ("de", "1.234.567,50\u{a0}EUR"),
            ("de-CH", "EUR\u{a0}1'234'567.50"),
            ("fr", "1\u{202f}234\u{202f}567,50\u{a0}EUR"),
            ("hi", "EUR\u{a0}12,34,567.50"),
            ("mr", "EUR\u{a0}१२,३४,५६७.५०"),
            ("ar-EG", "١٬٢٣٤٬٥٦٧٫٥٠\u{a0}EUR"),
            ("fa", "EUR\u{a0}۱٬۲۳۴٬۵۶۷٫۵۰"),
        ] {
            assert_eq!(format("1234567.5", "EUR", locale), expected, "{locale}");
        }
        assert_eq!(format("1234", "JPY", "es"), "1234\u{a0}JPY");
        assert_eq!(format("12345", "JPY", "es"), "12.345\u{a0}JPY");
        assert_eq!(format("999999999999999.999", "KWD", "en"), "KWD\u{a0}999,999,999,999,999.999");
    }
}
