//! The amounts of `docs/testing.md`, each paid, each doing what its row says.

use std::time::{Duration, Instant};

use serde_json::Value;
use xp2p::ErrorCode;

use crate::client::{
    LUTECE, Order, Person, assert_refused, euros, json_of, ledger, read_payment, send,
};
use crate::server::Server;

/// The rows of the table: amount, what one gets, and whether it is kept.
fn rows() -> Vec<[&'static str; 3]> {
    let docs = include_str!("../../../docs/testing.md");
    let rows = docs.lines().skip_while(|line| !line.starts_with("| pay this")).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let cells = |line: &'static str| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        [cells[0].trim_matches('`'), cells[1], cells[2]]
    };
    rows.map(cells).collect()
}

#[test]
fn every_amount_of_the_table_is_refused_as_it_says() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let before = ledger(&server);
    let mut codes = Vec::new();
    for [value, gets, kept] in rows() {
        let Some((status, code)) = gets.split_once(" `") else { continue };
        let code = ErrorCode::from_wire(code.trim_end_matches('`')).unwrap();
        let order = Order::new(LUTECE, value, "EUR");
        let first = order.sent_by(&alice, &server);
        let problem = json_of(&first);
        assert_refused(&first, code, problem.get("param").and_then(Value::as_str));
        assert_eq!(first.status.to_string(), status);
        let waits = matches!(code, ErrorCode::RateLimited | ErrorCode::Unavailable);
        assert_eq!(first.field("retry-after").is_some(), waits, "{value}");
        let again = order.again().sent_by(&alice, &server);
        assert_eq!(json_of(&again)["code"], code.as_str());
        let replayed = again.field("idempotency-replayed").is_some();
        assert_eq!(replayed, kept.starts_with("kept"), "{value}");
        assert_eq!(replayed, again.body == first.body, "{value}");
        codes.push(code);
    }
    assert_eq!(codes.len(), 13);
    assert_eq!(ledger(&server), before);
}

#[test]
fn an_amount_that_takes_its_time_is_paid() {
    let server = Server::start();
    let [alice, bob] = ["alice", "bob"].map(|who| Person::enrolled(&server, who));
    let [value, gets, _] = rows().into_iter().find(|row| row[1].starts_with("paid, 2 ")).unwrap();
    let asked = Instant::now();
    let paid = std::thread::scope(|scope| {
        let slow = scope.spawn(|| Order::new(LUTECE, value, "EUR").sent_by(&alice, &server));
        // Nobody else waits with it.
        let quick = Order::new(LUTECE, "1.00", "EUR").sent_by(&bob, &server);
        assert_eq!(quick.status, 201);
        slow.join().unwrap()
    });
    assert!(asked.elapsed() >= Duration::from_secs(2), "{gets}");
    assert_eq!(paid.status, 201);
    let id = json_of(&paid)["id"].as_str().unwrap().to_string();
    assert_eq!(read_payment(&server, &alice, &id).status, 200);
    assert_eq!(euros(&server, "lutece"), "12.02");
}

/// What is refused anyway keeps its own reason.
#[test]
fn who_is_paid_comes_before_how_much() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let order = Order::new(("mallory", "acct_mallory0"), "90.07", "EUR");
    let answer = send(server.address, &order.signed_by(&alice, &server)).unwrap();
    assert_refused(&answer, ErrorCode::AccountBlocked, Some("payee.handle"));
}
