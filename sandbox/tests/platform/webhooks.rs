//! News on its way to a server: written with the change, signed, and sent until it is taken.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use xp2p::ErrorCode;
use xp2p::canonical::HttpRequest;
use xp2p::signature::{Policy, Presented, PublicKey, SigningKey};
use xp2p_sandbox::Clock;

use crate::binary::{Process, enrol};
use crate::books::Books;
use crate::client::{
    LUTECE, Order, Person, assert_refused, get, json_of, look, order, read_payment, send, signed,
};
use crate::receiver::{Receiver, attempted, deliveries, event, respond, until};
use crate::server::Server;

const PAID: &[&str] = &["payment.paid"];

fn people(server: &Server) -> [Person; 2] {
    ["alice", "lutece"].map(|who| Person::enrolled(server, who))
}

fn pay(server: &Server, alice: &Person) -> Value {
    json_of(&Order::new(LUTECE, "3.00", "EUR").sent_by(alice, server))
}

fn refund(server: &Server, lutece: &Person, payment: &Value, value: &str) {
    let body = json!({ "amount": { "value": value, "currency": "EUR" } });
    let path = format!("/v1/payments/{}/refunds", payment["id"].as_str().unwrap());
    assert_eq!(order(server, lutece, &path, Some(&body)).status, 201);
}

#[test]
fn both_sides_are_told_what_they_want_to_know_in_order() {
    let server = Server::start();
    let [alice, lutece] = people(&server);
    let [payee, payer] = [Receiver::answering(204), Receiver::answering(200)];
    payee.hook(&server, &lutece, &["payment.refunded", "payment.paid"]);
    payer.hook(&server, &alice, &["payment.refunded", "checkout.paid"]);
    let payment = pay(&server, &alice);
    for value in ["0.10", "0.20", "0.30", "0.40"] {
        refund(&server, &lutece, &payment, value);
    }
    let told: Vec<_> = payee.exactly(5).iter().map(event).collect();
    assert_eq!(told[0]["type"], "payment.paid");
    assert_eq!(told[0]["data"], payment);
    for (version, event) in (1..).zip(&told) {
        assert_eq!(
            (&event["version"], &event["data"]["version"]),
            (&json!(version), &json!(version))
        );
        assert_eq!(event["environment"], "sandbox");
        assert_eq!(event.as_object().unwrap().len(), 6);
    }
    assert_eq!(told[4]["type"], "payment.refunded");
    let id = payment["id"].as_str().unwrap();
    assert_eq!(told[4]["data"], json_of(&read_payment(&server, &lutece, id)));
    let types: Vec<_> = payer.exactly(4).iter().map(|told| event(told)["type"].clone()).collect();
    assert_eq!(types, ["payment.refunded"; 4]);
}

#[test]
fn nothing_is_written_that_nobody_wants_to_know() {
    let server = Server::start();
    let [alice, lutece] = people(&server);
    let receiver = Receiver::answering(204);
    receiver.hook(&server, &lutece, &["payment.refunded"]);
    pay(&server, &alice);
    assert_eq!(server.count("SELECT count(*) FROM events"), 0);
    receiver.exactly(0);
}

/// What the platform's key set gives for a key id: the contract, `signing.md`.
fn published(server: &Server, key_id: &str) -> Option<PublicKey> {
    let keys = json_of(&get(server, "/.well-known/jwks.json"));
    let kid = format!("sandbox:{key_id}");
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid)?;
    Some(PublicKey::from_jwk_x(key["x"].as_str().unwrap()).unwrap())
}

