//! Outside the contract, for development only: enrolling a key without any proof, and reading the
//! whole ledger. A real platform has neither.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use xp2p::signature::PublicKey;
use xp2p::{Error, ErrorCode, Handle};

use super::{Shared, read, refuse_nul};
use crate::failure::Failure;
use crate::settings;
use crate::storage::ledger::signed_value;
use crate::storage::statement::{self, Filter};
use crate::storage::{self, accounts, keys};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Enrolment {
    handle: String,
    jwk: Jwk,
}

/// A public key as WebCrypto exports it: RFC 8037 section 2, with members that say nothing new.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
}

/// `POST /sandbox/enrolments`: the key may from now on approve payments from the handle's account.
pub(super) async fn enrol(
    State(platform): Shared,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Value>), Failure> {
    let Enrolment { handle, jwk } = read(&headers, body)?;
    let handle = Handle::parse(&handle)?;
    if jwk.kty != "OKP" || jwk.crv != "Ed25519" {
        return Err(Error::new(ErrorCode::KeyMalformed).at("jwk").into());
    }
    let public = PublicKey::from_jwk_x(&jwk.x).map_err(|error| error.at("jwk.x"))?;
    let (holder, key) = storage::retry(|| async {
        let mut transaction = platform.storage.write().await?;
        let holder = accounts::by_handle(&mut transaction, handle.as_str())
            .await?
            .ok_or_else(|| Error::new(ErrorCode::HandleUnknown).at("handle"))?;
        let now = platform.clock.now();
        let key = keys::enrol(&mut transaction, &public, &holder.account, None, now).await?;
        transaction.commit().await?;
        Ok((holder, key))
    })
    .await?;
    let answer = json!({
        "key_id": key.id,
        "handle": holder.handle,
        "account": holder.account,
        "role": key.role.as_str(),
    });
    Ok((StatusCode::CREATED, Json(answer)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LedgerQuery {
    payment: Option<String>,
    handle: Option<String>,
}

/// `GET /sandbox/ledger`, of one payment or one handle if the query says so.
pub(super) async fn ledger(
    State(platform): Shared,
    query: Result<Query<LedgerQuery>, QueryRejection>,
) -> Result<Json<Value>, Failure> {
    let Query(LedgerQuery { payment, handle }) =
        query.map_err(|_| Failure::from(ErrorCode::RequestMalformed))?;
    let handle = handle.map(|handle| Handle::parse(&handle)).transpose()?;
    refuse_nul(payment.as_deref().unwrap_or_default(), ErrorCode::RequestMalformed)?;
    let filter =
        Filter { payment: payment.as_deref(), handle: handle.as_ref().map(Handle::as_str) };
    let mut transaction = platform.storage.read().await?;
    let mut balances = Vec::new();
    for balance in statement::balances(&mut transaction, &filter).await? {
        balances.push(json!({
            "handle": balance.handle,
            "account": balance.account,
            "amount": money(balance.minor, &balance.currency)?,
        }));
    }
    let mut legs = Vec::new();
    for leg in statement::legs(&mut transaction, &filter).await? {
        legs.push(json!({
            "transfer": leg.transfer,
            "payment": leg.payment,
            "handle": leg.handle,
            "account": leg.account,
            "amount": money(leg.minor, &leg.currency)?,
            "created_at": leg.created_at,
        }));
    }
    let mut sums = Vec::new();
    for sum in statement::sums(&mut transaction).await? {
        sums.push(money(sum.minor, &sum.currency)?);
    }
    Ok(Json(json!({ "balances": balances, "legs": legs, "sums": sums })))
}

/// `GET /healthz`: whether the database answers.
pub(super) async fn health(State(platform): Shared) -> Result<Json<Value>, Failure> {
    platform.storage.ping().await?;
    Ok(Json(json!({ "status": "ok" })))
}

pub(super) fn money(minor: i64, currency: &str) -> Result<Value, Failure> {
    let exponent = settings::currency(currency)?.exponent();
    Ok(json!({ "value": signed_value(minor, exponent), "currency": currency }))
}
