//! Amounts that are set aside while a payment is reviewed.

use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use xp2p::ErrorCode;
use xp2p::transport::HttpResponse;

use crate::call::Call;
use crate::client::{LUTECE, Order, Person, assert_refused, euros, json_of};
use crate::server::Server;
use crate::shop::{ALICE, act, approving, ask, await_count, made, page, read, state, wanted};

/// An amount that is reviewed for three seconds.
const REVIEWED: &str = "11.07";

/// Approves, with the clock set back at once, so that the review ends when a test says so.
fn approved(server: &Server, person: &Person, checkout: &Value, payer: &str) -> HttpResponse {
    let answer = approving(checkout, payer).sent_by(person, server);
    server.clock.shift(-250);
    answer
}

fn end_of_review(server: &Server) {
    server.clock.shift(260);
}

/// What is available and what is held, in euros.
fn euros_of(server: &Server, person: &Person) -> (Value, Value) {
    let answer = json_of(&Call::get("/v1/balances").sent_by(person, server));
    let balances = answer["balances"].as_array().unwrap();
    let euros = balances.iter().find(|balance| balance["currency"] == "EUR").unwrap();
    (euros["available"].clone(), euros["held"].clone())
}

fn held(available: &str, held: &str) -> (Value, Value) {
    (json!(available), json!(held))
}

#[test]
fn a_reviewed_amount_is_held_and_then_paid() {
    let server = Server::start();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let checkout = ask(&server, &page, REVIEWED);
    let approve = approving(&checkout, ALICE);
    let answer = approve.sent_by(&alice, &server);
    server.clock.shift(-250);
    let accepted = json_of(&answer);
    assert_eq!((answer.status, &accepted["status"]), (202, &json!("approved")));
    assert_eq!((&accepted["version"], accepted.get("payment")), (&json!(2), None));
    assert_eq!(euros_of(&server, &alice), held("488.93", "11.07"));
    assert_eq!(euros(&server, "lutece"), "0.00");
    // It is decided, but for whoever asked.
    let again = approving(&checkout, ALICE).sent_by(&alice, &server);
    assert_refused(&again, ErrorCode::StateFinal, None);
    assert_refused(&act(&server, &alice, &checkout, "decline"), ErrorCode::StateFinal, None);
    assert_eq!(json_of(&act(&server, &alice, &checkout, "open")), accepted);
    assert_eq!(server.audit().findings, [""; 0]);

    end_of_review(&server);
    await_count(&server, "SELECT count(*) FROM checkouts WHERE status = 'paid'", 1);
    assert_eq!(euros_of(&server, &alice), held("488.93", "0.00"));
    assert_eq!(euros(&server, "lutece"), "11.07");
    let paid = json_of(&read(&server, &page, &checkout));
    assert_eq!(paid["payment"]["checkout"], checkout["id"]);
    assert_eq!(paid["payment"]["request_digest"], checkout["request_digest"]);
    // The intent keeps its answer; the checkout tells the rest.
    assert_eq!(approve.sent_by(&alice, &server).body, answer.body);
    let report = server.audit();
    assert_eq!((report.payments, report.findings), (1, vec![]));
}

#[test]
fn what_is_held_cannot_be_spent_or_held_twice() {
    let server = Server::start();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let checkout = ask(&server, &page, "411.07");
    assert_eq!(approved(&server, &alice, &checkout, ALICE).status, 202);
    let spent = Order::new(LUTECE, "88.94", "EUR").sent_by(&alice, &server);
    assert_refused(&spent, ErrorCode::InsufficientFunds, Some("amount"));
    let second = ask(&server, &page, "111.07");
    let refused = approving(&second, ALICE).sent_by(&alice, &server);
    assert_refused(&refused, ErrorCode::InsufficientFunds, Some("amount"));
    assert_eq!(state(&server, &page, &second), ("created".into(), 1));
    assert_eq!(Order::new(LUTECE, "88.93", "EUR").sent_by(&alice, &server).status, 201);
    end_of_review(&server);
    await_count(&server, "SELECT count(*) FROM checkouts WHERE status = 'paid'", 1);
    assert_eq!(euros(&server, "alice"), "0.00");
    assert_eq!(server.audit().findings, [""; 0]);
}

#[test]
fn what_is_refused_at_the_end_is_given_back() {
    let server = Server::start();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let checkout = ask(&server, &page, REVIEWED);
    approved(&server, &alice, &checkout, ALICE);
    server.execute("UPDATE accounts SET blocked_at = 1 WHERE id = 'acct_lutece00'");
    end_of_review(&server);
    await_count(&server, "SELECT count(*) FROM checkouts WHERE status = 'declined'", 1);
    assert_eq!(state(&server, &page, &checkout), ("declined".into(), 3));
    assert_eq!(euros_of(&server, &alice), held("500.00", "0.00"));
    let report = server.audit();
    assert_eq!((report.payments, report.findings), (0, vec![]));
}