#[test]
fn requirement_24_a_delivery_is_verified_and_counts_once() {
    let server = Server::start();
    let [alice, lutece] = people(&server);
    let receiver = Receiver::answering(204);
    let webhook = receiver.hook(&server, &lutece, PAID);
    pay(&server, &alice);
    let delivery = attempted(&server, &lutece, &webhook, 1);
    assert_eq!(delivery["status"], "delivered");
    let path = format!("/v1/deliveries/{}/resend", delivery["id"].as_str().unwrap());
    assert_eq!(order(&server, &lutece, &path, None).status, 202);
    let received = receiver.exactly(2);

    let now = u64::try_from(server.clock.now()).unwrap();
    let verify = |request: &HttpRequest, key: Option<&PublicKey>, now| {
        let presented = Presented::read(request)?;
        let key = key.copied().or_else(|| published(&server, presented.key_id())).unwrap();
        presented.verify(request, &key, &Policy { environment: "sandbox", now })?;
        Ok((
            presented.idempotency_key().unwrap().clone(),
            presented.parameters().nonce().to_owned(),
        ))
    };
    let mut seen = HashSet::new();
    let mut nonces = HashSet::new();
    let processed = received.iter().filter(|request| {
        let (id, nonce) = verify(request, None, now).unwrap();
        assert_eq!(event(request)["id"], id.as_str());
        assert!(nonces.insert(nonce), "a nonce was used twice");
        seen.insert(id)
    });
    assert_eq!(processed.count(), 1);

    let refused = |request: &HttpRequest, key: Option<&PublicKey>, now| {
        let error: xp2p::Error = verify(request, key, now).unwrap_err();
        error.code()
    };
    use ErrorCode::*;
    let request = &received[0];
    assert_eq!(refused(request, None, now + 400), ClockSkew);
    assert_eq!(refused(request, None, now - 400), ClockSkew);
    let other = SigningKey::from_seed([7; 32]).public_key();
    assert_eq!(refused(request, Some(&other), now), KeyUnknown);
    let mut changed = request.clone();
    changed.body.as_mut().unwrap()[10] ^= 1;
    assert_eq!(refused(&changed, None, now), DigestMismatch);
    let with = |name: &str, change: &dyn Fn(&str) -> String| {
        let mut request = request.clone();
        let (_, value) = request.fields.iter_mut().find(|(field, _)| field == name).unwrap();
        *value = change(value);
        request
    };
    // The digest made anew for other bytes, another id, a later time, another address.
    let digest = xp2p::canonical::content_digest(changed.body.as_deref().unwrap());
    let mut forged = with("content-digest", &|_| digest.clone());
    forged.body = changed.body;
    let another = with("idempotency-key", &|id| id.replace("evt_0", "evt_1"));
    let later = with("signature-input", &|input| {
        let created = Presented::read(request).unwrap().parameters().created();
        input.replacen(&created.to_string(), &(created + 1).to_string(), 1)
    });
    let elsewhere = HttpRequest { url: "https://other.example/".into(), ..request.clone() };
    for forged in [forged, another, later, elsewhere] {
        assert_eq!(refused(&forged, None, now), SignatureInvalid);
    }
}

