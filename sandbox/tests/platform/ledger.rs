//! The database itself refuses money from nothing: raw SQL, past every line of the server's own code.

use sqlx::{AnyConnection, Connection, Executor};
use xp2p_sandbox::{Clock, Platform, Settings};

use crate::books::Books;
use crate::server::{ORIGIN, block_on};

/// Books as the sandbox makes them, and nobody serving them.
fn fresh() -> Books {
    let books = Books::new();
    let public_origin = ORIGIN.parse().unwrap();
    let settings = Settings::new(books.database(), public_origin);
    block_on(async { Platform::open(settings).await.unwrap().close().await });
    books
}

/// Runs statements in one transaction of this kind. The first that fails undoes all.
async fn transact(
    connection: &mut AnyConnection,
    begin: &'static str,
    statements: &'static str,
) -> Result<(), String> {
    let mut transaction = connection.begin_with(begin).await.unwrap();
    transaction.execute(statements).await.map_err(|error| error.to_string())?;
    transaction.commit().await.map_err(|error| error.to_string())
}

/// How many legs and transfers there are, and what alice has.
async fn state(connection: &mut AnyConnection) -> (i64, i64, i64) {
    sqlx::query_as(
        "SELECT (SELECT count(*) FROM legs), (SELECT count(*) FROM transfers),
                (SELECT minor FROM balances WHERE account = 'acct_alice000' AND currency = 'EUR')",
    )
    .fetch_one(connection)
    .await
    .unwrap()
}

/// What is tried, and a word of the reason for which it must fail.
const CHEATS: &[(&str, &str)] = &[
    (
        "INSERT INTO legs (transfer, account, currency, minor) VALUES ('t1', 'acct_alice000', 'EUR', 100);
         INSERT INTO transfers (id, kind, created_at) VALUES ('t1', 'payment', 0)",
        "at least two legs",
    ),
    ("INSERT INTO transfers (id, kind, created_at) VALUES ('t1', 'payment', 0)", "at least two legs"),
    (
        "INSERT INTO legs (transfer, account, currency, minor) VALUES
             ('t1', 'acct_issuance', 'EUR', -100), ('t1', 'acct_alice000', 'EUR', 101);
         INSERT INTO transfers (id, kind, created_at) VALUES ('t1', 'payment', 0)",
        "sum to zero",
    ),
    (
        "INSERT INTO legs (transfer, account, currency, minor) VALUES
             ('t1', 'acct_issuance', 'JPY', -100), ('t1', 'acct_alice000', 'EUR', 100);
         INSERT INTO transfers (id, kind, created_at) VALUES ('t1', 'payment', 0)",
        "sum to zero",
    ),
    (
        "INSERT INTO legs (transfer, account, currency, minor) VALUES
             ('t1', 'acct_issuance', 'EUR', -100), ('t1', 'acct_alice000', 'EUR', 100)",
        "foreign key",
    ),
    (
        "INSERT INTO legs (transfer, account, currency, minor)
             SELECT id, 'acct_alice000', 'EUR', 100 FROM transfers LIMIT 1",
        "takes no more legs",
    ),
    (
        "INSERT INTO legs (transfer, account, currency, minor) VALUES
             ('t1', 'acct_alice000', 'EUR', -50001), ('t1', 'acct_lutece00', 'EUR', 50001);
         INSERT INTO transfers (id, kind, created_at) VALUES ('t1', 'payment', 0)",
        "check",
    ),
    (
        "INSERT INTO legs (transfer, account, currency, minor) VALUES
             ('t1', 'acct_issuance', 'EUR', -9223372036854775807),
             ('t1', 'acct_lutece00', 'EUR', 9223372036854775807)",
        "",
    ),
    (
        "INSERT INTO legs (transfer, account, currency, minor) VALUES ('t1', 'acct_alice000', 'EUR', 0)",
        "check",
    ),
    (
        "INSERT INTO legs (transfer, account, currency, minor) VALUES
             ('t1', 'acct_nobody00', 'EUR', -100), ('t1', 'acct_alice000', 'EUR', 100);
         INSERT INTO transfers (id, kind, created_at) VALUES ('t1', 'payment', 0)",
        "foreign key",
    ),
    ("UPDATE legs SET minor = minor * 2", "never changed"),
    ("DELETE FROM legs", "never deleted"),
    ("UPDATE transfers SET kind = 'payment'", "never changed"),
    ("DELETE FROM transfers", "never deleted"),
    ("UPDATE balances SET minor = 1000000 WHERE account = 'acct_alice000'", "by a leg"),
    ("UPDATE balances SET minor = minor * 2, last_leg = last_leg + 1", "by a leg"),
    ("DELETE FROM balances", "never deleted"),
    (
        "INSERT INTO balances (account, kind, currency, minor, last_leg)
             VALUES ('acct_carol000', 'person', 'EUR', 100, 0)",
        "starts at zero",
    ),
    ("UPDATE accounts SET kind = 'system' WHERE id = 'acct_alice000'", "foreign key"),
    ("DELETE FROM accounts WHERE id = 'acct_issuance'", "foreign key"),
];

