//! A payment that is made, and the two who may read it.

use serde_json::json;
use xp2p::ErrorCode;

use crate::client::{
    LUTECE, Order, Person, assert_refused, euros, get, json_of, read_payment, refuse, send,
};
use crate::server::{ORIGIN, Server};

#[test]
fn a_payment_moves_money_once_from_payer_to_payee() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let mut order = Order::new(LUTECE, "12.50", "EUR");
    order.body["reference"] = json!("order-1042");
    order.body["note"] = json!("two books 📚");
    let request = order.signed_by(&alice, &server);
    let answer = send(server.address, &request).unwrap();
    assert_eq!(answer.status, 201);
    assert_eq!(answer.field("content-type").as_deref(), Some("application/json"));
    assert_eq!(answer.field("cache-control").as_deref(), Some("no-store"));
    assert_eq!(answer.field("idempotency-replayed"), None);

    let payment = json_of(&answer);
    let id = payment["id"].as_str().unwrap();
    assert_eq!(answer.field("location").unwrap(), format!("/v1/payments/{id}"));
    assert_eq!(payment["status"], "paid");
    assert_eq!(payment["environment"], "sandbox");
    assert_eq!(payment["payer"], json!({ "handle": "alice", "account": "acct_alice000" }));
    assert_eq!(payment["payee"], json!({ "handle": "lutece", "account": "acct_lutece00" }));
    assert_eq!(payment["amount"], json!({ "value": "12.50", "currency": "EUR" }));
    assert_eq!(payment["reference"], "order-1042");
    assert_eq!(payment["note"], "two books 📚");
    assert_eq!(payment["request_digest"], request.field("content-digest").unwrap());

    assert_eq!(
        (euros(&server, "alice"), euros(&server, "lutece")),
        ("487.50".into(), "12.50".into())
    );
    let ledger = json_of(&get(&server, &format!("/sandbox/ledger?payment={id}")));
    let legs = ledger["legs"].as_array().unwrap();
    let moved: Vec<_> = legs.iter().map(|leg| (&leg["handle"], &leg["amount"]["value"])).collect();
    assert_eq!(moved, [(&json!("alice"), &json!("-12.50")), (&json!("lutece"), &json!("12.50"))]);
    assert!(server.audit().findings.is_empty());
}

#[test]
fn a_payment_is_read_by_payer_and_payee_only() {
    let server = Server::start();
    let [alice, lutece, bob] = ["alice", "lutece", "bob"].map(|who| Person::enrolled(&server, who));
    let paid = Order::new(LUTECE, "1.00", "EUR").sent_by(&alice, &server);
    let payment = json_of(&paid);
    let id = payment["id"].as_str().unwrap();
    for person in [&alice, &lutece] {
        let answer = read_payment(&server, person, id);
        assert_eq!((answer.status, json_of(&answer)), (200, payment.clone()));
    }
    assert_refused(&read_payment(&server, &bob, id), ErrorCode::NotFound, None);
    assert_refused(&read_payment(&server, &alice, "pay_nothing0"), ErrorCode::NotFound, None);
    let stranger = read_payment(&server, &Person::stranger(), id);
    assert_refused(&stranger, ErrorCode::KeyUnknown, Some("keyid"));
    let unsigned = get(&server, &format!("/v1/payments/{id}"));
    assert_refused(&unsigned, ErrorCode::SignatureMissing, Some("signature-input"));
}

#[test]
fn currencies_keep_their_own_decimals() {
    let server = Server::start();
    let [alice, bob] = ["alice", "bob"].map(|who| Person::enrolled(&server, who));
    for (person, value, currency) in
        [(&alice, "1250", "JPY"), (&bob, "12.505", "KWD"), (&bob, "0.01", "USD")]
    {
        let paid = json_of(&Order::new(LUTECE, value, currency).sent_by(person, &server));
        assert_eq!(paid["amount"], json!({ "value": value, "currency": currency }), "{paid}");
    }
    assert!(server.audit().findings.is_empty());
}

#[test]
fn limits_are_inclusive_and_the_last_cent_can_be_spent() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    assert_eq!(Order::new(LUTECE, "0.01", "EUR").sent_by(&alice, &server).status, 201);
    assert_eq!(Order::new(LUTECE, "499.99", "EUR").sent_by(&alice, &server).status, 201);
    assert_eq!(euros(&server, "alice"), "0.00");
    let more = Order::new(LUTECE, "0.01", "EUR").signed_by(&alice, &server);
    refuse(&server, &more, ErrorCode::InsufficientFunds, Some("amount"));
}

/// Requirement 17: neither `Host` nor what a proxy adds has a say in what was signed.
#[test]
fn the_origin_comes_from_the_settings() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let mut order = Order::new(LUTECE, "1.00", "EUR");
    order.fields = vec![
        ("host", "evil.example"),
        ("forwarded", "host=evil.example;proto=http"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("x-original-url", "/v1/elsewhere"),
    ];
    assert_eq!(order.sent_by(&alice, &server).status, 201);

    // The same address written for where the server really listens is another address.
    let mut request = Order::new(LUTECE, "1.00", "EUR").signed_by(&alice, &server);
    request.url.push('?');
    refuse(&server, &request, ErrorCode::SignatureInvalid, Some("signature"));
    assert_eq!(request.url, format!("{ORIGIN}/v1/payments?"));
}
