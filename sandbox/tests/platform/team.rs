//! Several sandboxes on one database, as behind a balancer: they serve one team as one would.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::{Connection, Executor};
use xp2p::ErrorCode;
use xp2p::canonical::HttpRequest;
use xp2p_sandbox::Clock;

use crate::binary::{Process, enrol_as_alice};
use crate::books::Books;
use crate::client::{LUTECE, Order, Person, assert_refused, send};
use crate::server::{Server, block_on};

/// Two processes, and somebody who pays from alice's account at either.
fn team() -> (Books, [Process; 2], Person) {
    let books = Books::new();
    // At once, so that both find a database with nothing in it.
    let processes = std::thread::scope(|scope| {
        [(), ()]
            .map(|()| scope.spawn(|| Process::start(&books.location(), "127.0.0.1:0")))
            .map(|starting| starting.join().unwrap())
    });
    let alice = Person::stranger();
    enrol_as_alice(processes[0].address, &alice);
    (books, processes, alice)
}

/// The first request is still running when the others arrive: they wait for its answer.
#[test]
fn requirement_8_fifty_concurrent_posts_of_one_intent_to_two_processes_make_one_transfer() {
    let (books, processes, alice) = team();
    let order = Order::new(LUTECE, "1.00", "EUR");
    let now = Clock::system().now();
    let requests: Vec<_> = (0..50).map(|_| order.again().signed_at(&alice, now)).collect();
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads = requests.iter().enumerate().map(|(number, request)| {
            let address = processes[number % 2].address;
            scope.spawn(move || send(address, request).unwrap())
        });
        let threads: Vec<_> = threads.collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let statuses: HashSet<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, HashSet::from([201]));
    let bodies: HashSet<_> = answers.iter().map(|answer| &answer.body).collect();
    assert_eq!(bodies.len(), 1);
    let first = answers.iter().filter(|answer| answer.field("idempotency-replayed").is_none());
    assert_eq!(first.count(), 1);
    let report = books.audit(&Clock::system());
    assert_eq!((report.payments, report.findings), (1, vec![]));
}

#[test]
fn two_processes_know_the_same() {
    let (_books, processes, alice) = team();
    let read = |number: usize, path: &str| {
        send(processes[number].address, &HttpRequest::new("GET", path)).unwrap().body
    };
    let keys = "/.well-known/jwks.json";
    assert_eq!(read(0, keys), read(1, keys));

    let request = Order::new(LUTECE, "1.00", "EUR").signed_at(&alice, Clock::system().now());
    assert_eq!(send(processes[0].address, &request).unwrap().status, 201);
    let replayed = send(processes[1].address, &request).unwrap();
    assert_refused(&replayed, ErrorCode::NonceReused, Some("nonce"));
    assert_eq!(read(0, "/sandbox/ledger"), read(1, "/sandbox/ledger"));
}

/// One of the two is killed while it writes: the other goes on, and nothing is paid twice.
#[test]
fn a_process_that_is_killed_does_not_hold_up_the_other() {
    let (books, [mut killed, other], alice) = team();
    let orders: Vec<_> = (0..60).map(|_| Order::new(LUTECE, "1.00", "EUR")).collect();
    let pay = |address, order: &Order| {
        send(address, &order.again().signed_at(&alice, Clock::system().now()))
    };
    let address = killed.address;
    std::thread::scope(|scope| {
        for part in orders.chunks(15) {
            scope.spawn(move || part.iter().for_each(|order| drop(pay(address, order))));
            scope.spawn(move || {
                for order in part {
                    assert_eq!(pay(other.address, order).unwrap().status, 201);
                }
            });
        }
        std::thread::sleep(Duration::from_millis(100));
        killed.kill();
    });
    let report = books.audit(&Clock::system());
    assert_eq!((report.payments, report.findings), (60, vec![]));
}

/// Somebody who writes without queueing: the payment is under way when the balance changes.
#[test]
fn a_payment_is_tried_again_when_another_writer_was_in_the_way() {
    let books = std::sync::Arc::new(Books::new());
    let server = Server::start_on(books.clone(), Clock::system());
    let alice = Person::enrolled(&server, "alice");
    block_on(async {
        let mut connection = books.connect().await;
        let begin = books.begin_serializable();
        let mut transaction = connection.begin_with(begin).await.unwrap();
        let gift = "INSERT INTO legs (transfer, account, currency, minor) VALUES
                        ('t1', 'acct_alice000', 'EUR', -100), ('t1', 'acct_bob00000', 'EUR', 100);
                    INSERT INTO transfers (id, kind, created_at) VALUES ('t1', 'issuance', 0)";
        transaction.execute(gift).await.unwrap();
        let order = Order::new(LUTECE, "499.00", "EUR");
        let request = order.signed_by(&alice, &server);
        let address = server.address;
        let paying = std::thread::spawn(move || send(address, &request).unwrap().status);
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!paying.is_finished());
        transaction.commit().await.unwrap();
        assert_eq!(paying.join().unwrap(), 201);
    });
    assert!(server.audit().findings.is_empty());
}

/// The database is started anew, as for an update: its clients lose their connections and nothing else.
#[test]
fn lost_connections_are_made_again() {
    let books = std::sync::Arc::new(Books::new());
    if !books.are_on_postgres() {
        return; // A file has no connections that could be lost.
    }
    let server = Server::start_on(books, Clock::system());
    let alice = Person::enrolled(&server, "alice");
    let order = Order::new(LUTECE, "1.00", "EUR");
    for _ in 0..3 {
        server.execute(
            "SELECT CAST(count(pg_terminate_backend(pid)) AS BIGINT) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        assert_eq!(order.again().sent_by(&alice, &server).status, 201);
    }
    assert_eq!(server.audit().payments, 1);
}
