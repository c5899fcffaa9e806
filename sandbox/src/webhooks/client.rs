//! How a delivery leaves: to an address that was checked, and with limits on everything that comes
//! back. Security requirement 23.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{HOST, USER_AGENT};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Position, Url};
use xp2p::canonical::HttpRequest;

use super::addresses::{is_loopback, is_public};
use crate::failure::StartError;

/// How long an answer may take, from looking the name up to the answer's status: the contract.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long one of several addresses may take to be connected to.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// How much of an answer is read, its head included.
const MOST_READ: u64 = 64 * 1024;
/// The longest URL: the contract.
const LONGEST: usize = 2048;

/// The addresses of a name, to come.
pub type Resolving = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// How names become addresses.
#[derive(Clone)]
pub struct Resolver(Arc<dyn Fn(String) -> Resolving + Send + Sync>);

impl Resolver {
    /// The operating system's.
    pub fn system() -> Self {
        Self::new(|name| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((name, 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            })
        })
    }

    /// One's own, as a test has it.
    pub fn new(resolve: impl Fn(String) -> Resolving + Send + Sync + 'static) -> Self {
        Self(Arc::new(resolve))
    }
}

/// What the operator decides about deliveries.
#[derive(Clone)]
pub struct WebhookSettings {
    /// Whether webhooks may be on this machine too, by plain HTTP if they like: for development.
    pub to_loopback: bool,
    /// How the names of webhooks become addresses.
    pub resolver: Resolver,
    /// Certificates in DER that are trusted beside those of the web.
    pub further_roots: Vec<Vec<u8>>,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self { to_loopback: false, resolver: Resolver::system(), further_roots: Vec::new() }
    }
}

impl fmt::Debug for WebhookSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSettings")
            .field("to_loopback", &self.to_loopback)
            .finish_non_exhaustive()
    }
}

