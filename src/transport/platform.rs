//! The platform's address.

use alloc::string::String;
use alloc::vec::Vec;

use crate::amount::{decimal_text, read_digits};
use crate::canonical::{HttpRequest, split_before};
use crate::error::{ErrorCode, Result};

/// The public origin of a platform: scheme, host and port, in the form that browsers give them
/// (RFC 6454 section 6.2), so that the URL that is signed is the URL that is asked for.
///
/// ```
/// use xp2p::transport::Platform;
/// assert_eq!(Platform::parse("https://API.example:443/")?.origin(), "https://api.example");
/// assert!(Platform::parse("http://api.example").is_err());
/// # Ok::<(), xp2p::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform {
    origin: String,
}

impl Platform {
    /// Reads an `https` origin, or an `http` one on a loopback address.
    ///
    /// # Errors
    ///
    /// `platform_url_invalid` at `platform`: another scheme, a user name, a path, a query, a fragment,
    /// or a host that is not ASCII (write it in its `xn--` form).
    pub fn parse(url: &str) -> Result<Self> {
        let refused = || ErrorCode::PlatformUrlInvalid.at("platform");
        let url = url.to_ascii_lowercase();
        let (scheme, default_port, rest) = match url.strip_prefix("https://") {
            Some(rest) => ("https", 443, rest),
            None => ("http", 80, url.strip_prefix("http://").ok_or_else(refused)?),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match authority.strip_prefix("[::1]") {
            Some(port) => ("[::1]", port),
            None => split_before(authority, |byte| byte == b':'),
        };
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        let name = scheme == "https" && !host.is_empty() && host.bytes().all(allowed);
        if !(name || matches!(host, "localhost" | "127.0.0.1" | "[::1]")) {
            return Err(refused());
        }
        let mut origin = [scheme, "://", host].concat();
        if !port.is_empty() {
            let digits = port.strip_prefix(':').ok_or_else(refused)?;
            let number = read_digits(digits.as_bytes()).filter(|number| *number <= 0xffff);
            let number = number.ok_or_else(refused)?;
            if number != default_port {
                origin.push(':');
                origin.push_str(&decimal_text(number, 0));
            }
        }
        Ok(Self { origin })
    }

    /// The origin, without a slash at its end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// An unsigned `GET` of a path on this platform.
    pub fn get(&self, path: &str) -> HttpRequest {
        HttpRequest::new("GET", [&self.origin, path].concat())
    }

    /// An unsigned `POST` of a JSON body to a path on this platform.
    pub fn post(&self, path: &str, body: Vec<u8>) -> HttpRequest {
        HttpRequest::new("POST", [&self.origin, path].concat()).with_json(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_have_one_form() {
        for (url, origin) in [
            ("https://api.example", "https://api.example"),
            ("https://Api.Example:8443/", "https://api.example:8443"),
            ("https://api.example:0443", "https://api.example"),
            ("http://127.0.0.1:8787", "http://127.0.0.1:8787"),
            ("http://[::1]:80", "http://[::1]"),
            ("http://localhost", "http://localhost"),
        ] {
            assert_eq!(Platform::parse(url).unwrap().origin(), origin);
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for url in [
            "",
            "api.example",
            "http://api.example",
            "ftp://api.example",
            "https://",
            "https:///",
            "https://user@api.example",
            "https://api.example/v1",
            "https://api.example?x",
            "https://api.example#x",
            "https://api.example:",
            "https://api.example:99999",
            "https://api.example:+1",
            "https://bücher.example",
            "https://a b",
            "javascript://x",
            "http://127.0.0.1.evil.example",
            "https://[::1",
            "https://[fe80::1]",
        ] {
            let error = Platform::parse(url).map(|platform| platform.origin).unwrap_err();
            assert_eq!(error.code(), ErrorCode::PlatformUrlInvalid, "{url}");
        }
    }
}
