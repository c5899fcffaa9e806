//! The clock that a developer moves, and the platform's own keys.

use std::sync::Arc;

use serde_json::{Value, json};
use xp2p::receipt::{Expected, KeySet, verify_receipt};
use xp2p::{AccountId, Amount, ErrorCode, Handle, Party};
use xp2p_sandbox::Clock;

use crate::books::Books;
use crate::client::{LUTECE, Order, Person, assert_refused, euros, get, json_of, post, refuse};
use crate::server::{ORIGIN, Server};

fn now(server: &Server) -> i64 {
    json_of(&get(server, "/.well-known/xp2p"))["now"].as_i64().unwrap()
}

/// The clock of this machine, or one very near to it.
fn is_near(time: i64, ahead: i64) -> bool {
    (time - Clock::system().now() - ahead).abs() < 60
}

#[test]
fn the_clock_is_moved_for_all_on_one_database() {
    let books = Arc::new(Books::new());
    let one = Server::start_on(books.clone(), Clock::system());
    let two = Server::start_on(books, Clock::system());
    assert_eq!(json_of(&get(&one, "/sandbox/clock"))["ahead"], 0);
    for (moving, ahead) in [
        (json!({ "advance": 3600 }), 3600),
        (json!({ "advance": 3600 }), 7200),
        (json!({ "ahead": -600 }), -600),
    ] {
        let moved = json_of(&post(&one, "/sandbox/clock", &moving));
        assert_eq!(moved["ahead"], ahead);
        assert!(is_near(moved["now"].as_i64().unwrap(), ahead));
        assert!(is_near(now(&one), ahead) && is_near(now(&two), ahead));
    }
    let one = one.restart();
    assert!(is_near(now(&one), -600));
    let alice = Person::enrolled(&one, "alice");
    let order = |created| Order { created, ..Order::new(LUTECE, "1.00", "EUR") };
    let skewed = order(0).signed_at(&alice, Clock::system().now());
    refuse(&one, &skewed, ErrorCode::ClockSkew, Some("created"));
    let paid = json_of(
        &crate::client::send(two.address, &order(-600).signed_at(&alice, Clock::system().now()))
            .unwrap(),
    );
    assert!(is_near(paid["created_at"].as_i64().unwrap(), -600), "{paid}");
    assert!(one.audit().findings.is_empty());

    for wrong in [
        json!({}),
        json!({ "ahead": 1, "advance": 1 }),
        json!({ "ahead": "1" }),
        json!({ "ahead": 4_000_000_000_i64 }),
        json!({ "advance": i64::MAX }),
    ] {
        let refused = json_of(&post(&one, "/sandbox/clock", &wrong));
        assert_eq!(refused["code"], "request_malformed", "{wrong}");
    }
    assert!(is_near(now(&two), -600));
}

#[test]
fn requirement_6_a_clock_that_is_moved_and_moved_back_lets_nothing_in_again() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let order = Order::new(LUTECE, "1.00", "EUR");
    let request = order.signed_by(&alice, &server);
    assert_eq!(crate::client::send(server.address, &request).unwrap().status, 201);
    // Two days, after which nonce and answer would be forgotten, at a start for instance.
    post(&server, "/sandbox/clock", &json!({ "advance": 172_800 }));
    let server = server.restart();
    post(&server, "/sandbox/clock", &json!({ "ahead": 0 }));
    refuse(&server, &request, ErrorCode::NonceReused, Some("nonce"));
    let again = order.again().sent_by(&alice, &server);
    assert_eq!(again.field("idempotency-replayed").as_deref(), Some("true"));
    assert_eq!(euros(&server, "lutece"), "1.00");
}

fn keys(server: &Server) -> Vec<Value> {
    json_of(&get(server, "/.well-known/jwks.json"))["keys"].as_array().unwrap().clone()
}

/// A payment's receipt, and the key that it names.
fn receipt(server: &Server, alice: &Person) -> (String, String) {
    let paid = json_of(&Order::new(LUTECE, "1.00", "EUR").sent_by(alice, server));
    let receipt = paid["receipt"].as_str().unwrap().to_string();
    let header: Value = {
        use base64ct::{Base64UrlUnpadded, Encoding};
        let header = Base64UrlUnpadded::decode_vec(receipt.split('.').next().unwrap()).unwrap();
        serde_json::from_slice(&header).unwrap()
    };
    (receipt, header["kid"].as_str().unwrap().to_string())
}

