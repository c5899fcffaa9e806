//! HTTP messages: signatures on requests, and what a platform answers.

use std::sync::LazyLock;

use sfv::FieldType;
use xp2p::canonical::{
    Component, HttpRequest, SignatureInput, read_payment_request, signature_base,
};
use xp2p::client::{Outcome, Payee, Payment, PlatformFacts, Settings, Step};
use xp2p::signature::{Policy, Presented, SignatureParameters, SigningKey, prepare, sign};
use xp2p::transport::{HttpResponse, Platform, read_refusal};
use xp2p::{Amount, ErrorCode, Handle, IdempotencyKey, PaymentIntent};

use crate::split;

/// The payer's key, made once: that takes longer than all that is done with it here.
static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_seed([7; 32]));

pub(crate) const ORIGIN: &str = "https://api.example";
pub(crate) const NOW: u64 = 1_763_819_689;
const NONCE: &str = "q83vEjRWeJCrze8SNFZ4kA";

/// What is taken is a structured field (RFC 9651), and is written as an independent crate writes it.
pub(crate) fn signature_input(data: &[u8]) {
    let Ok(field) = str::from_utf8(data) else { return };
    let _ = Component::parse(field);
    let Ok(input) = SignatureInput::parse(field, "xp2p") else { return };
    let written = format!("xp2p={}", input.to_field_value());
    assert_eq!(SignatureInput::parse(&written, "xp2p").as_ref(), Ok(&input));
    let dictionary = sfv::Parser::new(data).parse::<sfv::Dictionary>();
    assert_eq!(dictionary.expect("a structured field").serialize(), Some(written));
}

/// Method and URL, header lines, an empty line, a body: `Name: value` as in HTTP/1.1, each line ending
/// with a line feed.
pub(crate) fn request(data: &[u8]) -> Option<HttpRequest> {
    let (start, mut rest) = split(data, b'\n');
    let (method, url) = str::from_utf8(start).ok()?.split_once(' ')?;
    let mut request = HttpRequest::new(method, url);
    loop {
        let (line, after) = split(rest, b'\n');
        rest = after;
        if line.is_empty() {
            break;
        }
        let (name, value) = str::from_utf8(line).ok()?.split_once(':')?;
        request = request.with_field(name, value);
    }
    request.body = (!rest.is_empty()).then(|| rest.to_vec());
    Some(request)
}

/// A request as it arrives. What verifies does not verify with anything left out; what can be signed
/// verifies.
pub(crate) fn signed_request(data: &[u8]) {
    let Some(request) = request(data) else { return };
    let key = &*KEY;
    let policy = Policy { environment: "sandbox", now: NOW };
    if let Ok(presented) = Presented::read(&request) {
        let _ = presented.base(&request);
        if presented.verify(&request, &key.public_key(), &policy).is_ok() {
            for left_out in ["signature", "signature-input"] {
                let mut less = request.clone();
                less.fields.retain(|(name, _)| name != left_out);
                assert!(Presented::read(&less).is_err());
            }
        }
    }
    let parameters =
        SignatureParameters::new("sandbox", NOW, NOW + 300, NONCE).expect("well formed");
    let key_id = key.public_key().key_id();
    let (prepared, instructions) =
        match (prepare(&request, &key_id, &parameters), sign(&request, key, &parameters)) {
            (Ok(prepared), Ok(instructions)) => (prepared, instructions),
            (Err(one), Err(other)) if one == other => return,
            (one, other) => panic!("{one:?} {other:?}"),
        };
    assert!(prepared.base().bytes().all(|byte| matches!(byte, b'\n' | b' '..=b'~')));
    let signed = instructions.apply_to(request);
    let input = signed.field("signature-input").expect("signed");
    let input = SignatureInput::parse(&input, "xp2p").expect("our own");
    assert_eq!(signature_base(&signed, &input).as_deref(), Ok(prepared.base()));
    match Presented::read(&signed) {
        Ok(presented) => presented.verify(&signed, &key.public_key(), &policy).expect("our own"),
        // The one thing that is signed as it is given and looked into when it arrives.
        Err(error) => assert_eq!(error.code(), ErrorCode::IdempotencyKeyMalformed),
    }
}

/// A status as two bytes, the content type, a line feed, the body.
pub(crate) fn read_answer(data: &[u8]) -> HttpResponse {
    let (status, rest) = data.split_first_chunk::<2>().unwrap_or((&[0, 200], data));
    let (media_type, body) = split(rest, b'\n');
    let media_type = String::from_utf8_lossy(media_type).into_owned();
    let fields = vec![("content-type".into(), media_type)];
    HttpResponse { status: u16::from_be_bytes(*status), fields, body: body.to_vec() }
}

/// A platform's answer, read as each thing that it could be.
pub(crate) fn answer(data: &[u8]) {
    let response = read_answer(data);
    let refusal = read_refusal(&response);
    match response.json() {
        Ok(_) => assert!((200..300).contains(&response.status)),
        Err(error) if (200..300).contains(&response.status) => {
            assert_eq!(error.code(), ErrorCode::PlatformAnswerInvalid);
        }
        Err(error) => {
            assert_eq!(error, refusal.unwrap_or(ErrorCode::PlatformAnswerInvalid.into()));
        }
    }
    let platform = Platform::parse(ORIGIN).expect("an origin");
    if let Ok(settings) = Settings::read(&response, &platform) {
        assert_eq!(settings.issuer(), format!("{ORIGIN}/{}", settings.environment()));
    }
    let handle = Handle::parse("lutece").expect("a handle");
    if let Ok(payee) = Payee::read(&response, &handle) {
        assert_eq!(payee.party.handle(), &handle);
    }
}

/// A whole payment, against answers that stand one after the other with a byte of ones between them; an
/// empty one is lost. It ends, and nothing is paid that no key of the platform has signed for.
pub(crate) fn payment(data: &[u8]) {
    let key = &*KEY;
    let mut payment = Payment::new(
        Platform::parse(ORIGIN).expect("an origin"),
        PaymentIntent::new("@lutece", Amount::parse("12.50", "EUR").expect("an amount"))
            .expect("a handle"),
        IdempotencyKey::parse("0198f0a6-b3c9-7d2e-8f4a-5b6c7d8e9f01").expect("a key"),
        &key.public_key().key_id(),
        PlatformFacts::default(),
    )
    .until(NOW + 30);
    let mut now = NOW;
    let mut answers = data.split(|byte| *byte == 0xff);
    let mut sent = false;
    for _ in 0..64 {
        match payment.next(now, NONCE) {
            Step::Send(request) => {
                sent |= request.method == "POST";
                let answer = answers.next().filter(|answer| !answer.is_empty()).map(read_answer);
                payment.answered(
                    answer.ok_or(ErrorCode::PlatformUnreachable.into()),
                    now,
                    u32::MAX,
                );
            }
            Step::Sign(base) => {
                let signature = key.sign(base.as_bytes());
                payment.signed(&signature);
            }
            Step::Done(Outcome::Paid(_)) => panic!("paid without a key of the platform"),
            Step::Store(body) => {
                assert!(!sent, "kept before anything was sent");
                assert!(read_payment_request(body).is_ok());
                payment.stored();
            }
            Step::Wait(milliseconds) => {
                now += u64::from(milliseconds.div_ceil(1000));
                payment.waited();
            }
            Step::Done(Outcome::Unknown(_) | Outcome::Pending) => {
                assert!(sent, "nothing was signed, so nothing can have been paid");
                return;
            }
            Step::Done(Outcome::Refused(_)) => return,
        }
    }
    panic!("a payment that never ends");
}
