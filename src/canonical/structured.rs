//! The part of structured fields (RFC 9651) that the signing profile uses: one dictionary member whose
//! value is an inner list of strings with parameters, or a byte sequence; and a string item.
//!
//! The `sfv` crate reads all of RFC 9651 and would add about 10 KB of compressed wasm; everything it
//! reads beyond this the profile refuses anyway. The tests hold this reader and writer against it.

use alloc::string::String;
use alloc::vec::Vec;

use super::base64::STANDARD;
use super::cursor::Cursor;
use crate::amount::{decimal_text, read_digits};

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
            Item::Integer(number) => {
                if *number < 0 {
                    out.push('-');
                }
                out.push_str(&decimal_text(number.unsigned_abs(), 0));
            }
            Item::String(text) => push_string(out, text),
        }
    }
}

/// Writes a byte sequence: RFC 9651 section 4.1.8.
pub(crate) fn push_binary(out: &mut String, bytes: &[u8]) {
    out.push(':');
    out.push_str(&STANDARD.encode(bytes));
    out.push(':');
}

/// Reads a field that is one string item without parameters, such as `Idempotency-Key`.
pub(crate) fn read_string(field: &str) -> Option<String> {
    let mut reader = Reader::new(field);
    let text = reader.string()?;
    reader.ended()?;
    Some(text)
}

/// Reads a dictionary that has one member, a byte sequence under `label`.
pub(crate) fn binary_member(field: &str, label: &str) -> Option<Vec<u8>> {
    let mut reader = Reader::new(field);
    reader.take(label)?;
    reader.take("=:")?;
    let value = reader.cursor.take_while(|byte| byte != b':');
    reader.take(":")?;
    reader.ended()?;
    STANDARD.decode(value)
}

/// Reads a dictionary that has one member, an inner list of plain strings under `label`.
pub(super) fn inner_list_member(field: &str, label: &str) -> Option<(Vec<String>, Parameters)> {
    let mut reader = Reader::new(field);
    reader.take(label)?;
    reader.take("=(")?;
    let mut strings = Vec::new();
    loop {
        let spaces = reader.spaces();
        if reader.cursor.take(")") {
            break;
        }
        if spaces == 0 && !strings.is_empty() {
            return None;
        }
        strings.push(reader.string()?);
    }
    let mut parameters = Parameters::new();
    while reader.cursor.take(";") {
        reader.spaces();
        let name = reader.key()?;
        reader.take("=")?;
        let value = match reader.cursor.peek()? {
            b'"' => Item::String(reader.string()?),
            _ => Item::Integer(reader.integer()?),
        };
        if parameters.iter().any(|(earlier, _)| *earlier == name) {
            return None;
        }
        parameters.push((name, value));
    }
    reader.ended()?;
    Some((strings, parameters))
}

/// `None` is whatever does not have the form.
struct Reader<'a> {
    cursor: Cursor<'a>,
}

impl<'a> Reader<'a> {
    /// RFC 9651 section 4.2: spaces at both ends of a field are no part of it.
    fn new(field: &'a str) -> Self {
        let mut reader = Self { cursor: Cursor::new(field.as_bytes()) };
        reader.spaces();
        reader
    }

    fn ended(mut self) -> Option<()> {
        self.spaces();
        self.cursor.is_at_end().then_some(())
    }

    fn take(&mut self, expected: &str) -> Option<()> {
        self.cursor.take(expected).then_some(())
    }

    fn spaces(&mut self) -> usize {
        self.cursor.take_while(|byte| byte == b' ').len()
    }

    /// RFC 9651 section 4.2.5.
    fn string(&mut self) -> Option<String> {
        self.take("\"")?;
        let mut text = String::new();
        loop {
            let byte = match self.cursor.next()? {
                b'"' => return Some(text),
                b'\\' => self.cursor.next().filter(|byte| matches!(byte, b'"' | b'\\'))?,
                byte @ b' '..=b'~' => byte,
                _ => return None,
            };
            text.push(char::from(byte));
        }
    }

    /// RFC 9651 section 4.2.3.3.
    fn key(&mut self) -> Option<String> {
        if !self.cursor.peek().is_some_and(|first| first.is_ascii_lowercase() || first == b'*') {
            return None;
        }
        let allowed =
            |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'*');
        Some(self.cursor.take_while(allowed).iter().copied().map(char::from).collect())
    }

    /// RFC 9651 section 4.2.4, integers only.
    fn integer(&mut self) -> Option<i64> {
        let negative = self.cursor.take("-");
        let digits = self.cursor.take_while(|byte| byte.is_ascii_digit());
        if !(1..=15).contains(&digits.len()) {
            return None;
        }
        let value = read_digits(digits)?.cast_signed();
        Some(if negative { -value } else { value })
    }
}