fn verifies(server: &Server, receipt: &str) -> bool {
    let keys = KeySet::parse(&get(server, "/.well-known/jwks.json").body).unwrap();
    let expected = Expected {
        issuer: &format!("{ORIGIN}/sandbox"),
        payee: &Party::new(Handle::parse(LUTECE.0).unwrap(), AccountId::parse(LUTECE.1).unwrap()),
        amount: &Amount::parse("1.00", "EUR").unwrap(),
        reference: None,
        request_digest: None,
        payment: None,
    };
    verify_receipt(receipt, &keys, &expected).is_ok()
}

#[test]
fn a_key_is_published_before_it_signs_and_stays_when_it_is_followed() {
    let books = Arc::new(Books::new());
    let one = Server::start_on(books.clone(), Clock::system());
    let two = Server::start_on(books, Clock::system());
    let alice = Person::enrolled(&one, "alice");
    let (first, kid) = receipt(&one, &alice);

    let rotated = post(&one, "/sandbox/keys/rotate", &json!({ "notice": 1000 }));
    assert_eq!(rotated.status, 201);
    let next = json_of(&rotated)["key"]["kid"].as_str().unwrap().to_string();
    for server in [&one, &two] {
        let published: Vec<_> = keys(server).iter().map(|key| key["kid"].clone()).collect();
        assert_eq!(published, [json!(next), json!(kid)]);
        assert_eq!(receipt(server, &alice).1, kid, "it signs before its time");
    }
    post(&two, "/sandbox/clock", &json!({ "advance": 1000 }));
    for server in [&one, &two] {
        // Another request first: it tells a sandbox that the clock was moved.
        assert!(is_near(now(server), 1000));
        let (second, signed_by) = receipt(server, &alice);
        assert_eq!(signed_by, next);
        assert!(verifies(server, &second) && verifies(server, &first));
    }
    post(&two, "/sandbox/clock", &json!({ "ahead": 0 }));
    assert!(is_near(now(&one), 0));
    assert_eq!(receipt(&one, &alice).1, kid, "the clock is before the new key's time again");

    for _ in 0..3 {
        post(&one, "/sandbox/keys/rotate", &json!({}));
    }
    assert_eq!(keys(&two).len(), 5);
    let (last, newest) = receipt(&two, &alice);
    assert_eq!(keys(&one)[0]["kid"], json!(newest));
    assert!(verifies(&one, &last) && verifies(&one, &first));
    assert!(one.audit().findings.is_empty());
}

#[test]
fn the_receipts_of_a_withdrawn_key_no_longer_verify() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let (first, kid) = receipt(&server, &alice);
    assert!(verifies(&server, &first));
    assert_eq!(post(&server, "/sandbox/keys/rotate", &json!({ "withdraw": true })).status, 201);
    assert!(keys(&server).iter().all(|key| key["kid"] != json!(kid)));
    let (second, _) = receipt(&server, &alice);
    assert!(verifies(&server, &second) && !verifies(&server, &first));
    assert!(server.audit().findings.is_empty());

    // The same by a fault, for one request.
    let mut order = Order::new(LUTECE, "1.00", "EUR");
    order.fields.push(("sandbox-fault", "platform-key-revoked"));
    let third = json_of(&order.sent_by(&alice, &server))["receipt"].as_str().unwrap().to_string();
    assert!(verifies(&server, &third) && !verifies(&server, &second));
    let mut order = Order::new(LUTECE, "1.00", "EUR");
    order.fields.push(("sandbox-fault", "platform-key-rotated"));
    let fourth = json_of(&order.sent_by(&alice, &server))["receipt"].as_str().unwrap().to_string();
    assert!(verifies(&server, &fourth) && verifies(&server, &third));
    assert_eq!(keys(&server).len(), 2);

    let long = post(&server, "/sandbox/keys/rotate", &json!({ "notice": 86_401 }));
    assert_refused(&long, ErrorCode::RequestMalformed, Some("notice"));
}
