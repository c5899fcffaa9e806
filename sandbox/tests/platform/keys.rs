//! Who may sign: how keys become known, from where they may be used, and how they are stopped.

use curve25519_dalek::Scalar;
use curve25519_dalek::constants::EIGHT_TORSION;
use ed25519_dalek::hazmat::ExpandedSecretKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha512};
use xp2p::ErrorCode;
use xp2p::canonical::HttpRequest;
use xp2p::signature::{Presented, SigningKey};

use crate::call::Call;
use crate::client::{
    LUTECE, Order, Person, assert_refused, enrol, json_of, ledger, read_payment, refuse, send,
};
use crate::pages::{
    SHOP, jwk, limits, link, link_request, page, path, payment, registration, request_link,
};
use crate::server::Server;

const ALICE: &str = "acct_alice000";

fn key_id(person: &Person) -> String {
    person.key.public_key().key_id()
}

fn revocation(person: &Person) -> Call {
    Call::post(format!("/v1/keys/{}/revoke", key_id(person)))
}

#[test]
fn a_requester_key_registers_itself_from_its_origin() {
    let server = Server::start();
    let page = Person::stranger();
    let call = registration(&page, "requester").from(SHOP);
    let key = call.answers(&page, &server, 201);
    assert_eq!(key["key_id"], key_id(&page));
    assert_eq!((&key["role"], &key["origin"]), (&json!("requester"), &json!(SHOP)));
    assert_eq!(key["jwk"], jwk(&page));
    assert!(key.get("account").is_none() && key.get("revoked_at").is_none());

    // The same intent again, and another one.
    let again = call.sent_by(&page, &server);
    assert_eq!((again.status, json_of(&again)), (201, key.clone()));
    assert_eq!(again.field("idempotency-replayed").as_deref(), Some("true"));
    server.clock.shift(60);
    let anew = registration(&page, "requester").from(SHOP).answers(&page, &server, 201);
    assert_eq!(anew, key);

    // From nowhere else, neither for this nor for anything.
    for origin in ["https://evil.example", "https://shop.example:444", "null"] {
        let elsewhere = registration(&page, "requester").from(origin).sent_by(&page, &server);
        assert_refused(&elsewhere, ErrorCode::KeyNotAllowed, Some("origin"));
        let reading = Call::get("/v1/keys").from(origin).sent_by(&page, &server);
        assert_refused(&reading, ErrorCode::KeyNotAllowed, Some("origin"));
    }
    let nowhere = registration(&page, "requester").sent_by(&page, &server);
    assert_refused(&nowhere, ErrorCode::KeyNotAllowed, Some("origin"));

    // A server's key has no origin, and gets none later.
    let merchant = Person::stranger();
    let key = registration(&merchant, "requester").answers(&merchant, &server, 201);
    assert!(key.get("origin").is_none());
    let on_a_page = registration(&merchant, "requester").from(SHOP).sent_by(&merchant, &server);
    assert_refused(&on_a_page, ErrorCode::KeyNotAllowed, Some("origin"));
    assert_eq!(server.count("SELECT count(*) FROM keys"), 2);
}

