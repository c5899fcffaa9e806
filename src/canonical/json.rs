//! A strict reader of JSON (RFC 8259) with limits.
//!
//! `serde_json` would add about 19 KB of compressed wasm to every page, keeps the last of two members
//! with one name, and has no limit on members or strings; a signed text must have one meaning, so two
//! members with one name are refused here. The tests hold this reader against `serde_json`.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

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
        if document.len() > MAX_BYTES {
            return Err(ErrorCode::RequestTooLarge.into());
        }
        let text = core::str::from_utf8(document).map_err(|_| malformed())?;
        let mut reader = Reader { rest: text };
        let value = reader.value(0)?;
        reader.space();
        if reader.rest.is_empty() { Ok(value) } else { Err(malformed()) }
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
        match self.member(name) {
            Some(Self::Number(text)) => text.parse().map_err(|_| malformed().at(name)),
            _ => Err(malformed().at(name)),
        }
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

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    /// Takes the expected text if it comes next.
    fn take(&mut self, expected: &str) -> bool {
        match self.rest.strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Reads a value that stands inside `depth` objects and arrays.
    fn value(&mut self, depth: usize) -> Result<Json> {
        self.space();
        match self.rest.as_bytes().first() {
            Some(b'{' | b'[') if depth >= MAX_DEPTH => Err(malformed()),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Json::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ if self.take("true") => Ok(Json::Bool(true)),
            _ if self.take("false") => Ok(Json::Bool(false)),
            _ if self.take("null") => Ok(Json::Null),
            _ => Err(malformed()),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json> {
        let mut members: Vec<(String, Json)> = Vec::new();
        self.list('}', |reader| {
            let name = reader.string()?;
            reader.space();
            if !reader.take(":") || members.iter().any(|(earlier, _)| *earlier == name) {
                return Err(malformed());
            }
            members.push((name, reader.value(depth + 1)?));
            Ok(members.len())
        })?;
        Ok(Json::Object(members))
    }

    fn array(&mut self, depth: usize) -> Result<Json> {
        let mut items = Vec::new();
        self.list(']', |reader| {
            items.push(reader.value(depth + 1)?);
            Ok(items.len())
        })?;
        Ok(Json::Array(items))
    }

    /// The commas and the end of an object or array; `next` reads one member and says how many it has
    /// read.
    fn list(&mut self, end: char, mut next: impl FnMut(&mut Self) -> Result<usize>) -> Result<()> {
        self.rest = &self.rest[1..];
        self.space();
        if self.rest.starts_with(end) {
            self.rest = &self.rest[1..];
            return Ok(());
        }
        loop {
            self.space();
            if next(self)? > MAX_MEMBERS {
                return Err(malformed());
            }
            self.space();
            if self.rest.starts_with(end) {
                self.rest = &self.rest[1..];
                return Ok(());
            }
            if !self.take(",") {
                return Err(malformed());
            }
        }
    }

    fn string(&mut self) -> Result<String> {
        if !self.take("\"") {
            return Err(malformed());
        }
        let mut text = String::new();
        loop {
            let plain = self.rest.find(|c| matches!(c, '"' | '\\' | '\0'..='\u{1f}'));
            let (before, rest) = self.rest.split_at(plain.ok_or_else(malformed)?);
            text.push_str(before);
            self.rest = rest;
            if self.take("\"") {
                return if text.len() > MAX_STRING { Err(malformed()) } else { Ok(text) };
            }
            if !self.take("\\") {
                return Err(malformed());
            }
            text.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char> {
        let kind = self.rest.chars().next().ok_or_else(malformed)?;
        self.rest = &self.rest[kind.len_utf8()..];
        Ok(match kind {
            '"' | '\\' | '/' => kind,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let mut code = self.four_hex_digits()?;
                // RFC 8259 section 7: characters outside the basic plane are two escapes.
                if (0xd800..0xdc00).contains(&code) {
                    if !self.take("\\u") {
                        return Err(malformed());
                    }
                    let low = self.four_hex_digits()?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(malformed());
                    }
                    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                }
                char::from_u32(code).ok_or_else(malformed)?
            }
            _ => return Err(malformed()),
        })
    }

    fn four_hex_digits(&mut self) -> Result<u32> {
        let digits = self.rest.get(..4).ok_or_else(malformed)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(malformed());
        }
        self.rest = &self.rest[4..];
        u32::from_str_radix(digits, 16).map_err(|_| malformed())
    }

    /// RFC 8259 section 6: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    fn number(&mut self) -> Result<Json> {
        let start = self.rest;
        self.take("-");
        if !self.take("0") {
            self.digits()?;
        }
        if self.take(".") {
            self.digits()?;
        }
        if self.take("e") || self.take("E") {
            let _ = self.take("+") || self.take("-");
            self.digits()?;
        }
        let length = start.len() - self.rest.len();
        if length > MAX_STRING {
            return Err(malformed());
        }
        Ok(Json::Number(start[..length].to_owned()))
    }

    fn digits(&mut self) -> Result<()> {
        let rest = self.rest.trim_start_matches(|c: char| c.is_ascii_digit());
        if rest.len() == self.rest.len() {
            return Err(malformed());
        }
        self.rest = rest;
        Ok(())
    }
}
