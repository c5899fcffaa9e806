//! The same tests once more, on PostgreSQL.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::books::ON_POSTGRES;

/// A PostgreSQL server on which these tests may make databases: `postgres://user@server:port/postgres`.
const SERVER: &str = "XP2P_POSTGRES";

/// To run one test there: `XP2P_TESTS_ON_POSTGRES=postgres://… cargo test -p xp2p-sandbox NAME`.
#[test]
fn everything_holds_on_postgresql_too() {
    if std::env::var_os(ON_POSTGRES).is_some() {
        return; // This is the second run.
    }
    // Past the test harness, which keeps what a test prints to itself.
    let mut output = std::io::stderr();
    let Some(server) = std::env::var_os(SERVER) else {
        let said = "no PostgreSQL server is named in XP2P_POSTGRES: tested on SQLite only";
        writeln!(output, "{said}").unwrap();
        return;
    };
    let tests = Command::new(std::env::current_exe().unwrap())
        .env(ON_POSTGRES, server)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    output.write_all(b"\non PostgreSQL:").unwrap();
    output.write_all(&tests.stdout).unwrap();
    assert!(tests.status.success(), "not on PostgreSQL");
}