/// What can be tried in SQLite only.
const CHEATS_IN_SQLITE: &[(&str, &str)] = &[
    (
        "INSERT INTO legs (transfer, account, currency, minor) VALUES ('t1', 'acct_alice000', 'EUR', 0.5)",
        "cannot store real",
    ),
    (
        "REPLACE INTO legs (id, transfer, account, currency, minor)
             SELECT id, 't1', account, currency, minor * 2 FROM legs",
        "never replaced",
    ),
    (
        "REPLACE INTO transfers (id, kind, created_at) SELECT id, kind, 0 FROM transfers",
        "never replaced",
    ),
    (
        "REPLACE INTO balances (account, kind, currency, minor, last_leg)
             SELECT account, kind, currency, 0, 0 FROM balances",
        "starts at zero",
    ),
];

/// What can be tried in PostgreSQL only.
const CHEATS_IN_POSTGRES: &[(&str, &str)] = &[
    (
        "INSERT INTO legs (id, transfer, account, currency, minor) OVERRIDING SYSTEM VALUE
             SELECT id, 't1', account, currency, minor * 2 FROM legs
             ON CONFLICT (id) DO UPDATE SET minor = legs.minor * 2",
        "never changed",
    ),
    (
        "INSERT INTO transfers (id, kind, created_at) SELECT id, kind, 0 FROM transfers
             ON CONFLICT (id) DO UPDATE SET created_at = 0",
        "never changed",
    ),
    (
        "INSERT INTO balances (account, kind, currency, minor, last_leg)
             SELECT account, kind, currency, 0, 0 FROM balances
             ON CONFLICT (account, currency) DO UPDATE SET minor = 0, last_leg = 1000",
        "by a leg",
    ),
    ("TRUNCATE legs", "never deleted"),
    ("TRUNCATE transfers CASCADE", "never deleted"),
    ("TRUNCATE balances", "never deleted"),
    ("TRUNCATE accounts CASCADE", "never deleted"),
    (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
         INSERT INTO legs (transfer, account, currency, minor) VALUES
             ('t1', 'acct_alice000', 'EUR', -100), ('t1', 'acct_lutece00', 'EUR', 100);
         INSERT INTO transfers (id, kind, created_at) VALUES ('t1', 'payment', 0)",
        "serializable transactions only",
    ),
];

#[test]
fn the_database_refuses_money_from_nothing() {
    let books = fresh();
    let more = if books.are_on_postgres() { CHEATS_IN_POSTGRES } else { CHEATS_IN_SQLITE };
    block_on(async {
        let mut connection = books.connect().await;
        let before = state(&mut connection).await;
        for &(statements, reason) in CHEATS.iter().chain(more) {
            let tried = transact(&mut connection, books.begin_serializable(), statements).await;
            let refused = tried.expect_err(statements).to_lowercase();
            assert!(refused.contains(reason), "{statements}\n{refused}");
            assert_eq!(state(&mut connection).await, before, "{statements}");
        }
    });
    assert_eq!(books.audit(&Clock::system()).findings, [""; 0]);
}

#[test]
fn the_database_takes_a_transfer_that_adds_up() {
    let books = fresh();
    block_on(async {
        let mut connection = books.connect().await;
        let (legs, transfers, alice) = state(&mut connection).await;
        transact(
            &mut connection,
            books.begin_serializable(),
            "INSERT INTO legs (transfer, account, currency, minor) VALUES
                 ('t1', 'acct_alice000', 'EUR', -100), ('t1', 'acct_bob00000', 'EUR', 60),
                 ('t1', 'acct_carol000', 'EUR', 40);
             INSERT INTO transfers (id, kind, created_at) VALUES ('t1', 'issuance', 0)",
        )
        .await
        .unwrap();
        assert_eq!(state(&mut connection).await, (legs + 3, transfers + 1, alice - 100));
    });
}

#[test]
fn the_audit_sees_what_was_done_without_the_triggers() {
    let in_sqlite = [
        ("DROP TRIGGER legs_are_never_changed; UPDATE legs SET minor = minor + 1 WHERE id = 2", 3),
        ("DROP TRIGGER legs_are_never_deleted; DELETE FROM legs WHERE id = 2", 4),
        (
            "DROP TRIGGER balances_follow_legs; UPDATE balances SET minor = 1 WHERE account = 'acct_alice000'",
            4,
        ),
        (
            "DROP TRIGGER transfers_are_never_deleted; PRAGMA foreign_keys = OFF; DELETE FROM transfers",
            26,
        ),
    ];
    // No trigger fires, not even those of the foreign keys.
    let in_postgres = [
        (
            "SET session_replication_role = replica; UPDATE legs SET minor = minor + 1 WHERE id = 2",
            3,
        ),
        ("SET session_replication_role = replica; DELETE FROM legs WHERE id = 2", 4),
        (
            "SET session_replication_role = replica; UPDATE balances SET minor = 1 WHERE account = 'acct_alice000'",
            4,
        ),
        ("SET session_replication_role = replica; DELETE FROM transfers", 26),
    ];
    for (in_sqlite, in_postgres) in in_sqlite.into_iter().zip(in_postgres) {
        let books = fresh();
        let (statements, findings) = if books.are_on_postgres() { in_postgres } else { in_sqlite };
        block_on(async { books.connect().await.execute(statements).await.unwrap() });
        let report = books.audit(&Clock::system());
        assert_eq!(report.findings.len(), findings, "{statements}\n{:#?}", report.findings);
    }
}
