//! What anybody may read: the settings, the keys that sign receipts, and who a handle belongs to.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderName;
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use axum::{Extension, Json};
use serde::Serialize;
use serde_json::{Value, json};
use xp2p::{Error, ErrorCode, Handle};

use super::Shared;
use super::manners::client_address;
use crate::failure::Failure;
use crate::faults::{Kind, Struck};
use crate::receipt::PublishedKey;
use crate::settings::{ENVIRONMENT, OFFERS};
use crate::storage::accounts;

/// Short, because the settings hold the clock.
const FOR_SECONDS: [(HeaderName, &str); 1] = [(CACHE_CONTROL, "public, max-age=30")];

type Cached<T> = ([(HeaderName, &'static str); 1], Json<T>);

/// `GET /.well-known/xp2p`
pub(super) async fn settings(
    State(platform): Shared,
    Extension(struck): Extension<Struck>,
) -> Result<Cached<Value>, Failure> {
    let mut currencies = Vec::with_capacity(OFFERS.len());
    for offer in &OFFERS {
        currencies.push(json!({
            "code": offer.code,
            "exponent": offer.exponent,
            "minimum": offer.minimum,
            "maximum": offer.maximum,
            "passkey_above": offer.passkey_above,
        }));
    }
    let skew = struck.seconds(Kind::ClockSkew).unwrap_or(0);
    let age = struck.seconds(Kind::StaleSettings).unwrap_or(0);
    let settings = json!({
        "environment": ENVIRONMENT,
        "issuer": platform.origin.issuer(),
        "wallet_url": platform.wallet_origin.root(),
        "currencies": currencies,
        "now": platform.clock.now() + skew - age,
    });
    #[cfg(feature = "switches")]
    let settings = crate::careless::settings(settings);
    Ok((FOR_SECONDS, Json(settings)))
}

/// A JSON Web Key Set: RFC 7517 section 5.
#[derive(Serialize)]
pub(super) struct KeySet {
    keys: Vec<PublishedKey>,
}

/// `GET /.well-known/jwks.json`
pub(super) async fn keys(
    State(platform): Shared,
    Extension(struck): Extension<Struck>,
) -> Result<Cached<impl Serialize + use<>>, Failure> {
    let mut transaction = platform.storage.read().await?;
    let mut keys = platform.signer.published(&mut transaction).await?;
    if struck.has(Kind::StaleSettings) && keys.len() > 1 {
        keys.remove(0); // As it was before the newest key was published.
    }
    let set = KeySet { keys };
    #[cfg(feature = "switches")]
    let set = crate::careless::key_set(&set);
    Ok((FOR_SECONDS, Json(set)))
}

/// `GET /v1/handles/{handle}`
pub(super) async fn handle(
    State(platform): Shared,
    path: Result<Path<String>, PathRejection>,
    parts: Parts,
) -> Result<Json<Value>, Failure> {
    let Path(handle) = path.map_err(|_| Error::new(ErrorCode::HandleMalformed).at("handle"))?;
    #[cfg(feature = "switches")]
    crate::careless::find_handle(&handle)?;
    let handle = Handle::parse(&handle)?;
    let address = client_address(&platform, &parts);
    platform.limiters.admit_lookup(handle.as_str(), address)?;
    let mut transaction = platform.storage.read().await?;
    let holder = accounts::by_handle(&mut transaction, handle.as_str())
        .await?
        .ok_or_else(|| Error::new(ErrorCode::HandleUnknown).at("handle"))?;
    let holder = json!(holder);
    #[cfg(feature = "switches")]
    let holder = crate::careless::holder(holder);
    Ok(Json(holder))
}
