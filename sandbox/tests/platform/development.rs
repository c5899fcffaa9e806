//! What is outside the contract: enrolling keys, reading the ledger.

use serde_json::json;
use xp2p::ErrorCode;
use xp2p::canonical::HttpRequest;

use crate::client::{
    LUTECE, Order, Person, assert_refused, enrol, euros, get, json_of, ledger, send,
};
use crate::server::{ORIGIN, Server};

#[test]
fn a_key_is_enrolled_for_one_account() {
    let server = Server::start();
    // RFC 8037 appendix A.
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    for _ in 0..2 {
        let answer = enrol(&server, "@Alice", x);
        assert_eq!(answer.status, 201);
        assert_eq!(
            json_of(&answer),
            json!({
                "key_id": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
                "handle": "alice",
                "account": "acct_alice000",
                "role": "approval",
            })
        );
    }
    assert_refused(&enrol(&server, "bob", x), ErrorCode::KeyNotAllowed, Some("jwk"));
    server.execute("UPDATE keys SET revoked_at = 1");
    assert_refused(&enrol(&server, "alice", x), ErrorCode::KeyRevoked, Some("jwk"));
}

#[test]
fn weak_and_malformed_keys_are_refused() {
    let server = Server::start();
    let refused = |x: &str, code| assert_refused(&enrol(&server, "alice", x), code, Some("jwk.x"));
    // The neutral element, and a point of order eight: each would verify forged signatures.
    refused("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ErrorCode::KeyWeak);
    refused("xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o", ErrorCode::KeyWeak);
    refused("AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ErrorCode::KeyMalformed);
    refused("short", ErrorCode::KeyMalformed);
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    assert_refused(&enrol(&server, "nobody", x), ErrorCode::HandleUnknown, Some("handle"));
    assert_refused(&enrol(&server, "x", x), ErrorCode::HandleMalformed, Some("handle"));
}

#[test]
fn an_enrolment_is_json_of_one_form() {
    let server = Server::start();
    let request = || HttpRequest::new("POST", format!("{ORIGIN}/sandbox/enrolments"));
    for body in ["", "{", "[]", "{}", r#"{"handle":"alice","jwk":{},"more":1}"#] {
        let answer = send(server.address, &request().with_json(body.into())).unwrap();
        assert_refused(&answer, ErrorCode::RequestMalformed, None);
    }
    let mut plain = request().with_field("content-type", "text/plain");
    plain.body = Some(b"{}".to_vec());
    let answer = send(server.address, &plain).unwrap();
    assert_refused(&answer, ErrorCode::ContentTypeUnsupported, Some("content-type"));
}

#[test]
fn people_start_with_test_money_once() {
    let server = Server::start().restart().restart();
    let people =
        [("alice", "500.00"), ("bob", "200.00"), ("carol", "0.00"), ("issuance", "-700.00")];
    for (handle, value) in people {
        assert_eq!(euros(&server, handle), value, "{handle}");
    }
    let sums = &ledger(&server)["sums"];
    assert_eq!(sums[0], json!({ "value": "0.00", "currency": "EUR" }));
    assert!(server.audit().findings.is_empty());
}

#[test]
fn the_ledger_can_be_read_in_part() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let paid = json_of(&Order::new(LUTECE, "1.00", "EUR").sent_by(&alice, &server));
    let id = paid["id"].as_str().unwrap();
    let legs = |query: &str| {
        let part = json_of(&get(&server, &format!("/sandbox/ledger?{query}")));
        part["legs"].as_array().unwrap().len()
    };
    assert_eq!(legs(&format!("payment={id}")), 2);
    assert_eq!(legs(&format!("payment={id}&handle=lutece")), 1);
    assert_eq!(legs("payment=pay_nothing0"), 0);
    for query in ["handel=alice", "payment=%00"] {
        let answer = get(&server, &format!("/sandbox/ledger?{query}"));
        assert_refused(&answer, ErrorCode::RequestMalformed, None);
    }
}
