//! What a person types or pastes: read exactly as their locale writes it, or refused with a reason.
//!
//! Nothing is guessed. A text that could mean two sums is refused, and both are suggested.

use alloc::string::String;
use alloc::vec::Vec;

use super::affix::check_affixes;
use super::fold::{Folded, fold};
use super::locale::{Locale, Mark};
use super::rounding::Rounding;
use super::{Currency, Money, grammar};
use crate::error::{Error, ErrorCode};

/// The most bytes of a text that is looked at: 18 digits with marks between them, a currency and some
/// space, of four bytes each.
const MAX_TEXT: usize = 256;

/// Why a text is no amount that can be paid, and what it might have meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The refusal with its stable code.
    pub error: Error,
    /// What exactly is wrong.
    pub reason: Reason,
    /// What the person may have meant, likeliest first: one or two sums, or none.
    pub suggestions: Vec<Money>,
    /// The limit that was passed, where that is the reason.
    pub limit: Option<Money>,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// There is nothing.
    Empty,
    /// Something stands there that is no part of an amount.
    Text,
    /// It is longer than any amount.
    Length,
    /// Digits of two scripts.
    Digits,
    /// A mark with no digits before or after it.
    Incomplete,
    /// A sign, or parentheses as bookkeepers write them.
    Sign,
    /// A symbol or code of another currency, or one that several share.
    Currency,
    /// Group marks where the locale has none.
    Grouping,
    /// Marks that another locale writes.
    Marks,
    /// Two readings are possible.
    Ambiguous,
    /// More decimals than the currency has.
    Decimals,
    /// It is zero.
    Zero,
    /// It is under the minimum.
    Minimum,
    /// It is over the maximum.
    Maximum,
    /// It is over what is left of an allowance.
    Remaining,
}

impl Reason {
    /// The reason as it is written in JavaScript.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Text => "text",
            Self::Length => "length",
            Self::Digits => "digits",
            Self::Incomplete => "incomplete",
            Self::Sign => "sign",
            Self::Currency => "currency",
            Self::Grouping => "grouping",
            Self::Marks => "marks",
            Self::Ambiguous => "ambiguous",
            Self::Decimals => "decimals",
            Self::Zero => "zero",
            Self::Minimum => "minimum",
            Self::Maximum => "maximum",
            Self::Remaining => "remaining",
        }
    }

    const fn code(self) -> ErrorCode {
        match self {
            Self::Length => ErrorCode::AmountTooLong,
            Self::Sign => ErrorCode::AmountNegative,
            Self::Currency => ErrorCode::CurrencyMismatch,
            Self::Decimals => ErrorCode::AmountTooPrecise,
            Self::Zero => ErrorCode::AmountZero,
            Self::Minimum => ErrorCode::AmountUnderMinimum,
            Self::Maximum => ErrorCode::AmountOverMaximum,
            Self::Remaining => ErrorCode::LinkLimitExceeded,
            Self::Empty | Self::Text | Self::Digits | Self::Incomplete => {
                ErrorCode::AmountMalformed
            }
            Self::Grouping | Self::Marks | Self::Ambiguous => ErrorCode::AmountMalformed,
        }
    }

    /// What to tell a developer, where the code's own message says too little.
    const fn detail(self) -> Option<&'static str> {
        Some(match self {
            Self::Empty => "there is no amount",
            Self::Text => "there is something beside the amount, or within it",
            Self::Digits => "amount has digits of two scripts",
            Self::Incomplete => "amount begins or ends with a mark",
            Self::Currency => "amount names another currency, or a symbol that several share",
            Self::Grouping => "group marks are not where the locale has them",
            Self::Marks => "amount is written as in another locale",
            Self::Ambiguous => "amount can be read in two ways",
            _ => return None,
        })
    }

    pub(super) fn refusal(self, suggestions: Vec<Money>) -> Refusal {
        let error = self.code().at("amount");
        let error = match self.detail() {
            Some(detail) => error.because(detail.into()),
            None => error,
        };
        Refusal { error, reason: self, suggestions, limit: None }
    }
}

