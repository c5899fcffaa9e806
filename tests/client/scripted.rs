//! A platform out of made-up answers, and a payer who drives payments against it.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::sync::atomic::{AtomicU64, Ordering};

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};
use xp2p::canonical::{HttpRequest, content_digest};
use xp2p::client::{Outcome, Payment, PlatformFacts, Step};
use xp2p::signature::{Policy, Presented, SigningKey};
use xp2p::transport::{HttpResponse, Platform};
use xp2p::{Amount, Error, ErrorCode, IdempotencyKey, PaymentIntent};

pub const ORIGIN: &str = "https://api.example";
pub const NOW: u64 = 1_763_819_689;
/// For how long a payment is tried, in seconds.
pub const PATIENCE: u64 = 60;

type Tamper = dyn FnMut(&HttpRequest, HttpResponse) -> Result<HttpResponse, Error>;

/// A platform whose answers a test can replace, one path at a time.
pub struct Scripted {
    pub key: SigningKey,
    /// How far the platform's clock is ahead of the client's, in seconds.
    pub ahead: i64,
    /// Takes the place of the answer to a request, given that answer.
    tamper: Box<Tamper>,
    /// Every request that was sent.
    pub log: Vec<HttpRequest>,
}

impl Scripted {
    pub fn honest() -> Self {
        Self::with(|_, response| Ok(response))
    }

    pub fn with(
        mut tamper: impl FnMut(&str, HttpResponse) -> Result<HttpResponse, Error> + 'static,
    ) -> Self {
        Self::seeing(move |request, honest| tamper(&request.url[ORIGIN.len()..], honest))
    }

    pub fn seeing(
        tamper: impl FnMut(&HttpRequest, HttpResponse) -> Result<HttpResponse, Error> + 'static,
    ) -> Self {
        let (key, tamper) = (SigningKey::from_seed([9; 32]), Box::new(tamper));
        Self { key, ahead: 0, tamper, log: Vec::new() }
    }

    pub fn kid(&self) -> String {
        format!("sandbox:{}", self.key.public_key().key_id())
    }

    pub fn send(&mut self, request: HttpRequest) -> Result<HttpResponse, Error> {
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
        let answer = (self.tamper)(&request, honest);
        self.log.push(request);
        answer
    }

    pub fn now(&self) -> u64 {
        NOW.saturating_add_signed(self.ahead)
    }

    pub fn pay(&self, request: &HttpRequest) -> HttpResponse {
        let presented = Presented::read(request).unwrap();
        let policy = Policy { environment: "sandbox", now: self.now() };
        if let Err(error) = presented.verify(request, &payer().public_key(), &policy) {
            return problem(401, error.code().as_str());
        }
        ok(json!({"receipt": self.receipt(request, json!({}))}))
    }

