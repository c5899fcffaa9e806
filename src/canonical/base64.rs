//! Base64 (RFC 4648) in the two forms of the profile, strict: one text for the same bytes.
//!
//! `base64ct` would add about 1 KB of compressed wasm, because it brings each form and direction as
//! code of its own. Nothing secret is ever written or read in base64 here, so there is nothing that
//! its constant time would protect. The tests hold this reader and writer against it.

use alloc::string::String;
use alloc::vec::Vec;

/// One form of base64.
pub(crate) struct Base64 {
    /// The symbols for 62 and 63.
    last: [u8; 2],
    padded: bool,
}

/// RFC 4648 section 4, for structured fields (RFC 9651 section 3.3.5).
pub(super) const STANDARD: Base64 = Base64 { last: *b"+/", padded: true };
/// RFC 4648 section 5 without padding, for JSON Web Keys and Signatures (RFC 7515 section 2).
pub(crate) const URL: Base64 = Base64 { last: *b"-_", padded: false };

impl Base64 {
    pub fn encode(&self, bytes: &[u8]) -> String {
        let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
        for chunk in bytes.chunks(3) {
            let mut group = [0; 4];
            group.iter_mut().skip(1).zip(chunk).for_each(|(place, byte)| *place = *byte);
            let group = u32::from_be_bytes(group);
            for symbol in 0..4 {
                if symbol <= chunk.len() {
                    text.push(self.symbol((group >> (18 - 6 * symbol)) as u8 & 63));
                } else if self.padded {
                    text.push('=');
                }
            }
        }
        text
    }

    pub fn decode(&self, text: &[u8]) -> Option<Vec<u8>> {
        let symbols = match text {
            _ if !self.padded => text,
            _ if !text.len().is_multiple_of(4) => return None,
            [symbols @ .., b'=', b'='] | [symbols @ .., b'='] => symbols,
            _ => text,
        };
        let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
        let (mut bits, mut count) = (0_u32, 0);
        for symbol in symbols {
            bits = bits << 6 | u32::from(self.value(*symbol)?);
            count += 6;
            if count >= 8 {
                count -= 8;
                bytes.push((bits >> count) as u8);
            }
        }
        // What is left over is less than one symbol, and zero: section 3.5.
        (count < 6 && bits & ((1 << count) - 1) == 0).then_some(bytes)
    }

    fn symbol(&self, value: u8) -> char {
        char::from(match value {
            0..=25 => b'A' + value,
            26..=51 => b'a' + (value - 26),
            52..=61 => b'0' + (value - 52),
            _ => self.last[usize::from(value & 1)],
        })
    }

    fn value(&self, symbol: u8) -> Option<u8> {
        match symbol {
            b'A'..=b'Z' => Some(symbol - b'A'),
            b'a'..=b'z' => Some(symbol - b'a' + 26),
            b'0'..=b'9' => Some(symbol - b'0' + 52),
            _ => Some(62 + self.last.iter().position(|last| *last == symbol)? as u8),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64ct::Encoding;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_come_back_and_agree_with_another_writer(bytes: Vec<u8>) {
            let (standard, url) = (STANDARD.encode(&bytes), URL.encode(&bytes));
            prop_assert_eq!(&standard, &base64ct::Base64::encode_string(&bytes));
            prop_assert_eq!(&url, &base64ct::Base64UrlUnpadded::encode_string(&bytes));
            prop_assert_eq!(STANDARD.decode(standard.as_bytes()), Some(bytes.clone()));
            prop_assert_eq!(URL.decode(url.as_bytes()), Some(bytes));
        }

        #[test]
        fn texts_are_read_as_another_reader_reads_them(text in "[A-Za-c0-2+/_=-]{0,12}") {
            let standard = base64ct::Base64::decode_vec(&text).ok();
            let url = base64ct::Base64UrlUnpadded::decode_vec(&text).ok();
            prop_assert_eq!(STANDARD.decode(text.as_bytes()), standard);
            prop_assert_eq!(URL.decode(text.as_bytes()), url);
        }
    }
}
