//! The part of structured fields (RFC 9651) that the signing profile uses: one dictionary member whose
//! value is an inner list of strings with parameters, or a byte sequence; and a string item.
//!
//! The `sfv` crate reads all of RFC 9651 and would add about 10 KB of compressed wasm; everything it
//! reads beyond this the profile refuses anyway. The tests hold this reader and writer against it.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use base64ct::{Base64, Encoding};

/// A bare item of the two types the profile uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// RFC 9651 section 3.3.1: at most 15 digits.
    Integer(i64),
    /// RFC 9651 section 3.3.3: visible ASCII and spaces.
    String(String),
}

/// Parameters in their order, each name once.
pub type Parameters = Vec<(String, Item)>;

/// Writes a string item with its quotes: RFC 9651 section 4.1.6. The caller has made sure that the
/// text is ASCII without control characters.
pub(super) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out.push('"');
}

/// Writes an inner list of strings and its parameters: RFC 9651 sections 4.1.1.1 and 4.1.1.2.
pub(super) fn push_inner_list<'a>(
    out: &mut String,
    strings: impl Iterator<Item = &'a str>,
    parameters: &Parameters,
) {
    out.push('(');
    for (index, text) in strings.enumerate() {
        if index > 0 {
            out.push(' ');
        }
        push_string(out, text);
    }
    out.push(')');
    for (name, value) in parameters {
        out.push(';');
        out.push_str(name);
        out.push('=');
        match value {
            Item::Integer(number) => out.push_str(&number.to_string()),
            Item::String(text) => push_string(out, text),
        }
    }
}

/// Writes a byte sequence: RFC 9651 section 4.1.8.
pub(crate) fn push_binary(out: &mut String, bytes: &[u8]) {
    out.push(':');
    out.push_str(&Base64::encode_string(bytes));
    out.push(':');
}

/// Reads a field that is one string item without parameters, such as `Idempotency-Key`.
pub(crate) fn read_string(field: &str) -> Option<String> {
    let mut reader = Reader { rest: field.trim_matches(' ') };
    let text = reader.string()?;
    reader.rest.is_empty().then_some(text)
}

/// Reads a dictionary that has one member, a byte sequence under `label`.
pub(crate) fn binary_member(field: &str, label: &str) -> Option<Vec<u8>> {
    let value =
        field.trim_matches(' ').strip_prefix(label)?.strip_prefix("=:")?.strip_suffix(':')?;
    Base64::decode_vec(value).ok()
}

/// Reads a dictionary that has one member, an inner list of plain strings under `label`.
pub(super) fn inner_list_member(field: &str, label: &str) -> Option<(Vec<String>, Parameters)> {
    let mut reader = Reader { rest: field.trim_matches(' ') };
    reader.take(label)?;
    reader.take("=(")?;
    let mut strings = Vec::new();
    loop {
        let spaces = reader.spaces();
        if reader.take(")").is_some() {
            break;
        }
        if spaces == 0 && !strings.is_empty() {
            return None;
        }
        strings.push(reader.string()?);
    }
    let mut parameters = Parameters::new();
    while reader.take(";").is_some() {
        reader.spaces();
        let name = reader.key()?;
        reader.take("=")?;
        let value = match reader.rest.starts_with('"') {
            true => Item::String(reader.string()?),
            false => Item::Integer(reader.integer()?),
        };
        if parameters.iter().any(|(earlier, _)| *earlier == name) {
            return None;
        }
        parameters.push((name, value));
    }
    reader.rest.is_empty().then_some((strings, parameters))
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn take(&mut self, expected: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(expected)?;
        Some(())
    }

    fn spaces(&mut self) -> usize {
        let rest = self.rest.trim_start_matches(' ');
        let count = self.rest.len() - rest.len();
        self.rest = rest;
        count
    }

    /// RFC 9651 section 4.2.5.
    fn string(&mut self) -> Option<String> {
        self.take("\"")?;
        let mut text = String::new();
        loop {
            let character = self.rest.chars().next()?;
            self.rest = &self.rest[character.len_utf8()..];
            match character {
                '"' => return Some(text),
                '\\' => {
                    let escaped = self.rest.chars().next().filter(|c| matches!(c, '"' | '\\'))?;
                    self.rest = &self.rest[1..];
                    text.push(escaped);
                }
                ' '..='~' => text.push(character),
                _ => return None,
            }
        }
    }

    /// RFC 9651 section 4.2.3.3.
    fn key(&mut self) -> Option<String> {
        let allowed = |c: char| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.' | '*')
        };
        let length = self.rest.find(|c| !allowed(c)).unwrap_or(self.rest.len());
        let (key, rest) = self.rest.split_at(length);
        key.starts_with(|c: char| c.is_ascii_lowercase() || c == '*').then(|| {
            self.rest = rest;
            key.to_string()
        })
    }

    /// RFC 9651 section 4.2.4, integers only.
    fn integer(&mut self) -> Option<i64> {
        let unsigned = self.rest.strip_prefix('-').unwrap_or(self.rest);
        let digits = unsigned.find(|c: char| !c.is_ascii_digit()).unwrap_or(unsigned.len());
        if !(1..=15).contains(&digits) {
            return None;
        }
        let (number, rest) = self.rest.split_at(self.rest.len() - unsigned.len() + digits);
        self.rest = rest;
        number.parse().ok()
    }
}
