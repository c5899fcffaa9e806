//! Receipts, verified by the SDK, and once more without it.

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Value, json};
use xp2p::receipt::{Expected, KeySet, verify_receipt};
use xp2p::{AccountId, Amount, Handle, Party};

use crate::client::{LUTECE, Order, Person, get, json_of};
use crate::server::{ORIGIN, Server};

/// A payment by alice whose request came from `origin`, and its receipt.
fn paid(server: &Server, origin: &[&'static str]) -> (Value, String) {
    let alice = Person::enrolled(server, "alice");
    let mut order = Order::new(LUTECE, "12.50", "EUR");
    order.body["reference"] = json!("order-1042");
    order.fields = origin.iter().map(|origin| ("origin", *origin)).collect();
    let payment = json_of(&order.sent_by(&alice, server));
    let receipt = payment["receipt"].as_str().unwrap().to_string();
    (payment, receipt)
}

/// RFC 7515 section 5.2 by hand: the header and the claims, if the platform's key signed them.
fn read_independently(server: &Server, receipt: &str) -> (Value, Value) {
    let decode = |part: &str| Base64UrlUnpadded::decode_vec(part).unwrap();
    let keys = json_of(&get(server, "/.well-known/jwks.json"));
    let x: [u8; 32] = decode(keys["keys"][0]["x"].as_str().unwrap()).try_into().unwrap();
    let (signed, signature) = receipt.rsplit_once('.').unwrap();
    let signature = Signature::from_slice(&decode(signature)).unwrap();
    VerifyingKey::from_bytes(&x).unwrap().verify_strict(signed.as_bytes(), &signature).unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let json = |part| serde_json::from_slice(&decode(part)).unwrap();
    let (header, claims): (Value, Value) = (json(header), json(claims));
    assert_eq!(header["kid"], keys["keys"][0]["kid"]);
    (header, claims)
}

#[test]
fn a_receipt_verifies_by_the_sdk() {
    let server = Server::start();
    let (payment, receipt) = paid(&server, &["https://shop.example"]);
    let keys = KeySet::parse(&get(&server, "/.well-known/jwks.json").body).unwrap();
    let account = AccountId::parse(LUTECE.1).unwrap();
    let expected = Expected {
        issuer: &format!("{ORIGIN}/sandbox"),
        payee: &Party::new(Handle::parse(LUTECE.0).unwrap(), account),
        amount: &Amount::parse("12.50", "EUR").unwrap(),
        reference: Some("order-1042"),
        request_digest: payment["request_digest"].as_str(),
        payment: payment["id"].as_str(),
    };
    let receipt = verify_receipt(&receipt, &keys, &expected).unwrap();
    assert_eq!(receipt.origin.as_deref(), Some("https://shop.example"));
    assert_eq!(receipt.payer.handle().as_str(), "alice");
}

#[test]
fn a_receipt_verifies_without_the_sdk() {
    let server = Server::start();
    let (payment, receipt) = paid(&server, &["https://shop.example"]);
    let (header, claims) = read_independently(&server, &receipt);
    assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("xp2p-receipt+jwt")));
    assert_eq!(header.as_object().unwrap().len(), 3);
    assert_eq!(
        claims,
        json!({
            "iss": format!("{ORIGIN}/sandbox"),
            "iat": payment["created_at"],
            "jti": payment["id"],
            "payer": { "handle": "alice", "account": "acct_alice000" },
            "payee": { "handle": "lutece", "account": "acct_lutece00" },
            "amount": { "value": "12.50", "currency": "EUR" },
            "reference": "order-1042",
            "request_digest": payment["request_digest"],
            "origin": "https://shop.example",
        })
    );
}

#[test]
fn a_receipt_names_no_origin_that_is_opaque_or_absent() {
    for origin in [&[][..], &["null"], &["https://one.example", "https://two.example"]] {
        let server = Server::start();
        let (_, receipt) = paid(&server, origin);
        assert_eq!(read_independently(&server, &receipt).1.get("origin"), None);
    }
}

/// A sandbox says so in everything that it signs or that is signed for it, and what expects another
/// environment refuses it.
#[test]
fn requirement_33_a_receipt_of_the_sandbox_is_none_of_another_environment() {
    let server = Server::start();
    let (payment, receipt) = paid(&server, &[]);
    assert_eq!(payment["environment"], "sandbox");
    let settings = json_of(&get(&server, "/.well-known/xp2p"));
    assert_eq!(settings["environment"], "sandbox");
    assert_eq!(settings["issuer"], format!("{ORIGIN}/sandbox"));
    let published = json_of(&get(&server, "/.well-known/jwks.json"));
    for key in published["keys"].as_array().unwrap() {
        assert!(key["kid"].as_str().unwrap().starts_with("sandbox:"));
    }
    let account = AccountId::parse(LUTECE.1).unwrap();
    let payee = Party::new(Handle::parse(LUTECE.0).unwrap(), account);
    let read = |keys: &Value, issuer: &str| {
        let keys = KeySet::parse(keys.to_string().as_bytes())?;
        let expected = Expected {
            issuer: &format!("{ORIGIN}/{issuer}"),
            payee: &payee,
            amount: &Amount::parse("12.50", "EUR").unwrap(),
            reference: Some("order-1042"),
            request_digest: None,
            payment: None,
        };
        verify_receipt(&receipt, &keys, &expected)
    };
    assert!(read(&published, "sandbox").is_ok());
    assert!(read(&published, "live").is_err());
    // The same key under the name of a live one.
    let mut renamed = published.clone();
    let kid = published["keys"][0]["kid"].as_str().unwrap().replace("sandbox:", "live:");
    renamed["keys"][0]["kid"] = json!(kid);
    assert!(read(&renamed, "live").is_err() && read(&renamed, "sandbox").is_err());
}
