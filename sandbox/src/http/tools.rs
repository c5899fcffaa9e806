//! Outside the contract, for development only: the clock, the faults and the platform's own keys.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use xp2p::{Error, ErrorCode};

use super::{Shared, read};
use crate::Platform;
use crate::failure::Failure;
use crate::faults::{Rule, Rules};
use crate::storage::{self, development};

/// A hundred years: beyond, dates stop making sense.
const FARTHEST: i64 = 100 * 365 * 24 * 60 * 60;
/// How long before its first use a key can be published.
const LONGEST_NOTICE: i64 = 24 * 60 * 60;

/// `GET /sandbox/clock`
pub(super) async fn clock(State(platform): Shared) -> Json<Value> {
    Json(json!({ "now": platform.clock.now(), "ahead": platform.clock.moved() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moving {
    ahead: Option<i64>,
    advance: Option<i64>,
}

/// `POST /sandbox/clock`: moves the clock of all sandboxes on this database.
pub(super) async fn move_clock(
    State(platform): Shared,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Failure> {
    let moving: Moving = read(&headers, body)?;
    storage::retry(|| async {
        let mut transaction = platform.storage.write().await?;
        let ahead = match moving {
            Moving { ahead: Some(ahead), advance: None } => ahead,
            Moving { ahead: None, advance: Some(seconds) } => {
                development::clock_ahead(&mut transaction).await?.saturating_add(seconds)
            }
            _ => return Err(ErrorCode::RequestMalformed.into()),
        };
        if !(-FARTHEST..=FARTHEST).contains(&ahead) {
            return Err(ErrorCode::RequestMalformed.at("ahead").into());
        }
        development::move_clock(&mut transaction, ahead).await?;
        transaction.commit().await?;
        platform.clock.set_moved(ahead);
        Ok(())
    })
    .await?;
    Ok(clock(State(platform)).await)
}

/// `GET /sandbox/faults`: the rules, and what each did at this sandbox.
pub(super) async fn faults(State(platform): Shared) -> Json<Value> {
    let (seed, rules) = platform.faults.report();
    Json(json!({ "seed": seed, "rules": rules }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Faulting {
    /// One of our own choice when there is none. The answer says which.
    seed: Option<u32>,
    rules: Vec<Rule>,
}

/// `POST /sandbox/faults`: these rules instead of those before.
pub(super) async fn set_faults(
    State(platform): Shared,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Failure> {
    let Faulting { seed, rules } = read(&headers, body)?;
    let seed = match seed {
        Some(seed) => seed,
        None => getrandom::u32().map_err(|_| Failure::Corrupt("no random bytes"))?,
    };
    let rules = Rules { seed, rules };
    if !rules.are_sound() {
        let sound = "each rule has seconds in the fault's range, and at most one of `probability` (0 to 1), \
                     `count` and `every` (from 1)";
        let refusal = Error::new(ErrorCode::RequestMalformed).at("rules");
        return Err(refusal.because(sound.into()).into());
    }
    put(&platform, &rules).await?;
    Ok(faults(State(platform)).await)
}

/// `DELETE /sandbox/faults`: nothing goes wrong any more.
pub(super) async fn end_faults(State(platform): Shared) -> Result<StatusCode, Failure> {
    put(&platform, &Rules::default()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn put(platform: &Platform, rules: &Rules) -> Result<(), Failure> {
    let text =
        serde_json::to_string(rules).map_err(|_| Failure::Corrupt("text that is no JSON"))?;
    storage::retry(|| async {
        let mut transaction = platform.storage.write().await?;
        development::set_faults(&mut transaction, &text).await?;
        let (number, text) = development::faults(&mut transaction).await?;
        transaction.commit().await?;
        platform.faults.take_over(number, &text);
        Ok(())
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    /// How many seconds before its first use the new key is published.
    #[serde(default)]
    notice: i64,
    /// Whether the old ones are taken out of the set, as if they had been stolen.
    #[serde(default)]
    withdraw: bool,
}

/// `POST /sandbox/keys/rotate`: another key signs for the platform.
pub(super) async fn rotate(
    State(platform): Shared,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Value>), Failure> {
    let Rotation { notice, withdraw } = read(&headers, body)?;
    if !(0..=LONGEST_NOTICE).contains(&notice) {
        return Err(ErrorCode::RequestMalformed.at("notice").into());
    }
    let now = platform.clock.now();
    let key = storage::retry(|| platform.signer.rotate(&platform.storage, now, notice, withdraw));
    Ok((StatusCode::CREATED, Json(json!({ "key": key.await?, "used_from": now + notice }))))
}
