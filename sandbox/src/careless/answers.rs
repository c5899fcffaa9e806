//! What a careless platform says.

use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CONTENT_TYPE, LOCATION,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Switch, bodies, off};

/// Another party than the one it should be.
pub(super) fn another_party() -> Value {
    json!({ "handle": "carol", "account": "acct_carol000" })
}

/// A digest of something else.
pub(super) const ANOTHER_DIGEST: &str = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";

/// Writes a value as JSON, with a change that the switch that is off makes to it.
fn changed(value: &impl Serialize, change: impl FnOnce(Switch, &mut Value)) -> Value {
    let mut value = serde_json::to_value(value).unwrap_or_default();
    if let Some(switch) = off() {
        change(switch, &mut value);
    }
    value
}

pub(super) fn leave_out(object: &mut Value, name: &str) {
    if let Some(members) = object.as_object_mut() {
        members.shift_remove(name);
    }
}

/// The settings.
pub(crate) fn settings(settings: Value) -> Value {
    changed(&settings, |switch, settings| match switch {
        Switch::SettingsEnvironment => settings["environment"] = "live".into(),
        Switch::SettingsIssuer => settings["issuer"] = "https://elsewhere.example/sandbox".into(),
        Switch::SettingsCurrencies => settings["currencies"] = json!([]),
        Switch::SettingsExponent => settings["currencies"][0]["exponent"] = 3.into(),
        Switch::SettingsLimits => leave_out(&mut settings["currencies"][0], "maximum"),
        Switch::SettingsWallet => settings["wallet_url"] = "https://wallet.example/here/".into(),
        Switch::SettingsClock => {
            settings["now"] = (settings["now"].as_i64().unwrap_or_default() + 3600).into();
        }
        _ => {}
    })
}

/// The platform's own keys.
pub(crate) fn key_set(keys: &impl Serialize) -> Value {
    changed(keys, |switch, keys| {
        let key = &mut keys["keys"][0];
        let kid = key["kid"].as_str().unwrap_or_default();
        match switch {
            Switch::KeyEnvironment => key["kid"] = kid.replace("sandbox:", "").into(),
            Switch::KeyThumbprint => key["kid"] = "sandbox:receipts-of-this-year".into(),
            Switch::KeyPrivate => key["d"] = key["x"].clone(),
            Switch::KeyUse => leave_out(key, "use"),
            _ => {}
        }
    })
}

/// Who has a handle.
pub(crate) fn holder(holder: Value) -> Value {
    changed(&holder, |switch, holder| {
        if switch == Switch::HandleHolder {
            leave_out(holder, "name");
        }
    })
}

/// What an operation answers.
pub(crate) fn answer(status: u16, answer: &impl Serialize) -> Value {
    changed(answer, |switch, answer| {
        if answer["id"].as_str().is_some_and(|id| id.starts_with("pay_")) {
            payment(switch, status, answer);
        }
        bodies::change(switch, status, answer);
    })
}

fn payment(switch: Switch, status: u16, payment: &mut Value) {
    match switch {
        Switch::PaymentKept if status == 200 => leave_out(payment, "receipt"),
        Switch::PaymentPayer => payment["payer"] = another_party(),
        Switch::PaymentPayee => payment["payee"] = another_party(),
        Switch::PaymentAmount => payment["amount"]["value"] = "0.11".into(),
        Switch::PaymentTexts => {
            leave_out(payment, "reference");
            leave_out(payment, "note");
        }
        Switch::PaymentDigest => payment["request_digest"] = ANOTHER_DIGEST.into(),
        Switch::PaymentEnvironment => payment["environment"] = "live".into(),
        Switch::PaymentStatus => payment["status"] = "approved".into(),
        Switch::PaymentTime => {
            payment["created_at"] =
                (payment["created_at"].as_i64().unwrap_or_default() * 1000).into();
        }
        _ => {}
    }
}

/// The header of a receipt.
pub(crate) fn header(header: &impl Serialize) -> Value {
    changed(header, |switch, header| match switch {
        Switch::ReceiptAlgorithm => header["alg"] = "HS256".into(),
        Switch::ReceiptType => header["typ"] = "JWT".into(),
        Switch::ReceiptHeader => header["jku"] = "https://elsewhere.example/keys".into(),
        Switch::ReceiptKeyId => {
            header["kid"] = "sandbox:kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k".into();
        }
        _ => {}
    })
}

/// The claims of a receipt.
pub(crate) fn claims(claims: &impl Serialize) -> Value {
    changed(claims, |switch, claims| match switch {
        Switch::ReceiptIssuer => claims["iss"] = "https://elsewhere.example/sandbox".into(),
        Switch::ReceiptTime => {
            claims["iat"] = (claims["iat"].as_i64().unwrap_or_default() * 1000).into();
        }
        Switch::ReceiptPayment => claims["jti"] = "pay_0000000000000000".into(),
        Switch::ReceiptPayer => claims["payer"] = another_party(),
        Switch::ReceiptPayee => claims["payee"] = another_party(),
        Switch::ReceiptAmount => claims["amount"]["value"] = "0.11".into(),
        Switch::ReceiptReference => leave_out(claims, "reference"),
        Switch::ReceiptDigest => claims["request_digest"] = ANOTHER_DIGEST.into(),
        Switch::ReceiptOrigin => leave_out(claims, "origin"),
        Switch::ReceiptClaims => claims["name"] = "Alice Martin".into(),
        _ => {}
    })
}

/// A problem document.
pub(crate) fn problem(document: &impl Serialize) -> Value {
    changed(document, |switch, document| match switch {
        Switch::ProblemCode => leave_out(document, "code"),
        Switch::ProblemType => leave_out(document, "type"),
        Switch::ProblemTitle => leave_out(document, "title"),
        Switch::ProblemStatus => document["status"] = 200.into(),
        Switch::ProblemRetryable => document["retryable"] = true.into(),
        Switch::ProblemRequestId => leave_out(document, "request_id"),
        _ => {}
    })
}

/// The status and the fields of every answer.
pub(crate) async fn fields(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let problem = response.status().as_u16() >= 400;
    match off() {
        Some(Switch::RefusalStatus) if problem => *response.status_mut() = StatusCode::BAD_REQUEST,
        Some(switch) => change_fields(switch, problem, response.headers_mut()),
        None => {}
    }
    response
}

fn change_fields(switch: Switch, problem: bool, fields: &mut HeaderMap) {
    let text = HeaderValue::from_static;
    match switch {
        Switch::ProblemMediaType if problem => {
            fields.insert(CONTENT_TYPE, text("application/json"));
        }
        Switch::Replayed => drop(fields.remove("idempotency-replayed")),
        Switch::Location => drop(fields.remove(LOCATION)),
        Switch::AnyOrigin => drop(fields.remove(ACCESS_CONTROL_ALLOW_ORIGIN)),
        Switch::AnyMethod => drop(fields.insert(ACCESS_CONTROL_ALLOW_METHODS, text("GET"))),
        Switch::SignatureFields => {
            fields.insert(ACCESS_CONTROL_ALLOW_HEADERS, text("content-type,idempotency-key"));
        }
        Switch::ExposedFields => drop(fields.remove(ACCESS_CONTROL_EXPOSE_HEADERS)),
        Switch::RefusalsRead if problem => drop(fields.remove(ACCESS_CONTROL_ALLOW_ORIGIN)),
        Switch::NoCredentials => {
            fields.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, text("true"));
        }
        _ => {}
    }
}
