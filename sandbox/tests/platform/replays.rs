//! One signature, one use; one intent, one payment.

use std::collections::HashSet;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use xp2p::ErrorCode;
use xp2p::canonical::HttpRequest;

use crate::client::{
    LUTECE, Order, Person, assert_refused, euros, fresh, json_of, ledger, refuse, send,
};
use crate::server::Server;

#[test]
fn requirement_6_a_nonce_works_once_also_after_a_restart() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let request = Order::new(LUTECE, "1.00", "EUR").signed_by(&alice, &server);
    assert_eq!(send(server.address, &request).unwrap().status, 201);
    refuse(&server, &request, ErrorCode::NonceReused, Some("nonce"));
    let server = server.restart();
    refuse(&server, &request, ErrorCode::NonceReused, Some("nonce"));
    assert_eq!(euros(&server, "lutece"), "1.00");
}

#[test]
fn a_nonce_is_taken_by_a_refused_request_too() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let poor = Order::new(LUTECE, "501.00", "EUR").signed_by(&alice, &server);
    refuse(&server, &poor, ErrorCode::InsufficientFunds, Some("amount"));
    refuse(&server, &poor, ErrorCode::NonceReused, Some("nonce"));
    let wrong = Order::new(LUTECE, "0.00", "EUR").signed_by(&alice, &server);
    refuse(&server, &wrong, ErrorCode::AmountZero, Some("amount.value"));
    refuse(&server, &wrong, ErrorCode::NonceReused, Some("nonce"));
}

#[test]
fn an_unverified_request_takes_no_nonce() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let request = Order::new(LUTECE, "1.00", "EUR").signed_by(&alice, &server);
    let mut forged = request.clone();
    forged.body = Some(b"{}".to_vec());
    refuse(&server, &forged, ErrorCode::DigestMismatch, Some("content-digest"));
    assert_eq!(send(server.address, &request).unwrap().status, 201);
}

#[test]
fn the_same_intent_gets_the_same_answer() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let order = Order::new(LUTECE, "1.00", "EUR");
    let first = order.sent_by(&alice, &server);
    let before = ledger(&server);
    let server = server.restart();
    // Another key of the same account is the same payer.
    let other_key = Person::enrolled(&server, "alice");
    for person in [&alice, &other_key] {
        let again = order.again().sent_by(person, &server);
        assert_eq!((again.status, &again.body), (201, &first.body));
        assert_eq!(again.field("idempotency-replayed").as_deref(), Some("true"));
        assert_eq!(again.field("location"), first.field("location"));
        assert_ne!(again.field("request-id"), first.field("request-id"));
    }
    assert_eq!(ledger(&server), before);
}

#[test]
fn a_used_key_takes_no_other_body() {
    let server = Server::start();
    let [alice, bob] = ["alice", "bob"].map(|who| Person::enrolled(&server, who));
    let order = Order::new(LUTECE, "1.00", "EUR");
    assert_eq!(order.sent_by(&alice, &server).status, 201);
    let mut other = order.again();
    other.body["amount"]["value"] = json!("2.00");
    let request = other.signed_by(&alice, &server);
    refuse(&server, &request, ErrorCode::IdempotencyKeyReused, Some("idempotency-key"));
    // Another account's key of the same text is another key.
    assert_eq!(order.again().sent_by(&bob, &server).status, 201);
}

#[test]
fn a_refusal_is_an_answer_for_good() {
    let server = Server::start();
    let [carol, alice] = ["carol", "alice"].map(|who| Person::enrolled(&server, who));
    let order = Order::new(LUTECE, "1.00", "EUR");
    let first = order.sent_by(&carol, &server);
    assert_refused(&first, ErrorCode::InsufficientFunds, Some("amount"));
    let gift = Order::new(("carol", "acct_carol000"), "5.00", "EUR");
    assert_eq!(gift.sent_by(&alice, &server).status, 201);
    let again = order.again().sent_by(&carol, &server);
    assert_refused(&again, ErrorCode::InsufficientFunds, Some("amount"));
    assert_eq!(again.body, first.body);
    assert_eq!(again.field("idempotency-replayed").as_deref(), Some("true"));
    let anew = Order { idempotency_key: fresh(), ..order.again() };
    assert_eq!(anew.sent_by(&carol, &server).status, 201);
}

