//! Refusals: problem documents of RFC 9457, each with a code of the contract.

use anyhow::{Result, ensure};
use xp2p::canonical::HttpRequest;

use super::platform::json_of;
use super::trial::{Trial, refusal};
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule(
        "implementing 7",
        "a refusal has a code, the status of that code, and says whether to retry",
        &["problem-media-type", "problem-code", "problem-retryable", "refusal-status"],
        coded,
    ),
    rule(
        "openapi",
        "its document has type, title, status and the request's id",
        &["problem-type", "problem-title", "problem-status", "problem-request-id"],
        whole,
    ),
    rule("openapi", "an address that is not there is not_found", &["unknown-address"], nowhere),
    rule("openapi", "a method that is not there is method_not_allowed", &["method"], other_method),
];

fn coded(trial: &Trial) -> Result<()> {
    refusal(&trial.platform.get("/v1/handles/nobody-has-this-1")?, "handle_unknown")?;
    refusal(&trial.platform.send(&trial.payment())?, "signature_missing")
}

fn whole(trial: &Trial) -> Result<()> {
    let answer = trial.platform.get("/v1/handles/nobody-has-this-1")?;
    let problem = json_of(&answer)?;
    ensure!(problem["type"] == "urn:xp2p:error:handle_unknown", "type {}", problem["type"]);
    ensure!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "no title");
    ensure!(problem["status"] == answer.status, "status {} in it", problem["status"]);
    let id = problem["request_id"].as_str().and_then(|id| id.strip_prefix("req_"));
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let in_form = |id: &str| (8..=40).contains(&id.len()) && id.bytes().all(plain);
    ensure!(id.is_some_and(in_form), "request_id {}", problem["request_id"]);
    Ok(())
}

fn nowhere(trial: &Trial) -> Result<()> {
    refusal(&trial.platform.get("/v1/nothing-is-here")?, "not_found")
}

fn other_method(trial: &Trial) -> Result<()> {
    let url = format!("{}/v1/payments", trial.platform.origin);
    refusal(&trial.platform.send(&HttpRequest::new("DELETE", url))?, "method_not_allowed")
}
