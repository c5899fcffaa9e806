//! Outside the contract, for development only: further people and merchants, and where a merchant's
//! pages are. A real platform asks who somebody is first, and has an origin proved.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;
use xp2p::canonical::is_displayable;
use xp2p::{Amount, Error, ErrorCode, Handle};

use super::{Shared, read};
use crate::failure::Failure;
use crate::settings::{Origin, currency, offer};
use crate::storage::{self, Connection, accounts, new_id, pages, seed};

/// The most characters of a name: `Payee` of the contract.
const MAX_NAME: usize = 80;
/// An account starts with at most so many times what one payment may be.
const PAYMENTS_TO_START_WITH: i64 = 100;
/// The most origins and the most return addresses of one request, and the longest of them.
const MAX_PAGES: usize = 16;
const MAX_URL: usize = 2048;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opening {
    handle: String,
    name: String,
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    funds: Vec<Funds>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Person,
    Merchant,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Funds {
    value: String,
    currency: String,
}

/// `POST /sandbox/accounts`: another account, with a handle and perhaps test money.
pub(super) async fn open(
    State(platform): Shared,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Value>), Failure> {
    let opening: Opening = read(&headers, body)?;
    let handle = Handle::parse(&opening.handle)?;
    let name = &opening.name;
    if name.is_empty() || name.chars().count() > MAX_NAME || !is_displayable(name) {
        return Err(ErrorCode::RequestMalformed.at("name").into());
    }
    let funds = opening.funds.iter().map(starting_funds).collect::<Result<Vec<_>, _>>()?;
    let kind = match opening.kind {
        Kind::Person => "person",
        Kind::Merchant => "merchant",
    };
    let account = new_id("acct");
    let now = platform.clock.now();
    storage::retry(|| async {
        let mut transaction = platform.storage.write().await?;
        accounts::open(&mut transaction, &account, kind, &opening.name, now).await?;
        give(&mut transaction, &account, &handle).await?;
        for funds in &funds {
            seed::issue(&mut transaction, &account, funds, now).await?;
        }
        Ok(transaction.commit().await?)
    })
    .await?;
    let answer = json!({
        "handle": handle.as_str(),
        "account": account,
        "name": opening.name,
        "kind": kind,
    });
    Ok((StatusCode::CREATED, Json(answer)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Renaming {
    handle: String,
}

/// `POST /sandbox/accounts/{handle}/rename`: the account takes another handle, and frees the one it had.
pub(super) async fn rename(
    State(platform): Shared,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Failure> {
    let Path(former) = path.map_err(|_| ErrorCode::HandleMalformed.at("handle"))?;
    let former = Handle::parse(&former)?;
    let handle = Handle::parse(&read::<Renaming>(&headers, body)?.handle)?;
    let holder = storage::retry(|| async {
        let mut transaction = platform.storage.write().await?;
        let holder = accounts::by_handle(&mut transaction, former.as_str())
            .await?
            .ok_or_else(|| ErrorCode::HandleUnknown.at("handle"))?;
        give(&mut transaction, &holder.account, &handle).await?;
        transaction.commit().await?;
        Ok(holder)
    })
    .await?;
    let answer = json!({
        "handle": handle.as_str(),
        "account": holder.account,
        "name": holder.name,
        "kind": holder.kind,
    });
    Ok(Json(answer))
}

/// Gives an account a handle, unless it or one that looks like it is or was somebody's.
///
/// Which of the two, and whose, is not said: by guessing one would learn of handles that nobody could
/// look up as fast, and how close to one another may come.
async fn give(connection: &mut Connection, account: &str, handle: &Handle) -> Result<(), Failure> {
    if accounts::name(connection, account, handle).await? {
        return Ok(());
    }
    let taken = Error::new(ErrorCode::RequestMalformed).at("handle");
    Err(taken.because("this handle, or one that looks like it, is taken".into()).into())
}

/// Play money has a limit too: the account that it comes from must stay countable.
fn starting_funds(funds: &Funds) -> Result<Amount, Error> {
    let read = || Amount::parse_in(&funds.value, currency(&funds.currency)?);
    let amount = read().map_err(|error| error.within("funds"))?;
    let offer =
        offer(&funds.currency).ok_or(ErrorCode::CurrencyUnsupported.at("funds.currency"))?;
    let (_, maximum) = offer.limits()?;
    if amount.minor() > maximum.minor() * PAYMENTS_TO_START_WITH {
        return Err(ErrorCode::AmountOverMaximum.at("funds.amount"));
    }
    Ok(amount)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pages {
    #[serde(default)]
    origins: Vec<String>,
    #[serde(default)]
    return_urls: Vec<String>,
}

/// `POST /sandbox/accounts/{handle}/pages`: registers origins and return addresses.
pub(super) async fn register_pages(
    State(platform): Shared,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Failure> {
    let Path(handle) = path.map_err(|_| ErrorCode::HandleMalformed.at("handle"))?;
    let handle = Handle::parse(&handle)?;
    let Pages { origins, return_urls } = read(&headers, body)?;
    if origins.len() > MAX_PAGES || return_urls.len() > MAX_PAGES {
        return Err(ErrorCode::RequestMalformed.into());
    }
    let origins = origins.iter().map(|text| origin(text)).collect::<Result<Vec<_>, _>>()?;
    let return_urls =
        return_urls.iter().map(|text| return_url(text)).collect::<Result<Vec<_>, _>>()?;
    let (origins, return_urls) = storage::retry(|| async {
        let mut transaction = platform.storage.write().await?;
        let holder = accounts::by_handle(&mut transaction, handle.as_str())
            .await?
            .ok_or_else(|| ErrorCode::HandleUnknown.at("handle"))?;
        for origin in &origins {
            pages::register_origin(&mut transaction, &holder.account, origin.as_str()).await?;
        }
        for url in &return_urls {
            pages::register_return_url(&mut transaction, &holder.account, url.as_str()).await?;
        }
        let registered = pages::registered(&mut transaction, &holder.account).await?;
        transaction.commit().await?;
        Ok(registered)
    })
    .await?;
    let answer =
        json!({ "handle": handle.as_str(), "origins": origins, "return_urls": return_urls });
    Ok(Json(answer))
}

fn origin(text: &str) -> Result<Origin, Error> {
    let origin = text.parse().ok().filter(|_| text.len() <= MAX_URL);
    origin.ok_or_else(|| ErrorCode::RequestMalformed.at("origins"))
}

/// Origin and path: whatever a query or a fragment adds is no part of what is registered.
fn return_url(text: &str) -> Result<Url, Error> {
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.as_str().len() <= MAX_URL
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    url.ok_or_else(|| ErrorCode::RequestMalformed.at("return_urls"))
}
