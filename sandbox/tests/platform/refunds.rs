//! Giving back: by the payee alone, and never more than was paid.

use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor};
use xp2p::ErrorCode;
use xp2p::transport::HttpResponse;

use crate::client::{
    LUTECE, Order, Person, assert_refused, euros, get, json_of, ledger, look, order, read_payment,
    send, signed, signed_again,
};
use crate::server::{Server, block_on};

fn euro(value: &str) -> Value {
    json!({ "amount": { "value": value, "currency": "EUR" } })
}

/// A payment from alice to lutece, and its id.
fn paid(server: &Server, alice: &Person, value: &str) -> String {
    let answer = Order::new(LUTECE, value, "EUR").sent_by(alice, server);
    json_of(&answer)["id"].as_str().unwrap().into()
}

fn refund(server: &Server, person: &Person, payment: &str, body: &Value) -> HttpResponse {
    order(server, person, &format!("/v1/payments/{payment}/refunds"), Some(body))
}

#[test]
fn a_payment_is_given_back_in_parts_and_never_more_than_was_paid() {
    let server = Server::start();
    let [alice, lutece] = ["alice", "lutece"].map(|who| Person::enrolled(&server, who));
    let paying = Order::new(LUTECE, "12.50", "EUR");
    let payment = json_of(&paying.sent_by(&alice, &server));
    let id = payment["id"].as_str().unwrap();
    let mut body = euro("5.00");
    body["note"] = json!("one book was torn");
    let answer = refund(&server, &lutece, id, &body);
    let made = json_of(&answer);
    assert_eq!(answer.status, 201, "{made}");
    assert!(made["id"].as_str().unwrap().starts_with("ref_"));
    assert_eq!((&made["payment"], &made["amount"]), (&payment["id"], &body["amount"]));
    assert_eq!(made["note"], "one book was torn");

    // The payment says so, and is otherwise what it was.
    let mut expected = payment.clone();
    (expected["refunded"], expected["version"]) = (json!("5.00"), json!(2));
    assert_eq!(json_of(&read_payment(&server, &alice, id)), expected);
    assert_eq!(euros(&server, "alice"), "492.50");
    // What was answered stays answered.
    assert_eq!(json_of(&paying.again().sent_by(&alice, &server)), payment);

    let refuse = |value| {
        let before = ledger(&server);
        let answer = refund(&server, &lutece, id, &euro(value));
        assert_refused(&answer, ErrorCode::RefundExceedsPayment, Some("amount"));
        assert_eq!(ledger(&server), before);
    };
    refuse("7.51");
    assert_eq!(refund(&server, &lutece, id, &euro("7.50")).status, 201);
    refuse("0.01");
    (expected["refunded"], expected["version"]) = (json!("12.50"), json!(3));
    assert_eq!(json_of(&read_payment(&server, &lutece, id)), expected);
    let listed = json_of(&look(&server, &alice, "/v1/payments"));
    assert_eq!(listed["items"], json!([expected]));

    let legs = json_of(&get(&server, &format!("/sandbox/ledger?payment={id}")));
    let moved: Vec<_> = legs["legs"].as_array().unwrap().iter().collect();
    let moved: Vec<_> = moved.iter().map(|leg| leg["amount"]["value"].as_str().unwrap()).collect();
    assert_eq!(moved, ["-12.50", "12.50", "-5.00", "5.00", "-7.50", "7.50"]);
    assert_eq!(server.audit().findings, [""; 0]);
}

#[test]
fn refunds_are_listed_to_whoever_sees_the_payment() {
    let server = Server::start();
    let [alice, lutece, bob] = ["alice", "lutece", "bob"].map(|who| Person::enrolled(&server, who));
    let id = paid(&server, &alice, "3.00");
    let other = paid(&server, &alice, "3.00");
    let made: Vec<_> = ["0.10", "0.20", "0.30"]
        .map(|value| json_of(&refund(&server, &lutece, &id, &euro(value))))
        .into_iter()
        .rev()
        .collect();
    for person in [&alice, &lutece] {
        let path = format!("/v1/payments/{id}/refunds");
        let first = json_of(&look(&server, person, &format!("{path}?limit=2")));
        assert_eq!(first["items"], json!(made[..2]));
        let cursor = first["next_cursor"].as_str().unwrap();
        let last = json_of(&look(&server, person, &format!("{path}?limit=2&cursor={cursor}")));
        assert_eq!(last, json!({ "items": made[2..] }));
        let none = json_of(&look(&server, person, &format!("/v1/payments/{other}/refunds")));
        assert_eq!(none, json!({ "items": [] }));
    }
    for (person, payment) in [(&bob, &*id), (&alice, "pay_nothing0")] {
        let list = look(&server, person, &format!("/v1/payments/{payment}/refunds"));
        assert_refused(&list, ErrorCode::NotFound, None);
    }
}