#[test]
fn a_key_makes_only_itself_known() {
    let server = Server::start();
    let [page, other, stranger] = [(); 3].map(|()| Person::stranger());
    // Signed by a key that nobody knows, with another one in the body.
    let borrowed = registration(&other, "requester").signed_by(&stranger, &server);
    refuse(&server, &borrowed, ErrorCode::KeyUnknown, Some("keyid"));
    // A key that nobody knows cannot make itself somebody's.
    let own = registration(&stranger, "approval").signed_by(&stranger, &server);
    refuse(&server, &own, ErrorCode::KeyUnknown, Some("keyid"));
    // Said to be by the key in the body, and signed by another one.
    let mut forged = registration(&other, "requester").signed_by(&stranger, &server);
    let (said, signed) = (key_id(&other), key_id(&stranger));
    let input = forged.fields.iter_mut().find(|(name, _)| name == "signature-input").unwrap();
    input.1 = input.1.replace(&signed, &said);
    refuse(&server, &forged, ErrorCode::SignatureInvalid, Some("signature"));
    // No other operation makes a key known.
    for call in [payment(LUTECE, "1.00", "EUR"), Call::post("/v1/links").with_body(json!({}))] {
        let request = call.signed_by(&stranger, &server);
        refuse(&server, &request, ErrorCode::KeyUnknown, Some("keyid"));
    }
    assert_eq!(server.count("SELECT count(*) FROM keys"), 0);

    registration(&page, "requester").answers(&page, &server, 201);
    for (call, param) in [
        (registration(&other, "requester"), "jwk"),
        (registration(&other, "approval"), "role"),
        (registration(&page, "approval"), "role"),
    ] {
        let answer = call.sent_by(&page, &server);
        assert_refused(&answer, ErrorCode::KeyNotAllowed, Some(param));
    }
    assert_eq!(server.count("SELECT count(*) FROM keys"), 1);
}

#[test]
fn an_approval_key_is_registered_by_another_one() {
    let server = Server::start();
    let [alice, bob] = ["alice", "bob"].map(|who| Person::enrolled(&server, who));
    let phone = Person::stranger();
    let call = Call::post("/v1/keys")
        .with_body(json!({ "jwk": jwk(&phone), "role": "approval", "label": "my phone" }));
    let key = call.answers(&alice, &server, 201);
    assert_eq!((&key["account"], &key["label"]), (&json!(ALICE), &json!("my phone")));
    assert_eq!(Order::new(LUTECE, "1.00", "EUR").sent_by(&phone, &server).status, 201);
    // Once more by another key of the account.
    assert_eq!(registration(&phone, "approval").answers(&phone, &server, 201), key);

    let stolen = registration(&phone, "approval").sent_by(&bob, &server);
    assert_refused(&stolen, ErrorCode::KeyNotAllowed, Some("jwk"));
    let page = page(&server);
    let raised = registration(&page, "approval").sent_by(&alice, &server);
    assert_refused(&raised, ErrorCode::KeyNotAllowed, Some("jwk"));
    let for_another = registration(&Person::stranger(), "requester").sent_by(&alice, &server);
    assert_refused(&for_another, ErrorCode::KeyNotAllowed, Some("role"));
    let lowered = registration(&alice, "requester").sent_by(&alice, &server);
    assert_refused(&lowered, ErrorCode::KeyNotAllowed, Some("role"));
}

#[test]
fn a_registration_has_the_form_of_the_contract() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let good = json!({ "jwk": jwk(&Person::stranger()), "role": "approval", "label": "phone" });
    let with = |path: &[&str], value: Value| {
        let mut body = good.clone();
        let mut place = &mut body;
        for name in path {
            place = &mut place[*name];
        }
        *place = value;
        Call::post("/v1/keys").with_body(body)
    };
    for (call, code, param) in [
        (with(&["role"], json!("linked")), ErrorCode::RequestMalformed, "role"),
        (with(&["role"], json!(7)), ErrorCode::RequestMalformed, "role"),
        (with(&["account"], json!(ALICE)), ErrorCode::RequestMalformed, "account"),
        (with(&["label"], json!("")), ErrorCode::RequestMalformed, "label"),
        (with(&["label"], json!("pay \u{202e}elttil")), ErrorCode::RequestMalformed, "label"),
        (with(&["label"], json!("x".repeat(65))), ErrorCode::RequestMalformed, "label"),
        (with(&["jwk", "d"], json!("x")), ErrorCode::RequestMalformed, "jwk.d"),
        (with(&["jwk", "kty"], json!("EC")), ErrorCode::KeyMalformed, "jwk.kty"),
        (with(&["jwk", "crv"], json!("X25519")), ErrorCode::KeyMalformed, "jwk.crv"),
        (with(&["jwk", "x"], json!("AAAA")), ErrorCode::KeyMalformed, "jwk.x"),
        (with(&["jwk", "x"], json!("x".repeat(43))), ErrorCode::KeyMalformed, "jwk.x"),
    ] {
        assert_refused(&call.sent_by(&alice, &server), code, Some(param));
    }
    assert_eq!(server.count("SELECT count(*) FROM keys"), 1);
}

