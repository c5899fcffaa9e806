//! How numbers of money are written in a locale (BCP 47, CLDR).

mod style;
mod table;

pub(super) use style::{Mark, Style};

use alloc::string::String;

use crate::error::{ErrorCode, Result};

/// The longest tag that is looked at.
const MAX_TAG: usize = 64;

/// A locale in which amounts are read and written, such as `de-CH`.
///
/// The data is the CLDR's, within the crate: the same in every browser and on every server, however old
/// the data is that the browser itself came with.
///
/// ```
/// use xp2p::{Currency, Locale, Money};
/// let sum = Money::parse("1234567.5", Currency::parse("EUR")?)?;
/// assert_eq!(sum.format(&Locale::parse("de")?), "1.234.567,50\u{a0}EUR");
/// assert_eq!(sum.format(&Locale::parse("en-IN")?), "EUR\u{a0}12,34,567.50");
/// # Ok::<(), xp2p::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locale {
    /// Language, script and region, as far as they were given, in their usual letters.
    tag: String,
    style: Style,
}

impl Locale {
    /// Finds a locale by its tag. Where the CLDR has nothing of its own for a region or a script, the
    /// language decides. The extension `-u-nu-latn` asks for Latin digits.
    ///
    /// # Errors
    ///
    /// `argument_invalid` at `locale` where there is no checked data for the language.
    pub fn parse(tag: &str) -> Result<Self> {
        let unknown = || ErrorCode::ArgumentInvalid.at("locale");
        if tag.len() > MAX_TAG
            || !tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            return Err(unknown());
        }
        let (tag, extension) = split_extension(tag);
        let tag = usual_letters(tag);
        let mut style = *lookup(table::STYLES, &tag).ok_or_else(unknown)?;
        let mut subtags = extension.split('-').skip_while(|key| !key.eq_ignore_ascii_case("nu"));
        if subtags.nth(1).is_some_and(|system| system.eq_ignore_ascii_case("latn")) {
            style.native = None;
        }
        Ok(Self { tag, style })
    }

    pub(super) fn style(&self) -> &Style {
        &self.style
    }

    pub(super) fn tag(&self) -> &str {
        &self.tag
    }
}

/// The row that names a tag, or else the tag that is left when its last subtag is taken off.
pub(super) fn lookup<'a, T>(rows: &'a [(T, &str)], tag: &str) -> Option<&'a T> {
    let mut tag = tag;
    loop {
        let row = rows.iter().find(|(_, tags)| tags.split(' ').any(|known| known == tag));
        if let Some((value, _)) = row {
            return Some(value);
        }
        (tag, _) = tag.rsplit_once('-')?;
    }
}

/// The tag itself, and what follows its first subtag of one letter.
fn split_extension(tag: &str) -> (&str, &str) {
    let mut start = 0;
    for subtag in tag.split('-') {
        if subtag.len() == 1 && start > 0 {
            return (tag.get(..start - 1).unwrap_or(tag), tag.get(start..).unwrap_or(""));
        }
        start += subtag.len() + 1;
    }
    (tag, "")
}

/// `ZH-hant-tw` as `zh-Hant-TW` (RFC 5646 section 2.1.1).
fn usual_letters(tag: &str) -> String {
    let mut usual = String::with_capacity(tag.len());
    for (index, subtag) in tag.split('-').enumerate() {
        if index > 0 {
            usual.push('-');
        }
        for (position, letter) in subtag.char_indices() {
            let capital = index > 0 && (subtag.len() == 2 || (subtag.len() == 4 && position == 0));
            usual.push(if capital {
                letter.to_ascii_uppercase()
            } else {
                letter.to_ascii_lowercase()
            });
        }
    }
    usual
}

#[cfg(test)]
pub(super) fn all_tags() -> impl Iterator<Item = &'static str> {
    table::STYLES.iter().flat_map(|(_, tags)| tags.split(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_falls_back_to_its_language() {
        for (tag, decimal, group) in [
            ("de", ',', '.'),
            ("de-DE", ',', '.'),
            ("de-CH", '.', '\''),
            ("DE-ch", '.', '\''),
            ("de-Latn-CH-1996", ',', '.'),
            ("es", ',', '.'),
            ("es-MX", '.', ','),
            ("fr-FR", ',', '\u{202f}'),
            ("en-US-u-ca-buddhist", '.', ','),
            ("zh-TW", '.', ','),
            ("tl-PH", '.', ','),
        ] {
            let style = Locale::parse(tag).unwrap().style;
            assert_eq!((style.decimal, style.group), (decimal, group), "{tag}");
        }
        assert!(Locale::parse("ar-EG").unwrap().style.native.is_some());
        assert_eq!(Locale::parse("ar-EG-u-nu-latn").unwrap().style.native, None);
        for tag in ["", "-", "xx", "x", "e n", "en_US", "klingon", "en\n"] {
            let error = Locale::parse(tag).unwrap_err();
            assert_eq!(
                (error.code(), error.param()),
                (ErrorCode::ArgumentInvalid, Some("locale")),
                "{tag}"
            );
        }
    }

    #[test]
    fn every_mark_of_the_table_is_known_and_no_two_are_one() {
        for (style, tags) in table::STYLES {
            let native = style.native.map(|native| (native.decimal, native.group));
            for (decimal, group) in
                [Some((style.decimal, style.group)), native].into_iter().flatten()
            {
                let marks = (Mark::of(decimal), Mark::of(group));
                assert!(marks.0.is_some() && marks.1.is_some() && marks.0 != marks.1, "{tags}");
            }
        }
        assert!(all_tags().count() > 200);
    }
}
