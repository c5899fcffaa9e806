//! What anybody may read.

use xp2p::ErrorCode;
use xp2p::canonical::HttpRequest;
use xp2p::client::Settings;
use xp2p::receipt::KeySet;
use xp2p::transport::Platform;

use crate::client::{assert_refused, get, json_of, send};
use crate::server::{ORIGIN, Server};

#[test]
fn settings_are_what_the_sdk_takes() {
    let server = Server::start();
    let answer = get(&server, "/.well-known/xp2p");
    let settings = Settings::read(&answer, &Platform::parse(ORIGIN).unwrap()).unwrap();
    assert_eq!(settings.environment(), "sandbox");
    let json = json_of(&answer);
    assert_eq!(json["issuer"], format!("{ORIGIN}/sandbox"));
    assert!((server.clock.now() - json["now"].as_i64().unwrap()).abs() < 10);
    let codes: Vec<_> = json["currencies"].as_array().unwrap().iter().map(|c| &c["code"]).collect();
    assert_eq!(codes, ["EUR", "USD", "JPY", "KWD", "HUF"]);
    assert_eq!(settings.currency("HUF").unwrap().exponent(), 0, "ISO 4217 has 2");
    assert!(answer.field("cache-control").unwrap().contains("max-age"));
}

#[test]
fn the_receipt_key_stays_the_same_and_names_its_environment() {
    let server = Server::start();
    let before = get(&server, "/.well-known/jwks.json").body;
    KeySet::parse(&before).unwrap();
    let kid =
        serde_json::from_slice::<serde_json::Value>(&before).unwrap()["keys"][0]["kid"].clone();
    assert!(kid.as_str().unwrap().starts_with("sandbox:"));
    let server = server.restart();
    assert_eq!(get(&server, "/.well-known/jwks.json").body, before);
}

#[test]
fn handles_are_folded_and_resolved() {
    let server = Server::start();
    for written in ["lutece", "Lutece", "%40LUTECE"] {
        let holder = json_of(&get(&server, &format!("/v1/handles/{written}")));
        assert_eq!(
            holder,
            serde_json::json!({
                "handle": "lutece",
                "account": "acct_lutece00",
                "name": "Lutèce Books",
                "kind": "merchant",
            })
        );
    }
    let refused = |path: &str, code| assert_refused(&get(&server, path), code, Some("handle"));
    refused("/v1/handles/nobody", ErrorCode::HandleUnknown);
    // The account that test money comes from is nobody's handle.
    refused("/v1/handles/issuance", ErrorCode::HandleUnknown);
    refused("/v1/handles/zz", ErrorCode::HandleMalformed);
    refused("/v1/handles/al%2Fice", ErrorCode::HandleMalformed);
    refused("/v1/handles/%ff%ff%ff", ErrorCode::HandleMalformed);
}

#[test]
fn every_refusal_is_a_problem_document() {
    let server = Server::start();
    for path in ["/v1", "/v1/handles/", "/v2/payments", "//v1/payments"] {
        assert_refused(&get(&server, path), ErrorCode::NotFound, None);
    }
    let answer = send(server.address, &HttpRequest::new("DELETE", "/v1/payments")).unwrap();
    assert_refused(&answer, ErrorCode::MethodNotAllowed, None);
    assert_eq!(answer.field("allow").as_deref(), Some("GET,HEAD,POST"));
    assert_eq!(json_of(&get(&server, "/healthz"))["status"], "ok");
}