/// By RFC 9421 section 2.5, with nothing of ours.
#[test]
fn a_delivery_verifies_without_the_sdk() {
    let server = Server::start();
    let [alice, lutece] = people(&server);
    let receiver = Receiver::answering(204);
    receiver.hook(&server, &lutece, PAID);
    pay(&server, &alice);
    let request = &receiver.exactly(1)[0];
    let field = |name: &str| {
        let mut values = request.fields.iter().filter(|(field, _)| field == name);
        let value = values.next().unwrap().1.clone();
        assert!(values.next().is_none(), "two fields `{name}`");
        value
    };
    let body = request.body.as_deref().unwrap();
    let digest = format!("sha-256=:{}:", Base64::encode_string(&Sha256::digest(body)));
    assert_eq!(field("content-digest"), digest);
    assert_eq!(field("host"), receiver.address.to_string());
    let id = event(request)["id"].as_str().unwrap().to_owned();
    assert_eq!(field("idempotency-key"), format!("\"{id}\""));
    let parameters = field("signature-input").strip_prefix("xp2p=").unwrap().to_owned();
    let covered =
        r#"("@method" "@target-uri" "content-digest" "content-type" "idempotency-key");created="#;
    assert!(parameters.starts_with(covered), "{parameters}");
    assert!(parameters.ends_with(r#";alg="ed25519";tag="xp2p-sandbox""#), "{parameters}");
    let base = format!(
        "\"@method\": POST\n\"@target-uri\": {}\n\"content-digest\": {digest}\n\
         \"content-type\": application/json\n\"idempotency-key\": \"{id}\"\n\
         \"@signature-params\": {parameters}",
        receiver.url(),
    );
    let key = &json_of(&get(&server, "/.well-known/jwks.json"))["keys"][0];
    let thumbprint = key["kid"].as_str().unwrap().strip_prefix("sandbox:").unwrap();
    assert!(parameters.contains(&format!(";keyid=\"{thumbprint}\";")), "{parameters}");
    let x = Base64UrlUnpadded::decode_vec(key["x"].as_str().unwrap()).unwrap();
    let key = VerifyingKey::from_bytes(&x.try_into().unwrap()).unwrap();
    let signature = field("signature");
    let signature = signature.strip_prefix("xp2p=:").unwrap().strip_suffix(':').unwrap();
    let signature = Signature::from_slice(&Base64::decode_vec(signature).unwrap()).unwrap();
    key.verify_strict(base.as_bytes(), &signature).unwrap();
}

#[test]
fn a_refused_delivery_is_sent_again_until_it_is_taken() {
    let server = Server::start();
    let [alice, lutece] = people(&server);
    let up = Arc::new(AtomicBool::new(false));
    let is_up = up.clone();
    let receiver = Receiver::start(move |_, stream| {
        respond(stream, if is_up.load(Ordering::Relaxed) { 204 } else { 503 }, "");
    });
    let webhook = receiver.hook(&server, &lutece, PAID);
    pay(&server, &alice);
    let mut before = 0;
    let pauses = [5, 30, 120, 600, 3600, 10800, 10800, 10800 * 2];
    for (attempts, pause) in (1..).zip(pauses.windows(2)) {
        let delivery = attempted(&server, &lutece, &webhook, attempts);
        assert_eq!(delivery["status"], "waiting");
        let last = delivery["attempts"][attempts - 1].clone();
        assert_eq!(last["status"], 503);
        assert!(last["at"].as_i64().unwrap() > before);
        before = last["at"].as_i64().unwrap();
        let waits = delivery["next_attempt_at"].as_i64().unwrap() - before;
        let longest = pause[1].max(pause[0] * 2);
        assert!((pause[0]..longest).contains(&waits), "{waits} instead of {}", pause[0]);
        receiver.exactly(attempts);
        up.store(attempts == 7, Ordering::Relaxed);
        server.clock.shift(waits);
    }
    let delivery = attempted(&server, &lutece, &webhook, 8);
    assert_eq!((&delivery["status"], delivery.get("next_attempt_at")), (&json!("delivered"), None));
    assert_eq!(delivery["attempts"][7]["status"], 204);
    server.clock.shift(100_000);
    let bodies: HashSet<_> = receiver.exactly(8).into_iter().map(|request| request.body).collect();
    assert_eq!(bodies.len(), 1);
}

#[test]
fn after_three_days_a_delivery_is_given_up_and_can_still_be_sent_by_hand() {
    let server = Server::start();
    let [alice, lutece] = people(&server);
    let receiver = Receiver::answering(500);
    let webhook = receiver.hook(&server, &lutece, PAID);
    pay(&server, &alice);
    let mut attempts = 1;
    for _ in 0..3 {
        assert_eq!(attempted(&server, &lutece, &webhook, attempts)["status"], "waiting");
        server.clock.shift(86_000);
        attempts += 1;
    }
    // Later than a further pause would allow.
    attempted(&server, &lutece, &webhook, attempts);
    server.clock.shift(86_000);
    let delivery = attempted(&server, &lutece, &webhook, attempts + 1);
    assert_eq!((&delivery["status"], delivery.get("next_attempt_at")), (&json!("given_up"), None));
    server.clock.shift(1_000_000);
    receiver.exactly(attempts + 1);
    let path = format!("/v1/deliveries/{}/resend", delivery["id"].as_str().unwrap());
    let answer = order(&server, &lutece, &path, None);
    assert_eq!((answer.status, &json_of(&answer)["status"]), (202, &json!("waiting")));
    let delivery = attempted(&server, &lutece, &webhook, attempts + 2);
    assert_eq!(delivery["status"], "given_up");
}

#[test]
fn a_receiver_that_fails_holds_up_nobody_and_keeps_no_order() {
    let server = Server::start();
    let [alice, lutece] = people(&server);
    // The first version fails, again and again.
    let receiver = Receiver::start(|request, stream| {
        respond(stream, if event(request)["version"] == 1 { 500 } else { 204 }, "");
    });
    let fine = Receiver::answering(204);
    receiver.hook(&server, &lutece, &["payment.paid", "payment.refunded"]);
    fine.hook(&server, &lutece, PAID);
    let payment = pay(&server, &alice);
    refund(&server, &lutece, &payment, "1.00");
    refund(&server, &lutece, &payment, "1.00");
    let versions: Vec<_> =
        receiver.exactly(3).iter().map(|told| event(told)["version"].clone()).collect();
    assert_eq!(versions, [1, 2, 3]);
    fine.exactly(1);
    // It comes late, with a lower version than the last one: a receiver drops it.
    server.clock.shift(10);
    until(|| receiver.received().len() == 4);
    assert_eq!(event(&receiver.received()[3])["version"], 1);
}

#[test]
fn a_disabled_webhook_gets_nothing_more() {
    let server = Server::start();
    let [alice, lutece] = people(&server);
    let receiver = Receiver::answering(500);
    let webhook = receiver.hook(&server, &lutece, PAID);
    pay(&server, &alice);
    let delivery = attempted(&server, &lutece, &webhook, 1);
    let disable = format!("/v1/webhooks/{webhook}/disable");
    for _ in 0..2 {
        let disabled = order(&server, &lutece, &disable, None);
        assert_eq!((disabled.status, &json_of(&disabled)["enabled"]), (200, &json!(false)));
    }
    pay(&server, &alice);
    server.clock.shift(10);
    receiver.exactly(1);
    let given_up = deliveries(&server, &lutece, &webhook);
    assert_eq!((given_up.len(), &given_up[0]["status"]), (1, &json!("given_up")));
    let resend = format!("/v1/deliveries/{}/resend", delivery["id"].as_str().unwrap());
    let refused = order(&server, &lutece, &resend, None);
    assert_refused(&refused, ErrorCode::StateFinal, Some("webhook"));
    receiver.exactly(1);
    let others = order(&server, &alice, &disable, None);
    assert_refused(&others, ErrorCode::NotFound, None);
    let others = order(&server, &alice, &resend, None);
    assert_refused(&others, ErrorCode::NotFound, None);
    let others = look(&server, &alice, &format!("/v1/webhooks/{webhook}/deliveries"));
    assert_refused(&others, ErrorCode::NotFound, None);
}

#[test]
fn webhooks_and_deliveries_are_listed_newest_first() {
    let server = Server::start();
    let [alice, lutece] = people(&server);
    let receiver = Receiver::answering(204);
    let ids: Vec<_> = (0..3).map(|_| receiver.hook(&server, &lutece, PAID)).collect();
    let first = json_of(&look(&server, &lutece, "/v1/webhooks?limit=2"));
    assert_eq!(first["items"][0]["id"], json!(ids[2]));
    assert_eq!(first["items"][0]["url"], receiver.url());
    assert_eq!(first["items"][0]["events"], json!(PAID));
    let path = format!("/v1/webhooks?cursor={}", first["next_cursor"].as_str().unwrap());
    let last = json_of(&look(&server, &lutece, &path));
    assert_eq!((&last["items"][0]["id"], last.get("next_cursor")), (&json!(ids[0]), None));
    assert_eq!(json_of(&look(&server, &alice, "/v1/webhooks")), json!({ "items": [] }));

    let payments: Vec<_> = (0..3).map(|_| pay(&server, &alice)).collect();
    let told = receiver.exactly(9);
    let path = format!("/v1/webhooks/{}/deliveries?limit=2", ids[1]);
    let first = json_of(&look(&server, &lutece, &path));
    let cursor = first["next_cursor"].as_str().unwrap();
    let last = json_of(&look(&server, &lutece, &format!("{path}&cursor={cursor}")));
    let paid: HashMap<_, _> = told
        .iter()
        .map(|request| (event(request)["id"].to_string(), event(request)["data"]["id"].clone()))
        .collect();
    let listed = first["items"].as_array().unwrap().iter().chain(last["items"].as_array().unwrap());
    let listed: Vec<_> = listed.map(|item| paid[&item["event"].to_string()].clone()).collect();
    let expected: Vec<_> = payments.iter().rev().map(|payment| payment["id"].clone()).collect();
    assert_eq!(listed, expected);
    let shown = &first["items"][0];
    assert_eq!((&shown["type"], &shown["status"]), (&json!("payment.paid"), &json!("delivered")));
}

#[test]
fn a_webhook_of_another_form_is_refused() {
    let server = Server::start();
    let [_, lutece] = people(&server);
    let receiver = Receiver::answering(204);
    let url = receiver.url();
    let seventeen = vec!["payment.paid"; 17];
    for (body, param) in [
        (json!({ "events": PAID }), "url"),
        (json!({ "url": url }), "events"),
        (json!({ "url": 7, "events": PAID }), "url"),
        (json!({ "url": url, "events": "payment.paid" }), "events"),
        (json!({ "url": url, "events": [] }), "events"),
        (json!({ "url": url, "events": ["payment.paid", "payment.paid"] }), "events"),
        (json!({ "url": url, "events": ["payment.lost"] }), "events"),
        (json!({ "url": url, "events": [7] }), "events"),
        (json!({ "url": url, "events": seventeen }), "events"),
        (json!({ "url": url, "events": PAID, "enabled": false }), "enabled"),
    ] {
        let answer = order(&server, &lutece, "/v1/webhooks", Some(&body));
        assert_refused(&answer, ErrorCode::RequestMalformed, Some(param));
    }
    assert_eq!(server.count("SELECT count(*) FROM webhooks"), 0);
}

/// The change fails at its last statement: what was written before, its news among it, is undone.
#[test]
fn a_change_that_was_rolled_back_is_no_news() {
    let server = Server::start();
    let [alice, lutece] = people(&server);
    let receiver = Receiver::answering(204);
    receiver.hook(&server, &lutece, PAID);
    server.execute(if server.books().are_on_postgres() {
        "CREATE TRIGGER broken BEFORE INSERT ON answers EXECUTE FUNCTION refuse('broken')"
    } else {
        "CREATE TRIGGER broken BEFORE INSERT ON answers BEGIN SELECT RAISE(ABORT, 'broken'); END"
    });
    let order = Order::new(LUTECE, "3.00", "EUR");
    assert_eq!(order.sent_by(&alice, &server).status, 500);
    assert_eq!(server.count("SELECT count(*) FROM events"), 0);
    assert_eq!(server.count("SELECT count(*) FROM deliveries"), 0);
    receiver.exactly(0);
    server.execute(if server.books().are_on_postgres() {
        "DROP TRIGGER broken ON answers"
    } else {
        "DROP TRIGGER broken"
    });
    assert_eq!(order.again().sent_by(&alice, &server).status, 201);
    receiver.exactly(1);
}

/// Two processes on one database, and the keys of alice and lutece.
fn processes(books: &Books) -> ([Process; 2], [Person; 2]) {
    let processes = [(), ()].map(|()| Process::start(&books.location(), "127.0.0.1:0"));
    let people = ["alice", "lutece"].map(|handle| {
        let person = Person::stranger();
        enrol(processes[0].address, handle, &person);
        person
    });
    (processes, people)
}

fn hook(process: &Process, person: &Person, receiver: &Receiver) {
    let body = json!({ "url": receiver.url(), "events": PAID });
    let request = signed(person, Clock::system().now(), ("POST", "/v1/webhooks"), Some(&body));
    assert_eq!(send(process.address, &request).unwrap().status, 201);
}

fn pay_at(process: &Process, alice: &Person) {
    let request = Order::new(LUTECE, "0.50", "EUR").signed_at(alice, Clock::system().now());
    assert_eq!(send(process.address, &request).unwrap().status, 201);
}

#[test]
fn two_processes_send_each_event_once() {
    let books = Books::new();
    let (processes, [alice, lutece]) = processes(&books);
    let receiver = Receiver::answering(204);
    hook(&processes[0], &lutece, &receiver);
    for number in 0..40 {
        pay_at(&processes[number % 2], &alice);
    }
    let ids: HashSet<_> =
        receiver.exactly(40).iter().map(|request| event(request)["id"].to_string()).collect();
    assert_eq!(ids.len(), 40);
}

#[test]
fn a_killed_process_leaves_its_deliveries_to_another() {
    let books = Books::new();
    let ([mut first, mut second], [alice, lutece]) = processes(&books);
    second.kill();
    // The first one to be told waits for an answer that never comes.
    let (told, open) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let receiver = Receiver::start(move |_, stream| {
        if told.fetch_add(1, Ordering::Relaxed) == 0 {
            open.lock().unwrap().push(stream);
        } else {
            respond(stream, 204, "");
        }
    });
    hook(&first, &lutece, &receiver);
    pay_at(&first, &alice);
    until(|| receiver.received().len() == 1);
    first.kill();
    let restarted = Process::start(&books.location(), "127.0.0.1:0");
    let received = receiver.exactly(2);
    assert_eq!(received[0].body, received[1].body);
    assert_eq!(received[0].field("idempotency-key"), received[1].field("idempotency-key"));
    assert_ne!(received[0].field("signature-input"), received[1].field("signature-input"));
    drop(restarted);
}
