//! What every request passes before it is looked at: the moved clock, the limits, the faults.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use xp2p::{Error, ErrorCode};

use super::connections::Connection;
use super::record::Notes;
use super::{MAX_BODY, Shared};
use crate::Platform;
use crate::failure::Failure;
use crate::faults::{Fault, Kind, Struck, names};

/// The header that asks for a fault, for one request.
pub(super) const SANDBOX_FAULT: &str = "sandbox-fault";
/// The addresses that faults by rule can strike: not those by which they are switched off.
const CONTRACT: [&str; 2] = ["/v1/", "/.well-known/"];

/// See above.
pub(super) async fn mind(
    State(platform): Shared,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    platform.refresh().await?;
    let (mut parts, body) = request.into_parts();
    let address = client_address(&platform, &parts);
    platform.limiters.admit_address(address)?;
    let struck = struck(&platform, &parts)?;
    for fault in &struck.0 {
        tracing::info!(fault = fault.name(), seconds = fault.seconds, "a fault that was asked for");
    }
    Notes::put_faults(&parts.extensions, &struck);
    let connection = parts.extensions.get::<Connection>().cloned();
    // Before an answer that needs no body: whoever is answered while they still send may find the
    // connection closed at their next request, which nobody wanted to go wrong.
    let body = whole(body, platform.limits.patience).await?;
    before(&platform, connection.as_ref(), &struck).await?;
    let lost = struck.has(Kind::CommitThenDrop);
    parts.extensions.insert(struck);
    let request = Request::from_parts(parts, Body::from(body));
    let response = next.run(request).await;
    if lost {
        cut(connection.as_ref()).await?;
    }
    Ok(response)
}

/// Whoever asks: the peer, or whom the balancer says that it asks for. It adds that address at the end;
/// what stands before it is what a client claims.
pub(super) fn client_address(platform: &Platform, parts: &Parts) -> IpAddr {
    let peer = parts.extensions.get::<Connection>().map(|connection| connection.peer.ip());
    let forwarded = || {
        let last = parts.headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
        last.rsplit(',').next()?.trim().parse().ok()
    };
    let forwarded = platform.limits.trust_forwarded_for.then(forwarded).flatten();
    forwarded.or(peer).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

fn struck(platform: &Platform, parts: &Parts) -> Result<Struck, Failure> {
    let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let mut struck = Struck::default();
    if CONTRACT.iter().any(|prefix| path.starts_with(prefix)) {
        struck = platform.faults.strike(&format!("{} {path}", parts.method));
    }
    for value in parts.headers.get_all(SANDBOX_FAULT) {
        let faults = value.to_str().unwrap_or_default().split(',');
        for fault in faults.map(|text| text.trim().parse::<Fault>()) {
            struck.0.push(fault.map_err(|()| {
                let known = format!("the faults are {}, some with `;seconds=`", names());
                Error::new(ErrorCode::RequestMalformed).at(SANDBOX_FAULT).because(known)
            })?);
        }
    }
    Ok(struck)
}

/// What goes wrong before anything is looked at.
async fn before(
    platform: &Platform,
    connection: Option<&Connection>,
    struck: &Struck,
) -> Result<(), Failure> {
    let seconds = |kind| struck.seconds(kind).and_then(|seconds| u64::try_from(seconds).ok());
    if let Some(seconds) = seconds(Kind::Delay) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
    let now = platform.clock.now();
    if let Some(after) = struck.seconds(Kind::PlatformKeyRotated) {
        platform.signer.rotate(&platform.storage, now, after, false).await?;
    }
    if struck.has(Kind::PlatformKeyRevoked) {
        platform.signer.rotate(&platform.storage, now, 0, true).await?;
    }
    for (kind, code) in [
        (Kind::RateLimited, ErrorCode::RateLimited),
        (Kind::Internal, ErrorCode::Internal),
        (Kind::Unavailable, ErrorCode::Unavailable),
    ] {
        if let Some(seconds) = seconds(kind) {
            return Err(Failure::Later { code, seconds });
        }
    }
    if struck.has(Kind::DropBeforeCommit) {
        cut(connection).await?;
    }
    Ok(())
}

/// Ends the connection, and the request with it: there is no answer that could be sent.
async fn cut(connection: Option<&Connection>) -> Result<(), Failure> {
    let connection = connection.ok_or(Failure::Corrupt("a request without a connection"))?;
    connection.cut();
    std::future::pending().await
}

/// The body, if it comes in time and is not too large.
async fn whole(body: Body, patience: Duration) -> Result<Bytes, Failure> {
    let most = if checks!(BodySize) { MAX_BODY } else { 16 * MAX_BODY };
    match tokio::time::timeout(patience, to_bytes(body, most)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) if is_too_large(&error) => Err(ErrorCode::RequestTooLarge.into()),
        // The connection ended before the body did, or the client took too long.
        Ok(Err(_)) | Err(_) => Err(ErrorCode::RequestMalformed.into()),
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    std::error::Error::source(error)
        .is_some_and(|source| source.is::<http_body_util::LengthLimitError>())
}
