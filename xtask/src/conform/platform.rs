//! The platform under test, known by its address alone.

use std::io::Read;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};
use ureq::http::{Request, Response};
use ureq::{Agent, Body};
use uuid::Uuid;
use xp2p::canonical::HttpRequest;
use xp2p::transport::HttpResponse;

use super::outcome::NotTried;

/// A platform.
pub struct Platform {
    pub origin: String,
    pub settings: Value,
    /// By how much its clock is ahead of ours, in seconds.
    ahead: AtomicI64,
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
        let ahead = AtomicI64::new(0);
        let mut platform = Self { origin, settings: Value::Null, ahead, agent };
        platform.settings = json_of(&platform.get("/.well-known/xp2p")?)?;
        let theirs = platform.settings["now"].as_i64().context("the settings show no clock")?;
        platform.ahead.store(theirs - platform.now() as i64, Ordering::Relaxed);
        Ok(platform)
    }

    pub fn get(&self, path: &str) -> Result<HttpResponse> {
        self.send(&HttpRequest::new("GET", format!("{}{path}", self.origin)))
    }

    /// Sends a request exactly as it stands.
    pub fn send(&self, request: &HttpRequest) -> Result<HttpResponse> {
        let mut answer = self.run(request)?;
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

    /// Sends a request and hands back the answer's body as it comes, for as long as our patience lasts.
    pub fn stream(&self, request: &HttpRequest, media_type: &str) -> Result<impl Read + use<>> {
        let answer = self.run(request)?;
        ensure!(answer.status() == 200, "status {}", answer.status());
        let said = answer.body().mime_type();
        ensure!(said == Some(media_type), "content type {said:?}");
        Ok(answer.into_body().into_reader())
    }

    fn run(&self, request: &HttpRequest) -> Result<Response<Body>> {
        let mut building = Request::builder().method(request.method.as_str()).uri(&request.url);
        for (name, value) in &request.fields {
            building = building.header(name, value);
        }
        let body = request.body.clone().unwrap_or_default();
        self.agent
            .run(building.body(body)?)
            .with_context(|| format!("{} {} was not answered", request.method, request.url))
    }

    /// Tries something while the platform's clock, which a sandbox lets anybody move, is so many seconds
    /// later.
    pub fn while_later<T>(&self, seconds: i64, attempt: impl FnOnce() -> Result<T>) -> Result<T> {
        self.move_clock(seconds)?;
        let attempted = attempt();
        self.move_clock(-seconds)?;
        attempted
    }

    fn move_clock(&self, seconds: i64) -> Result<()> {
        let body = json!({ "advance": seconds }).to_string().into_bytes();
        let url = format!("{}/sandbox/clock", self.origin);
        let answer = self.send(&HttpRequest::new("POST", url).with_json(body))?;
        if answer.status != 200 {
            return Err(NotTried("the clock of this platform stays where it is").into());
        }
        self.ahead.fetch_add(seconds, Ordering::Relaxed);
        Ok(())
    }

    /// Whether it can reach what listens on this machine alone.
    pub fn is_on_this_machine(&self) -> bool {
        let host = self.origin.split_once("://").map_or("", |(_, host)| host);
        ["127.0.0.1", "localhost", "[::1]"].iter().any(|own| {
            host.strip_prefix(own).is_some_and(|port| port.is_empty() || port.starts_with(':'))
        })
    }

    pub fn environment(&self) -> &str {
        self.settings["environment"].as_str().unwrap_or_default()
    }

    /// The platform's clock, which our own need not agree with.
    pub fn now(&self) -> u64 {
        let ours = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        ours.unwrap_or_default().as_secs().saturating_add_signed(self.ahead.load(Ordering::Relaxed))
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
