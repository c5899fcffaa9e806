//! A place in a text that is being read, for the strict readers of this room.
//!
//! It goes by bytes: both grammars are ASCII outside of strings, and each slice of a `str` would bring
//! a check of its character boundaries into the wasm.

/// What is left to read.
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub const fn new(text: &'a [u8]) -> Self {
        Self { rest: text }
    }

    pub const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next byte, which stays.
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Takes the next byte.
    pub fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// Takes the expected text if it comes next.
    pub fn take(&mut self, expected: &str) -> bool {
        match self.rest.strip_prefix(expected.as_bytes()) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes the bytes that are of a kind, perhaps none.
    pub fn take_while(&mut self, kind: fn(u8) -> bool) -> &'a [u8] {
        let start = self.rest;
        while let [byte, rest @ ..] = self.rest
            && kind(*byte)
        {
            self.rest = rest;
        }
        self.since(start)
    }

    /// What was taken since another place in the same text.
    pub fn since(&self, start: &'a [u8]) -> &'a [u8] {
        start.get(..start.len().wrapping_sub(self.rest.len())).unwrap_or_default()
    }

    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }
}