#[test]
fn a_revoked_key_is_stopped_at_once_and_for_good() {
    let server = Server::start();
    let [alice, phone, bob] = ["alice", "alice", "bob"].map(|who| Person::enrolled(&server, who));
    let others = revocation(&alice).sent_by(&bob, &server);
    assert_refused(&others, ErrorCode::NotFound, None);
    let nobodys = revocation(&Person::stranger()).sent_by(&alice, &server);
    assert_refused(&nobodys, ErrorCode::NotFound, None);

    let revoked = revocation(&phone).answers(&alice, &server, 200);
    assert_eq!(revoked["key_id"], key_id(&phone));
    let then = revoked["revoked_at"].as_i64().unwrap();
    refuse(
        &server,
        &Order::new(LUTECE, "1.00", "EUR").signed_by(&phone, &server),
        ErrorCode::KeyRevoked,
        Some("keyid"),
    );
    // At another server on the same books, too.
    let beside = server.beside();
    let reading = Call::get("/v1/keys").sent_by(&phone, &beside);
    assert_refused(&reading, ErrorCode::KeyRevoked, Some("keyid"));
    // Once more changes nothing, and nothing brings it back.
    server.clock.shift(100);
    assert_eq!(revocation(&phone).answers(&alice, &server, 200)["revoked_at"], then);
    let back = registration(&phone, "approval").sent_by(&alice, &server);
    assert_refused(&back, ErrorCode::KeyRevoked, Some("jwk"));
    let enrolled = enrol(&server, "alice", &phone.key.public_key().to_jwk_x());
    assert_refused(&enrolled, ErrorCode::KeyRevoked, Some("jwk"));
    let unrevoked =
        server.try_execute("UPDATE keys SET revoked_at = NULL WHERE revoked_at IS NOT NULL");
    assert!(unrevoked.unwrap_err().contains("stays revoked"));

    // The last one is its owner's own affair.
    revocation(&alice).answers(&alice, &server, 200);
    let reading = Call::get("/v1/keys").sent_by(&alice, &server);
    assert_refused(&reading, ErrorCode::KeyRevoked, Some("keyid"));
}

#[test]
fn a_requester_key_revokes_itself_and_ends_its_links() {
    let server = Server::start();
    let [alice, bob] = ["alice", "bob"].map(|who| Person::enrolled(&server, who));
    let (page, other) = (page(&server), page(&server));
    for person in [&other, &bob] {
        let call = revocation(&page);
        let call =
            if person.key.public_key() == bob.key.public_key() { call } else { call.from(SHOP) };
        assert_refused(&call.sent_by(person, &server), ErrorCode::NotFound, None);
    }
    let request = link_request(&server, limits("5.00", "5.00", "day", "5.00"));
    let open = request_link(&server, &page, request.clone());
    let active = link(&server, &page, (&alice, ALICE), request);
    let revoked = revocation(&page).from(SHOP).answers(&page, &server, 200);
    assert!(revoked["revoked_at"].is_i64());
    assert_eq!(revoked["role"], "requester");
    let answer = payment(LUTECE, "1.00", "EUR").sent_by(&page, &server);
    assert_refused(&answer, ErrorCode::KeyRevoked, Some("keyid"));
    for link in [&open, &active] {
        let read = Call::get(format!("/v1/links/{}", link["id"].as_str().unwrap()));
        assert_eq!(read.answers(&alice, &server, 200)["status"], "revoked");
    }
    let again = registration(&page, "requester").from(SHOP).sent_by(&page, &server);
    assert_refused(&again, ErrorCode::KeyRevoked, Some("keyid"));
}

