//! The signature base of RFC 9421 section 2.5: the text that is signed.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::message::HttpRequest;
use super::structured::{Parameters, inner_list_member, push_inner_list, push_string};
use crate::error::{Error, ErrorCode, Result};

/// A component of a request that a signature can cover: RFC 9421 section 2. A header field by its name
/// in small letters, or one of the derived components that [`Component::parse`] knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component(String);

impl Component {
    /// The component with this identifier, or `None` for a derived component that is not known here.
    pub fn parse(identifier: &str) -> Option<Self> {
        let known = match identifier {
            // Sections 2.2.1, 2.2.2, 2.2.3, 2.2.4, 2.2.6 and 2.2.7.
            "@method" | "@target-uri" | "@authority" | "@scheme" | "@path" | "@query" => true,
            name => is_field_name(name),
        };
        known.then(|| Self(identifier.to_owned()))
    }

    /// One whose identifier is known to be one.
    pub(crate) fn known(identifier: &'static str) -> Self {
        Self(identifier.to_owned())
    }

    /// The identifier, without quotes.
    pub fn identifier(&self) -> &str {
        &self.0
    }

    /// What the component is in this request. `None` where the request does not have it.
    fn value(&self, request: &HttpRequest) -> Option<String> {
        let or = |part: &str, empty: &str| if part.is_empty() { empty } else { part }.to_owned();
        Some(match self.identifier() {
            "@method" => request.method.clone(),
            "@target-uri" => request.url.clone(),
            "@scheme" => request.url_parts()?.scheme.to_owned(),
            "@path" => or(request.url_parts()?.path, "/"),
            "@query" => or(request.url_parts()?.query, "?"),
            "@authority" => {
                let parts = request.url_parts()?;
                let default_port = if parts.scheme == "https" { ":443" } else { ":80" };
                let host = parts.authority.strip_suffix(default_port).unwrap_or(parts.authority);
                host.to_ascii_lowercase()
            }
            name => request.field(name)?,
        })
    }
}

/// RFC 9110 section 5.6.2, in small letters.
fn is_field_name(name: &str) -> bool {
    // `tchar` of RFC 9110 section 5.6.2, in lower case.
    let token = |byte: u8| {
        let separates = matches!(
            byte,
            b'"' | b'(' | b')' | b',' | b'/' | b':'..=b'@' | b'['..=b']' | b'{' | b'}'
        );
        byte.is_ascii_graphic() && !byte.is_ascii_uppercase() && !separates
    };
    !name.is_empty() && name.bytes().all(token)
}

/// What a signature covers and its parameters: RFC 9421 section 4.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureInput {
    /// The covered components, in order.
    pub components: Vec<Component>,
    /// The parameters, in order.
    pub parameters: Parameters,
}

impl SignatureInput {
    /// Reads a `Signature-Input` field with one member under `label`.
    ///
    /// # Errors
    ///
    /// `signature_malformed` at `signature-input`: another label or a second one, a component with
    /// parameters, twice or unknown, a parameter that is neither string nor integer, or twice.
    pub fn parse(field: &str, label: &str) -> Result<Self> {
        let malformed = || ErrorCode::SignatureMalformed.at("signature-input");
        let (identifiers, parameters) = inner_list_member(field, label).ok_or_else(malformed)?;
        let mut components: Vec<Component> = Vec::with_capacity(identifiers.len());
        for identifier in &identifiers {
            match Component::parse(identifier) {
                Some(component) if !components.contains(&component) => components.push(component),
                _ => return Err(malformed()),
            }
        }
        Ok(Self { components, parameters })
    }

    /// The value of the `@signature-params` line and, behind the label, of `Signature-Input`.
    pub fn to_field_value(&self) -> String {
        let mut value = String::new();
        let identifiers = self.components.iter().map(Component::identifier);
        push_inner_list(&mut value, identifiers, &self.parameters);
        value
    }
}

/// The text that is signed: one line for each component, then the parameters, without a line end.
///
/// # Errors
///
/// `signature_incomplete` at a component that the request does not have; `signature_malformed` at one
/// whose value is not visible ASCII, because such a value could pretend to be another line.
pub fn signature_base(request: &HttpRequest, input: &SignatureInput) -> Result<String> {
    signature_base_with(request, None, &input.components, &input.to_field_value())
}

/// The same for a request that is still to get the `content-digest` given here, with the value of the
/// `@signature-params` line.
pub(crate) fn signature_base_with(
    request: &HttpRequest,
    digest: Option<&str>,
    components: &[Component],
    parameters: &str,
) -> Result<String> {
    let mut base = String::new();
    for component in components {
        let identifier = component.identifier();
        let value = match digest {
            Some(digest) if identifier == "content-digest" => Some(digest.to_owned()),
            _ => component.value(request),
        };
        let value =
            value.ok_or_else(|| Error::new(ErrorCode::SignatureIncomplete).at(identifier))?;
        if !value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(Error::new(ErrorCode::SignatureMalformed).at(identifier));
        }
        push_string(&mut base, identifier);
        base.push_str(": ");
        base.push_str(&value);
        base.push('\n');
    }
    base.push_str("\"@signature-params\": ");
    base.push_str(parameters);
    Ok(base)
}