#[test]
fn what_is_past_its_time_is_forgotten_and_nothing_else() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    assert_eq!(Order::new(LUTECE, "1.00", "EUR").sent_by(&alice, &server).status, 201);
    let after = |server: Server, seconds| {
        server.clock.shift(seconds);
        let server = server.restart();
        let kept = server.count("SELECT count(*) FROM nonces");
        let answers = server.count("SELECT count(*) FROM answers");
        (server, kept, answers)
    };
    // The signature can be accepted for 300 s, by clocks that differ by a minute at most.
    let (server, nonces, answers) = after(server, 340);
    assert_eq!((nonces, answers), (1, 1));
    let (server, nonces, answers) = after(server, 40);
    assert_eq!((nonces, answers), (0, 1));
    let (server, _, answers) = after(server, 24 * 60 * 60 - 480);
    assert_eq!(answers, 1);
    let (server, _, answers) = after(server, 200);
    assert_eq!(answers, 0);
    assert_eq!(euros(&server, "lutece"), "1.00");
    assert!(server.audit().findings.is_empty());
}

#[test]
fn requirement_8_fifty_concurrent_posts_of_one_intent_make_one_transfer() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let order = Order::new(LUTECE, "1.00", "EUR");
    let requests: Vec<_> = (0..50).map(|_| order.again().signed_by(&alice, &server)).collect();
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads =
            requests.iter().map(|request| scope.spawn(|| send(server.address, request).unwrap()));
        let threads: Vec<_> = threads.collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| answer.status == 201));
    let first = answers.iter().filter(|answer| answer.field("idempotency-replayed").is_none());
    assert_eq!(first.count(), 1);
    let ids: HashSet<_> = answers.iter().map(|answer| json_of(answer)["id"].to_string()).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(euros(&server, "lutece"), "1.00");
    assert_eq!(server.audit().payments, 1);
}

#[test]
fn two_servers_on_one_database_make_one_transfer() {
    let server = Server::start();
    let servers = [&server, &server.beside()];
    let alice = Person::enrolled(&server, "alice");
    let order = Order::new(LUTECE, "1.00", "EUR");
    let requests: Vec<_> = (0..40).map(|_| order.again().signed_by(&alice, &server)).collect();
    std::thread::scope(|scope| {
        for (number, request) in requests.iter().enumerate() {
            let address = servers[number % 2].address;
            scope.spawn(move || assert_eq!(send(address, request).unwrap().status, 201));
        }
    });
    assert_eq!(euros(&server, "lutece"), "1.00");
    assert_eq!(server.audit().payments, 1);
}

/// Clients that hang up without waiting for the answer: paid or not, but whole, and once.
#[test]
fn clients_that_hang_up_leave_the_books_in_order() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let orders: Vec<_> = (0..40).map(|_| Order::new(LUTECE, "1.00", "EUR")).collect();
    for (number, order) in orders.iter().enumerate() {
        let message = wire(&order.signed_by(&alice, &server));
        let mut connection = TcpStream::connect(server.address).unwrap();
        connection.write_all(&message).unwrap();
        std::thread::sleep(Duration::from_millis(number as u64));
    }
    assert!(server.audit().findings.is_empty());
    // Nobody who hung up left a lock behind that would keep another server from writing.
    let other = server.beside();
    for order in &orders {
        assert_eq!(order.again().sent_by(&alice, &other).status, 201);
    }
    assert_eq!(euros(&server, "lutece"), "40.00");
    assert!(server.audit().findings.is_empty());
}

/// HTTP/1.1 as bytes: RFC 9112 section 2.1.
fn wire(request: &HttpRequest) -> Vec<u8> {
    let body = request.body.clone().unwrap_or_default();
    let mut message = format!("{} /v1/payments HTTP/1.1\r\nhost: sandbox\r\n", request.method);
    for (name, value) in &request.fields {
        message += &format!("{name}: {value}\r\n");
    }
    message += &format!("content-length: {}\r\n\r\n", body.len());
    [message.into_bytes(), body].concat()
}

/// Payments that compete for the same money: as many as it pays for, and not one more.
#[test]
fn concurrent_payments_do_not_overdraw() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let statuses: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| Order::new(LUTECE, "100.00", "EUR").sent_by(&alice, &server).status)
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 5);
    assert_eq!(statuses.iter().filter(|status| **status == 402).count(), 11);
    assert_eq!(euros(&server, "alice"), "0.00");
    assert!(server.audit().findings.is_empty());
}
