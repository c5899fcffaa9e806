//! What a locale's numbers look like.

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    pub decimal: char,
    pub group: char,
    /// Groups of two before the last three: 12,34,567.
    pub indian: bool,
    /// How many digits must stand before the first group mark for there to be one.
    pub least: u8,
    /// Whether a currency code is written before the number.
    pub code_first: bool,
    /// The digits that are written where they are not 0 to 9.
    pub native: Option<Native>,
}

/// Digits of another script, with the marks that go with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Native {
    pub zero: char,
    pub decimal: char,
    pub group: char,
}

/// What may stand between digits. Characters that look alike are one mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Point,
    Comma,
    Space,
    Apostrophe,
    ArabicDecimal,
    ArabicGroup,
}

impl Mark {
    /// Every mark that stands before decimals somewhere.
    pub const DECIMAL: [Self; 3] = [Self::Point, Self::Comma, Self::ArabicDecimal];

    /// Every mark that stands between groups somewhere.
    pub const GROUP: [Self; 5] =
        [Self::Point, Self::Comma, Self::Space, Self::Apostrophe, Self::ArabicGroup];

    pub const fn of(character: char) -> Option<Self> {
        Some(match character {
            '.' => Self::Point,
            ',' => Self::Comma,
            // Figure space, thin space, narrow no-break space and their like.
            ' ' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
                Self::Space
            }
            // What Swiss keyboards have, what the CLDR had, and what typesetters make of it.
            '\'' | '\u{2018}' | '\u{2019}' | '\u{2bc}' | '\u{2032}' => Self::Apostrophe,
            '\u{66b}' => Self::ArabicDecimal,
            '\u{66c}' => Self::ArabicGroup,
            _ => return None,
        })
    }
}
