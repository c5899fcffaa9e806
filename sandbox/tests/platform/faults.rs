//! Faults on demand: by header for one request, by rule for many.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use xp2p::ErrorCode;
use xp2p::canonical::HttpRequest;
use xp2p_sandbox::Clock;

use crate::books::Books;
use crate::client::{
    LUTECE, Order, Person, assert_refused, euros, get, json_of, ledger, post, refuse, send,
};
use crate::server::{ORIGIN, Server};

fn order() -> Order {
    Order::new(LUTECE, "1.00", "EUR")
}

fn with_fault(mut order: Order, fault: &'static str) -> Order {
    order.fields.push(("sandbox-fault", fault));
    order
}

fn without_faults(order: &Order) -> Order {
    Order { fields: Vec::new(), ..order.again() }
}

fn alice() -> (Server, Person) {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    (server, alice)
}

#[test]
fn an_answer_is_lost_after_the_commit() {
    let (server, alice) = alice();
    let lost = with_fault(order(), "commit-then-drop");
    assert!(send(server.address, &lost.signed_by(&alice, &server)).is_err());
    assert_eq!(euros(&server, "lutece"), "1.00");
    let again = without_faults(&lost).sent_by(&alice, &server);
    assert_eq!(again.status, 201);
    assert_eq!(again.field("idempotency-replayed").as_deref(), Some("true"));
    assert_eq!(euros(&server, "lutece"), "1.00");
    assert!(server.audit().findings.is_empty());
}

#[test]
fn a_connection_is_lost_before_the_commit() {
    let (server, alice) = alice();
    let before = ledger(&server);
    let lost = with_fault(order(), "drop-before-commit");
    let request = lost.signed_by(&alice, &server);
    assert!(send(server.address, &request).is_err());
    assert_eq!(ledger(&server), before);
    // Not even the nonce was taken.
    let mut same = request;
    same.fields.retain(|(name, _)| name != "sandbox-fault");
    let answer = send(server.address, &same).unwrap();
    assert_eq!((answer.status, answer.field("idempotency-replayed")), (201, None));
}

#[test]
fn the_platform_fails_and_nothing_was_done() {
    let (server, alice) = alice();
    let before = ledger(&server);
    for (fault, code, after) in [
        ("rate-limited;seconds=7", ErrorCode::RateLimited, Some("7")),
        ("unavailable", ErrorCode::Unavailable, Some("1")),
        ("internal", ErrorCode::Internal, None),
    ] {
        let failing = with_fault(order(), fault);
        let answer = failing.sent_by(&alice, &server);
        assert_refused(&answer, code, None);
        assert_eq!(answer.field("retry-after").as_deref(), after);
        assert_eq!(ledger(&server), before);
    }
    let failing = with_fault(order(), "unavailable");
    assert_eq!(failing.sent_by(&alice, &server).status, 503);
    let answer = without_faults(&failing).sent_by(&alice, &server);
    assert_eq!((answer.status, answer.field("idempotency-replayed")), (201, None));
}

#[test]
fn a_delayed_request_is_carried_out_later() {
    let (server, alice) = alice();
    let asked = Instant::now();
    let answer = with_fault(order(), "delay;seconds=1").sent_by(&alice, &server);
    assert_eq!(answer.status, 201);
    assert!(asked.elapsed() >= Duration::from_secs(1));
}

#[test]
fn requirement_9_a_platform_with_another_clock_says_so() {
    let (server, alice) = alice();
    for (fault, ahead) in [("clock-skew", 600), ("clock-skew;seconds=-600", -600)] {
        let request = with_fault(order(), fault).signed_by(&alice, &server);
        refuse(&server, &request, ErrorCode::ClockSkew, Some("created"));
        let settings =
            HttpRequest::new("GET", "/.well-known/xp2p").with_field("sandbox-fault", fault);
        let now = json_of(&send(server.address, &settings).unwrap())["now"].as_i64().unwrap();
        assert!((now - server.clock.now() - ahead).abs() < 30);
        // Who takes that clock over is accepted by it.
        let later = Order { created: ahead, ..with_fault(order(), fault) };
        assert_eq!(later.sent_by(&alice, &server).status, 201);
    }
}

#[test]
fn a_key_counts_as_revoked_for_one_request() {
    let (server, alice) = alice();
    let request = with_fault(order(), "key-revoked").signed_by(&alice, &server);
    refuse(&server, &request, ErrorCode::KeyRevoked, Some("keyid"));
    assert_eq!(order().sent_by(&alice, &server).status, 201);
}

