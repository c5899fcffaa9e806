//! An HTTP answer as plain data.

use alloc::string::String;
use alloc::vec::Vec;

use crate::canonical::{Json, combined_field, split_before};
use crate::error::{Error, ErrorCode, Result};

/// The longest JSON of an answer, in bytes: a page of a hundred payments, each with its receipt.
const MAX_ANSWER: usize = 1024 * 1024;

/// An HTTP answer that somebody has received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Header fields with names in small letters.
    pub fields: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The value of a field, its lines joined as in RFC 9110 section 5.3.
    pub fn field(&self, name: &str) -> Option<String> {
        combined_field(&self.fields, name)
    }

    /// The media type without its parameters, in small letters.
    pub fn media_type(&self) -> Option<String> {
        let field = self.field("content-type")?;
        Some(split_before(&field, |byte| byte == b';').0.trim_ascii().to_ascii_lowercase())
    }

    /// The JSON body of a successful answer.
    ///
    /// # Errors
    ///
    /// The platform's own refusal, or `platform_answer_invalid` for anything that is neither.
    pub fn json(&self) -> Result<Json> {
        if !(200..300).contains(&self.status) {
            return Err(super::read_refusal(self).unwrap_or_else(invalid_answer));
        }
        match self.media_type().as_deref() {
            Some("application/json") => {
                Json::within(&self.body, MAX_ANSWER).map_err(|_| invalid_answer())
            }
            _ => Err(invalid_answer()),
        }
    }
}

/// The error for an answer that is not what the contract gives.
pub(crate) fn invalid_answer() -> Error {
    ErrorCode::PlatformAnswerInvalid.into()
}
