//! The wallet's page, at an origin of its own: files, the policy they are served under, and the platform
//! they are for.
//!
//! Whoever runs a script at this origin has the payers' keys, so nothing but these files answers here:
//! no console, no answer with a text that somebody else wrote.

use std::path::Path;

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tower_http::services::{ServeDir, ServeFile};

use crate::Platform;

/// The page that a shop's click opens while its checkout is being made. It has no key and decides
/// nothing, and it alone leaves the window to whoever opened it: a page with
/// `Cross-Origin-Opener-Policy` could not be sent on to the checkout.
const OPENING: &str = "/opening";

/// Every address of the wallet's origin.
pub(crate) fn router(platform: &Platform, folder: &Path) -> Router {
    let about = json!({ "platform": platform.origin.as_str() });
    let policy = policy(platform.origin.as_str());
    Router::new()
        .route("/platform.json", get(async move || Json(about)))
        .route_service(OPENING, ServeFile::new(folder.join("opening.html")))
        .fallback_service(ServeDir::new(folder).not_found_service(axum::routing::any(async || {
            (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "text/plain")], "There is nothing here.\n")
        })))
        .layer(from_fn_with_state(policy, protect))
}

/// Nothing from elsewhere but the platform's answers, nothing inline, nobody's frame, and no text that
/// becomes code (requirements 5 and 18). WebAssembly because it is named.
fn policy(platform: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; connect-src 'self' {platform}; frame-ancestors 'none'; base-uri 'none'; \
         form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    );
    // An origin has no character that a header could not take.
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

async fn protect(
    axum::extract::State(policy): axum::extract::State<HeaderValue>,
    request: Request,
    next: Next,
) -> Response {
    let opening = request.uri().path() == OPENING;
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        // A new version of the wallet counts at once.
        (CACHE_CONTROL, "no-cache"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !opening {
        headers.insert(
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        );
    }
    response
}
