//! Who may ask for what the console shows and does: its own page, and programs.
//!
//! The console has no password. On a developer's machine every page in the browser reaches it, so what
//! keeps other pages out is what a browser says about them and a page cannot change:
//!
//! - No answer here carries `Access-Control-Allow-Origin`, so another origin cannot read one.
//! - `Sec-Fetch-Site` (Fetch Metadata, section 2.2) says whose page asks. A shop on another port of
//!   127.0.0.1 is `same-site`, and it is the page we expect to be hostile: only `same-origin` and `none`,
//!   an address that somebody typed, may pass. A change asks for `same-origin`.
//! - A browser too old to send that sends `Origin` with every request that changes something and with
//!   every one across origins that could be read: it must be the origin that the request was sent to.
//! - A page whose name was pointed at this machine (DNS rebinding) is of the same origin, but then `Host`
//!   has that name. Names that can be pointed somewhere are refused, other than the one the operator
//!   chose: what is left are addresses and `localhost`.
//!
//! A program sends none of this and may pass: it could open the database as well.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;
use xp2p::{Error, ErrorCode};

use super::Shared;
use crate::failure::Failure;

const SITE: &str = "sec-fetch-site";

/// Lets requests of the console's own page and of programs pass.
pub(super) async fn demand(
    State(platform): Shared,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    check(request.method(), request.headers(), platform.origin.as_str())?;
    Ok(next.run(request).await)
}

fn check(method: &Method, headers: &HeaderMap, public_origin: &str) -> Result<(), Error> {
    let refused = |field: &'static str| {
        let reason =
            "the console answers its own page and programs, under an address or its public name";
        Error::new(ErrorCode::NotFound).at(field).because(reason.into())
    };
    let field = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = field(HOST.as_str()).unwrap_or_default();
    if !is_ours(host, public_origin) {
        return Err(refused("host"));
    }
    match field(SITE) {
        Some("same-origin") => {}
        Some("none") if method.is_safe() => {}
        Some(_) => return Err(refused(SITE)),
        None => {}
    }
    let same = |origin: &str| {
        origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
    };
    if field(ORIGIN.as_str()).is_some_and(|origin| !same(origin)) {
        return Err(refused("origin"));
    }
    Ok(())
}

/// Whether a page under this name can only be our own.
fn is_ours(host: &str, public_origin: &str) -> bool {
    let public = public_origin.split_once("://").map_or("", |(_, authority)| authority);
    if host.eq_ignore_ascii_case(public) {
        return true;
    }
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(method: Method, fields: &[(&'static str, &'static str)]) -> bool {
        let pairs = fields.iter().map(|(name, value)| {
            (axum::http::HeaderName::from_static(name), axum::http::HeaderValue::from_static(value))
        });
        check(&method, &HeaderMap::from_iter(pairs), "https://platform.example").is_ok()
    }

    #[test]
    fn requirement_30_only_the_own_page_and_programs_pass() {
        const HERE: (&str, &str) = ("host", "127.0.0.1:8787");
        assert!(passes(Method::POST, &[HERE]));
        assert!(passes(Method::POST, &[HERE, (SITE, "same-origin")]));
        assert!(passes(Method::GET, &[HERE, (SITE, "none")]));
        assert!(!passes(Method::POST, &[HERE, (SITE, "none")]));
        for site in ["same-site", "cross-site", "", "SAME-ORIGIN"] {
            assert!(!passes(Method::GET, &[HERE, (SITE, site)]), "{site}");
        }
        assert!(passes(Method::POST, &[HERE, ("origin", "http://127.0.0.1:8787")]));
        for origin in ["http://127.0.0.1:8788", "http://localhost:8787", "null", ""] {
            assert!(!passes(Method::POST, &[HERE, ("origin", origin)]), "{origin}");
        }
    }

    #[test]
    fn requirement_30_a_name_that_was_pointed_here_does_not_pass() {
        for host in ["localhost:8787", "LOCALHOST", "[::1]:8787", "192.0.2.7", "platform.example"] {
            assert!(passes(Method::GET, &[("host", host), (SITE, "same-origin")]), "{host}");
        }
        for host in ["evil.example:8787", "127.0.0.1.evil.example", "localhost.evil.example", ""] {
            assert!(!passes(Method::GET, &[("host", host), (SITE, "same-origin")]), "{host}");
        }
        assert!(!passes(Method::GET, &[]));
    }
}
