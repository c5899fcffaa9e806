//! What stands before and after a number: a currency, or something that must not be there.

use alloc::string::String;

use super::Currency;
use super::fold::Folded;
use super::locale::{Locale, Mark};
use super::localized::Reason;
use super::symbol::{Meaning, meaning};

/// What is wrong beside the number, if something is.
pub(super) fn check_affixes(
    folded: &Folded,
    currency: Currency,
    locale: &Locale,
) -> Option<Reason> {
    let (before, after) = (plain(&folded.before), plain(&folded.after));
    if is_negative(&before, &after) {
        return Some(Reason::Sign);
    }
    [before, after].into_iter().find_map(|affix| {
        if affix.is_empty() {
            return None;
        }
        match meaning(&affix, currency, locale) {
            Meaning::Same => None,
            Meaning::Other => Some(Reason::Currency),
            Meaning::None if affix.chars().all(|mark| Mark::of(mark).is_some()) => {
                Some(Reason::Incomplete)
            }
            Meaning::None => Some(Reason::Text),
        }
    })
}

/// A minus next to the number or around its currency, or parentheses.
fn is_negative(before: &str, after: &str) -> bool {
    let signed = |affix: &str| affix.starts_with('-') || affix.ends_with('-');
    signed(before) || signed(after) || (before.starts_with('(') && after.ends_with(')'))
}

/// The characters as one text, with one kind of space within and none around it.
pub(super) fn plain(characters: &[char]) -> String {
    let spaced = |character: &char| match Mark::of(*character) {
        Some(Mark::Space) => ' ',
        _ => *character,
    };
    let plain: String = characters.iter().map(spaced).collect();
    plain.trim().into()
}
