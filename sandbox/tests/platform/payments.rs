//! A payment that is made, and the two who may read it.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use ed25519_dalek::Signer;
use serde_json::json;
use sha2::{Digest, Sha256};
use xp2p::canonical::HttpRequest;
use xp2p::client::{Outcome, Payment, PlatformFacts, Step};
use xp2p::transport::Platform;
use xp2p::{Amount, ErrorCode, IdempotencyKey, PaymentIntent};

use crate::client::{
    LUTECE, Order, Person, assert_refused, enrol, euros, fresh, get, json_of, post, read_payment,
    refuse, send,
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
    for nothing in ["pay_nothing0", "%00", "pay_%F0%9F%93%9A", "'%20OR%201"] {
        assert_refused(&read_payment(&server, &alice, nothing), ErrorCode::NotFound, None);
    }
    let stranger = read_payment(&server, &Person::stranger(), id);
    assert_refused(&stranger, ErrorCode::KeyUnknown, Some("keyid"));
    let unsigned = get(&server, &format!("/v1/payments/{id}"));
    assert_refused(&unsigned, ErrorCode::SignatureMissing, Some("signature-input"));
}

#[test]
fn currencies_keep_their_own_decimals() {
    let server = Server::start();
    let [alice, bob] = ["alice", "bob"].map(|who| Person::enrolled(&server, who));
    for (person, value, currency) in [
        (&alice, "1250", "JPY"),
        (&bob, "12.505", "KWD"),
        (&bob, "0.01", "USD"),
        (&alice, "1250", "HUF"),
    ] {
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

/// Neither `Host` nor what a proxy adds has a say in what was signed.
#[test]
fn requirement_17_the_origin_comes_from_the_settings() {
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

/// RFC 9421 written out by hand, so that a mistake that SDK and sandbox share would show.
#[test]
fn a_request_signed_without_the_sdk_is_accepted() {
    let server = Server::start();
    let key = ed25519_dalek::SigningKey::from_bytes(&[42; 32]);
    let x = Base64UrlUnpadded::encode_string(key.verifying_key().as_bytes());
    let enrolled = json_of(&enrol(&server, "alice", &x));
    let thumbprint = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#));
    let key_id = Base64UrlUnpadded::encode_string(&thumbprint);
    assert_eq!(enrolled["key_id"], key_id);

    let body = r#"{"amount":{"currency":"EUR","value":"3.00"},"payee":{"account":"acct_bob00000","handle":"bob"}}"#;
    let digest = format!("sha-256=:{}:", Base64::encode_string(&Sha256::digest(body)));
    let (idempotency_key, created) = (format!("\"{}\"", fresh()), server.clock.now());
    let parameters = format!(
        "(\"@method\" \"@target-uri\" \"content-digest\" \"content-type\" \"idempotency-key\")\
         ;created={created};expires={};nonce=\"{}\";keyid=\"{key_id}\";alg=\"ed25519\";tag=\"xp2p-sandbox\"",
        created + 60,
        fresh(),
    );
    let base = format!(
        "\"@method\": POST\n\
         \"@target-uri\": https://platform.example/v1/payments\n\
         \"content-digest\": {digest}\n\
         \"content-type\": application/json\n\
         \"idempotency-key\": {idempotency_key}\n\
         \"@signature-params\": {parameters}"
    );
    let signature = Base64::encode_string(&key.sign(base.as_bytes()).to_bytes());
    let request = HttpRequest::new("POST", format!("{ORIGIN}/v1/payments"))
        .with_json(body.into())
        .with_field("content-digest", digest)
        .with_field("idempotency-key", idempotency_key)
        .with_field("signature-input", format!("xp2p={parameters}"))
        .with_field("signature", format!("xp2p=:{signature}:"));
    let answer = send(server.address, &request).unwrap();
    assert_eq!(answer.status, 201, "{}", json_of(&answer));
    assert_eq!(euros(&server, "bob"), "203.00");
}

/// The whole length, as the SDK drives it: settings, handle, signature, payment, keys, receipt. Its clock
/// is off by so many seconds. Says how it ends, and how often it sent the payment.
fn driven_by_the_sdk(server: &Server, alice: &Person, off: i64) -> (Outcome, usize) {
    let intent = PaymentIntent::new("@Lutece", Amount::parse("12.50", "EUR").unwrap()).unwrap();
    let mut payment = Payment::new(
        Platform::parse(ORIGIN).unwrap(),
        intent.with_reference("order-1042").unwrap(),
        IdempotencyKey::parse(&fresh()).unwrap(),
        &alice.key.public_key().key_id(),
        PlatformFacts::default(),
    );
    let mut sent = 0;
    loop {
        let now = u64::try_from(server.clock.now() + off).unwrap();
        match payment.next(now, &fresh()) {
            Step::Send(request) => {
                sent += usize::from(request.method.as_str() == "POST");
                let answer = send(server.address, request).unwrap();
                payment.answered(Ok(answer), now, 0);
            }
            Step::Sign(base) => {
                let signature = alice.key.sign(base.as_bytes());
                payment.signed(&signature);
            }
            Step::Store(_) => payment.stored(),
            Step::Wait(_) => payment.waited(),
            Step::Done(outcome) => return (outcome.clone(), sent),
        }
    }
}

#[test]
fn the_sdk_pays_and_believes_the_receipt() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let (outcome, _) = driven_by_the_sdk(&server, &alice, 0);
    assert!(matches!(outcome, Outcome::Paid(_)), "{outcome:?}");
    assert_eq!(euros(&server, "lutece"), "12.50");
}

#[test]
fn requirement_9_the_sdk_takes_the_platforms_clock_and_tries_again_once() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let (outcome, sent) = driven_by_the_sdk(&server, &alice, -5000);
    assert!(matches!(outcome, Outcome::Paid(_)) && sent == 2, "{outcome:?}");
    let skewed = |count: u64| {
        let rule =
            json!({ "fault": "clock-skew", "operation": "POST /v1/payments", "count": count });
        assert_eq!(post(&server, "/sandbox/faults", &json!({ "rules": [rule] })).status, 200);
        driven_by_the_sdk(&server, &alice, 0)
    };
    let (outcome, sent) = skewed(1);
    assert!(matches!(outcome, Outcome::Paid(_)) && sent == 2, "{outcome:?}");
    let (outcome, sent) = skewed(100);
    assert!(!matches!(outcome, Outcome::Paid(_)) && sent == 2, "{outcome:?} after {sent}");
    assert_eq!(euros(&server, "lutece"), "25.00");
}
