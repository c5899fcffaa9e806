//! The parameters of a signature: RFC 9421 section 2.3.

use alloc::string::{String, ToString};

use crate::amount::decimal_text;
use crate::canonical::{Component, Item, Parameters};
use crate::error::{Error, ErrorCode, Result};

/// The longest time from `created` to `expires`, in seconds.
pub const MAX_LIFETIME: u64 = 300;

/// When a signature was made, until when it holds, and what makes it unlike any other.
///
/// ```
/// use xp2p::signature::SignatureParameters;
/// let parameters = SignatureParameters::new("sandbox", 1763819689, 1763819989, "q83vEjRWeJCrze8SNFZ4kA")?;
/// assert_eq!(parameters.tag(), "xp2p-sandbox");
/// # Ok::<(), xp2p::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureParameters {
    environment: String,
    created: u64,
    expires: u64,
    nonce: String,
}

impl SignatureParameters {
    /// Parameters for one signature. `created` and `expires` are Unix seconds; `nonce` is at least 128
    /// random bits as 22 to 64 characters of base64url, never used before with this key.
    ///
    /// # Errors
    ///
    /// `signature_malformed` at the parameter that is out of its range.
    pub fn new(environment: &str, created: u64, expires: u64, nonce: &str) -> Result<Self> {
        let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let refused = if !(1..=16).contains(&environment.len()) || !environment.bytes().all(word) {
            "tag"
        } else if created > 999_999_999_999_999 {
            // RFC 9651 section 3.3.1: an integer has at most 15 digits.
            "created"
        } else if expires <= created || expires - created > MAX_LIFETIME {
            "expires"
        } else if !(22..=64).contains(&nonce.len()) || !nonce.bytes().all(is_base64url) {
            "nonce"
        } else {
            let (environment, nonce) = (environment.to_string(), nonce.to_string());
            return Ok(Self { environment, created, expires, nonce });
        };
        Err(ErrorCode::SignatureMalformed.at(refused))
    }

    /// When the signature was made, in Unix seconds.
    pub const fn created(&self) -> u64 {
        self.created
    }

    /// From when on the signature is refused, in Unix seconds.
    pub const fn expires(&self) -> u64 {
        self.expires
    }

    /// What makes the signature unlike any other of its key.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The environment, such as `sandbox`.
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// The `tag` parameter: the application and its environment.
    pub fn tag(&self) -> String {
        ["xp2p-", &self.environment].concat()
    }

    /// What a signature covers and all its parameters, as `Signature-Input` has them, in the order in which
    /// the SDK writes them (RFC 9651 section 4.1.1.1). No text here has a character to escape.
    pub(super) fn to_field_value(&self, components: &[Component], key_id: &str) -> String {
        let mut value = String::from("(");
        for component in components {
            if value.len() > 1 {
                value.push(' ');
            }
            value.push('"');
            value.push_str(component.identifier());
            value.push('"');
        }
        for part in [
            ");created=",
            &decimal_text(self.created, 0),
            ";expires=",
            &decimal_text(self.expires, 0),
            ";nonce=\"",
            &self.nonce,
            "\";keyid=\"",
            key_id,
            "\";alg=\"ed25519\";tag=\"xp2p-",
            &self.environment,
            "\"",
        ] {
            value.push_str(part);
        }
        value
    }

    /// Reads what [`Self::to_field_value`] writes, in any order; the key id comes back beside it.
    pub(super) fn from_fields(fields: &Parameters) -> Result<(Self, String)> {
        const NAMES: [&str; 6] = ["created", "expires", "nonce", "keyid", "alg", "tag"];
        let refused = |name: &str| Error::new(ErrorCode::SignatureMalformed).at(name);
        if let Some((name, _)) = fields.iter().find(|(name, _)| !NAMES.contains(&name.as_str())) {
            return Err(refused(name));
        }
        let item = |name| {
            let found = fields.iter().find(|(field, _)| field == name);
            found.map(|(_, item)| item).ok_or_else(|| refused(name))
        };
        let integer = |name| match item(name)? {
            Item::Integer(number) => u64::try_from(*number).map_err(|_| refused(name)),
            Item::String(_) => Err(refused(name)),
        };
        let text = |name| match item(name)? {
            Item::String(text) => Ok(text.as_str()),
            Item::Integer(_) => Err(refused(name)),
        };
        if text("alg")? != "ed25519" {
            return Err(refused("alg"));
        }
        let key_id = text("keyid")?;
        if key_id.len() != 43 || !key_id.bytes().all(is_base64url) {
            return Err(refused("keyid"));
        }
        let environment = text("tag")?.strip_prefix("xp2p-").ok_or_else(|| refused("tag"))?;
        let parameters =
            Self::new(environment, integer("created")?, integer("expires")?, text("nonce")?)?;
        Ok((parameters, key_id.to_string()))
    }
}

pub(super) fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::SignatureInput;

    const NONCE: &str = "q83vEjRWeJCrze8SNFZ4kA";

    #[test]
    fn each_parameter_has_its_range() {
        let refused = |environment, created, expires, nonce| {
            let error = SignatureParameters::new(environment, created, expires, nonce).unwrap_err();
            assert_eq!(error.code(), ErrorCode::SignatureMalformed);
            error.param().unwrap().to_string()
        };
        assert_eq!(refused("Sandbox", 1000, 1300, NONCE), "tag");
        assert_eq!(refused("", 1000, 1300, NONCE), "tag");
        assert_eq!(refused("sandbox", u64::MAX, 1300, NONCE), "created");
        assert_eq!(refused("sandbox", 1000, 1000, NONCE), "expires");
        assert_eq!(refused("sandbox", 1000, 1301, NONCE), "expires");
        assert_eq!(refused("sandbox", 1000, 1300, "tooshort"), "nonce");
        assert_eq!(refused("sandbox", 1000, 1300, "q83vEjRWeJCrze8SNFZ4k+"), "nonce");
    }

    #[test]
    fn fields_are_read_back_and_nothing_is_added_or_left_out() {
        let parameters = SignatureParameters::new("live", 1000, 1300, NONCE).unwrap();
        let key_id = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
        let written = ["xp2p=", &parameters.to_field_value(&[], key_id)].concat();
        let fields = SignatureInput::parse(&written, "xp2p").unwrap().parameters;
        let read = SignatureParameters::from_fields(&fields).unwrap();
        assert_eq!(read, (parameters, key_id.to_string()));
        for (index, (name, _)) in fields.iter().enumerate() {
            let mut without = fields.clone();
            without.remove(index);
            let error = SignatureParameters::from_fields(&without).unwrap_err();
            assert_eq!(error.param(), Some(name.as_str()));
        }
        let mut with = fields;
        with.push(("extra".into(), Item::Integer(1)));
        let error = SignatureParameters::from_fields(&with).unwrap_err();
        assert_eq!(error.param(), Some("extra"));
    }
}