#[test]
fn who_asked_may_take_it_back_while_it_is_reviewed() {
    let server = Server::start();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let checkout = ask(&server, &page, REVIEWED);
    approved(&server, &alice, &checkout, ALICE);
    assert_eq!(act(&server, &page, &checkout, "cancel").status, 200);
    assert_eq!(euros_of(&server, &alice), held("500.00", "0.00"));
    end_of_review(&server);
    // Another one that is due at the same time shows that the time has come.
    let other = ask(&server, &page, REVIEWED);
    approved(&server, &alice, &other, ALICE);
    end_of_review(&server);
    await_count(&server, "SELECT count(*) FROM checkouts WHERE status = 'paid'", 1);
    assert_eq!(state(&server, &page, &checkout), ("cancelled".into(), 3));
    assert_eq!(server.audit().findings, [""; 0]);
}

/// The time to approve is over during the review: the payer agreed in time.
#[test]
fn an_approved_checkout_does_not_expire() {
    let server = Server::start();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let mut body = wanted(LUTECE, REVIEWED, "EUR");
    body["expires_in"] = json!(60);
    let checkout = made(&Call::post("/v1/checkouts").with_body(body).sent_by(&page, &server));
    approved(&server, &alice, &checkout, ALICE);
    server.clock.shift(1000);
    await_count(&server, "SELECT count(*) FROM checkouts WHERE status = 'paid'", 1);
    assert_eq!(state(&server, &page, &checkout), ("paid".into(), 3));
}

#[test]
fn several_processes_settle_each_review_once() {
    let server = Server::start();
    let others = [server.beside(), server.beside()];
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    for _ in 0..12 {
        let checkout = ask(&server, &page, REVIEWED);
        assert_eq!(approved(&server, &alice, &checkout, ALICE).status, 202);
        server.clock.shift(250);
    }
    server.clock.shift(10);
    await_count(&server, "SELECT count(*) FROM checkouts WHERE status = 'paid'", 12);
    drop(others);
    assert_eq!(euros(&server, "alice"), "367.16");
    let report = server.audit();
    assert_eq!((report.payments, report.findings), (12, vec![]));
}

#[test]
fn the_database_refuses_a_second_release() {
    let server = Server::start();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let released = ask(&server, &page, REVIEWED);
    approved(&server, &alice, &released, ALICE);
    server.clock.shift(250);
    act(&server, &page, &released, "cancel");
    let open = ask(&server, &page, REVIEWED);
    approved(&server, &alice, &open, ALICE);
    let cheats = [
        ("UPDATE holds SET released = placed WHERE released IS NOT NULL", "released once"),
        ("UPDATE holds SET released = NULL WHERE released IS NOT NULL", "released once"),
        ("UPDATE holds SET due_at = 0 WHERE released IS NULL", "never changed"),
        ("UPDATE holds SET released = placed, minor = 1 WHERE released IS NULL", "never changed"),
        ("UPDATE holds SET released = 'transfer_none' WHERE released IS NULL", "foreign key"),
        ("DELETE FROM holds", "never deleted"),
        (
            "INSERT INTO legs (transfer, account, currency, minor) VALUES
                 ('t1', 'acct_holding', 'EUR', -1108), ('t1', 'acct_lutece00', 'EUR', 1108)",
            "check",
        ),
    ];
    for (statement, reason) in cheats {
        let refused = server.refuses(statement).to_lowercase();
        assert!(refused.contains(reason), "{statement}\n{refused}");
    }
    assert_eq!(server.audit().findings, [""; 0]);
}

#[test]
fn the_audit_sees_a_hold_that_its_transfers_do_not_explain() {
    let server = Server::start();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let checkout = ask(&server, &page, REVIEWED);
    approved(&server, &alice, &checkout, ALICE);
    let (begin, end) = if server.is_on_postgres() {
        ("SET session_replication_role = replica;", "SET session_replication_role = origin")
    } else {
        ("DROP TRIGGER holds_are_released_once;", "")
    };
    let wrong = "UPDATE holds SET minor = 1108;";
    server.execute_all(AssertSqlSafe(format!("{begin} {wrong} {end}")));
    let findings = server.audit().findings;
    assert!(findings.iter().any(|finding| finding.contains("sum to: EUR")), "{findings:?}");
    assert!(findings.iter().any(|finding| finding.contains("a hold's transfers")), "{findings:?}");
    let released = "UPDATE holds SET minor = 1107, released = placed;";
    server.execute_all(AssertSqlSafe(format!(
        "{} {released} {end}",
        if server.is_on_postgres() { begin } else { "" }
    )));
    let findings = server.audit().findings;
    assert!(findings.iter().any(|finding| finding.contains("nothing is held")), "{findings:?}");
}
