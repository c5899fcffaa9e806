//! Why a signature was refused: the base that the sandbox rebuilt and, where it can be found, the one
//! that the client signed.
//!
//! The client's base does not travel with the request. But a signature verifies over one text only, so
//! the bases of the usual mistakes can be tried, and the one that verifies is what was signed. That takes
//! some hundred verifications, so it is done when somebody looks, never while a request is answered.

mod alignment;
mod body;
mod variation;

use base64ct::{Base64, Encoding};
use serde::Serialize;
use xp2p::ErrorCode;
use xp2p::canonical::{HttpRequest, SignatureInput, content_digest, signature_base};
use xp2p::signature::{PublicKey, required_components};

use alignment::{Line, align};
use body::{BodyForm, form_of};
use variation::variations;

/// The label of the profile: `contract/signing.md`.
const LABEL: &str = "xp2p";

/// A refused request as it arrived, its URL built from the public origin.
pub(crate) struct Evidence<'a> {
    pub request: &'a HttpRequest,
    /// The key that the signature names, if it is known.
    pub key: Option<&'a PublicKey>,
    pub code: Option<ErrorCode>,
    /// The platform's clock when the request arrived.
    pub now: i64,
}

/// What is known about a refusal.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Diagnosis {
    /// What was done otherwise. Empty where nothing was recognised.
    pub causes: Vec<Cause>,
    /// The base that has to be signed.
    pub expected: Option<String>,
    /// The base that was signed, if it was found.
    pub received: Option<String>,
    /// Both, line beside line.
    pub lines: Vec<Line>,
    /// How far the signature's `created` is ahead of the platform's clock, where that is the matter.
    pub seconds_ahead: Option<i64>,
    /// The digest that was presented, and the one of the bytes that arrived, where they differ.
    pub digest: Option<Digests>,
    /// The form of the body that the presented digest is of, where it is the same JSON.
    pub body_form: Option<BodyForm>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Digests {
    pub presented: Option<String>,
    pub received: String,
}

/// What clients get wrong. The console has a sentence for each, in its `words.js`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cause {
    /// Another scheme, host or port in `@target-uri`.
    AnotherOrigin,
    /// `@target-uri` without scheme and host.
    WithoutOrigin,
    WithoutQuery,
    /// `@target-uri` percent-decoded, or encoded otherwise.
    OtherEncoding,
    TrailingSlash,
    MethodCase,
    /// `content-type` with a charset that is not sent.
    ContentTypeParameter,
    /// `idempotency-key` without its quotes, or with quotes that are not sent.
    IdempotencyKeyQuotes,
    /// The lines in another order than `Signature-Input` lists the components.
    ComponentOrder,
    /// A line end after the last line, or CR LF between lines.
    LineEnds,
    /// Component names without their quotes.
    NamesWithoutQuotes,
    /// `@signature-params` with the label before it, or left out.
    ParametersLine,
    /// A hash of the base in the base's place.
    HashSigned,
    /// A component that must be covered is not.
    NotCovered,
    /// The digest is of the same JSON, serialised otherwise.
    BodyRewritten,
    /// The digest is of other bytes.
    BodyChanged,
    /// `Content-Digest` in another form or algorithm than `sha-256=:…:`.
    DigestForm,
    /// `created` in milliseconds.
    Milliseconds,
    ClockAhead,
    ClockBehind,
}

/// The base of a request that was accepted.
pub(crate) fn accepted_base(request: &HttpRequest) -> Option<String> {
    signature_base(request, &presented_input(request)?).ok()
}

/// Looks for the reason. `None` where the signature's fields cannot be read, or the refusal came before or
/// after them.
pub(crate) fn diagnose(evidence: &Evidence<'_>) -> Option<Diagnosis> {
    let Evidence { request, key, code, now } = evidence;
    let input = presented_input(request)?;
    let mut diagnosis = Diagnosis::default();
    let (due, due_input) = as_demanded(request, &input);
    let expected = signature_base(&due, &due_input).ok()?;
    let signature = presented_signature(request);
    let signed = key.zip(signature).and_then(|(key, signature)| {
        variations(request, &input)
            .into_iter()
            .find(|variation| key.verify(&variation.message, &signature).is_ok())
    });
    if let Some(signed) = signed {
        diagnosis.causes = signed.causes;
        diagnosis.lines = align(&expected, &signed.base);
        diagnosis.received = Some(signed.base);
    } else {
        diagnosis.lines = align(&expected, "");
    }
    diagnosis.expected = Some(expected);
    if due_input.components.len() > input.components.len() {
        diagnosis.causes.push(Cause::NotCovered);
    }
    look_at_digest(&mut diagnosis, request);
    if *code == Some(ErrorCode::ClockSkew) {
        look_at_clock(&mut diagnosis, &input, *now);
    }
    Some(diagnosis)
}

/// The request and what its signature covers, as the profile demands both of these very bytes.
fn as_demanded(request: &HttpRequest, input: &SignatureInput) -> (HttpRequest, SignatureInput) {
    let (mut due, mut due_input) = (request.clone(), input.clone());
    if let Some(body) = &request.body {
        due = variation::with_field(&due, "content-digest", &content_digest(body));
    }
    for component in required_components(request) {
        if !due_input.components.contains(&component) {
            due_input.components.push(component);
        }
    }
    // A line that cannot be written because the request lacks the field is named by the refusal's `param`.
    due_input.components.retain(|component| {
        let alone = SignatureInput { components: vec![component.clone()], parameters: Vec::new() };
        signature_base(&due, &alone).is_ok()
    });
    (due, due_input)
}

fn look_at_digest(diagnosis: &mut Diagnosis, request: &HttpRequest) {
    let Some(body) = &request.body else { return };
    let (received, presented) = (content_digest(body), request.field("content-digest"));
    if presented.as_ref() == Some(&received) {
        return;
    }
    if let Some(presented) = &presented {
        diagnosis.body_form = form_of(body, presented);
        diagnosis.causes.push(match diagnosis.body_form {
            Some(_) => Cause::BodyRewritten,
            None if body::is_digest(presented) => Cause::BodyChanged,
            None => Cause::DigestForm,
        });
    }
    diagnosis.digest = Some(Digests { presented, received });
}

fn look_at_clock(diagnosis: &mut Diagnosis, input: &SignatureInput, now: i64) {
    let created = input.parameters.iter().find_map(|(name, item)| match item {
        xp2p::canonical::Item::Integer(seconds) if name == "created" => Some(*seconds),
        _ => None,
    });
    let Some(created) = created else { return };
    let ahead = created.saturating_sub(now);
    diagnosis.seconds_ahead = Some(ahead);
    diagnosis.causes.push(if (created / 1000).abs_diff(now) < 365 * 24 * 60 * 60 {
        Cause::Milliseconds
    } else if ahead > 0 {
        Cause::ClockAhead
    } else {
        Cause::ClockBehind
    });
}

fn presented_input(request: &HttpRequest) -> Option<SignatureInput> {
    SignatureInput::parse(&request.field("signature-input")?, LABEL).ok()
}

/// RFC 9651 section 3.3.5, as far as the profile uses it.
fn presented_signature(request: &HttpRequest) -> Option<Vec<u8>> {
    let field = request.field("signature")?;
    let value = field.strip_prefix(LABEL)?.strip_prefix("=:")?.strip_suffix(':')?;
    Base64::decode_vec(value).ok()
}

#[cfg(test)]
mod tests;