impl From<Error> for Refusal {
    /// A refusal of the wire's grammar, which has nothing to suggest.
    fn from(error: Error) -> Self {
        let reason = match error.code() {
            ErrorCode::AmountNegative => Reason::Sign,
            ErrorCode::AmountTooPrecise => Reason::Decimals,
            ErrorCode::AmountTooLong => Reason::Length,
            ErrorCode::AmountZero => Reason::Zero,
            ErrorCode::CurrencyMismatch | ErrorCode::CurrencyUnknown => Reason::Currency,
            _ => Reason::Text,
        };
        Self { error, reason, suggestions: Vec::new(), limit: None }
    }
}

impl Money {
    /// Reads what a person wrote: digits of any script, the locale's marks, and the currency's symbol or
    /// code before or after the number. Zero is read as well; [`Money::payable`] refuses it.
    ///
    /// # Errors
    ///
    /// The reason, its code at `amount`, and suggestions where there are some. Marks must be those of
    /// the locale and groups where it puts them. One group mark before three digits that another locale
    /// reads as decimals (`1.234` in `de`) is refused as ambiguous, unless the currency has no decimals.
    ///
    /// ```
    /// use xp2p::{Currency, Locale, Money, Reason};
    /// let (euro, german) = (Currency::parse("EUR")?, Locale::parse("de")?);
    /// assert_eq!(Money::parse_localized("1.234,5 €", &german, euro).unwrap().value(), "1234.50");
    ///
    /// let refusal = Money::parse_localized("1.234", &german, euro).unwrap_err();
    /// assert_eq!(refusal.reason, Reason::Ambiguous);
    /// let meant: Vec<_> = refusal.suggestions.iter().map(Money::value).collect();
    /// assert_eq!(meant, ["1234.00", "1.23"]);
    /// # Ok::<(), xp2p::Error>(())
    /// ```
    pub fn parse_localized(
        text: &str,
        locale: &Locale,
        currency: Currency,
    ) -> Result<Self, Refusal> {
        if text.len() > MAX_TEXT {
            return Err(Reason::Length.refusal(Vec::new()));
        }
        let folded = fold(text).map_err(|reason| reason.refusal(Vec::new()))?;
        let number = Number::split(&folded)?;
        let read = number.read(locale, currency);
        match check_affixes(&folded, currency, locale) {
            None => read,
            // What stands beside the number decides; the number is still worth a suggestion.
            Some(Reason::Incomplete) if folded.starts_with_mark() => {
                Err(Reason::Incomplete.refusal(number.as_decimals(currency)))
            }
            Some(reason @ (Reason::Incomplete | Reason::Currency)) => {
                Err(reason.refusal(read.map_or_else(|refusal| refusal.suggestions, vec_of)))
            }
            Some(reason) => Err(reason.refusal(Vec::new())),
        }
    }
}

fn vec_of(money: Money) -> Vec<Money> {
    let mut list = Vec::with_capacity(2);
    suggest(&mut list, money);
    list
}

/// Adds a suggestion that is not there yet. Nobody means nothing, and more than two help nobody.
fn suggest(list: &mut Vec<Money>, money: Money) {
    if money.minor() > 0 && list.len() < 2 && !list.contains(&money) {
        list.push(money);
    }
}

/// Runs of digits with a mark between each two.
struct Number {
    runs: Vec<String>,
    marks: Vec<Mark>,
}

/// A number in which it is clear which mark is which.
struct Reading {
    whole: String,
    fraction: String,
}

impl Number {
    fn split(folded: &Folded) -> Result<Self, Refusal> {
        let mut number = Self { runs: Vec::new(), marks: Vec::new() };
        let mut run = String::new();
        for character in &folded.number {
            if character.is_ascii_digit() {
                run.push(*character);
                continue;
            }
            let mark = Mark::of(*character).ok_or_else(|| Reason::Text.refusal(Vec::new()))?;
            if run.is_empty() {
                return Err(Reason::Grouping.refusal(Vec::new()));
            }
            number.runs.push(core::mem::take(&mut run));
            number.marks.push(mark);
        }
        number.runs.push(run);
        Ok(number)
    }

