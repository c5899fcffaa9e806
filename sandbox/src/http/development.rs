//! Outside the contract, for development only: reading the whole ledger. A real platform lets nobody.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};
use xp2p::{ErrorCode, Handle};

use super::{Shared, refuse_nul};
use crate::failure::Failure;
use crate::settings;
use crate::storage::ledger::signed_value;
use crate::storage::statement::{self, Filter};

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
