//! The signature base of RFC 9421 section 2.5: the text that is signed.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::message::HttpRequest;
use super::structured::{Parameters, inner_list_member, push_inner_list, push_string};
use crate::error::{Error, ErrorCode, Result};

/// A component of a request that a signature can cover: RFC 9421 section 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Component {
    /// `@method`: section 2.2.1.
    Method,
    /// `@target-uri`: section 2.2.2.
    TargetUri,
    /// `@authority`: section 2.2.3.
    Authority,
    /// `@scheme`: section 2.2.4.
    Scheme,
    /// `@path`: section 2.2.6.
    Path,
    /// `@query`: section 2.2.7.
    Query,
    /// A header field, its name in small letters: section 2.1.
    Field(String),
}

impl Component {
    /// The component with this identifier, or `None` for a derived component that is not known here.
    pub fn parse(identifier: &str) -> Option<Self> {
        Some(match identifier {
            "@method" => Self::Method,
            "@target-uri" => Self::TargetUri,
            "@authority" => Self::Authority,
            "@scheme" => Self::Scheme,
            "@path" => Self::Path,
            "@query" => Self::Query,
            name if is_field_name(name) => Self::Field(name.to_owned()),
            _ => return None,
        })
    }

    /// The identifier, without quotes.
    pub fn identifier(&self) -> &str {
        match self {
            Self::Method => "@method",
            Self::TargetUri => "@target-uri",
            Self::Authority => "@authority",
            Self::Scheme => "@scheme",
            Self::Path => "@path",
            Self::Query => "@query",
            Self::Field(name) => name,
        }
    }

    /// What the component is in this request. `None` where the request does not have it.
    fn value(&self, request: &HttpRequest) -> Option<String> {
        let derived = |part: fn((&str, &str, &str)) -> String| request.url_parts().map(part);
        match self {
            Self::Method => Some(request.method.clone()),
            Self::TargetUri => Some(request.url.clone()),
            Self::Scheme => request.url.split_once("://").map(|(scheme, _)| scheme.to_owned()),
            Self::Authority => {
                let default_port = if request.url.starts_with("https:") { ":443" } else { ":80" };
                let (authority, ..) = request.url_parts()?;
                let host = authority.strip_suffix(default_port).unwrap_or(authority);
                Some(host.to_ascii_lowercase())
            }
            Self::Path => {
                derived(|(_, path, _)| if path.is_empty() { "/" } else { path }.to_owned())
            }
            Self::Query => {
                derived(|(_, _, query)| if query.is_empty() { "?" } else { query }.to_owned())
            }
            Self::Field(name) => request.field(name),
        }
    }
}

/// RFC 9110 section 5.6.2, in small letters.
fn is_field_name(name: &str) -> bool {
    let token = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte)
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
        let malformed = || Error::new(ErrorCode::SignatureMalformed).at("signature-input");
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
    let mut base = String::new();
    for component in &input.components {
        let identifier = component.identifier();
        let value = component
            .value(request)
            .ok_or_else(|| Error::new(ErrorCode::SignatureIncomplete).at(identifier.to_owned()))?;
        if !value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(Error::new(ErrorCode::SignatureMalformed).at(identifier.to_owned()));
        }
        push_string(&mut base, identifier);
        base.push_str(": ");
        base.push_str(&value);
        base.push('\n');
    }
    base.push_str("\"@signature-params\": ");
    base.push_str(&input.to_field_value());
    Ok(base)
}