/// Why nothing was sent, or no answer came.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unanswered {
    #[error("{0}")]
    Refused(&'static str),
    #[error("{0}")]
    Connection(#[from] io::Error),
    #[error("{0}")]
    Http(#[from] hyper::Error),
    #[error("no answer within {} s", ANSWER_WITHIN.as_secs())]
    Late(#[from] tokio::time::error::Elapsed),
}

/// Sends to webhooks, and to nothing that a webhook must not be.
pub(crate) struct WebhookClient {
    to_loopback: bool,
    resolver: Resolver,
    tls: TlsConnector,
}

impl WebhookClient {
    pub fn new(settings: WebhookSettings) -> Result<Self, StartError> {
        let wrong =
            |error: tokio_rustls::rustls::Error| StartError::Certificates(error.to_string());
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.into() };
        for root in settings.further_roots {
            roots.add(CertificateDer::from(root)).map_err(wrong)?;
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(wrong)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let WebhookSettings { to_loopback, resolver, .. } = settings;
        Ok(Self { to_loopback, resolver, tls: TlsConnector::from(Arc::new(tls)) })
    }

    /// The addresses of a webhook, every one of them checked.
    pub async fn addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, Unanswered> {
        timeout(ANSWER_WITHIN, self.resolve(url)).await?
    }

    async fn resolve(&self, url: &Url) -> Result<Vec<SocketAddr>, Unanswered> {
        let refused = |reason| Err(Unanswered::Refused(reason));
        if url.as_str().len() > LONGEST {
            return refused("a webhook's address has at most 2048 characters");
        }
        let bare =
            url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        if !bare && checks!(WebhookBare) {
            return refused("a webhook's address has neither user nor password nor fragment");
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return refused("a webhook's address has a host");
        };
        // Below 1024 other protocols live, which somebody could have us talk to.
        if port < 1024 && url.port().is_some() && checks!(WebhookPort) {
            return refused("a webhook's port is the scheme's own, or one from 1024");
        }
        let found = match host {
            Host::Ipv4(address) => vec![address.into()],
            Host::Ipv6(address) => vec![address.into()],
            // That a name is not known and that it is somebody's private one is told apart to nobody.
            Host::Domain(name) => (self.resolver.0)(name.into()).await.unwrap_or_default(),
        };
        let own = |address| self.to_loopback && is_loopback(address);
        let allowed = |&address| is_public(address) || own(address) || !checks!(WebhookAddress);
        if found.is_empty() || !found.iter().all(allowed) {
            return refused("a webhook's host has public addresses and no others");
        }
        match url.scheme() {
            "https" => {}
            "http" if found.iter().all(|&address| own(address)) => {}
            _ if !checks!(WebhookHttps) => {}
            _ => return refused("a webhook's address begins with `https://`"),
        }
        Ok(found.into_iter().map(|address| SocketAddr::new(address, port)).collect())
    }

    /// Sends a request and gives the answer's status. Redirects are answers like any other.
    pub async fn send(&self, request: &HttpRequest) -> Result<u16, Unanswered> {
        let url = Url::parse(&request.url)
            .map_err(|_| Unanswered::Refused("a webhook's address is a URL"))?;
        let message = to_message(request, &url).map_err(io::Error::other)?;
        let deadline = Instant::now() + ANSWER_WITHIN;
        // Ends the connection when it is dropped, whatever the other side does.
        let mut connection = JoinSet::new();
        let answering = async {
            let stream = self.connect(&url).await?;
            let (mut sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
            connection.spawn(driver);
            let answer = sender.send_request(message).await?;
            Ok::<_, Unanswered>((sender, answer))
        };
        let (_sender, answer) = timeout_at(deadline, answering).await??;
        let status = answer.status().as_u16();
        // The status says whether the event was taken. The rest is read so that a receiver is not cut
        // off while it writes, and no further than the limits.
        let _ = timeout_at(deadline, answer.into_body().collect()).await;
        Ok(status)
    }

    /// Connects to an address that was checked a moment ago, and to no other: a name that leads
    /// elsewhere by now is not asked again.
    async fn connect(&self, url: &Url) -> Result<Box<dyn Stream>, Unanswered> {
        let mut failed = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in self.resolve(url).await? {
            match timeout(CONNECT_WITHIN, TcpStream::connect(address)).await {
                Ok(Ok(stream)) if url.scheme() == "http" => return Ok(limited(stream)),
                Ok(Ok(stream)) => {
                    let stream = self.tls.connect(server_name(url)?, stream).await?;
                    return Ok(limited(stream));
                }
                Ok(Err(error)) => failed = error,
                Err(_) => failed = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(failed.into())
    }
}

/// What bytes come and go by.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// The stream, which ends when so much as is allowed has come.
fn limited(stream: impl Stream + 'static) -> Box<dyn Stream> {
    let (reading, writing) = tokio::io::split(stream);
    Box::new(tokio::io::join(reading.take(MOST_READ), writing))
}

/// Whom the certificate must be for.
fn server_name(url: &Url) -> io::Result<ServerName<'static>> {
    match url.host() {
        Some(Host::Domain(name)) => {
            ServerName::try_from(name.to_string()).map_err(io::Error::other)
        }
        Some(Host::Ipv4(address)) => Ok(ServerName::IpAddress(IpAddr::V4(address).into())),
        Some(Host::Ipv6(address)) => Ok(ServerName::IpAddress(IpAddr::V6(address).into())),
        None => Err(io::ErrorKind::InvalidInput.into()),
    }
}

fn to_message(
    request: &HttpRequest,
    url: &Url,
) -> Result<hyper::Request<Full<Bytes>>, hyper::http::Error> {
    let mut message = hyper::Request::builder()
        .method(request.method.as_str())
        .uri(&url[Position::BeforePath..Position::AfterQuery])
        .header(HOST, &url[Position::BeforeHost..Position::AfterPort])
        .header(USER_AGENT, concat!("xp2p-sandbox/", env!("CARGO_PKG_VERSION")));
    for (name, value) in &request.fields {
        message = message.header(name, value);
    }
    message.body(Full::from(request.body.clone().unwrap_or_default()))
}
