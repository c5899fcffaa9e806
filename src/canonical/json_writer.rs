//! The one way JSON (RFC 8259) is written here: an object, member by member, in the order given.

use alloc::string::String;
use core::mem;

/// An object that is being written.
pub(crate) struct JsonObject {
    text: String,
}

impl JsonObject {
    pub fn new() -> Self {
        Self { text: String::from("{") }
    }

    /// Adds a member that is a string.
    pub fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.name(name);
        push_string(&mut self.text, value);
        self
    }

    /// Adds a member that is a string, where there is one.
    pub fn optional_text(&mut self, name: &str, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// Adds a member that is JSON already: a number, or what [`Self::end`] gave.
    pub fn json(&mut self, name: &str, value: &str) -> &mut Self {
        self.name(name);
        self.text.push_str(value);
        self
    }

    /// The text of the whole object.
    pub fn end(&mut self) -> String {
        self.text.push('}');
        mem::take(&mut self.text)
    }

    fn name(&mut self, name: &str) {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        push_string(&mut self.text, name);
        self.text.push(':');
    }
}

/// Writes a string with the shortest escapes that RFC 8259 section 7 demands.
fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0'..='\u{1f}' => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.push_str("\\u00");
                out.push(HEX[(character as usize) >> 4] as char);
                out.push(HEX[(character as usize) & 15] as char);
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}
