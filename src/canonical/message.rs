//! An HTTP request as plain data: what every room after this one signs, sends or checks.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// An HTTP request that nobody has sent yet, or that somebody has received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method, in capitals.
    pub method: String,
    /// The absolute URL, without fragment, exactly as it is asked for.
    pub url: String,
    /// Header fields with names in small letters. A name stands as often as it has lines.
    pub fields: Vec<(String, String)>,
    /// The body's bytes, where there is a body.
    pub body: Option<Vec<u8>>,
}

impl HttpRequest {
    /// A request without fields or body.
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        Self { method: method.to_string(), url: url.into(), fields: Vec::new(), body: None }
    }

    /// Adds a header field line; the name is folded to small letters.
    #[must_use]
    pub fn with_field(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.push((name.to_ascii_lowercase(), value.into()));
        self
    }

    /// Adds a JSON body and its content type.
    #[must_use]
    pub fn with_json(mut self, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self.with_field("content-type", "application/json")
    }

    /// The value of a field as RFC 9421 section 2.1 puts it together: each line without the white
    /// space around it, joined by a comma and a space. `None` where there is no such line.
    pub fn field(&self, name: &str) -> Option<String> {
        combined_field(&self.fields, name)
    }

    /// The URL in its parts, for `http` and `https`.
    pub(crate) fn url_parts(&self) -> Option<UrlParts<'_>> {
        let (scheme, rest) = match self.url.strip_prefix("https://") {
            Some(rest) => ("https", rest),
            None => ("http", self.url.strip_prefix("http://")?),
        };
        let (authority, rest) = split_before(rest, |byte| matches!(byte, b'/' | b'?'));
        let (path, query) = split_before(rest, |byte| byte == b'?');
        Some(UrlParts { scheme, authority, path, query })
    }
}

/// Splits a text before the first byte that is a mark, which is ASCII, or at its end.
pub(crate) fn split_before(text: &str, is_mark: fn(u8) -> bool) -> (&str, &str) {
    let at = text.bytes().position(is_mark).unwrap_or(text.len());
    text.split_at_checked(at).unwrap_or((text, ""))
}

/// An absolute URL, taken apart and not decoded.
pub(crate) struct UrlParts<'a> {
    pub scheme: &'static str,
    pub authority: &'a str,
    pub path: &'a str,
    /// With its question mark.
    pub query: &'a str,
}

/// RFC 9421 section 2.1, steps 1 to 4, for requests and answers alike.
pub(crate) fn combined_field(fields: &[(String, String)], name: &str) -> Option<String> {
    let mut combined: Option<String> = None;
    for (_, value) in fields.iter().filter(|(line, _)| line.eq_ignore_ascii_case(name)) {
        let value = value.trim_ascii();
        match &mut combined {
            Some(text) => {
                text.push_str(", ");
                text.push_str(value);
            }
            None => combined = Some(value.to_string()),
        }
    }
    combined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_one_field_are_joined() {
        let request = HttpRequest::new("GET", "https://api.example/")
            .with_field("X-List", " a ")
            .with_field("x-other", "b")
            .with_field("x-list", "c\t");
        assert_eq!(request.field("x-list").as_deref(), Some("a, c"));
        assert_eq!(request.field("absent"), None);
    }

    #[test]
    fn urls_come_apart() {
        let parts = |url: &str| {
            HttpRequest::new("GET", url)
                .url_parts()
                .map(|parts| [parts.authority, parts.path, parts.query].map(String::from))
        };
        let expect = |a: &str, b: &str, c: &str| Some([a, b, c].map(String::from));
        assert_eq!(parts("https://a.example:1/b/c?d?e"), expect("a.example:1", "/b/c", "?d?e"));
        assert_eq!(parts("https://a.example"), expect("a.example", "", ""));
        assert_eq!(parts("https://a.example?q=/"), expect("a.example", "", "?q=/"));
        assert_eq!(parts("ftp://a.example/"), None);
        assert_eq!(parts("/path"), None);
    }
}
