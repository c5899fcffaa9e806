//! Characters that mean the same become one, and the number is found in the text.

use alloc::vec::Vec;

use super::locale::Mark;
use super::localized::Reason;

/// A text with one kind of digit, taken apart.
pub(super) struct Folded {
    pub before: Vec<char>,
    /// From the first digit to the last.
    pub number: Vec<char>,
    pub after: Vec<char>,
}

impl Folded {
    /// Whether a mark stands right before the first digit.
    pub fn starts_with_mark(&self) -> bool {
        self.before.last().is_some_and(|character| Mark::of(*character).is_some())
    }
}

/// The zeros of the scripts whose digits are read (Unicode, general category Nd).
const ZEROS: &[char] = &[
    '0',
    '\u{660}',
    '\u{6f0}',
    '\u{7c0}',
    '\u{966}',
    '\u{9e6}',
    '\u{a66}',
    '\u{ae6}',
    '\u{b66}',
    '\u{be6}',
    '\u{c66}',
    '\u{ce6}',
    '\u{d66}',
    '\u{de6}',
    '\u{e50}',
    '\u{ed0}',
    '\u{f20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17e0}',
    '\u{1810}',
    '\u{1c40}',
    '\u{1c50}',
    '\u{abf0}',
    '\u{11136}',
    '\u{1e140}',
    '\u{1e950}',
];

/// Reads a text as characters that mean something.
pub(super) fn fold(text: &str) -> Result<Folded, Reason> {
    let mut script = None;
    let mut characters = Vec::with_capacity(text.len());
    for character in visible(text.trim()) {
        let Some((zero, digit)) = digit(character) else {
            characters.push(character);
            continue;
        };
        // Two scripts in one number are a mistake or a trick.
        if *script.get_or_insert(zero) != zero {
            return Err(Reason::Digits);
        }
        characters.push(digit);
    }
    let first = characters.iter().position(char::is_ascii_digit);
    let last = characters.iter().rposition(char::is_ascii_digit);
    let Some((first, last)) = first.zip(last) else {
        return Err(if characters.is_empty() { Reason::Empty } else { Reason::Text });
    };
    let after = characters.split_off(last + 1);
    let number = characters.split_off(first);
    Ok(Folded { before: characters, number, after })
}

/// The characters that a person sees, each in its narrow form.
pub(super) fn visible(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|character| !is_invisible(*character)).map(narrow)
}

/// Marks of direction, joiners and the like: pasted along, never typed.
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}

/// The narrow form of a full-width character, and one kind of minus.
fn narrow(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
        '\u{ffe1}' => '£',
        '\u{ffe5}' => '¥',
        '\u{ffe6}' => '₩',
        '\u{2212}' | '\u{2010}'..='\u{2015}' | '\u{fe63}' => '-',
        other => other,
    }
}

/// The script's zero and the digit in ASCII.
fn digit(character: char) -> Option<(char, char)> {
    ZEROS.iter().find_map(|zero| {
        let number = (character as u32).checked_sub(*zero as u32).filter(|number| *number < 10)?;
        Some((*zero, char::from_digit(number, 10)?))
    })
}
