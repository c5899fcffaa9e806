//! Books in memory, and in files of any name.

use std::process::Command;

use tempfile::TempDir;
use xp2p_sandbox::Database;

use crate::client::{LUTECE, Order, Person, euros, ledger};
use crate::server::{Server, block_on};

#[test]
fn books_in_memory_are_kept_while_they_are_served_and_no_longer() {
    let server = Server::start_in_memory();
    let other = Server::start_in_memory();
    let alice = Person::enrolled(&server, "alice");
    // More at once than there are connections.
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let order = Order::new(LUTECE, "1.00", "EUR");
                assert_eq!(order.sent_by(&alice, &server).status, 201);
                assert_eq!(order.again().sent_by(&alice, &server).status, 201);
            });
        }
    });
    assert_eq!(euros(&server, "lutece"), "16.00");
    assert_eq!(ledger(&server)["sums"][0]["value"], "0.00");
    assert_eq!(euros(&other, "alice"), "500.00");
}

#[test]
fn an_audit_of_nothing_says_so() {
    for database in [":memory:", "not-there/sandbox.sqlite", "mysql://root:secret@localhost/"] {
        let audit = Command::new(env!("CARGO_BIN_EXE_xp2p-sandbox"))
            .args(["audit", "--database", database])
            .output()
            .unwrap();
        assert_eq!(audit.status.code(), Some(1));
        let said = String::from_utf8(audit.stderr).unwrap();
        assert!(said.starts_with("xp2p-sandbox: ") && said.lines().count() == 1, "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
}

#[test]
fn a_file_may_have_any_name() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("10% of é?mode=ro#1.sqlite");
    std::fs::create_dir(directory.path().join("inner")).unwrap();
    let database =
        Database::File(directory.path().join("inner/..").join(file.file_name().unwrap()));
    let origin = crate::server::ORIGIN.parse().unwrap();
    let settings = xp2p_sandbox::Settings::new(database, origin);
    block_on(async { xp2p_sandbox::Platform::open(settings).await.unwrap().close().await });
    assert!(file.exists());
}
