//! Who may sign people in and up, outside the contract: the wallet's page, and programs.
//!
//! On a developer's machine every page in the browser reaches the sandbox. A page that could enrol a key for a
//! test person, or open accounts, would be what the wallet alone is, so pages of other origins are kept out by
//! what a browser says about them and a page cannot change: `Origin`, and `Sec-Fetch-Site` where there is none
//! (Fetch Metadata, section 2.4).

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use tower_http::cors::AllowOrigin;
use xp2p::{Error, ErrorCode};

use super::signed::{sec_fetch_site, web_origin};
use super::{Shared, accounts, enrolments};
use crate::Platform;
use crate::failure::Failure;
use crate::settings::Origin;

/// What only the wallet's page and programs may ask for.
pub(super) fn routes(platform: &Arc<Platform>) -> Router<Arc<Platform>> {
    Router::new()
        // `OPTIONS` by itself: the console reads at the same address, and other origins may not.
        .route("/sandbox/accounts", post(accounts::open).options(async || StatusCode::NO_CONTENT))
        .route("/sandbox/accounts/{handle}/pages", post(accounts::register_pages))
        .route("/sandbox/accounts/{handle}/rename", post(accounts::rename))
        .route("/sandbox/enrolments", post(enrolments::enrol))
        .route("/sandbox/enrolments/challenge", post(enrolments::challenge))
        .route("/sandbox/people", get(enrolments::people))
        .route_layer(from_fn_with_state(platform.clone(), demand))
}

/// The one origin whose pages read the answers.
pub(super) fn allowed(platform: &Platform) -> AllowOrigin {
    // An origin has no character that a header could not take.
    let wallet = HeaderValue::try_from(platform.wallet_origin.as_str());
    AllowOrigin::exact(wallet.unwrap_or(HeaderValue::from_static("null")))
}

async fn demand(
    State(platform): Shared,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    if !may_ask(request.headers(), &platform.wallet_origin, &platform.origin) {
        let why = "people are signed in by the wallet's page, and by programs";
        return Err(Error::new(ErrorCode::NotFound).at("origin").because(why.into()).into());
    }
    Ok(next.run(request).await)
}

fn may_ask(headers: &HeaderMap, wallet: &Origin, platform: &Origin) -> bool {
    if headers.contains_key(ORIGIN) {
        return web_origin(headers).as_deref() == Some(wallet.as_str());
    }
    match sec_fetch_site(headers).as_deref() {
        None | Some("none") => true,
        Some(site) => site == "same-origin" && wallet == platform,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    const WALLET: &str = "http://localhost:8790";

    fn passes(fields: &[(&'static str, &'static str)], platform: &str) -> bool {
        let fields = fields
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let headers = HeaderMap::from_iter(fields);
        may_ask(&headers, &WALLET.parse().unwrap(), &platform.parse().unwrap())
    }

    #[test]
    fn requirement_30_only_the_wallets_page_and_programs_sign_people_in() {
        let elsewhere = "http://127.0.0.1:8787";
        let site = "sec-fetch-site";
        assert!(passes(&[], elsewhere));
        assert!(passes(&[(site, "none")], elsewhere));
        assert!(passes(&[("origin", WALLET), (site, "cross-site")], elsewhere));
        assert!(passes(&[("origin", WALLET)], elsewhere));
        for origin in ["http://localhost:8788", "http://127.0.0.1:8790", elsewhere, "null", ""] {
            assert!(!passes(&[("origin", origin)], elsewhere), "{origin}");
        }
        for value in ["same-origin", "same-site", "cross-site", ""] {
            assert!(!passes(&[(site, value)], elsewhere), "{value}");
        }
        // A page that reads from its own origin does not name it.
        assert!(passes(&[(site, "same-origin")], WALLET));
        assert!(!passes(&[(site, "same-site")], WALLET));
    }
}
