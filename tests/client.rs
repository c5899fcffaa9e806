//! A payment step by step, against answers that are made up here: what ends it, and how.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};
use xp2p::canonical::{HttpRequest, content_digest};
use xp2p::client::{Outcome, Payment, PlatformFacts, Settings, Step, settings_request};
use xp2p::signature::{Policy, Presented, SigningKey};
use xp2p::transport::{HttpResponse, Platform};
use xp2p::{Amount, Error, ErrorCode, IdempotencyKey, PaymentIntent};

const ORIGIN: &str = "https://api.example";
const NOW: u64 = 1_763_819_689;

type Tamper = dyn FnMut(&str, HttpResponse) -> Result<HttpResponse, Error>;

/// A platform whose answers a test can replace, one path at a time.
struct Scripted {
    key: SigningKey,
    /// How far the platform's clock is ahead of the client's, in seconds.
    ahead: i64,
    /// Takes the place of the answer to a method and path, given that answer.
    tamper: Box<Tamper>,
    /// Every request that was sent.
    log: Vec<HttpRequest>,
}

impl Scripted {
    fn honest() -> Self {
        Self::with(|_, response| Ok(response))
    }

    fn with(
        tamper: impl FnMut(&str, HttpResponse) -> Result<HttpResponse, Error> + 'static,
    ) -> Self {
        let (key, tamper) = (SigningKey::from_seed([9; 32]), Box::new(tamper));
        Self { key, ahead: 0, tamper, log: Vec::new() }
    }

    fn kid(&self) -> String {
        format!("sandbox:{}", self.key.public_key().key_id())
    }

    fn send(&mut self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let path = request.url.strip_prefix(ORIGIN).unwrap().to_owned();
        let honest = match path.as_str() {
            "/.well-known/xp2p" => ok(json!({
                "environment": "sandbox",
                "issuer": format!("{ORIGIN}/sandbox"),
                "wallet_url": "https://wallet.example/",
                "currencies": [
                    {"code": "EUR", "exponent": 2, "minimum": "0.01", "maximum": "100.00"},
                    {"code": "HUF", "exponent": 0, "minimum": "1", "maximum": "5000000"},
                    {"code": "ISK", "exponent": 2, "minimum": "0.01", "maximum": "900.00"},
                    {"code": "QQQ", "exponent": 7, "minimum": "0", "maximum": "0"},
                ],
                "now": self.now(),
            })),
            "/.well-known/jwks.json" => ok(json!({"keys": [{
                "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
                "kid": self.kid(), "x": self.key.public_key().to_jwk_x(),
            }]})),
            "/v1/handles/lutece" => ok(json!({
                "handle": "lutece", "account": "acct_lutece00", "name": "Lutèce Books", "kind": "merchant",
            })),
            "/v1/payments" => self.pay(&request),
            _ => problem(404, "not_found"),
        };
        self.log.push(request);
        (self.tamper)(&path, honest)
    }

    fn now(&self) -> u64 {
        NOW.saturating_add_signed(self.ahead)
    }

    fn pay(&self, request: &HttpRequest) -> HttpResponse {
        let presented = Presented::read(request).unwrap();
        let policy = Policy { environment: "sandbox", now: self.now() };
        if let Err(error) = presented.verify(request, &payer().public_key(), &policy) {
            return problem(401, error.code().as_str());
        }
        ok(json!({"receipt": self.receipt(request, json!({}))}))
    }

    /// The receipt for a request, with some claims replaced.
    fn receipt(&self, request: &HttpRequest, replaced: Value) -> String {
        let body = request.body.as_deref().unwrap();
        let asked: Value = serde_json::from_slice(body).unwrap();
        let mut claims = json!({
            "iss": format!("{ORIGIN}/sandbox"), "iat": self.now(), "jti": "pay_00000001",
            "payer": {"handle": "alice", "account": "acct_alice000"},
            "payee": asked["payee"], "amount": asked["amount"], "reference": asked["reference"],
            "request_digest": content_digest(body),
        });
        claims.as_object_mut().unwrap().extend(replaced.as_object().unwrap().clone());
        let header = json!({"alg": "EdDSA", "kid": self.kid(), "typ": "xp2p-receipt+jwt"});
        let encode = |part: &Value| Base64UrlUnpadded::encode_string(part.to_string().as_bytes());
        let input = format!("{}.{}", encode(&header), encode(&claims));
        format!("{input}.{}", Base64UrlUnpadded::encode_string(&self.key.sign(input.as_bytes())))
    }
}

