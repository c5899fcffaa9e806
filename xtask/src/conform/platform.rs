//! The platform under test, and an account on it.

use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;
use uuid::Uuid;
use xp2p::canonical::HttpRequest;
use xp2p::signature::{SignatureParameters, SigningKey, sign};
use xp2p::transport::HttpResponse;

/// A platform, known by its address alone.
pub struct Platform {
    pub origin: String,
    pub settings: Value,
    agent: Agent,
}

/// A person with a key and money, and somebody to pay.
pub struct Account {
    pub platform: Platform,
    pub key: SigningKey,
    /// The holder of the payee's handle: handle, account, name, kind.
    pub payee: Value,
    pub payer: Value,
}

impl Platform {
    pub fn find(url: &str) -> Result<Self> {
        let origin = xp2p::transport::Platform::parse(url)?.origin().to_owned();
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(10)))
            .build()
            .new_agent();
        let mut platform = Self { origin, settings: Value::Null, agent };
        platform.settings = json_of(&platform.get("/.well-known/xp2p")?)?;
        Ok(platform)
    }

    pub fn get(&self, path: &str) -> Result<HttpResponse> {
        self.send(&HttpRequest::new("GET", format!("{}{path}", self.origin)))
    }

    /// Sends a request exactly as it stands.
    pub fn send(&self, request: &HttpRequest) -> Result<HttpResponse> {
        let mut building = Request::builder().method(request.method.as_str()).uri(&request.url);
        for (name, value) in &request.fields {
            building = building.header(name, value);
        }
        let body = request.body.clone().unwrap_or_default();
        let mut answer = self
            .agent
            .run(building.body(body)?)
            .with_context(|| format!("{} {} was not answered", request.method, request.url))?;
        let fields = answer
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let status = answer.status().as_u16();
        Ok(HttpResponse { status, fields, body: answer.body_mut().read_to_vec()? })
    }

    pub fn environment(&self) -> &str {
        self.settings["environment"].as_str().unwrap_or_default()
    }

    /// The platform's clock, which our own need not agree with.
    pub fn now(&self) -> u64 {
        let ours = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let read = self.get("/.well-known/xp2p").and_then(|answer| json_of(&answer));
        let theirs = read.ok().and_then(|settings| settings["now"].as_u64());
        theirs.unwrap_or_else(|| ours.unwrap_or_default().as_secs())
    }
}

impl Account {
    pub fn open(platform: Platform, seed: Option<&str>, payer: &str, payee: &str) -> Result<Self> {
        let holder = |handle: &str| {
            platform.get(&format!("/v1/handles/{handle}")).and_then(|answer| json_of(&answer))
        };
        let (payer, payee) = (holder(payer)?, holder(payee)?);
        let key = match seed {
            Some(seed) => SigningKey::from_seed(read_seed(seed)?),
            None => trusted_key(&platform, payer["handle"].as_str().unwrap_or_default())?,
        };
        Ok(Self { platform, key, payee, payer })
    }

    /// A payment of 0.10 EUR that nobody has made before, not signed.
    pub fn payment(&self) -> HttpRequest {
        self.payment_of(&json!({
            "payee": { "handle": self.payee["handle"], "account": self.payee["account"] },
            "amount": { "value": "0.10", "currency": "EUR" },
        }))
    }

    /// A payment with this body, not signed.
    pub fn payment_of(&self, body: &Value) -> HttpRequest {
        HttpRequest::new("POST", format!("{}/v1/payments", self.platform.origin))
            .with_json(body.to_string().into_bytes())
            .with_field("idempotency-key", format!("\"{}\"", Uuid::new_v4()))
    }

    /// Parameters that are in order.
    pub fn parameters(&self) -> Result<SignatureParameters> {
        let now = self.platform.now();
        Ok(SignatureParameters::new(self.platform.environment(), now, now + 300, &nonce())?)
    }

    /// The request, signed as the contract says.
    pub fn signed(&self, request: &HttpRequest) -> Result<HttpRequest> {
        Ok(sign(request, &self.key, &self.parameters()?)?.apply_to(request.clone()))
    }

    /// Sends a signed request and expects success.
    pub fn accepted(&self, request: &HttpRequest) -> Result<Value> {
        let answer = self.platform.send(&self.signed(request)?)?;
        ensure!((200..300).contains(&answer.status), "{} {}", answer.status, text(&answer));
        json_of(&answer)
    }

    /// Expects a refusal with this code, in the form of RFC 9457.
    pub fn refused(&self, answer: &HttpResponse, code: &str) -> Result<()> {
        let media_type = answer.media_type().unwrap_or_default();
        ensure!(media_type == "application/problem+json", "{} {media_type}", answer.status);
        let problem: Value = serde_json::from_slice(&answer.body)?;
        ensure!(problem["code"] == code, "{} instead of {code}", problem["code"]);
        let known = xp2p::ErrorCode::from_wire(code).context("a code of the contract")?;
        ensure!(known.status() == Some(answer.status), "status {} for {code}", answer.status);
        ensure!(problem["status"] == answer.status, "another status in the document");
        ensure!(problem["retryable"] == known.is_retryable(), "retryable is wrong");
        ensure!(problem["request_id"].is_string(), "no request_id");
        Ok(())
    }
}

/// A new key that a test person of a sandbox trusts.
fn trusted_key(platform: &Platform, handle: &str) -> Result<SigningKey> {
    let mut seed = [0; 32];
    seed[..16].copy_from_slice(Uuid::new_v4().as_bytes());
    seed[16..].copy_from_slice(Uuid::new_v4().as_bytes());
    let key = SigningKey::from_seed(seed);
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": key.public_key().to_jwk_x() });
    let body = json!({ "handle": handle, "jwk": jwk }).to_string().into_bytes();
    let url = format!("{}/sandbox/enrolments", platform.origin);
    let answer = platform.send(&HttpRequest::new("POST", url).with_json(body))?;
    if answer.status != 201 {
        bail!("this platform lets nobody enrol a key: pass the seed of one with --seed");
    }
    Ok(key)
}

fn read_seed(hex: &str) -> Result<[u8; 32]> {
    ensure!(hex.len() == 64 && hex.is_ascii(), "--seed takes 64 hexadecimal digits");
    let mut seed = [0; 32];
    for (byte, digits) in seed.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(str::from_utf8(digits)?, 16)?;
    }
    Ok(seed)
}

/// 122 random bits and a constant, which is unlike any other.
pub fn nonce() -> String {
    let bytes = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
    Base64UrlUnpadded::encode_string(&bytes)
}

pub fn json_of(answer: &HttpResponse) -> Result<Value> {
    serde_json::from_slice(&answer.body).with_context(|| format!("not JSON: {}", text(answer)))
}

fn text(answer: &HttpResponse) -> String {
    String::from_utf8_lossy(&answer.body).chars().take(200).collect()
}