#[test]
fn old_caches_have_an_old_clock_and_an_old_key_set() {
    let server = Server::start();
    let read = |path: &str, fault: Option<&str>| {
        let fields = fault.map(|fault| ("sandbox-fault".to_string(), fault.to_string()));
        let mut request = HttpRequest::new("GET", path);
        request.fields.extend(fields);
        json_of(&send(server.address, &request).unwrap())
    };
    let (keys, stale) = ("/.well-known/jwks.json", Some("stale-settings"));
    let before = read(keys, None);
    assert_eq!(read(keys, stale), before);
    assert_eq!(post(&server, "/sandbox/keys/rotate", &json!({})).status, 201);
    assert_ne!(read(keys, None), before);
    assert_eq!(read(keys, stale), before);
    let now = read("/.well-known/xp2p", stale)["now"].as_i64().unwrap();
    assert!((server.clock.now() - now - 3600).abs() < 30);
}

#[test]
fn a_fault_that_is_not_known_is_refused() {
    let (server, alice) = alice();
    for fault in ["dealy", "delay;seconds=121", "delay, ", "internal;seconds=1"] {
        let request = with_fault(order(), fault).signed_by(&alice, &server);
        let answer = send(server.address, &request).unwrap();
        assert_eq!((answer.status, &json_of(&answer)["param"]), (400, &json!("sandbox-fault")));
    }
    assert_eq!(euros(&server, "alice"), "500.00");
}

#[test]
fn rules_hold_for_all_on_one_database_and_over_a_restart() {
    let books = Arc::new(Books::new());
    let one = Server::start_on(books.clone(), Clock::system());
    let two = Server::start_on(books, Clock::system());
    let alice = Person::enrolled(&one, "alice");
    let rule = json!({
        "fault": "unavailable",
        "operation": "POST /v1/payments",
        "count": 2,
    });
    let set = post(&one, "/sandbox/faults", &json!({ "rules": [rule] }));
    assert_eq!(set.status, 200);
    assert!(json_of(&set)["seed"].is_u64());
    let statuses = |server: &Server| [(); 3].map(|()| order().sent_by(&alice, server).status);
    assert_eq!(statuses(&one), [503, 503, 201]);
    assert_eq!(statuses(&two), [503, 503, 201]);
    assert_eq!(get(&one, "/.well-known/xp2p").status, 200);
    let report = json_of(&get(&one, "/sandbox/faults"));
    assert_eq!(report["rules"][0]["fault"], "unavailable");
    assert_eq!(
        (&report["rules"][0]["seen"], &report["rules"][0]["struck"]),
        (&json!(3), &json!(2))
    );

    let one = one.restart();
    assert_eq!(statuses(&one), [503, 503, 201]);
    let end = HttpRequest::new("DELETE", format!("{ORIGIN}/sandbox/faults"));
    assert_eq!(send(one.address, &end).unwrap().status, 204);
    assert_eq!(statuses(&two), [201; 3]);
    assert_eq!(json_of(&get(&two, "/sandbox/faults"))["rules"], json!([]));
}

#[test]
fn faults_can_be_ended_whatever_they_are() {
    let server = Server::start();
    let rules = json!({ "rules": [{ "fault": "drop-before-commit" }, { "fault": "internal" }] });
    assert_eq!(post(&server, "/sandbox/faults", &rules).status, 200);
    let settings = HttpRequest::new("GET", "/.well-known/xp2p");
    assert_eq!(send(server.address, &settings).unwrap().status, 500);
    let end = HttpRequest::new("DELETE", "/sandbox/faults");
    assert_eq!(send(server.address, &end).unwrap().status, 204);
    assert_eq!(send(server.address, &settings).unwrap().status, 200);
}

#[test]
fn one_seed_makes_the_same_requests_fail() {
    let run = |seed: u32| {
        let server = Server::start_in_memory();
        let rules = json!({ "seed": seed, "rules": [{ "fault": "internal", "probability": 0.5 }] });
        assert_eq!(post(&server, "/sandbox/faults", &rules).status, 200);
        [(); 40].map(|()| get(&server, "/v1/handles/alice").status)
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let server = Server::start();
    let rules: [Value; 7] = [
        json!([{ "fault": "dealy" }]),
        json!([{ "fault": "delay", "seconds": 121 }]),
        json!([{ "fault": "delay", "probability": 1.5 }]),
        json!([{ "fault": "delay", "every": 0 }]),
        json!([{ "fault": "delay", "count": 1, "every": 2 }]),
        json!([{ "fault": "delay", "path": "/v1/payments" }]),
        Value::Array(vec![json!({ "fault": "delay" }); 65]),
    ];
    for rules in rules {
        let answer = post(&server, "/sandbox/faults", &json!({ "rules": rules }));
        assert_eq!(json_of(&answer)["code"], "request_malformed", "{rules}");
    }
    assert_eq!(json_of(&get(&server, "/sandbox/faults"))["rules"], json!([]));
}
