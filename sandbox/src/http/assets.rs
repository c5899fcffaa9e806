//! The console's files, compiled into the binary, and the policy they are served under.

use axum::extract::Path;
use axum::extract::Request;
use axum::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use xp2p::ErrorCode;

use crate::failure::Failure;

/// Nothing from elsewhere, nothing inline, nobody's frame, and no text that becomes code (requirements 5
/// and 18).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

macro_rules! files {
    ($($name:literal $media_type:ident;)*) => {
        [$(($name, $media_type, include_str!(concat!("../../console/", $name)))),*]
    };
}

/// Name, media type, content.
const FILES: [(&str, &str, &str); 12] = files! {
    "index.html" HTML;
    "icon.svg" SVG;
    "console.css" CSS;
    "console.js" SCRIPT;
    "words.js" SCRIPT;
    "page.js" SCRIPT;
    "platform.js" SCRIPT;
    "requests.js" SCRIPT;
    "payments.js" SCRIPT;
    "accounts.js" SCRIPT;
    "webhooks.js" SCRIPT;
    "faults.js" SCRIPT;
};

/// `GET /`
pub(super) async fn redirect() -> Redirect {
    Redirect::temporary("/console/")
}

/// `GET /console/`
pub(super) async fn index() -> Result<Response, Failure> {
    file(Path("index.html".into())).await
}

/// `GET /console/{name}`
pub(super) async fn file(Path(name): Path<String>) -> Result<Response, Failure> {
    let found = FILES.iter().find(|(file, ..)| *file == name);
    let (_, media_type, content) = found.ok_or(Failure::from(ErrorCode::NotFound))?;
    Ok(([(CONTENT_TYPE, *media_type)], *content).into_response())
}

/// Puts the policy on every answer of the console, its data and refusals included.
pub(super) async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