/// A page's key may serve several payers: one of them ends what is theirs, and no more.
#[test]
fn a_payer_ends_the_links_of_a_requester_key_and_not_the_key() {
    let server = Server::start();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|who| Person::enrolled(&server, who));
    let page = page(&server);
    let request = link_request(&server, limits("5.00", "5.00", "day", "5.00"));
    let hers = link(&server, &page, (&alice, ALICE), request.clone());
    let his = link(&server, &page, (&bob, "acct_bob00000"), request.clone());
    let open = request_link(&server, &page, request);
    assert_refused(&revocation(&page).sent_by(&carol, &server), ErrorCode::NotFound, None);

    for _ in 0..2 {
        let key = revocation(&page).answers(&alice, &server, 200);
        assert_eq!((&key["role"], key.get("revoked_at")), (&json!("linked"), None));
    }
    let status = |link: &Value| {
        let path = format!("/v1/links/{}", link["id"].as_str().unwrap());
        Call::get(path).from(SHOP).answers(&page, &server, 200)["status"].clone()
    };
    assert_eq!([status(&hers), status(&his), status(&open)], ["revoked", "active", "requested"]);
    let paid = payment(LUTECE, "1.00", "EUR").answers(&page, &server, 201);
    assert_eq!(paid["payer"]["handle"], "bob");
    let key = revocation(&page).answers(&bob, &server, 200);
    assert_eq!(key["role"], "requester");
    let answer = payment(LUTECE, "1.00", "EUR").sent_by(&page, &server);
    assert_refused(&answer, ErrorCode::KeyNotAllowed, Some("keyid"));
    assert_refused(
        &Call::post(path(&his, "revoke")).sent_by(&carol, &server),
        ErrorCode::NotFound,
        None,
    );
}

#[test]
fn a_requester_key_sees_the_payments_it_asked_for_and_no_others() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let (page, other) = (page(&server), page(&server));
    let request = link_request(&server, limits("5.00", "5.00", "day", "5.00"));
    let active = link(&server, &page, (&alice, ALICE), request);
    let paid = payment(LUTECE, "1.00", "EUR").answers(&page, &server, 201);
    let own = json_of(&Order::new(LUTECE, "2.00", "EUR").sent_by(&alice, &server));
    let read = |person: &Person, payment: &Value| {
        let path = format!("/v1/payments/{}", payment["id"].as_str().unwrap());
        Call::get(path).from(SHOP).sent_by(person, &server)
    };
    assert_eq!(json_of(&read(&page, &paid)), paid);
    assert_eq!(json_of(&read_payment(&server, &alice, paid["id"].as_str().unwrap())), paid);
    assert_refused(&read(&page, &own), ErrorCode::NotFound, None);
    assert_refused(&read(&other, &paid), ErrorCode::NotFound, None);
    // It was asked for by this key, whatever became of the link.
    Call::post(path(&active, "revoke")).answers(&alice, &server, 200);
    assert_eq!(json_of(&read(&page, &paid)), paid);
}

