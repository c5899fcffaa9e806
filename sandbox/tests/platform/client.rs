//! A client: people with keys, what they order, and how it is sent.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use ureq::http::Request;
use uuid::Uuid;
use xp2p::ErrorCode;
use xp2p::canonical::HttpRequest;
use xp2p::signature::{SignatureParameters, SigningKey, sign};
use xp2p::transport::HttpResponse;

use crate::server::{ORIGIN, Server};

pub const LUTECE: (&str, &str) = ("lutece", "acct_lutece00");

/// Somebody with a key.
pub struct Person {
    pub key: SigningKey,
}

impl Person {
    /// A person whose key nobody knows.
    pub fn stranger() -> Self {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).unwrap();
        Self { key: SigningKey::from_seed(seed) }
    }

    /// The holder of a handle, with a new key that was enrolled.
    pub fn enrolled(server: &Server, handle: &str) -> Self {
        let person = Self::stranger();
        let answer = enrol(server, handle, &person.key.public_key().to_jwk_x());
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        person
    }
}

pub fn enrol(server: &Server, handle: &str, x: &str) -> HttpResponse {
    let body = json!({ "handle": handle, "jwk": { "kty": "OKP", "crv": "Ed25519", "x": x } });
    let request = HttpRequest::new("POST", format!("{ORIGIN}/sandbox/enrolments"));
    send(server.address, &request.with_json(body.to_string().into_bytes())).unwrap()
}

/// What somebody wants to pay, and how it is signed. Change what a test is about.
#[derive(Clone)]
pub struct Order {
    pub body: Value,
    pub idempotency_key: String,
    pub environment: &'static str,
    /// Seconds after the server's clock.
    pub created: i64,
    pub lifetime: u64,
    pub nonce: String,
    /// Header fields that are added before signing.
    pub fields: Vec<(&'static str, &'static str)>,
}

impl Order {
    pub fn new((handle, account): (&str, &str), value: &str, currency: &str) -> Self {
        Self {
            body: json!({
                "payee": { "handle": handle, "account": account },
                "amount": { "value": value, "currency": currency },
            }),
            idempotency_key: fresh(),
            environment: "sandbox",
            created: 0,
            lifetime: 300,
            nonce: fresh(),
            fields: Vec::new(),
        }
    }

    /// The same intent, signed again: same key and bytes, another nonce.
    pub fn again(&self) -> Self {
        Self { nonce: fresh(), ..self.clone() }
    }

    pub fn signed_by(&self, person: &Person, server: &Server) -> HttpRequest {
        self.signed_at(person, server.clock.now())
    }

    pub fn signed_at(&self, person: &Person, now: i64) -> HttpRequest {
        self.signed(person, now, self.body.to_string().into_bytes())
    }

    /// The same, with bytes for a body that are perhaps no JSON.
    pub fn signed_with(&self, person: &Person, server: &Server, body: Vec<u8>) -> HttpRequest {
        self.signed(person, server.clock.now(), body)
    }

    fn signed(&self, person: &Person, now: i64, body: Vec<u8>) -> HttpRequest {
        let created = u64::try_from(now + self.created).unwrap();
        let parameters = SignatureParameters::new(
            self.environment,
            created,
            created + self.lifetime,
            &self.nonce,
        )
        .unwrap();
        let mut request = HttpRequest::new("POST", format!("{ORIGIN}/v1/payments"))
            .with_json(body)
            .with_field("idempotency-key", format!("\"{}\"", self.idempotency_key));
        for (name, value) in &self.fields {
            request = request.with_field(name, *value);
        }
        sign(&request, &person.key, &parameters).unwrap().apply_to(request)
    }

    pub fn sent_by(&self, person: &Person, server: &Server) -> HttpResponse {
        send(server.address, &self.signed_by(person, server)).unwrap()
    }
}

/// A text that was never used before, for nonces and idempotency keys.
pub fn fresh() -> String {
    Uuid::now_v7().simple().to_string()
}

/// A signed read.
pub fn read_payment(server: &Server, person: &Person, id: &str) -> HttpResponse {
    let created = u64::try_from(server.clock.now()).unwrap();
    let nonce = fresh();
    let parameters = SignatureParameters::new("sandbox", created, created + 300, &nonce).unwrap();
    let request = HttpRequest::new("GET", format!("{ORIGIN}/v1/payments/{id}"));
    let request = sign(&request, &person.key, &parameters).unwrap().apply_to(request);
    send(server.address, &request).unwrap()
}

/// A request of somebody, signed, with an intent of its own where it changes something.
pub fn signed(
    person: &Person,
    now: i64,
    (method, path): (&str, &str),
    body: Option<&Value>,
) -> HttpRequest {
    let (created, nonce) = (u64::try_from(now).unwrap(), fresh());
    let parameters = SignatureParameters::new("sandbox", created, created + 300, &nonce).unwrap();
    let mut request = HttpRequest::new(method, format!("{ORIGIN}{path}"));
    if let Some(body) = body {
        request = request.with_json(body.to_string().into_bytes());
    }
    if method == "POST" {
        request = request.with_field("idempotency-key", format!("\"{}\"", fresh()));
    }
    sign(&request, &person.key, &parameters).unwrap().apply_to(request)
}

