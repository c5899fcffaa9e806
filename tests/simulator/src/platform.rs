//! The platform of a simulation: the sandbox itself, on a database in memory, reached without sockets.

use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use xp2p::canonical::HttpRequest;
use xp2p::transport::HttpResponse;
use xp2p_sandbox::{Clock, Database, Limits, Report, Settings};

pub const ORIGIN: &str = "https://api.example";
/// When every simulation begins, in Unix seconds.
pub const BEGINNING: i64 = 1_763_800_000;

/// A platform that nobody has asked for anything yet. Migrations and test people are what takes longest:
/// every simulation begins on a copy of it.
pub struct Template(xp2p_sandbox::Platform);

pub struct Platform {
    sandbox: Arc<xp2p_sandbox::Platform>,
    router: Router,
    settings: Settings,
}

impl Template {
    pub async fn open() -> Result<Self> {
        Ok(Self(xp2p_sandbox::Platform::open(settings()?).await?))
    }

    pub async fn copied(&self) -> Result<Platform> {
        let settings = settings()?;
        let sandbox = Arc::new(self.0.copied(settings.clone()).await?);
        Ok(Platform { router: sandbox.router(), sandbox, settings })
    }
}

fn settings() -> Result<Settings> {
    let origin = ORIGIN.parse().ok().context("an origin")?;
    let mut settings = Settings::new(Database::Memory, origin);
    settings.clock = Clock::stopped_at(BEGINNING);
    // Limits go by the time of this machine.
    settings.limits = Limits { client: 0, lookup: 0, address: 0, ..Limits::default() };
    Ok(settings)
}

impl Platform {
    /// Moves its clock on.
    pub fn is_at(&self, seconds: i64) {
        self.settings.clock.shift(seconds - self.settings.clock.now());
    }

    /// Answers a request, unless it dies at a step of that; then it is another process.
    pub async fn answer(
        &mut self,
        request: &HttpRequest,
        dies_at: Option<u32>,
    ) -> Result<Option<HttpResponse>> {
        let mut asked = Request::builder()
            .method(request.method.as_str())
            .uri(request.url.strip_prefix(ORIGIN).context("for somebody else")?);
        for (name, value) in &request.fields {
            asked = asked.header(name, value);
        }
        let asked = asked.body(Body::from(request.body.clone().unwrap_or_default()))?;
        let answer = xp2p_sandbox::Platform::answer_until(&self.router, asked, dies_at).await;
        let Some(answer) = answer else {
            self.dies().await?;
            return Ok(None);
        };
        let (parts, body) = answer.into_parts();
        let fields = parts.headers.iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        Ok(Some(HttpResponse {
            status: parts.status.as_u16(),
            fields: fields.collect(),
            body: body.collect().await?.to_bytes().to_vec(),
        }))
    }

    /// Another process on the same database.
    pub async fn dies(&mut self) -> Result<()> {
        self.sandbox = Arc::new(self.sandbox.reopened(self.settings.clone()).await?);
        self.router = self.sandbox.router();
        Ok(())
    }

    pub async fn audited(&self) -> Result<Report> {
        Ok(self.sandbox.audited().await?)
    }
}