fn payer() -> SigningKey {
    SigningKey::from_seed([7; 32])
}

fn answer(status: u16, media_type: &str, body: &str) -> HttpResponse {
    let fields = vec![("content-type".into(), media_type.into())];
    HttpResponse { status, fields, body: body.as_bytes().to_vec() }
}

fn ok(body: Value) -> HttpResponse {
    answer(200, "application/json", &body.to_string())
}

fn problem(status: u16, code: &str) -> HttpResponse {
    answer(
        status,
        "application/problem+json",
        &json!({"code": code, "param": "amount"}).to_string(),
    )
}

fn lost() -> Error {
    ErrorCode::PlatformUnreachable.into()
}

fn intent(amount: &str, currency: &str) -> PaymentIntent {
    PaymentIntent::new("@lutece", Amount::parse(amount, currency).unwrap())
        .and_then(|intent| intent.with_reference("order-1042"))
        .unwrap()
}

fn start(intent: PaymentIntent, facts: PlatformFacts) -> Payment {
    let key = IdempotencyKey::parse("0198f0a6-b3c9-7d2e-8f4a-5b6c7d8e9f01").unwrap();
    Payment::new(
        Platform::parse(ORIGIN).unwrap(),
        intent,
        key,
        &payer().public_key().key_id(),
        facts,
    )
}

/// Drives a payment to its end, each time with a nonce of its own.
fn drive(payment: &mut Payment, platform: &mut Scripted) -> Outcome {
    drive_at(NOW, payment, platform)
}

fn drive_at(now: u64, payment: &mut Payment, platform: &mut Scripted) -> Outcome {
    for turn in 0..20 {
        match payment.next(now, &format!("nonce-{turn:0>22}")) {
            Step::Send(request) => {
                let answer = platform.send(request.clone());
                payment.answered(answer, now);
            }
            Step::Sign(base) => {
                let signature = payer().sign(base.as_bytes());
                payment.signed(&signature);
            }
            Step::Done(outcome) => return outcome,
        }
    }
    panic!("a payment that never ends");
}

fn outcome(platform: &mut Scripted) -> Outcome {
    drive(&mut start(intent("12.50", "EUR"), PlatformFacts::default()), platform)
}

fn unknown(outcome: Outcome) -> ErrorCode {
    match outcome {
        Outcome::Unknown(error) => error.code(),
        other => panic!("expected an unknown outcome, not {other:?}"),
    }
}

fn refused(outcome: Outcome) -> ErrorCode {
    match outcome {
        Outcome::Refused(error) => error.code(),
        other => panic!("expected a refusal, not {other:?}"),
    }
}

/// How it ends when the answer to the signed request is this one.
fn after_payment(
    response: impl Fn(HttpResponse) -> Result<HttpResponse, Error> + 'static,
) -> Outcome {
    outcome(&mut Scripted::with(move |path, honest| match path {
        "/v1/payments" => response(honest),
        _ => Ok(honest),
    }))
}

#[test]
fn an_honest_platform_is_paid_and_believed() {
    let mut platform = Scripted::honest();
    let Outcome::Paid(paid) = outcome(&mut platform) else { panic!("not paid") };
    assert_eq!(paid.receipt.amount.value(), "12.50");
    assert_eq!(paid.receipt.reference.as_deref(), Some("order-1042"));
    let paths: Vec<_> = platform.log.iter().map(|sent| &sent.url[ORIGIN.len()..]).collect();
    assert_eq!(
        paths,
        ["/.well-known/xp2p", "/v1/handles/lutece", "/v1/payments", "/.well-known/jwks.json"]
    );
}

#[test]
fn what_was_learned_is_not_asked_for_again() {
    let mut platform = Scripted::honest();
    let mut first = start(intent("12.50", "EUR"), PlatformFacts::default());
    drive(&mut first, &mut platform);
    platform.log.clear();
    let mut second = start(intent("12.50", "EUR"), first.facts().clone());
    assert!(matches!(drive(&mut second, &mut platform), Outcome::Paid(_)));
    assert_eq!(platform.log.len(), 2, "the handle, because it can change hands, and the payment");
}

