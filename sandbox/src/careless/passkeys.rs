//! What a careless platform takes for a passkey's answer.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Switch, off};
use crate::failure::Failure;
use crate::http::problem;
use crate::operation::Order;
use crate::storage::Connection;
use crate::storage::passkeys::{Credential, Passkey};
use crate::storage::replay::{self, Intent, Reply};

/// The state of a ceremony, as a platform keeps it that asks for less.
pub(crate) fn state(state: &impl Serialize) -> String {
    let mut state = json!(state);
    match off() {
        Some(Switch::PasskeyVerified) => each(&mut state, &|name, value| {
            if name.ends_with("policy") {
                *value = "discouraged".into();
            }
        }),
        Some(Switch::PasskeyCounter) => each(&mut state, &|name, value| {
            if name == "counter" {
                *value = 0.into();
            }
        }),
        _ => {}
    }
    state.to_string()
}

fn each(value: &mut Value, change: &impl Fn(&str, &mut Value)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                change(name, member);
                each(member, change);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each(item, change)),
        _ => {}
    }
}

/// A counter that has grown, whatever it is.
pub(crate) fn counter(counter: i64, verifier: &str) -> i64 {
    if Switch::PasskeyCounter.is_off() { known(verifier).1 + 1 } else { counter }
}

/// What was verified, or what some passkey of the account would have answered.
pub(crate) fn taken(
    verified: Result<(String, Credential), Failure>,
    existing: &[Passkey],
) -> Result<(String, Credential), Failure> {
    let (Err(_), true, Some(passkey)) =
        (&verified, Switch::PasskeyAnswer.is_off(), existing.first())
    else {
        return verified;
    };
    let verifier = passkey.credential.clone().unwrap_or_default();
    let (id, counter) = known(&verifier);
    // More than the authenticator of a test counts to.
    Ok((passkey.id.clone(), Credential { id, verifier, counter: counter + 100 }))
}

/// The id and the counter of a credential.
fn known(verifier: &str) -> (String, i64) {
    let credential: Value = serde_json::from_str(verifier).unwrap_or_default();
    let credential = &credential["cred"];
    let id = credential["cred_id"].as_str().unwrap_or_default();
    (id.into(), credential["counter"].as_i64().unwrap_or_default())
}

/// Whether an answer counts that was given for something else.
pub(crate) async fn answered(
    connection: &mut Connection,
    key: &str,
    digest: &str,
    now: i64,
) -> Result<bool, Failure> {
    let find = match off() {
        Some(Switch::PasskeyBody) => {
            "SELECT id FROM passkey_challenges
             WHERE key = $1 AND $2 <> '' AND status = 'answered' AND expires_at > $3"
        }
        Some(Switch::PasskeyKey) => {
            "SELECT id FROM passkey_challenges
             WHERE $1 <> '' AND digest = $2 AND status = 'answered' AND expires_at > $3"
        }
        Some(Switch::PasskeyInTime) => {
            "SELECT id FROM passkey_challenges
             WHERE key = $1 AND digest = $2 AND status = 'answered' AND $3 > 0"
        }
        Some(Switch::PasskeyOnce) => {
            "SELECT id FROM passkey_challenges
             WHERE key = $1 AND digest = $2 AND status IN ('answered', 'used') AND expires_at > $3"
        }
        _ => return Ok(false),
    };
    let found: Option<String> = sqlx::query_scalar(find)
        .bind(key)
        .bind(digest)
        .bind(now)
        .fetch_optional(connection)
        .await?;
    Ok(found.is_some())
}

/// Keeps the refusal of who has not used a passkey as the intent's answer.
pub(crate) async fn keep_demand(
    connection: &mut Connection,
    intent: &Intent<'_>,
    demanded: &Result<(), Failure>,
    order: &Order,
    now: i64,
) -> Result<(), Failure> {
    if let (Err(Failure::Refused(refused)), true) = (demanded, Switch::PasskeyKept.is_off()) {
        let (status, body) = problem::document(refused, &order.request_id);
        let reply = Reply { status, body, location: None, payment: None };
        replay::keep_answer(connection, intent, &reply, now).await?;
    }
    Ok(())
}
