//! Every refusal by its code, and none of them moves money.

use serde_json::{Value, json};
use xp2p::ErrorCode;
use xp2p::canonical::HttpRequest;

use crate::client::{LUTECE, Order, Person, ledger, refuse, send};
use crate::server::Server;

fn order() -> Order {
    Order::new(LUTECE, "1.00", "EUR")
}

/// A server, and alice who has a key there.
fn alice() -> (Server, Person) {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    (server, alice)
}

fn replace(request: &mut HttpRequest, name: &str, change: impl Fn(&str) -> String) {
    let field = request.fields.iter_mut().find(|(field, _)| field == name).unwrap();
    field.1 = change(&field.1);
}

#[test]
fn requirement_16_a_changed_request_is_refused() {
    let (server, alice) = alice();
    let mut body = order().signed_by(&alice, &server);
    body.body = Some(String::from_utf8(body.body.unwrap()).unwrap().replace("1.00", "9.00").into());
    refuse(&server, &body, ErrorCode::DigestMismatch, Some("content-digest"));

    // Body and digest changed together: now the signature does not cover the digest that stands there.
    let mut both = order().signed_by(&alice, &server);
    both.body = body.body.clone();
    let digest = xp2p::canonical::content_digest(both.body.as_deref().unwrap());
    replace(&mut both, "content-digest", |_| digest.clone());
    refuse(&server, &both, ErrorCode::SignatureInvalid, Some("signature"));

    let mut key = order().signed_by(&alice, &server);
    replace(&mut key, "idempotency-key", |_| "\"0198f0a6-b3c9-7d2e\"".into());
    refuse(&server, &key, ErrorCode::SignatureInvalid, Some("signature"));

    let mut query = order().signed_by(&alice, &server);
    query.url.push_str("?dry-run=1");
    refuse(&server, &query, ErrorCode::SignatureInvalid, Some("signature"));

    let mut nonce = order().signed_by(&alice, &server);
    replace(&mut nonce, "signature-input", |input| input.replace(";nonce=\"0", ";nonce=\"1"));
    refuse(&server, &nonce, ErrorCode::SignatureInvalid, Some("signature"));
}

#[test]
fn another_key_is_refused() {
    let (server, alice) = alice();
    let bob = Person::enrolled(&server, "bob");
    let stranger = order().signed_by(&Person::stranger(), &server);
    refuse(&server, &stranger, ErrorCode::KeyUnknown, Some("keyid"));

    // Signed by bob, said to be by alice.
    let mut forged = order().signed_by(&bob, &server);
    let (hers, his) = (alice.key.public_key().key_id(), bob.key.public_key().key_id());
    replace(&mut forged, "signature-input", |input| input.replace(&his, &hers));
    refuse(&server, &forged, ErrorCode::SignatureInvalid, Some("signature"));

    server.execute("UPDATE keys SET role = 'requester'");
    refuse(&server, &order().signed_by(&alice, &server), ErrorCode::KeyNotAllowed, Some("keyid"));
    server.execute("UPDATE keys SET revoked_at = 1");
    refuse(&server, &order().signed_by(&alice, &server), ErrorCode::KeyRevoked, Some("keyid"));
}

#[test]
fn requirement_9_a_signature_holds_for_its_time_only() {
    let (server, alice) = alice();
    let at = |created, lifetime| Order { created, lifetime, ..order() }.signed_by(&alice, &server);
    refuse(&server, &at(-302, 300), ErrorCode::ClockSkew, Some("created"));
    refuse(&server, &at(33, 300), ErrorCode::ClockSkew, Some("created"));
    refuse(&server, &at(-20, 10), ErrorCode::SignatureExpired, Some("expires"));
    assert_eq!(send(server.address, &at(-290, 300)).unwrap().status, 201);
    assert_eq!(send(server.address, &at(28, 300)).unwrap().status, 201);

    let late = at(0, 300);
    server.clock.shift(301);
    refuse(&server, &late, ErrorCode::ClockSkew, Some("created"));
    server.clock.shift(-10_000);
    refuse(&server, &late, ErrorCode::ClockSkew, Some("created"));
}

#[test]
fn requirement_33_another_environment_is_refused() {
    let (server, alice) = alice();
    let live = Order { environment: "live", ..order() }.signed_by(&alice, &server);
    refuse(&server, &live, ErrorCode::EnvironmentMismatch, Some("tag"));
}

