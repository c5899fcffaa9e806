//! The platform under test, known by its address alone.

use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::Value;
use ureq::Agent;
use ureq::http::Request;
use uuid::Uuid;
use xp2p::canonical::HttpRequest;
use xp2p::transport::HttpResponse;

/// A platform.
pub struct Platform {
    pub origin: String,
    pub settings: Value,
    /// By how much its clock is ahead of ours, in seconds.
    ahead: i64,
    agent: Agent,
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
        let mut platform = Self { origin, settings: Value::Null, ahead: 0, agent };
        platform.settings = json_of(&platform.get("/.well-known/xp2p")?)?;
        let theirs = platform.settings["now"].as_i64().context("the settings show no clock")?;
        platform.ahead = theirs - platform.now() as i64;
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
        ours.unwrap_or_default().as_secs().saturating_add_signed(self.ahead)
    }
}

/// 256 bits, of which 244 are random.
pub fn nonce() -> String {
    let bytes = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
    Base64UrlUnpadded::encode_string(&bytes)
}

pub fn json_of(answer: &HttpResponse) -> Result<Value> {
    serde_json::from_slice(&answer.body).with_context(|| {
        let text = String::from_utf8_lossy(&answer.body);
        format!("not JSON: {}", text.chars().take(200).collect::<String>())
    })
}
