use xp2p::signature::{SignatureParameters, SigningKey};

use super::*;

const URL: &str = "http://127.0.0.1:8787/v1/payments";
const NOW: i64 = 1_763_819_689;

fn key() -> SigningKey {
    SigningKey::from_seed([7; 32])
}

fn payment(url: &str) -> HttpRequest {
    HttpRequest::new("POST", url)
        .with_field("host", "127.0.0.1:8787")
        .with_json(br#"{"amount":{"value":"12.50","currency":"EUR"}}"#.to_vec())
        .with_field("idempotency-key", "\"0198f0a6-b3c9-7d2e-8f4a-5b6c7d8e9f01\"")
}

/// Presents the signature of one request, over a message made of its base, on another.
fn presented(
    signed: &HttpRequest,
    message: impl Fn(&str) -> Vec<u8>,
    received: HttpRequest,
) -> HttpRequest {
    let created = u64::try_from(NOW).unwrap();
    let parameters =
        SignatureParameters::new("sandbox", created, created + 300, "q83vEjRWeJCrze8SNFZ4kA")
            .unwrap();
    // Our own signer refuses addresses that are not sent as they stand; others sign what they are given.
    let proper = HttpRequest { url: URL.into(), ..signed.clone() };
    let prepared =
        xp2p::signature::prepare(&proper, &key().public_key().key_id(), &parameters).unwrap();
    let target = |url: &str| format!("\"@target-uri\": {url}\n");
    let base = prepared.base().replacen(&target(URL), &target(&signed.url), 1);
    let signature = key().sign(&message(&base));
    prepared.finish(&signature).apply_to(received)
}

fn look(request: &HttpRequest, code: ErrorCode) -> Diagnosis {
    let key = key().public_key();
    diagnose(&Evidence { request, key: Some(&key), code: Some(code), now: NOW }).unwrap()
}

/// How a client makes a message of a base.
type Written<'a> = &'a dyn Fn(&str) -> Vec<u8>;

fn plain(base: &str) -> Vec<u8> {
    base.as_bytes().to_vec()
}

/// What is found when a client signs this and the platform gets an ordinary payment.
#[track_caller]
fn assert_found(signed: &HttpRequest, received: HttpRequest, causes: &[Cause]) -> Diagnosis {
    let diagnosis = look(&presented(signed, plain, received), ErrorCode::SignatureInvalid);
    assert_eq!(diagnosis.causes, causes);
    assert!(diagnosis.received.is_some());
    diagnosis
}

fn differing(diagnosis: &Diagnosis) -> Vec<&str> {
    let lines = diagnosis.lines.iter().filter(|line| line.expected != line.received);
    lines.map(|line| line.expected.as_deref().unwrap().split(':').next().unwrap()).collect()
}

#[test]
fn another_origin_is_recognised_and_only_its_line_differs() {
    for origin in [
        "http://localhost:8787",
        "https://127.0.0.1:8787",
        "http://127.0.0.1",
        "https://localhost",
        "http://[::1]:8787",
    ] {
        let signed = payment(&URL.replace("http://127.0.0.1:8787", origin));
        let diagnosis = assert_found(&signed, payment(URL), &[Cause::AnotherOrigin]);
        assert_eq!(differing(&diagnosis), ["\"@target-uri\""], "{origin}");
        let received = diagnosis.received.unwrap();
        assert!(received.contains(&format!("\"@target-uri\": {origin}/v1/payments\n")));
    }
}

#[test]
fn the_origin_of_a_page_and_of_a_proxy_are_tried() {
    for (name, value, origin) in [
        ("origin", "http://127.0.0.1:5173", "http://127.0.0.1:5173"),
        ("x-forwarded-host", "pay.example", "https://pay.example"),
    ] {
        let signed = payment(&URL.replace("http://127.0.0.1:8787", origin));
        let received = payment(URL).with_field(name, value);
        assert_found(&signed, received, &[Cause::AnotherOrigin]);
    }
}

#[test]
fn targets_that_were_cut_or_encoded_otherwise_are_recognised() {
    let url = format!("{URL}?cursor=a%20b%2Fc&limit=20");
    for (signed, cause) in [
        (URL.to_string(), Cause::WithoutQuery),
        (format!("{URL}/?cursor=a%20b%2Fc&limit=20"), Cause::TrailingSlash),
        (format!("{URL}?cursor=a b/c&limit=20"), Cause::OtherEncoding),
        (format!("{URL}?cursor=a+b%2Fc&limit=20"), Cause::OtherEncoding),
        ("/v1/payments?cursor=a%20b%2Fc&limit=20".into(), Cause::WithoutOrigin),
        ("/v1/payments".into(), Cause::WithoutOrigin),
    ] {
        assert_found(&payment(&signed), payment(&url), &[cause]);
    }
}

#[test]
fn other_values_of_fields_are_recognised() {
    let method = HttpRequest { method: "post".into(), ..payment(URL) };
    // Its client did not cover the key either: the profile demands that of `POST` only.
    let causes = [Cause::MethodCase, Cause::NotCovered];
    let diagnosis = assert_found(&method, payment(URL), &causes);
    assert_eq!(differing(&diagnosis)[0], "\"@method\"");
    let charset =
        variation::with_field(&payment(URL), "content-type", "application/json;charset=UTF-8");
    let diagnosis = assert_found(&charset, payment(URL), &[Cause::ContentTypeParameter]);
    assert_eq!(differing(&diagnosis), ["\"content-type\""]);
    let bare = variation::with_field(
        &payment(URL),
        "idempotency-key",
        "0198f0a6-b3c9-7d2e-8f4a-5b6c7d8e9f01",
    );
    let diagnosis = assert_found(&bare, payment(URL), &[Cause::IdempotencyKeyQuotes]);
    assert_eq!(differing(&diagnosis), ["\"idempotency-key\""]);
}

#[test]
fn two_mistakes_at_once_are_recognised() {
    let signed = payment(&URL.replace("127.0.0.1", "localhost"));
    let signed = variation::with_field(&signed, "content-type", "application/json; charset=utf-8");
    let causes = [Cause::AnotherOrigin, Cause::ContentTypeParameter];
    let diagnosis = assert_found(&signed, payment(URL), &causes);
    assert_eq!(differing(&diagnosis), ["\"@target-uri\"", "\"content-type\""]);
}

#[test]
fn bases_written_otherwise_are_recognised() {
    let swapped = |base: &str| {
        let mut lines: Vec<&str> = base.lines().collect();
        let parameters = lines.pop().unwrap();
        lines.reverse();
        lines.push(parameters);
        lines.join("\n").into_bytes()
    };
    let hashed = |base: &str| {
        let digest = content_digest(base.as_bytes());
        Base64::decode_vec(digest.trim_start_matches("sha-256=:").trim_end_matches(':')).unwrap()
    };
    let labelled = |base: &str| base.replace("params\": (", "params\": xp2p=(").into_bytes();
    let unquoted = |base: &str| {
        let lines = base.lines().map(|line| line.replacen('"', "", 2));
        lines.collect::<Vec<_>>().join("\n").into_bytes()
    };
    let cases: [(Written<'_>, Cause); 7] = [
        (&|base| format!("{base}\n").into_bytes(), Cause::LineEnds),
        (&|base| base.replace('\n', "\r\n").into_bytes(), Cause::LineEnds),
        (&|base| base.rsplit_once('\n').unwrap().0.as_bytes().to_vec(), Cause::ParametersLine),
        (&labelled, Cause::ParametersLine),
        (&swapped, Cause::ComponentOrder),
        (&unquoted, Cause::NamesWithoutQuotes),
        (&hashed, Cause::HashSigned),
    ];
    for (message, cause) in cases {
        let request = presented(&payment(URL), message, payment(URL));
        assert_eq!(look(&request, ErrorCode::SignatureInvalid).causes, [cause]);
    }
}

#[test]
fn a_body_that_was_changed_is_told_from_one_that_was_rewritten() {
    let mut rewritten = payment(URL);
    rewritten.body = Some(br#"{"amount": {"value": "12.50", "currency": "EUR"}}"#.to_vec());
    let request = presented(&rewritten, plain, payment(URL));
    let diagnosis = look(&request, ErrorCode::DigestMismatch);
    assert_eq!(diagnosis.causes, [Cause::BodyRewritten]);
    assert_eq!(diagnosis.body_form, Some(BodyForm::Spaced));
    assert_eq!(differing(&diagnosis), ["\"content-digest\""]);
    let digest = diagnosis.digest.unwrap();
    assert_eq!(digest.received, content_digest(payment(URL).body.as_deref().unwrap()));

    let mut changed = payment(URL);
    changed.body = Some(br#"{"amount":{"value":"99.50","currency":"EUR"}}"#.to_vec());
    let request = presented(&changed, plain, payment(URL));
    assert_eq!(look(&request, ErrorCode::DigestMismatch).causes, [Cause::BodyChanged]);

    let hex = variation::with_field(&request, "content-digest", "sha-256=abcdef");
    let diagnosis = look(&hex, ErrorCode::DigestMismatch);
    assert_eq!(diagnosis.causes, [Cause::DigestForm]);
    assert_eq!(diagnosis.received, None);
}

#[test]
fn what_is_not_covered_is_shown_as_a_missing_line() {
    let created = NOW;
    let input = format!(
        "xp2p=(\"@method\" \"@target-uri\");created={created};expires={};nonce=\"q83vEjRWeJCrze8SNFZ4kA\";keyid=\"{}\";alg=\"ed25519\";tag=\"xp2p-sandbox\"",
        created + 300,
        key().public_key().key_id()
    );
    let digest = content_digest(payment(URL).body.as_deref().unwrap());
    let request =
        payment(URL).with_field("signature-input", input).with_field("content-digest", digest);
    let base = accepted_base(&request).unwrap();
    let signature = Base64::encode_string(&key().sign(base.as_bytes()));
    let request = request.with_field("signature", format!("xp2p=:{signature}:"));
    let diagnosis = look(&request, ErrorCode::SignatureIncomplete);
    assert_eq!(diagnosis.causes, [Cause::NotCovered]);
    let missing: Vec<_> = diagnosis.lines.iter().filter(|line| line.received.is_none()).collect();
    assert_eq!(missing.len(), 3);
    assert_eq!(diagnosis.received, Some(base));
}

#[test]
fn a_wrong_clock_is_measured() {
    let request = presented(&payment(URL), plain, payment(URL));
    let key = key().public_key();
    let at = |request: &HttpRequest, now| {
        let code = Some(ErrorCode::ClockSkew);
        let diagnosis = diagnose(&Evidence { request, key: Some(&key), code, now }).unwrap();
        (diagnosis.causes, diagnosis.seconds_ahead.unwrap())
    };
    assert_eq!(at(&request, NOW - 100), (vec![Cause::ClockAhead], 100));
    assert_eq!(at(&request, NOW + 400), (vec![Cause::ClockBehind], -400));
    let input = request.field("signature-input").unwrap();
    let input = input.replace("created=1763819689", "created=1763819689000");
    let milliseconds = variation::with_field(&request, "signature-input", &input);
    assert_eq!(at(&milliseconds, NOW).0, [Cause::Milliseconds]);
}

#[test]
fn a_signature_of_something_else_is_not_explained() {
    let request = presented(&payment(URL), |_| b"something else".to_vec(), payment(URL));
    let diagnosis = look(&request, ErrorCode::SignatureInvalid);
    assert_eq!((diagnosis.causes, diagnosis.received), (vec![], None));
    assert!(diagnosis.expected.unwrap().starts_with("\"@method\": POST\n"));
    assert!(diagnosis.lines.iter().all(|line| line.received.is_none()));
    // Without the key there is nothing to try.
    let evidence =
        Evidence { request: &request, key: None, code: Some(ErrorCode::KeyUnknown), now: NOW };
    assert_eq!(diagnose(&evidence).unwrap().received, None);
    let unsigned = payment(URL);
    assert!(diagnose(&Evidence { request: &unsigned, ..evidence }).is_none());
}

#[test]
fn every_cause_has_a_sentence_in_both_languages() {
    use Cause::*;
    let words = include_str!("../../console/words.js");
    for cause in [
        AnotherOrigin,
        WithoutOrigin,
        WithoutQuery,
        OtherEncoding,
        TrailingSlash,
        MethodCase,
        ContentTypeParameter,
        IdempotencyKeyQuotes,
        ComponentOrder,
        LineEnds,
        NamesWithoutQuotes,
        ParametersLine,
        HashSigned,
        NotCovered,
        BodyRewritten,
        BodyChanged,
        DigestForm,
        Milliseconds,
        ClockAhead,
        ClockBehind,
    ] {
        let name = serde_json::to_value(cause).unwrap();
        let entry = format!("\"cause.{}\":", name.as_str().unwrap());
        assert_eq!(words.matches(&entry).count(), 2, "{entry}");
    }
}
