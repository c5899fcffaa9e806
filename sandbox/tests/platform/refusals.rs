//! Every refusal by its code, and none of them moves money.

use serde_json::{Value, json};
use xp2p::ErrorCode;
use xp2p::canonical::HttpRequest;

use crate::client::{LUTECE, Order, Person, ledger, refuse, rename, send};
use crate::server::{ORIGIN, Server};

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
        ("\"@method\"", "\"@method\" \"@method\"", "signature-input"),
        ("\"@method\"", "\"@method\";req", "signature-input"),
        ("\"content-type\"", "\"content-type\";sf", "signature-input"),
        (";created=", ";created=1;created=", "signature-input"),
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
    rename(&server, "lutece", "lutece.old");
    rename(&server, "tamarind", "lutece");
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

/// The two fields with their member for `xp2p` a second time: RFC 9651 section 3.2 would take the last.
#[test]
fn requirement_16_a_label_stands_once() {
    let (server, alice) = alice();
    for name in ["signature", "signature-input"] {
        let mut request = order().signed_by(&alice, &server);
        replace(&mut request, name, |value| format!("{value}, {value}"));
        refuse(&server, &request, ErrorCode::SignatureMalformed, Some(name));
    }
}

#[test]
fn requirement_6_what_keeps_a_signature_from_a_second_use_is_covered() {
    let (server, alice) = alice();
    let now = server.clock.now();
    let other = Person::enrolled(&server, "alice").key.public_key().key_id();
    let key = alice.key.public_key().key_id();
    let (created, expires) = (format!(";created={now}"), format!(";expires={}", now + 200));
    for (from, to) in [
        (created.as_str(), format!(";created={}", now - 1)),
        (expires.as_str(), format!(";expires={}", now + 199)),
        (";nonce=\"0", ";nonce=\"1".into()),
        (key.as_str(), other),
    ] {
        let mut request = Order { lifetime: 200, ..order() }.signed_at(&alice, now);
        let signed = request.field("signature-input").unwrap();
        replace(&mut request, "signature-input", |input| input.replace(from, &to));
        assert_ne!(request.field("signature-input").unwrap(), signed, "{from} is not there");
        refuse(&server, &request, ErrorCode::SignatureInvalid, Some("signature"));
    }
}

/// Signed, so that it is the parser that refuses; and the sandbox goes on.
#[test]
fn requirement_27_hostile_bodies_are_refused_and_the_sandbox_goes_on() {
    let (server, alice) = alice();
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let members = |count: usize| {
        let members: Vec<_> = (0..count).map(|number| format!(r#""m{number}":0"#)).collect();
        format!("{{{}}}", members.join(","))
    };
    let whole = order().body.to_string();
    let with = |member: &str| format!("{{{member},{}", &whole[1..]);
    let mut bodies: Vec<Vec<u8>> = [
        deep(17),
        deep(30_000),
        with(&format!(r#""x":{}"#, deep(17))),
        members(257),
        with(&format!(r#""x":{}"#, members(257))),
        format!("[{}0]", "0,".repeat(256)),
        with(&format!(r#""note":"{}""#, "x".repeat(4097))),
        with(&format!(r#""{}":1"#, "x".repeat(4097))),
        // The same member twice, plainly and in disguise.
        with(r#""note":"a","note":"b""#),
        with(r#""note":"a","\u006eote":"b""#),
        whole.replace(r#""amount":{"#, r#""amount":{"value":"9.00","#),
        whole.replace(r#""1.00""#, &format!(r#""{}""#, "1".repeat(4000))),
        whole.replace(r#""1.00""#, "1e999999999"),
        with(r#""note":"\ud800""#),
        format!("{whole}{whole}"),
        format!("\u{feff}{whole}"),
        String::from("nul"),
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect();
    bodies.push(b"\xff\xfe{}".to_vec());
    bodies.push(vec![0; 1000]);
    let before = ledger(&server);
    for body in bodies {
        let answer =
            send(server.address, &order().signed_with(&alice, &server, body.clone())).unwrap();
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        assert_eq!(answer.status, 400, "{shown}");
        assert_eq!(answer.field("content-type").as_deref(), Some("application/problem+json"));
        assert!(answer.body.len() < 1000, "{shown} came back");
    }
    assert_eq!(ledger(&server), before);
    assert_eq!(order().sent_by(&alice, &server).status, 201);
    assert!(server.audit().findings.is_empty());
}

/// A path that a proxy would tidy up is another one than what was signed.
#[test]
fn requirement_17_the_path_is_taken_as_it_arrived() {
    let (server, alice) = alice();
    for path in [
        "/v1/payments?",
        "/v1/payments?a=1",
        "/v1/%70ayments",
        "/v1//payments",
        "/v1/x/../payments",
    ] {
        let mut request = order().signed_by(&alice, &server);
        request.url = format!("{ORIGIN}{path}");
        let before = ledger(&server);
        let answer = send(server.address, &request).unwrap();
        assert!(matches!(answer.status, 401 | 404), "{path}: {}", answer.status);
        assert_eq!(ledger(&server), before, "{path}");
    }
}