    /// The receipt for a request, with some claims replaced.
    pub fn receipt(&self, request: &HttpRequest, replaced: Value) -> String {
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

pub fn payer() -> SigningKey {
    SigningKey::from_seed([7; 32])
}

pub fn answer(status: u16, media_type: &str, body: &str) -> HttpResponse {
    let fields = vec![("content-type".into(), media_type.into())];
    HttpResponse { status, fields, body: body.as_bytes().to_vec() }
}

pub fn ok(body: Value) -> HttpResponse {
    answer(200, "application/json", &body.to_string())
}

pub fn problem(status: u16, code: &str) -> HttpResponse {
    answer(
        status,
        "application/problem+json",
        &json!({"code": code, "param": "amount"}).to_string(),
    )
}

pub fn lost() -> Error {
    ErrorCode::PlatformUnreachable.into()
}

pub fn intent(amount: &str, currency: &str) -> PaymentIntent {
    PaymentIntent::new("@lutece", Amount::parse(amount, currency).unwrap())
        .and_then(|intent| intent.with_reference("order-1042"))
        .unwrap()
}

pub fn idempotency_key() -> IdempotencyKey {
    IdempotencyKey::parse("0198f0a6-b3c9-7d2e-8f4a-5b6c7d8e9f01").unwrap()
}

pub fn start(intent: PaymentIntent, facts: PlatformFacts) -> Payment {
    Payment::new(
        Platform::parse(ORIGIN).unwrap(),
        intent,
        idempotency_key(),
        &payer().public_key().key_id(),
        facts,
    )
    .until(NOW + PATIENCE)
}

/// Drives a payment to its end, each time with a nonce of its own.
pub fn drive(payment: &mut Payment, platform: &mut Scripted) -> Outcome {
    drive_at(NOW, payment, platform)
}

pub fn drive_at(now: u64, payment: &mut Payment, platform: &mut Scripted) -> Outcome {
    drive_all(now, 0, payment, platform, |_| true)
}

/// The same, stopped at the first step that `go_on` does not want. What that sends is on its way by then.
pub fn drive_with(
    payment: &mut Payment,
    platform: &mut Scripted,
    go_on: impl FnMut(&Step<Outcome>) -> bool,
) -> Outcome {
    drive_all(NOW, 0, payment, platform, go_on)
}

/// The same by somebody who sleeps so many seconds longer than asked.
pub fn drive_sleeping(payment: &mut Payment, platform: &mut Scripted, longer: u64) -> Outcome {
    drive_all(NOW, longer, payment, platform, |_| true)
}

/// One that no driver of this process has used: who finishes a payment does not begin to count anew.
fn fresh_nonce() -> String {
    static USED: AtomicU64 = AtomicU64::new(0);
    format!("nonce-{:0>22}", USED.fetch_add(1, Ordering::Relaxed))
}

fn drive_all(
    mut now: u64,
    longer: u64,
    payment: &mut Payment,
    platform: &mut Scripted,
    mut go_on: impl FnMut(&Step<Outcome>) -> bool,
) -> Outcome {
    for _ in 0..100 {
        let step = payment.next(now, &fresh_nonce());
        if !matches!(step, Step::Done(_)) && !go_on(&step) {
            if let Step::Send(request) = step {
                let _ = platform.send(request.clone());
            }
            payment.stop(ErrorCode::Aborted.into());
            continue;
        }
        match step {
            Step::Store(_) => payment.stored(),
            Step::Send(request) => {
                let answer = platform.send(request.clone());
                payment.answered(answer, now, u32::MAX);
            }
            Step::Sign(base) => {
                let signature = payer().sign(base.as_bytes());
                payment.signed(&signature);
            }
            Step::Wait(milliseconds) => {
                now += u64::from(milliseconds.div_ceil(1000)) + longer;
                payment.waited();
            }
            Step::Done(outcome) => return outcome.clone(),
        }
    }
    panic!("a payment that never ends");
}

pub fn outcome(platform: &mut Scripted) -> Outcome {
    drive(&mut start(intent("12.50", "EUR"), PlatformFacts::default()), platform)
}

pub fn unknown(outcome: Outcome) -> ErrorCode {
    match outcome {
        Outcome::Unknown(error) => error.code(),
        other => panic!("expected an unknown outcome, not {other:?}"),
    }
}

pub fn refused(outcome: Outcome) -> ErrorCode {
    match outcome {
        Outcome::Refused(error) => error.code(),
        other => panic!("expected a refusal, not {other:?}"),
    }
}

/// How it ends when the answer to the signed request is this one.
pub fn after_payment(
    response: impl Fn(HttpResponse) -> Result<HttpResponse, Error> + 'static,
) -> Outcome {
    outcome(&mut Scripted::with(move |path, honest| match path {
        "/v1/payments" => response(honest),
        _ => Ok(honest),
    }))
}

/// A platform that gives these answers to the signed request, one after the other, and then the last one
/// for ever.
pub fn answering(answers: Vec<Result<HttpResponse, Error>>) -> Scripted {
    let mut left = answers.into_iter();
    let mut last = None;
    Scripted::with(move |path, honest| match path {
        "/v1/payments" => {
            last = left.next().or(last.take());
            last.clone().unwrap()
        }
        _ => Ok(honest),
    })
}

pub fn posts(platform: &Scripted) -> Vec<&HttpRequest> {
    platform.log.iter().filter(|sent| sent.method == "POST").collect()
}

/// Codes as a platform sends them, with their status.
pub fn sent_codes() -> impl Iterator<Item = (ErrorCode, u16)> {
    ErrorCode::ALL.iter().filter_map(|code| code.status().map(|status| (*code, status)))
}

/// The body that a payment wants to have stored, and all of what was sent.
pub fn body_of(platform: &mut Scripted) -> Vec<u8> {
    let mut payment = start(intent("12.50", "EUR"), PlatformFacts::default());
    let mut body = Vec::new();
    drive_with(&mut payment, platform, |step| {
        if let Step::Store(bytes) = step {
            body = bytes.to_vec();
        }
        true
    });
    assert!(posts(platform).iter().all(|post| post.body.as_ref() == Some(&body)));
    body
}

pub fn resume(body: &[u8], begun_at: u64) -> Payment {
    let platform = Platform::parse(ORIGIN).unwrap();
    let key_id = payer().public_key().key_id();
    let facts = PlatformFacts::default();
    Payment::resume(platform, body.to_vec(), idempotency_key(), &key_id, begun_at, facts)
        .until(NOW + PATIENCE)
}