    fn read(&self, locale: &Locale, currency: Currency) -> Result<Money, Refusal> {
        let style = locale.style();
        let ours =
            |mark: Mark| Some(mark) == Mark::of(style.decimal) || mark == Mark::ArabicDecimal;
        let groups = |mark: Mark| Some(mark) == Mark::of(style.group) || mark == Mark::ArabicGroup;
        let others = || self.other_readings(currency);
        let Some(reading) = self.reading(ours, groups, style.indian) else {
            let suggestions = others();
            let sized_otherwise = self.reading(ours, groups, !style.indian).is_some();
            let reason = match suggestions.is_empty() || sized_otherwise {
                true => Reason::Grouping,
                // `12.50` in `de`: where another locale has its decimals.
                false => Reason::Marks,
            };
            return Err(reason.refusal(suggestions));
        };
        let money = match reading.money(currency) {
            Ok(money) => money,
            Err(ErrorCode::AmountTooPrecise) => {
                let mut suggestions = reading.rounded(currency).map(vec_of).unwrap_or_default();
                others().into_iter().for_each(|money| suggest(&mut suggestions, money));
                return Err(Reason::Decimals.refusal(suggestions));
            }
            Err(_) => return Err(Reason::Length.refusal(Vec::new())),
        };
        if let [mark @ (Mark::Point | Mark::Comma)] = self.marks[..]
            && groups(mark)
            && currency.exponent() > 0
        {
            let mut suggestions = vec_of(money);
            others().into_iter().for_each(|money| suggest(&mut suggestions, money));
            return Err(Reason::Ambiguous.refusal(suggestions));
        }
        Ok(money)
    }

    /// Reads with a choice of marks, or finds that they do not stand where they should.
    fn reading(
        &self,
        is_decimal: impl Fn(Mark) -> bool,
        is_group: impl Fn(Mark) -> bool,
        indian: bool,
    ) -> Option<Reading> {
        let (marks, whole, fraction) = match self.marks.split_last() {
            Some((last, marks)) if is_decimal(*last) => {
                let (fraction, whole) = self.runs.split_last()?;
                (marks, whole, fraction.clone())
            }
            _ => (&self.marks[..], &self.runs[..], String::new()),
        };
        if let [first, rest @ ..] = marks {
            let (leading, [middle @ .., last]) = whole.split_first()? else { return None };
            let size = if indian { 2 } else { 3 };
            let sized = last.len() == 3
                && middle.iter().all(|run| run.len() == size)
                && (1..=size).contains(&leading.len());
            if !is_group(*first)
                || rest.iter().any(|mark| mark != first)
                || !sized
                || leading.starts_with('0')
            {
                return None;
            }
        }
        Some(Reading { whole: whole.concat(), fraction })
    }

    /// What it means where a decimal mark stands before it: `.50`.
    fn as_decimals(&self, currency: Currency) -> Vec<Money> {
        let [fraction] = &self.runs[..] else { return Vec::new() };
        let reading = Reading { whole: "0".into(), fraction: fraction.clone() };
        reading.rounded(currency).map(vec_of).unwrap_or_default()
    }

    /// What the text means to people of other locales.
    fn other_readings(&self, currency: Currency) -> Vec<Money> {
        let mut found = Vec::with_capacity(2);
        for decimal in Mark::DECIMAL {
            for group in Mark::GROUP.into_iter().filter(|group| *group != decimal) {
                for indian in [false, true] {
                    let reading =
                        self.reading(|mark| mark == decimal, |mark| mark == group, indian);
                    let money = reading.and_then(|reading| reading.rounded(currency));
                    money.into_iter().for_each(|money| suggest(&mut found, money));
                }
            }
        }
        found
    }
}

impl Reading {
    fn money(&self, currency: Currency) -> Result<Money, ErrorCode> {
        let minor = grammar::minor_units(&self.text(), currency.exponent())?;
        Money::from_minor(minor, currency).map_err(|error| error.code())
    }

    /// The nearest sum: for suggestions only, which a person has to confirm.
    fn rounded(&self, currency: Currency) -> Option<Money> {
        let ratio = super::Ratio::parse(&self.text(), "amount").ok()?;
        let one = Money::from_minor(10_i64.pow(currency.exponent()), currency).ok()?;
        one.convert(ratio, currency, Rounding::HalfExpand).ok()
    }

    fn text(&self) -> String {
        if self.fraction.is_empty() {
            return self.whole.clone();
        }
        [&self.whole, ".", &self.fraction].concat()
    }
}
