//! The two free texts of a request.

use alloc::string::String;

use crate::error::{ErrorCode, Result};

/// A reference is a number of the payee's own books: visible ASCII, so that it survives every system
/// it is copied into.
pub(super) fn reference(text: &str) -> Result<String> {
    if (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(text.into());
    }
    Err(ErrorCode::ReferenceMalformed.at("reference"))
}

/// A note is read by people: any script, but nothing that moves or hides other text on their screen.
pub(crate) fn note(text: &str) -> Result<String> {
    // Not by `count`, which is made for long texts and is larger than all of this.
    if !text.is_empty() && text.chars().nth(280).is_none() && is_displayable(text) {
        return Ok(text.into());
    }
    Err(ErrorCode::NoteMalformed.at("note"))
}

/// Whether a text shows itself as it is written: no control character, and nothing that moves or hides
/// other text on a screen.
pub fn is_displayable(text: &str) -> bool {
    !text.chars().any(is_invisible_control)
}

/// Control characters, line and paragraph separators, and the bidirectional controls of UAX 9
/// section 2, with which a text can show itself in another order than it was signed.
fn is_invisible_control(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_visible_ascii() {
        assert!(reference("order-1042/7").is_ok());
        for text in ["", "two words", "naïve", "tab\t", &"x".repeat(65)] {
            assert_eq!(reference(text).unwrap_err().code(), ErrorCode::ReferenceMalformed);
        }
    }

    #[test]
    fn notes_take_every_script_and_no_controls() {
        assert!(note("déjeuner 昼食 🍜").is_ok());
        assert!(note(&"é".repeat(280)).is_ok());
        for text in ["", "a\nb", "a\u{0}", "pay \u{202e}elttil", "a\u{2028}b", &"é".repeat(281)] {
            assert_eq!(note(text).unwrap_err().code(), ErrorCode::NoteMalformed);
        }
    }
}
