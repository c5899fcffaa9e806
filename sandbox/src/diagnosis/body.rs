//! Bodies that were serialised twice: once to be digested, and once more to be sent.

use std::io;

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};
use xp2p::canonical::content_digest;

/// How the same JSON can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BodyForm {
    /// As `JSON.stringify` writes it.
    Compact,
    /// As Python's `json.dumps` writes it, with a space after each comma and colon.
    Spaced,
    /// Over several lines.
    Indented,
    /// Compact, the members in the order of their names.
    Sorted,
    /// The bytes that arrived, with a line end more or less.
    LineEnd,
    /// No body at all.
    Empty,
}

/// The form of this JSON that a digest is of, if it is one of these.
pub(super) fn form_of(body: &[u8], digest: &str) -> Option<BodyForm> {
    forms(body).into_iter().find(|(_, bytes)| content_digest(bytes) == digest).map(|(form, _)| form)
}

/// Whether a field has the form that the profile demands: RFC 9530, with sha-256 alone.
pub(super) fn is_digest(field: &str) -> bool {
    field.starts_with("sha-256=:") && field.len() == content_digest(&[]).len()
}

fn forms(body: &[u8]) -> Vec<(BodyForm, Vec<u8>)> {
    let mut forms = vec![
        (BodyForm::Empty, Vec::new()),
        (BodyForm::LineEnd, body.trim_ascii().to_vec()),
        (BodyForm::LineEnd, [body, b"\n"].concat()),
    ];
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else { return forms };
    let mut add = |form, bytes: Option<Vec<u8>>| forms.extend(bytes.map(|bytes| (form, bytes)));
    add(BodyForm::Compact, written(&value, CompactFormatter));
    add(BodyForm::Spaced, written(&value, Spaced));
    for indent in ["  ", "    ", "\t"] {
        let pretty = PrettyFormatter::with_indent(indent.as_bytes());
        add(BodyForm::Indented, written(&value, pretty));
    }
    value.sort_all_objects();
    add(BodyForm::Sorted, written(&value, CompactFormatter));
    add(BodyForm::Sorted, written(&value, Spaced));
    forms
}

fn written(value: &Value, formatter: impl Formatter) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, formatter)).ok()?;
    Some(bytes)
}

struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { to.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { to.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_one_json_are_told_apart() {
        let body = br#"{"b":[1,2],"a":"x"}"#;
        let form = |bytes: &str| form_of(body, &content_digest(bytes.as_bytes()));
        assert_eq!(form(r#"{"b": [1, 2], "a": "x"}"#), Some(BodyForm::Spaced));
        assert_eq!(form(r#"{"a":"x","b":[1,2]}"#), Some(BodyForm::Sorted));
        assert_eq!(
            form("{\n  \"b\": [\n    1,\n    2\n  ],\n  \"a\": \"x\"\n}"),
            Some(BodyForm::Indented)
        );
        assert_eq!(form("{\"b\":[1,2],\"a\":\"x\"}\n"), Some(BodyForm::LineEnd));
        assert_eq!(form(""), Some(BodyForm::Empty));
        assert_eq!(form(r#"{"b":[1,3],"a":"x"}"#), None);
        let spaced = br#"{"b": [1, 2]}"#;
        let compact = content_digest(br#"{"b":[1,2]}"#);
        assert_eq!(form_of(spaced, &compact), Some(BodyForm::Compact));
    }

    #[test]
    fn only_sha_256_in_the_form_of_rfc_9530_is_a_digest() {
        assert!(is_digest(&content_digest(b"{}")));
        for field in ["", "sha-512=:AAAA:", "SHA-256=RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o"] {
            assert!(!is_digest(field), "{field}");
        }
    }
}
