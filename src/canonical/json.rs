//! A strict reader of JSON (RFC 8259) with limits.
//!
//! `serde_json` would add about 19 KB of compressed wasm to every page, keeps the last of two members
//! with one name, and has no limit on members or strings; a signed text must have one meaning, so two
//! members with one name are refused here. The tests hold this reader against `serde_json`.

use alloc::string::String;
use alloc::vec::Vec;

use super::cursor::Cursor;
use crate::amount::read_digits;
use crate::error::{Error, ErrorCode, Result};

/// The longest document, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;
/// The deepest nesting of objects and arrays.
pub const MAX_DEPTH: usize = 16;
/// The most members of one object or array.
pub const MAX_MEMBERS: usize = 256;
/// The longest string, in bytes.
pub const MAX_STRING: usize = 4 * 1024;

/// A JSON value. Numbers keep their text: what they mean is for the reader of the member to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it was written.
    Number(String),
    /// A string, unescaped.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object, its members in the order they were written, each name once.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads one document.
    ///
    /// # Errors
    ///
    /// `request_too_large` over [`MAX_BYTES`], and `request_malformed` for everything else.
    pub fn parse(document: &[u8]) -> Result<Self> {
        Self::within(document, MAX_BYTES)
    }

    /// Reads one document of at most so many bytes.
    pub(crate) fn within(document: &[u8], most: usize) -> Result<Self> {
        if document.len() > most {
            return Err(ErrorCode::RequestTooLarge.into());
        }
        let mut reader = Reader { cursor: Cursor::new(document) };
        let value = reader.value(MAX_DEPTH).ok_or_else(malformed)?;
        reader.space();
        if reader.cursor.is_at_end() { Ok(value) } else { Err(malformed()) }
    }

    /// The member of an object with this name.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => {
                members.iter().find(|(member, _)| member == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The member of an object with this name, or `request_malformed` at the name.
    pub fn required(&self, name: &'static str) -> Result<&Self> {
        self.member(name).ok_or_else(|| malformed().at(name))
    }

    /// The member with this name, which must be there and be a string.
    pub fn text(&self, name: &'static str) -> Result<&str> {
        self.optional_text(name)?.ok_or_else(|| malformed().at(name))
    }

    /// The member with this name, which must be a string where it is there.
    pub fn optional_text(&self, name: &'static str) -> Result<Option<&str>> {
        match self.member(name) {
            None => Ok(None),
            Some(Self::String(text)) => Ok(Some(text)),
            Some(_) => Err(malformed().at(name)),
        }
    }

    /// The member with this name, which must be there and be an array.
    pub fn array(&self, name: &'static str) -> Result<&[Self]> {
        match self.member(name) {
            Some(Self::Array(items)) => Ok(items),
            _ => Err(malformed().at(name)),
        }
    }

    /// The member with this name, which must be there and be a whole number.
    pub fn integer(&self, name: &'static str) -> Result<u64> {
        let integer = match self.member(name) {
            Some(Self::Number(text)) => read_digits(text.as_bytes()),
            _ => None,
        };
        integer.ok_or_else(|| malformed().at(name))
    }

    /// Refuses anything but an object with no members other than these, naming the one too many.
    pub fn only_members(&self, names: &[&str]) -> Result<()> {
        let Self::Object(members) = self else {
            return Err(malformed());
        };
        match members.iter().find(|(name, _)| !names.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => Err(malformed().at(name)),
        }
    }
}

fn malformed() -> Error {
    Error::new(ErrorCode::RequestMalformed)
}

/// `None` is whatever is not JSON, or over a limit.
struct Reader<'a> {
    cursor: Cursor<'a>,
}

impl Reader<'_> {
    fn space(&mut self) {
        self.cursor.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    /// Reads a value that has room for `depth` objects and arrays within each other.
    fn value(&mut self, depth: usize) -> Option<Json> {
        self.space();
        match self.cursor.peek()? {
            b'{' => self.object(depth.checked_sub(1)?),
            b'[' => self.array(depth.checked_sub(1)?),
            b'"' => Some(Json::String(self.string()?)),
            b'-' | b'0'..=b'9' => self.number(),
            _ if self.cursor.take("true") => Some(Json::Bool(true)),
            _ if self.cursor.take("false") => Some(Json::Bool(false)),
            _ if self.cursor.take("null") => Some(Json::Null),
            _ => None,
        }
    }

    fn object(&mut self, depth: usize) -> Option<Json> {
        self.cursor.next();
        let mut members: Vec<(String, Json)> = Vec::new();
        while self.has_another(members.len(), "}")? {
            let name = self.string()?;
            self.space();
            if !self.cursor.take(":") || members.iter().any(|(earlier, _)| *earlier == name) {
                return None;
            }
            members.push((name, self.value(depth)?));
        }
        Some(Json::Object(members))
    }

    fn array(&mut self, depth: usize) -> Option<Json> {
        self.cursor.next();
        let mut items = Vec::new();
        while self.has_another(items.len(), "]")? {
            items.push(self.value(depth)?);
        }
        Some(Json::Array(items))
    }

    /// Takes what stands between `count` members and the next one, or the end.
    fn has_another(&mut self, count: usize, end: &str) -> Option<bool> {
        self.space();
        if self.cursor.take(end) {
            return Some(false);
        }
        if count == MAX_MEMBERS || (count > 0 && !self.cursor.take(",")) {
            return None;
        }
        self.space();
        Some(true)
    }

    fn string(&mut self) -> Option<String> {
        if !self.cursor.take("\"") {
            return None;
        }
        let mut text = Vec::new();
        loop {
            match self.cursor.next()? {
                b'"' => break,
                b'\\' => {
                    let character = self.escape()?;
                    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                0..=0x1f => return None,
                byte => text.push(byte),
            }
        }
        if text.len() > MAX_STRING { None } else { String::from_utf8(text).ok() }
    }

    fn escape(&mut self) -> Option<char> {
        let code = match self.cursor.next()? {
            kind @ (b'"' | b'\\' | b'/') => u32::from(kind),
            b'b' => 0x8,
            b'f' => 0xc,
            b'n' => 0xa,
            b'r' => 0xd,
            b't' => 0x9,
            b'u' => match self.four_hex_digits()? {
                // RFC 8259 section 7: characters outside the basic plane are two escapes.
                high @ 0xd800..0xdc00 if self.cursor.take("\\u") => match self.four_hex_digits()? {
                    low @ 0xdc00..0xe000 => 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00),
                    _ => return None,
                },
                code => code,
            },
            _ => return None,
        };
        // Half of a pair is no character.
        char::from_u32(code)
    }

    fn four_hex_digits(&mut self) -> Option<u32> {
        let mut code = 0;
        for _ in 0..4 {
            code = code << 4 | char::from(self.cursor.next()?).to_digit(16)?;
        }
        Some(code)
    }

    /// RFC 8259 section 6: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    fn number(&mut self) -> Option<Json> {
        let start = self.cursor.rest();
        self.cursor.take("-");
        if !self.cursor.take("0") {
            self.digits()?;
        }
        if self.cursor.take(".") {
            self.digits()?;
        }
        if self.cursor.take("e") || self.cursor.take("E") {
            let _ = self.cursor.take("+") || self.cursor.take("-");
            self.digits()?;
        }
        let number = self.cursor.since(start);
        if number.len() > MAX_STRING {
            return None;
        }
        String::from_utf8(number.to_vec()).ok().map(Json::Number)
    }

    fn digits(&mut self) -> Option<()> {
        let digits = self.cursor.take_while(|byte| byte.is_ascii_digit());
        (!digits.is_empty()).then_some(())
    }
}