/// Points of small order, for which one signature fits every message.
#[test]
fn requirement_13_weak_keys_are_not_registered() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    // The eight points, and three of the encodings that are not canonical: RFC 8032 section 5.1.3.
    let canonical = EIGHT_TORSION.map(|point| point.compress().to_bytes());
    let p = |last: u8, sign: u8| {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (last, 0x7f | sign);
        bytes
    };
    let others = [p(0xee, 0), p(0xee, 0x80), p(0xed, 0)];
    for bytes in canonical.into_iter().chain(others) {
        let x = xp2p_x(&bytes);
        let body =
            |role: &str| json!({ "jwk": { "kty": "OKP", "crv": "Ed25519", "x": x }, "role": role });
        let call = Call::post("/v1/keys").with_body(body("approval"));
        assert_refused(&call.sent_by(&alice, &server), ErrorCode::KeyWeak, Some("jwk.x"));
        // By itself: `R` is the neutral element and `s` is zero, which a lax verifier takes for a
        // signature of this key over anything.
        let call = Call::post("/v1/keys").with_body(body("requester"));
        let mut request = call.signed_by(&Person::stranger(), &server);
        let mut forgery = [0; 64];
        forgery[0] = 1;
        set_signature(&mut request, &forgery);
        let thumbprint = thumbprint(&x);
        let input = request.fields.iter_mut().find(|(name, _)| name == "signature-input").unwrap();
        let (before, rest) = input.1.split_once("keyid=\"").unwrap();
        input.1 = format!("{before}keyid=\"{thumbprint}\"{}", rest.split_once('"').unwrap().1);
        let answer = send(server.address, &request).unwrap();
        assert_refused(&answer, ErrorCode::KeyWeak, Some("jwk.x"));
        assert_refused(&enrol(&server, "alice", &x), ErrorCode::KeyWeak, Some("jwk.x"));
    }
    assert_eq!(server.count("SELECT count(*) FROM keys"), 1);
}

/// What a lax verifier lets pass, made by somebody who knows the key.
#[test]
fn requirement_13_signatures_are_verified_strictly() {
    let server = Server::start();
    let seed = [42; 32];
    let alice = Person { key: SigningKey::from_seed(seed) };
    assert_eq!(enrol(&server, "alice", &alice.key.public_key().to_jwk_x()).status, 201);
    let secret = ExpandedSecretKey::from(&seed);
    let before = ledger(&server);
    for point in EIGHT_TORSION {
        // `R` of small order and `s = k a`: holds up to the cofactor, and for the neutral element
        // without it as well.
        let request = Order::new(LUTECE, "1.00", "EUR").signed_by(&alice, &server);
        let point = point.compress().to_bytes();
        let base = Presented::read(&request).unwrap().base(&request).unwrap();
        let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
        let challenge =
            Sha512::new().chain_update(point).chain_update(public.as_bytes()).chain_update(&base);
        let response =
            Scalar::from_bytes_mod_order_wide(&challenge.finalize().into()) * secret.scalar;
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&point);
        signature[32..].copy_from_slice(response.as_bytes());
        if point[0] == 1 && point[31] == 0 {
            let signature = ed25519_dalek::Signature::from_bytes(&signature);
            use ed25519_dalek::Verifier;
            assert!(public.verify(base.as_bytes(), &signature).is_ok(), "the forgery is none");
        }
        let mut forged = request;
        set_signature(&mut forged, &signature);
        refuse(&server, &forged, ErrorCode::SignatureInvalid, Some("signature"));
    }
    // The same signature with another `s`: RFC 8032 section 5.1.7 wants `s` below the order.
    let mut request = Order::new(LUTECE, "1.00", "EUR").signed_by(&alice, &server);
    let base = Presented::read(&request).unwrap().base(&request).unwrap();
    let mut signature = alice.key.sign(base.as_bytes());
    let order = (Scalar::ZERO - Scalar::ONE).to_bytes();
    let mut carry = 1;
    for (byte, order) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        (*byte, carry) = ((sum & 0xff) as u8, sum >> 8);
    }
    let honest = request.clone();
    set_signature(&mut request, &signature);
    refuse(&server, &request, ErrorCode::SignatureInvalid, Some("signature"));
    assert_eq!(ledger(&server), before);
    assert_eq!(send(server.address, &honest).unwrap().status, 201);
}

fn set_signature(request: &mut HttpRequest, signature: &[u8]) {
    use base64ct::{Base64, Encoding};
    let field = request.fields.iter_mut().find(|(name, _)| name == "signature").unwrap();
    field.1 = format!("xp2p=:{}:", Base64::encode_string(signature));
}

fn xp2p_x(bytes: &[u8]) -> String {
    use base64ct::{Base64UrlUnpadded, Encoding};
    Base64UrlUnpadded::encode_string(bytes)
}

fn thumbprint(x: &str) -> String {
    xp2p_x(&sha2::Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)))
}
