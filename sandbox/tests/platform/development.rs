//! What is outside the contract: enrolling keys, reading the ledger.

use serde_json::json;
use xp2p::ErrorCode;
use xp2p::canonical::HttpRequest;

use crate::client::{
    LUTECE, Order, Person, assert_refused, enrol, euros, get, json_of, ledger, post, refuse, send,
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
        [("alice", "500.00"), ("bob", "200.00"), ("carol", "0.00"), ("issuance", "-3400.00")];
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

#[test]
fn there_is_somebody_for_every_case() {
    let server = Server::start().restart();
    let alice = Person::enrolled(&server, "alice");
    let pay = |payee| Order::new(payee, "1.00", "EUR").signed_by(&alice, &server);
    for (payee, code, param) in [
        (("mallory", "acct_mallory0"), ErrorCode::AccountBlocked, "payee.handle"),
        (("dana", "acct_dana0000"), ErrorCode::HandleUnknown, "payee.handle"),
        (("robin", "acct_robin0old"), ErrorCode::PayeeChanged, "payee.account"),
    ] {
        refuse(&server, &pay(payee), code, Some(param));
    }
    let mallory = Person::enrolled(&server, "mallory");
    let blocked = Order::new(LUTECE, "1.00", "EUR").signed_by(&mallory, &server);
    refuse(&server, &blocked, ErrorCode::AccountBlocked, Some("payer"));
    for payee in [
        ("dana.reyes", "acct_dana0000"),
        ("robin", "acct_robin0new"),
        ("robin.vance", "acct_robin0old"),
        ("nordlicht", "acct_nordlicht"),
    ] {
        assert_eq!(send(server.address, &pay(payee)).unwrap().status, 201);
    }
}

#[test]
fn further_accounts_are_opened_with_funds_within_reason() {
    let server = Server::start();
    let open = |body: serde_json::Value| post(&server, "/sandbox/accounts", &body);
    let erin = json!({
        "handle": "@Erin",
        "name": "Erin Sol",
        "funds": [{ "value": "10.00", "currency": "EUR" }, { "value": "7", "currency": "JPY" }],
    });
    let opened = open(erin.clone());
    assert_eq!(opened.status, 201);
    let opened = json_of(&opened);
    assert_eq!(json_of(&get(&server, "/v1/handles/erin")), opened);
    assert_eq!(euros(&server, "erin"), "10.00");
    let person = Person::enrolled(&server, "erin");
    assert_eq!(Order::new(LUTECE, "10.00", "EUR").sent_by(&person, &server).status, 201);

    let changed = |member: &str, value: serde_json::Value| {
        let mut body = erin.clone();
        body["handle"] = json!("frank");
        body[member] = value;
        body
    };
    let funds = |value: &str, currency: &str| json!([{ "value": value, "currency": currency }]);
    for (body, code, param) in [
        (erin.clone(), ErrorCode::RequestMalformed, Some("handle")),
        (changed("handle", json!("x")), ErrorCode::HandleMalformed, Some("handle")),
        (changed("name", json!("")), ErrorCode::RequestMalformed, Some("name")),
        (changed("name", json!("x".repeat(81))), ErrorCode::RequestMalformed, Some("name")),
        (changed("name", json!("\u{0}")), ErrorCode::RequestMalformed, Some("name")),
        (changed("name", json!("Erin\u{202e}")), ErrorCode::RequestMalformed, Some("name")),
        (changed("kind", json!("system")), ErrorCode::RequestMalformed, None),
        (changed("funds", funds("0.00", "EUR")), ErrorCode::AmountZero, Some("funds.amount")),
        (
            changed("funds", funds("1.005", "EUR")),
            ErrorCode::AmountTooPrecise,
            Some("funds.amount"),
        ),
        (
            changed("funds", funds("1.00", "GBP")),
            ErrorCode::CurrencyUnsupported,
            Some("funds.currency"),
        ),
        (
            changed("funds", funds("1000000.01", "EUR")),
            ErrorCode::AmountOverMaximum,
            Some("funds.amount"),
        ),
    ] {
        assert_refused(&open(body), code, param);
    }
    assert_refused(&get(&server, "/v1/handles/frank"), ErrorCode::HandleUnknown, Some("handle"));
    assert!(server.audit().findings.is_empty());
}

#[test]
fn pages_are_registered_as_origins_and_addresses_without_more() {
    let server = Server::start();
    let register =
        |handle: &str, body| post(&server, &format!("/sandbox/accounts/{handle}/pages"), &body);
    let shop = json!({
        "origins": ["http://127.0.0.1:4000/"],
        "return_urls": ["http://127.0.0.1:4000/thanks"],
    });
    for _ in 0..2 {
        assert_eq!(
            json_of(&register("lutece", shop.clone())),
            json!({
                "handle": "lutece",
                "origins": ["http://127.0.0.1:4000", "https://lutece.example"],
                "return_urls": [
                    "http://127.0.0.1:4000/thanks",
                    "https://lutece.example/cancelled",
                    "https://lutece.example/thanks",
                ],
            })
        );
    }
    assert_refused(&register("nobody", shop), ErrorCode::HandleUnknown, Some("handle"));
    for origin in ["lutece.example", "https://lutece.example/shop", "javascript:alert(1)"] {
        let refused = register("lutece", json!({ "origins": [origin] }));
        assert_refused(&refused, ErrorCode::RequestMalformed, Some("origins"));
    }
    for url in ["/thanks", "https://a@lutece.example/", "https://lutece.example/?a", "data:,"] {
        let refused = register("lutece", json!({ "return_urls": [url] }));
        assert_refused(&refused, ErrorCode::RequestMalformed, Some("return_urls"));
    }
}