#[test]
fn what_is_lost_before_anything_was_signed_is_a_refusal() {
    for path in ["/.well-known/xp2p", "/v1/handles/lutece"] {
        let mut platform = Scripted::with(
            move |asked, honest| if asked == path { Err(lost()) } else { Ok(honest) },
        );
        assert_eq!(refused(outcome(&mut platform)), ErrorCode::PlatformUnreachable);
        assert!(platform.log.iter().all(|sent| sent.method == "GET"));
    }
}

#[test]
fn a_lost_answer_is_unknown_and_never_a_failure() {
    use ErrorCode::*;
    assert_eq!(unknown(after_payment(|_| Err(lost()))), PlatformUnreachable);
    assert_eq!(unknown(after_payment(|_| Ok(problem(500, "internal")))), Internal);
    assert_eq!(unknown(after_payment(|_| Ok(problem(503, "unavailable")))), Unavailable);
    let running = after_payment(|_| Ok(problem(409, "idempotency_in_progress")));
    assert_eq!(unknown(running), IdempotencyInProgress);
    // Somebody in between answers: a captive portal, a proxy, a firewall.
    for (status, media_type, body) in [
        (200, "text/html", "<h1>Welcome</h1>"),
        (200, "application/json", "{}"),
        (200, "application/json", "not json"),
        (204, "application/json", ""),
        (302, "text/html", ""),
        (403, "text/html", "<h1>Forbidden</h1>"),
        (402, "application/json", r#"{"code":"insufficient_funds"}"#),
        (502, "application/problem+json", r#"{"code":"insufficient_funds"}"#),
    ] {
        let found = after_payment(move |_| Ok(answer(status, media_type, body)));
        assert!(matches!(found, Outcome::Unknown(_)), "{status} {media_type} {body}: {found:?}");
    }
}

#[test]
fn a_refusal_of_the_contract_is_a_refusal() {
    for code in ["insufficient_funds", "payee_changed", "key_revoked", "idempotency_key_reused"] {
        let found = after_payment(move |_| Ok(problem(402, code)));
        assert_eq!(refused(found).as_str(), code);
    }
    let found = after_payment(|_| Ok(problem(400, "a_code_of_the_future")));
    assert_eq!(refused(found), ErrorCode::PlatformRefused);
}

#[test]
fn a_receipt_that_does_not_verify_proves_nothing() {
    for (claim, value) in [
        ("amount", json!({"value": "12.51", "currency": "EUR"})),
        ("payee", json!({"handle": "lutece", "account": "acct_mallory0"})),
        ("reference", json!("order-1043")),
        ("request_digest", json!(content_digest(b"{}"))),
        ("iss", json!("https://evil.example/sandbox")),
    ] {
        let mut platform = Scripted::honest();
        outcome(&mut platform);
        let request = platform.log.iter().find(|sent| sent.method == "POST").unwrap();
        let token = platform.receipt(request, json!({claim: value}));
        let found = after_payment(move |_| Ok(ok(json!({"receipt": token}))));
        assert_eq!(unknown(found), ErrorCode::ReceiptMismatch, "{claim}");
    }
    let found = after_payment(|_| Ok(ok(json!({"receipt": "a.b.c"}))));
    assert_eq!(unknown(found), ErrorCode::ReceiptMalformed);
}

#[test]
fn a_wrong_clock_is_corrected_once() {
    for ahead in [-86_400, 86_400] {
        let mut platform = Scripted::honest();
        platform.ahead = ahead;
        assert!(matches!(outcome(&mut platform), Outcome::Paid(_)));
        let posts: Vec<_> = platform.log.iter().filter(|sent| sent.method == "POST").collect();
        assert_eq!(posts.len(), 2);
        assert_eq!(posts[0].body, posts[1].body, "the same bytes");
        assert_eq!(posts[0].field("idempotency-key"), posts[1].field("idempotency-key"));
        assert_ne!(posts[0].field("signature-input"), posts[1].field("signature-input"));
    }
    let stubborn = after_payment(|_| Ok(problem(401, "clock_skew")));
    assert_eq!(refused(stubborn), ErrorCode::ClockSkew);
}

#[test]
fn a_new_key_of_the_platform_is_asked_for_once() {
    let mut old = Scripted::honest();
    let mut first = start(intent("12.50", "EUR"), PlatformFacts::default());
    drive(&mut first, &mut old);
    let mut rotated = Scripted::honest();
    rotated.key = SigningKey::from_seed([8; 32]);
    let mut second = start(intent("12.50", "EUR"), first.facts().clone());
    assert!(matches!(drive(&mut second, &mut rotated), Outcome::Paid(_)));
    let mut stubborn = Scripted::with(|path, honest| match path {
        "/.well-known/jwks.json" => Ok(ok(json!({"keys": []}))),
        _ => Ok(honest),
    });
    assert_eq!(unknown(outcome(&mut stubborn)), ErrorCode::ReceiptKeyUnknown);
    let asked = stubborn.log.iter().filter(|sent| sent.url.ends_with("/jwks.json")).count();
    assert_eq!(asked, 1, "a key that stays unknown is not asked for again");
}

#[test]
fn a_withdrawn_key_proves_nothing_once_the_key_set_is_old() {
    let withdrawn = || {
        Scripted::with(|path, honest| match path {
            "/.well-known/jwks.json" => Ok(ok(json!({"keys": []}))),
            _ => Ok(honest),
        })
    };
    let mut first = start(intent("12.50", "EUR"), PlatformFacts::default());
    drive(&mut first, &mut Scripted::honest());
    let again = |seconds: i64| {
        let mut platform = withdrawn();
        platform.ahead = seconds;
        let mut payment = start(intent("12.50", "EUR"), first.facts().clone());
        drive_at(platform.now(), &mut payment, &mut platform)
    };
    assert!(matches!(again(299), Outcome::Paid(_)));
    assert_eq!(unknown(again(300)), ErrorCode::ReceiptKeyUnknown);
}

#[test]
fn the_platform_s_limits_are_checked_before_anything_is_sent_about_the_payee() {
    let pay = |amount, currency| {
        let mut platform = Scripted::honest();
        let mut payment = start(intent(amount, currency), PlatformFacts::default());
        let found = refused(drive(&mut payment, &mut platform));
        assert_eq!(platform.log.len(), 1, "only the settings");
        found
    };
    assert_eq!(pay("100.01", "EUR"), ErrorCode::AmountOverMaximum);
    assert_eq!(pay("12.50", "USD"), ErrorCode::CurrencyUnsupported);
}

/// What a platform with these settings makes of a payment of so much in its own currency.
fn in_its_own_currency(value: &str, code: &str, platform: &mut Scripted) -> Outcome {
    let request = settings_request(&Platform::parse(ORIGIN).unwrap());
    let answer = platform.send(request).unwrap();
    let settings = Settings::read(&answer, &Platform::parse(ORIGIN).unwrap()).unwrap();
    let amount = Amount::parse_in(value, settings.currency(code).unwrap()).unwrap();
    let intent = PaymentIntent::new("@lutece", amount).unwrap().with_reference("order-1042");
    let facts = PlatformFacts { settings: Some(settings.into()), ..PlatformFacts::default() };
    drive(&mut start(intent.unwrap(), facts), platform)
}

#[test]
fn the_platform_s_decimals_win_over_iso_4217() {
    for (value, code) in [("1250", "HUF"), ("12.50", "ISK")] {
        let mut platform = Scripted::honest();
        let outcome = in_its_own_currency(value, code, &mut platform);
        let Outcome::Paid(paid) = outcome else { panic!("not paid: {outcome:?}") };
        assert_eq!(paid.receipt.amount.to_string(), format!("{value} {code}"));
        let sent = platform.log.iter().find(|sent| sent.method == "POST").unwrap();
        let body: Value = serde_json::from_slice(sent.body.as_deref().unwrap()).unwrap();
        assert_eq!(body["amount"], json!({"value": value, "currency": code}));
    }
    let forint = |value: &str| {
        let own = xp2p::Currency::parse("HUF").unwrap().with_exponent(0).unwrap();
        Amount::parse_in(value, own).unwrap_err().code()
    };
    assert_eq!(forint("12.50"), ErrorCode::AmountTooPrecise);
    // An amount with the decimals of ISO 4217 is not one of this platform's.
    let mut payment = start(intent("1250", "HUF"), PlatformFacts::default());
    let found = refused(drive(&mut payment, &mut Scripted::honest()));
    assert_eq!(found, ErrorCode::CurrencyMismatch);
    let over = in_its_own_currency("5000001", "HUF", &mut Scripted::honest());
    assert_eq!(refused(over), ErrorCode::AmountOverMaximum);
}

#[test]
fn a_receipt_has_the_platform_s_decimals() {
    for (claimed, code) in [
        (json!({"value": "1250.00", "currency": "HUF"}), ErrorCode::ReceiptMalformed),
        (json!({"value": "1250.0", "currency": "HUF"}), ErrorCode::ReceiptMalformed),
        (json!({"value": "01250", "currency": "HUF"}), ErrorCode::ReceiptMalformed),
        (json!({"value": "125000", "currency": "HUF"}), ErrorCode::ReceiptMismatch),
        (json!({"value": "1250", "currency": "JPY"}), ErrorCode::ReceiptMismatch),
    ] {
        let mut honest = Scripted::honest();
        in_its_own_currency("1250", "HUF", &mut honest);
        let request = honest.log.iter().find(|sent| sent.method == "POST").unwrap();
        let token = honest.receipt(request, json!({"amount": claimed}));
        let mut platform = Scripted::with(move |path, honest| match path {
            "/v1/payments" => Ok(ok(json!({"receipt": token}))),
            _ => Ok(honest),
        });
        assert_eq!(unknown(in_its_own_currency("1250", "HUF", &mut platform)), code, "{claimed}");
    }
}

#[test]
fn a_platform_speaks_only_for_itself() {
    let replaced = |path: &'static str, member: &'static str, value: Value| {
        let mut platform = Scripted::with(move |asked, honest| {
            if asked != path {
                return Ok(honest);
            }
            let mut body: Value = serde_json::from_slice(&honest.body).unwrap();
            body[member] = value.clone();
            Ok(ok(body))
        });
        refused(outcome(&mut platform))
    };
    let invalid = ErrorCode::PlatformAnswerInvalid;
    let settings = "/.well-known/xp2p";
    assert_eq!(replaced(settings, "issuer", json!("https://evil.example/sandbox")), invalid);
    assert_eq!(replaced(settings, "environment", json!("live")), invalid);
    assert_eq!(replaced(settings, "now", json!("today")), invalid);
    assert_eq!(replaced(settings, "currencies", json!({})), invalid);
    assert_eq!(replaced("/v1/handles/lutece", "handle", json!("mallory")), invalid);
    assert_eq!(replaced("/v1/handles/lutece", "account", json!("")), invalid);
    assert_eq!(replaced("/v1/handles/lutece", "kind", json!("robot")), invalid);
}

#[test]
fn a_signer_that_says_no_has_paid_nothing() {
    let mut platform = Scripted::honest();
    let mut payment = start(intent("12.50", "EUR"), PlatformFacts::default());
    loop {
        match payment.next(NOW, "q83vEjRWeJCrze8SNFZ4kA") {
            Step::Send(request) => {
                let answer = platform.send(request.clone());
                payment.answered(answer, NOW);
            }
            Step::Sign(_) => payment.not_signed(ErrorCode::KeyNotAllowed.into()),
            Step::Done(outcome) => {
                assert_eq!(refused(outcome), ErrorCode::KeyNotAllowed);
                break;
            }
        }
    }
    assert!(platform.log.iter().all(|sent| sent.method == "GET"));
}

#[test]
fn what_was_not_asked_for_changes_nothing() {
    let mut payment = start(intent("12.50", "EUR"), PlatformFacts::default());
    payment.signed(&[0; 64]);
    payment.not_signed(ErrorCode::KeyNotAllowed.into());
    let mut platform = Scripted::honest();
    assert!(matches!(drive(&mut payment, &mut platform), Outcome::Paid(_)));
    payment.answered(Err(lost()), NOW);
    assert!(matches!(payment.next(NOW, ""), Step::Done(Outcome::Paid(_))));
}