/// The same intent, signed again: same key and bytes, another nonce.
pub fn signed_again(request: &HttpRequest, person: &Person, now: i64) -> HttpRequest {
    let (created, nonce) = (u64::try_from(now).unwrap(), fresh());
    let parameters = SignatureParameters::new("sandbox", created, created + 300, &nonce).unwrap();
    let mut request = request.clone();
    request.fields.retain(|(name, _)| !name.starts_with("signature"));
    sign(&request, &person.key, &parameters).unwrap().apply_to(request)
}

/// What somebody gets for a signed `POST`.
pub fn order(server: &Server, person: &Person, path: &str, body: Option<&Value>) -> HttpResponse {
    let request = signed(person, server.clock.now(), ("POST", path), body);
    send(server.address, &request).unwrap()
}

/// What somebody gets for a signed `GET`.
pub fn look(server: &Server, person: &Person, path: &str) -> HttpResponse {
    let request = signed(person, server.clock.now(), ("GET", path), None);
    send(server.address, &request).unwrap()
}

/// Sends a request to where the server listens, whatever origin was signed.
pub fn send(address: SocketAddr, request: &HttpRequest) -> Result<HttpResponse, ureq::Error> {
    send_by(&agent(), address, request)
}

/// Somebody's connections.
pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .timeout_global(Some(Duration::from_secs(20)))
        .build()
        .into()
}

/// As [`send`], over connections that are kept.
pub fn send_by(
    agent: &ureq::Agent,
    address: SocketAddr,
    request: &HttpRequest,
) -> Result<HttpResponse, ureq::Error> {
    let path = request.url.strip_prefix(ORIGIN).unwrap_or(&request.url);
    let mut message =
        Request::builder().method(request.method.as_str()).uri(format!("http://{address}{path}"));
    for (name, value) in &request.fields {
        message = message.header(name, value);
    }
    let mut answer = match request.body.clone() {
        Some(body) => agent.run(message.body(body).unwrap())?,
        None => agent.run(message.body(()).unwrap())?,
    };
    let fields = answer.headers().iter();
    let fields =
        fields.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_string()));
    Ok(HttpResponse {
        status: answer.status().as_u16(),
        fields: fields.collect(),
        body: answer.body_mut().read_to_vec()?,
    })
}

pub fn get(server: &Server, path: &str) -> HttpResponse {
    send(server.address, &HttpRequest::new("GET", format!("{ORIGIN}{path}"))).unwrap()
}

/// A request outside the contract, which nobody signs.
pub fn post(server: &Server, path: &str, body: &Value) -> HttpResponse {
    let request = HttpRequest::new("POST", format!("{ORIGIN}{path}"));
    send(server.address, &request.with_json(body.to_string().into_bytes())).unwrap()
}

/// Gives an account another handle.
#[track_caller]
pub fn rename(server: &Server, handle: &str, new: &str) {
    let answer =
        post(server, &format!("/sandbox/accounts/{handle}/rename"), &json!({ "handle": new }));
    assert_eq!(answer.status, 200, "{handle} {new}");
}

pub fn json_of(answer: &HttpResponse) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

/// Everything the ledger says, to compare before and after.
pub fn ledger(server: &Server) -> Value {
    json_of(&get(server, "/sandbox/ledger"))
}

/// What one handle has in euros.
pub fn euros(server: &Server, handle: &str) -> String {
    let ledger = json_of(&get(server, &format!("/sandbox/ledger?handle={handle}")));
    let balances = ledger["balances"].as_array().unwrap();
    let balance = balances.iter().find(|balance| balance["amount"]["currency"] == "EUR");
    balance.unwrap()["amount"]["value"].as_str().unwrap().to_string()
}

/// Checks a refusal in all its parts: RFC 9457, and the SDK's own table.
#[track_caller]
pub fn assert_refused(answer: &HttpResponse, code: ErrorCode, param: Option<&str>) {
    let problem = json_of(answer);
    assert_eq!(problem["code"], code.as_str(), "{problem}");
    assert_eq!(Some(answer.status), code.status(), "{problem}");
    assert_eq!(problem["status"], answer.status);
    assert_eq!(problem["type"], format!("urn:xp2p:error:{}", code.as_str()));
    assert_eq!(problem["title"], code.message());
    assert_eq!(problem["retryable"], code.is_retryable());
    assert_eq!(problem.get("param").and_then(Value::as_str), param, "{problem}");
    assert_eq!(answer.field("content-type").as_deref(), Some("application/problem+json"));
    assert_eq!(answer.field("cache-control").as_deref(), Some("no-store"));
    let id = answer.field("request-id").unwrap();
    assert!(id.starts_with("req_") && id.len() == 36, "{id}");
    if answer.field("idempotency-replayed").is_none() {
        assert_eq!(problem["request_id"], id);
    }
}

/// Sends a request that must be refused, and checks that it moved no money.
#[track_caller]
pub fn refuse(server: &Server, request: &HttpRequest, code: ErrorCode, param: Option<&str>) {
    let before = ledger(server);
    assert_refused(&send(server.address, request).unwrap(), code, param);
    assert_eq!(ledger(server), before, "{} moved money", code.as_str());
}
