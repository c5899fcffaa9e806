//! Who asks: the signature of a request, checked in the order in which it costs least.

use axum::http::HeaderMap;
use axum::http::header::ORIGIN;
use axum::http::request::Parts;
use xp2p::canonical::HttpRequest;
use xp2p::signature::{Policy, Presented, PublicKey};
use xp2p::{Error, ErrorCode};

use super::record::Notes;
use crate::Platform;
use crate::failure::Failure;
use crate::faults::{Kind, Struck};
use crate::journal::Seen;
use crate::settings::ENVIRONMENT;
use crate::storage::keys::{self, Key};

/// The longest web origin that is put into a receipt.
const MAX_ORIGIN: usize = 256;

/// Finds the key that makes itself known by a request with this body: `Operation::introduced`.
pub(crate) type Introduced = fn(&[u8]) -> Result<Option<PublicKey>, Error>;

/// A request whose signature was verified. Its nonce is still to be taken.
pub(crate) struct Signed {
    pub key: Key,
    pub nonce: String,
    pub expires: i64,
    pub idempotency_key: Option<String>,
}

/// Verifies the signature over the request as it arrived: the bytes of the body, and the public origin
/// from the settings with the raw path and query. `Host` and `X-Forwarded-*` are never looked at.
pub(super) async fn authenticate(
    platform: &Platform,
    parts: &Parts,
    body: Option<&[u8]>,
    introduced: Introduced,
) -> Result<Signed, Failure> {
    let request = as_received(platform, parts, body);
    let mut seen = Seen { request, key_id: None, key: None, account: None, now: 0 };
    let signed = verify(platform, parts, introduced, &mut seen).await;
    Notes::put(&parts.extensions, seen);
    signed
}

async fn verify(
    platform: &Platform,
    parts: &Parts,
    introduced: Introduced,
    seen: &mut Seen,
) -> Result<Signed, Failure> {
    if checks!(OneLine) {
        refuse_repeated_fields(&parts.headers)?;
    }
    #[cfg(feature = "switches")]
    if let Some(signed) = crate::careless::authenticate(platform, &seen.request, introduced).await?
    {
        return Ok(signed);
    }
    let presented = Presented::read(&seen.request)?;
    seen.key_id = Some(presented.key_id().into());
    let now = platform.clock.now();
    let mut transaction = platform.storage.read().await?;
    let introduced = || introduced(seen.request.body.as_deref().unwrap_or_default());
    let key = keys::usable(&mut transaction, presented.key_id(), now, introduced).await?;
    drop(transaction);
    seen.account.clone_from(&key.account);
    let public =
        PublicKey::from_jwk_x(&key.x).map_err(|_| Failure::Corrupt("a key of the wrong form"))?;
    let struck = parts.extensions.get::<Struck>().cloned().unwrap_or_default();
    let skew = struck.seconds(Kind::ClockSkew).unwrap_or(0);
    (seen.key, seen.now) = (Some(public), now + skew);
    let now = u64::try_from(seen.now).unwrap_or(0);
    presented.verify(&seen.request, &public, &Policy { environment: ENVIRONMENT, now })?;
    platform.limiters.admit_client(&key.id)?;
    if struck.has(Kind::KeyRevoked) {
        return Err(ErrorCode::KeyRevoked.at("keyid").into());
    }
    let parameters = presented.parameters();
    Ok(Signed {
        key,
        nonce: parameters.nonce().into(),
        expires: i64::try_from(parameters.expires()).unwrap_or(i64::MAX),
        idempotency_key: presented.idempotency_key().map(|key| key.as_str().into()),
    })
}

/// The web origin that sent the request, as the browser says it (Fetch, section 3.2): one that is
/// opaque (`null`) or that no browser writes is left out.
pub(super) fn web_origin(headers: &HeaderMap) -> Option<String> {
    let mut lines = headers.get_all(ORIGIN).iter();
    let (origin, further) = (lines.next()?.to_str().ok()?, lines.next());
    (is_web_origin(origin) && further.is_none()).then(|| origin.into())
}

/// Whether a browser could write this as an origin.
pub(crate) fn is_web_origin(text: &str) -> bool {
    text.len() <= MAX_ORIGIN
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && text
            .split_once("://")
            .is_some_and(|(scheme, host)| !scheme.is_empty() && !host.is_empty())
}

/// `Sec-Fetch-Site` (Fetch Metadata, section 2.4). A browser writes it once and a page cannot; whatever
/// else arrives is kept, so that it is not taken for absent.
pub(super) fn sec_fetch_site(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all("sec-fetch-site").iter();
    lines
        .map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned())
        .reduce(|all, line| all + ", " + &line)
}

/// RFC 9421 would join the lines of a field. A client of this contract never sends two, and somebody who
/// adds a second one hopes that two parties read different ones.
fn refuse_repeated_fields(headers: &HeaderMap) -> Result<(), Error> {
    for (name, code) in [
        ("signature", ErrorCode::SignatureMalformed),
        ("signature-input", ErrorCode::SignatureMalformed),
        ("content-digest", ErrorCode::SignatureMalformed),
        ("content-type", ErrorCode::ContentTypeUnsupported),
        ("idempotency-key", ErrorCode::IdempotencyKeyMalformed),
    ] {
        if headers.get_all(name).iter().nth(1).is_some() {
            return Err(Error::new(code).at(name));
        }
    }
    Ok(())
}

fn as_received(platform: &Platform, parts: &Parts, body: Option<&[u8]>) -> HttpRequest {
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let mut request =
        HttpRequest::new(parts.method.as_str(), format!("{}{target}", platform.origin));
    for (name, value) in &parts.headers {
        // A value that is not UTF-8 cannot be what was signed: the replacement makes it fail.
        request = request.with_field(name.as_str(), String::from_utf8_lossy(value.as_bytes()));
    }
    request.body = body.map(<[u8]>::to_vec);
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_an_origin_that_a_browser_writes_is_noted() {
        let read = |value: &'static str| {
            web_origin(&HeaderMap::from_iter([(ORIGIN, HeaderValue::from_static(value))]))
        };
        assert_eq!(read("https://shop.example").as_deref(), Some("https://shop.example"));
        assert!(read("chrome-extension://abcdef").is_some());
        for value in ["null", "", "https://", "https://a b"] {
            assert_eq!(read(value), None, "{value}");
        }
        assert_eq!(web_origin(&HeaderMap::new()), None);
    }
}