#[test]
fn only_the_payee_gives_back() {
    let server = Server::start();
    let [alice, lutece, bob] = ["alice", "lutece", "bob"].map(|who| Person::enrolled(&server, who));
    let id = paid(&server, &alice, "3.00");
    let before = ledger(&server);
    let by_payer = refund(&server, &alice, &id, &euro("1.00"));
    assert_refused(&by_payer, ErrorCode::KeyNotAllowed, Some("keyid"));
    let by_other = refund(&server, &bob, &id, &euro("1.00"));
    assert_refused(&by_other, ErrorCode::NotFound, None);
    let of_nothing = refund(&server, &lutece, "pay_nothing0", &euro("1.00"));
    assert_refused(&of_nothing, ErrorCode::NotFound, None);
    // A refund is no payment that could be given back.
    let made = json_of(&refund(&server, &lutece, &id, &euro("1.00")));
    let of_refund = refund(&server, &lutece, made["id"].as_str().unwrap(), &euro("1.00"));
    assert_refused(&of_refund, ErrorCode::NotFound, None);
    assert_ne!(ledger(&server), before);
    assert_eq!(euros(&server, "lutece"), "2.00");
}

#[test]
fn what_cannot_be_given_back_is_refused() {
    let server = Server::start();
    let [alice, lutece] = ["alice", "lutece"].map(|who| Person::enrolled(&server, who));
    let id = paid(&server, &alice, "3.00");
    let before = ledger(&server);
    let refuse = |body: &str, code, param| {
        let body: Value = serde_json::from_str(body).unwrap();
        assert_refused(&refund(&server, &lutece, &id, &body), code, param);
        assert_eq!(ledger(&server), before);
    };
    use ErrorCode::*;
    let amount = r#""amount":{"value":"1.00","currency":"EUR"}"#;
    refuse("{}", RequestMalformed, Some("amount"));
    refuse(&format!(r#"{{{amount},"payment":"x"}}"#), RequestMalformed, Some("payment"));
    refuse(&format!(r#"{{{amount},"note":""}}"#), NoteMalformed, Some("note"));
    let zero = r#"{"amount":{"value":"0.00","currency":"EUR"}}"#;
    refuse(zero, AmountZero, Some("amount.value"));
    let number = r#"{"amount":{"value":1.00,"currency":"EUR"}}"#;
    refuse(number, AmountNotText, Some("amount.value"));
    let dollars = r#"{"amount":{"value":"1.00","currency":"USD"}}"#;
    refuse(dollars, CurrencyUnsupported, Some("amount.currency"));

    // A blocked account neither gives nor gets.
    server.execute("UPDATE accounts SET blocked_at = 1 WHERE id = 'acct_lutece00'");
    refuse(&format!("{{{amount}}}"), AccountBlocked, Some("payee"));
    server.execute("UPDATE accounts SET blocked_at = NULL WHERE id = 'acct_lutece00'");
    server.execute("UPDATE accounts SET blocked_at = 1 WHERE id = 'acct_alice000'");
    refuse(&format!("{{{amount}}}"), AccountBlocked, Some("payer"));
    server.execute("UPDATE accounts SET blocked_at = NULL WHERE id = 'acct_alice000'");

    // Lutèce has spent it.
    let spent = Order::new(("bob", "acct_bob00000"), "2.50", "EUR").sent_by(&lutece, &server);
    assert_eq!(spent.status, 201);
    let poor = refund(&server, &lutece, &id, &euro("1.00"));
    assert_refused(&poor, InsufficientFunds, Some("amount"));
    assert_eq!(euros(&server, "lutece"), "0.50");
}

#[test]
fn requirement_8_one_intent_gives_back_once() {
    let server = Server::start();
    let [alice, lutece] = ["alice", "lutece"].map(|who| Person::enrolled(&server, who));
    let id = paid(&server, &alice, "3.00");
    let path = format!("/v1/payments/{id}/refunds");
    let request = signed(&lutece, server.clock.now(), ("POST", &path), Some(&euro("1.00")));
    let first = send(server.address, &request).unwrap();
    assert_eq!(first.status, 201);
    let again = signed_again(&request, &lutece, server.clock.now());
    let second = send(server.address, &again).unwrap();
    assert_eq!((second.status, &second.body), (201, &first.body));
    assert_eq!(second.field("idempotency-replayed").as_deref(), Some("true"));
    assert_eq!(euros(&server, "lutece"), "2.00");
}

#[test]
fn fifty_concurrent_refunds_never_exceed_the_payment() {
    let server = Server::start();
    let [alice, lutece] = ["alice", "lutece"].map(|who| Person::enrolled(&server, who));
    let id = paid(&server, &alice, "10.00");
    // Money enough for all of them, were it not for the payment.
    paid(&server, &alice, "100.00");
    let answers: Vec<_> = std::thread::scope(|scope| {
        let sending: Vec<_> =
            (0..50).map(|_| scope.spawn(|| refund(&server, &lutece, &id, &euro("0.30")))).collect();
        sending.into_iter().map(|sending| sending.join().unwrap()).collect()
    });
    let mut statuses = HashMap::new();
    for answer in &answers {
        *statuses.entry(answer.status).or_insert(0) += 1;
    }
    assert_eq!(statuses, HashMap::from([(201, 33), (422, 17)]));
    let payment = json_of(&read_payment(&server, &lutece, &id));
    assert_eq!((&payment["refunded"], &payment["version"]), (&json!("9.90"), &json!(34)));
    assert_eq!(euros(&server, "lutece"), "100.10");
    assert_eq!(server.audit().findings, [""; 0]);
}

/// Raw SQL, past every line of the server's own code.
#[test]
fn the_database_refuses_to_give_back_more_than_was_paid() {
    let server = Server::start();
    let [alice, lutece] = ["alice", "lutece"].map(|who| Person::enrolled(&server, who));
    let id = paid(&server, &alice, "3.00");
    // Money enough, were it not for the payment.
    paid(&server, &alice, "3.00");
    assert_eq!(refund(&server, &lutece, &id, &euro("1.00")).status, 201);
    let books = server.books();
    let moved = |minor: &str, currency: &str| {
        format!(
            "INSERT INTO legs (transfer, account, currency, minor) VALUES
                 ('t1', 'acct_lutece00', 'EUR', -{minor}), ('t1', 'acct_alice000', 'EUR', {minor});
             INSERT INTO transfers (id, kind, created_at) VALUES ('t1', 'refund', 0);
             INSERT INTO refunds (id, payment, transfer, currency, minor, created_at)
                 VALUES ('ref_00000001', '{id}', 't1', '{currency}', {minor}, 0)"
        )
    };
    block_on(async {
        let mut connection = books.connect().await;
        for (statements, reason) in [
            (moved("201", "EUR"), "never over their payment"),
            (moved("200", "USD"), "in its currency"),
            ("UPDATE refunds SET minor = 1".into(), "never changed"),
            ("DELETE FROM refunds".into(), "never deleted"),
        ] {
            let begin = books.begin_serializable();
            let mut transaction = connection.begin_with(begin).await.unwrap();
            let refused = transaction.execute(AssertSqlSafe(statements)).await.unwrap_err();
            assert!(refused.to_string().contains(reason), "{refused}");
            transaction.rollback().await.unwrap();
        }
        let mut transaction = connection.begin_with(books.begin_serializable()).await.unwrap();
        transaction.execute(AssertSqlSafe(moved("200", "EUR"))).await.unwrap();
        transaction.commit().await.unwrap();
    });
    assert_eq!(server.audit().findings, [""; 0]);
}

#[test]
fn the_audit_sees_refunds_that_were_written_without_the_triggers() {
    for (change, meaning) in [
        ("UPDATE refunds SET minor = 301", "refunds are over their payment"),
        ("UPDATE refunds SET minor = 99", "a refund's legs are not what it says"),
        ("DELETE FROM refunds", "a transfer of a refund has no refund"),
    ] {
        let server = Server::start();
        let [alice, lutece] = ["alice", "lutece"].map(|who| Person::enrolled(&server, who));
        let id = paid(&server, &alice, "3.00");
        assert_eq!(refund(&server, &lutece, &id, &euro("1.00")).status, 201);
        let without = if server.books().are_on_postgres() {
            "SET session_replication_role = replica"
        } else {
            "DROP TRIGGER refunds_are_never_changed; DROP TRIGGER refunds_are_never_deleted"
        };
        block_on(async {
            let mut connection = server.books().connect().await;
            connection.execute(without).await.unwrap();
            connection.execute(change).await.unwrap();
        });
        let findings = server.audit().findings;
        assert!(findings.iter().any(|found| found.starts_with(meaning)), "{findings:?}");
    }
}
