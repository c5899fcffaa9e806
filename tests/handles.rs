//! Requirement 11, the client's part: handles are ASCII and folded explicitly, and no text that is
//! signed can show itself as another.

use proptest::prelude::*;
use xp2p::canonical::is_displayable;
use xp2p::{Amount, ErrorCode, Handle, PaymentIntent};

fn is_allowed(character: char) -> bool {
    matches!(character, 'a'..='z' | '0'..='9' | '_' | '.' | '-')
}

/// The rule in other words: what is folded is the 26 capitals of ASCII, one by one.
fn fold(character: char) -> Option<char> {
    const CAPITALS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const SMALL: &str = "abcdefghijklmnopqrstuvwxyz";
    match CAPITALS.find(character) {
        Some(place) => SMALL[place..].chars().next(),
        None => is_allowed(character).then_some(character),
    }
}

fn intent() -> PaymentIntent {
    PaymentIntent::new("lutece", Amount::parse("12.50", "EUR").unwrap()).unwrap()
}

proptest! {
    #[test]
    fn requirement_11_handles_have_the_allowed_characters_only(
        text in prop_oneof![any::<String>(), "@?[A-Za-z0-9_.-]{0,33}", "@?[a-zİıK\u{ff21}-\u{ff5a}аеоßſ@ -]{2,12}"]
    ) {
        let name = text.strip_prefix('@').unwrap_or(&text);
        let folded: Option<String> = name.chars().map(fold).collect();
        let expected = folded.filter(|folded| (3..=30).contains(&folded.len()));
        match (Handle::parse(&text), expected) {
            (Ok(handle), Some(expected)) => {
                prop_assert_eq!(handle.as_str(), expected);
                prop_assert!(handle.as_str().chars().all(is_allowed));
                // What was folded once stays as it is.
                prop_assert_eq!(Handle::parse(handle.as_str()), Ok(handle));
            }
            (Err(error), None) => prop_assert_eq!(error.code(), ErrorCode::HandleMalformed),
            (read, expected) => prop_assert!(false, "{read:?} {expected:?}"),
        }
    }

    #[test]
    fn requirement_11_texts_hold_nothing_that_moves_or_hides_others(
        before in "[a-z]{0,4}", character in any::<char>(), after in "[a-zé昼]{0,4}"
    ) {
        let text = format!("{before}{character}{after}");
        let note = intent().with_note(&text);
        prop_assert_eq!(note.is_ok(), is_displayable(&text));
        let reference = intent().with_reference(&text);
        prop_assert_eq!(reference.is_ok(), text.bytes().all(|byte| byte.is_ascii_graphic()));
    }
}

/// Each of these is a letter of `alice`, `kim` or `sam` by some rule of Unicode: a full case mapping, a
/// case folding, a compatibility decomposition. None of them is read as one.
#[test]
fn requirement_11_what_unicode_would_fold_is_refused() {
    for text in [
        "al\u{130}ce",       // capital I with a dot, which is an i in Turkish
        "al\u{131}ce",       // the dotless one
        "\u{212a}im",        // the Kelvin sign, whose small letter is an ASCII k
        "\u{17f}am",         // the long s, whose capital is an ASCII S
        "\u{ff41}lice",      // full width
        "\u{ff21}LICE",      // and its capital
        "\u{430}lice",       // Cyrillic
        "\u{3b1}lice",       // Greek
        "\u{1d41a}lice",     // mathematical bold
        "al\u{2170}ce",      // a Roman numeral
        "alic\u{65}\u{301}", // with an accent
        "al\u{ad}ice",       // with a soft hyphen
        "al\u{200d}ice",     // with a joiner
        "\u{feff}alice",     // after a byte order mark
        "alice\u{202e}",     // before an override
        "alice\n",
        "\u{ff20}alice", // after a full-width at sign
    ] {
        let error = Handle::parse(text).unwrap_err();
        assert_eq!(error.code(), ErrorCode::HandleMalformed, "{text:?}");
    }
    assert_eq!(Handle::parse("@ALICE").unwrap().as_str(), "alice");
}

/// All of Cc of Unicode, and what its property Bidi_Control names.
#[test]
fn requirement_11_no_control_character_is_taken() {
    let controls = ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}');
    let bidi = ['\u{61c}', '\u{200e}', '\u{200f}'].into_iter();
    let bidi = bidi.chain('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}');
    let separators = ['\u{2028}', '\u{2029}'];
    for character in controls.chain(bidi).chain(separators) {
        let text = format!("two {character}books");
        let note = intent().with_note(&text).unwrap_err();
        assert_eq!(note.code(), ErrorCode::NoteMalformed, "{character:?}");
        let reference = intent().with_reference(&format!("a{character}")).unwrap_err();
        assert_eq!(reference.code(), ErrorCode::ReferenceMalformed, "{character:?}");
        assert!(Handle::parse(&format!("alice{character}")).is_err(), "{character:?}");
    }
}