#[test]
fn requirement_16_what_the_profile_demands_must_be_there_once() {
    let (server, alice) = alice();
    let signed = || order().signed_by(&alice, &server);
    let without = |name: &str| {
        let mut request = signed();
        request.fields.retain(|(field, _)| field != name);
        request
    };
    for (name, code) in [
        ("signature", ErrorCode::SignatureMissing),
        ("signature-input", ErrorCode::SignatureMissing),
        ("idempotency-key", ErrorCode::IdempotencyKeyMissing),
        ("content-digest", ErrorCode::DigestMismatch),
        ("content-type", ErrorCode::ContentTypeUnsupported),
    ] {
        refuse(&server, &without(name), code, Some(name));
        let mut twice = signed();
        twice.fields.push((name.into(), twice.field(name).unwrap()));
        let code = match name {
            "idempotency-key" => ErrorCode::IdempotencyKeyMalformed,
            "content-type" => ErrorCode::ContentTypeUnsupported,
            _ => ErrorCode::SignatureMalformed,
        };
        refuse(&server, &twice, code, Some(name));
    }
    for component in [
        "\"@method\"",
        "\"@target-uri\"",
        "\"content-digest\"",
        "\"content-type\"",
        "\"idempotency-key\"",
    ] {
        let mut request = signed();
        replace(&mut request, "signature-input", |input| {
            input.replace(component, "").replace("  ", " ").replace("( ", "(").replace(" )", ")")
        });
        let param = Some(component.trim_matches('"'));
        refuse(&server, &request, ErrorCode::SignatureIncomplete, param);
    }
    for (change, to, param) in [
        ("alg=\"ed25519\"", "alg=\"hmac-sha256\"", "alg"),
        (";alg=\"ed25519\"", "", "alg"),
        (";created=", ";extra=1;created=", "extra"),
        (";tag=\"xp2p-sandbox\"", ";tag=\"sandbox\"", "tag"),
        ("xp2p=(", "sig1=(", "signature-input"),
    ] {
        let mut request = signed();
        replace(&mut request, "signature-input", |input| input.replace(change, to));
        refuse(&server, &request, ErrorCode::SignatureMalformed, Some(param));
    }
}

#[test]
fn a_body_that_is_no_payment_request_is_refused() {
    let (server, alice) = alice();
    let with = |path: &[&str], value: Value| {
        let mut order = order();
        let mut place = &mut order.body;
        for name in path {
            place = &mut place[*name];
        }
        *place = value;
        order.signed_by(&alice, &server)
    };
    for (path, value, code, param) in [
        (&["amount", "value"][..], json!("0.00"), ErrorCode::AmountZero, "amount.value"),
        (&["amount", "value"], json!("-1.00"), ErrorCode::AmountNegative, "amount.value"),
        (&["amount", "value"], json!("1.005"), ErrorCode::AmountTooPrecise, "amount.value"),
        (&["amount", "value"], json!("1e3"), ErrorCode::AmountMalformed, "amount.value"),
        (&["amount", "value"], json!(1.5), ErrorCode::AmountNotText, "amount.value"),
        (&["amount", "value"], json!("9".repeat(19)), ErrorCode::AmountTooLong, "amount.value"),
        (&["amount", "currency"], json!("XXX"), ErrorCode::CurrencyUnknown, "amount.currency"),
        (&["payee", "handle"], json!("no such"), ErrorCode::HandleMalformed, "payee.handle"),
        (&["payee", "account"], json!("lutece"), ErrorCode::AccountMalformed, "payee.account"),
        (&["reference"], json!("two words"), ErrorCode::ReferenceMalformed, "reference"),
        (&["note"], json!("bell \u{7}"), ErrorCode::NoteMalformed, "note"),
        (&["tip"], json!("1.00"), ErrorCode::RequestMalformed, "tip"),
    ] {
        refuse(&server, &with(path, value), code, Some(param));
    }
    refuse(&server, &with(&[], json!([])), ErrorCode::RequestMalformed, None);
}

#[test]
fn what_only_the_platform_knows_is_refused_too() {
    let (server, alice) = alice();
    let to = |payee, value, currency| Order::new(payee, value, currency).signed_by(&alice, &server);
    for (request, code, param) in [
        (to(LUTECE, "500.01", "EUR"), ErrorCode::InsufficientFunds, "amount"),
        (to(LUTECE, "0.001", "KWD"), ErrorCode::InsufficientFunds, "amount"),
        (to(LUTECE, "10000.01", "EUR"), ErrorCode::AmountOverMaximum, "amount"),
        (to(LUTECE, "1.00", "GBP"), ErrorCode::CurrencyUnsupported, "amount.currency"),
        (to(("nobody", "acct_nobody00"), "1.00", "EUR"), ErrorCode::HandleUnknown, "payee.handle"),
        (to(("lutece", "acct_bob00000"), "1.00", "EUR"), ErrorCode::PayeeChanged, "payee.account"),
        (
            to(("issuance", "acct_issuance"), "1.00", "EUR"),
            ErrorCode::HandleUnknown,
            "payee.handle",
        ),
        (to(("alice", "acct_alice000"), "1.00", "EUR"), ErrorCode::PayeeIsPayer, "payee.handle"),
    ] {
        refuse(&server, &request, code, Some(param));
    }
    // A handle that was given to somebody else since the payer looked it up.
    server.execute("UPDATE handles SET handle = 'lutece.old' WHERE handle = 'lutece'");
    server.execute("UPDATE handles SET handle = 'lutece' WHERE handle = 'tamarind'");
    let recycled = order().signed_by(&alice, &server);
    refuse(&server, &recycled, ErrorCode::PayeeChanged, Some("payee.account"));
    assert!(server.audit().findings.is_empty());
}

#[test]
fn requirement_27_a_body_is_small_and_says_that_it_is_json() {
    let (server, alice) = alice();
    let before = ledger(&server);
    let mut large = order();
    large.body["note"] = json!("x".repeat(70_000));
    refuse(&server, &large.signed_by(&alice, &server), ErrorCode::RequestTooLarge, None);
    let mut plain = order().signed_by(&alice, &server);
    replace(&mut plain, "content-type", |_| "text/plain".into());
    refuse(&server, &plain, ErrorCode::ContentTypeUnsupported, Some("content-type"));
    assert_eq!(ledger(&server), before);
}
