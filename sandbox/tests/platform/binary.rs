//! The sandbox as its binary.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use xp2p::canonical::HttpRequest;

use crate::client::{Person, send};
use crate::server::ORIGIN;

/// The sandbox as a process of its own.
pub struct Process {
    pub child: Child,
    pub address: SocketAddr,
}

impl Process {
    pub fn start(database: &str, listen: &str) -> Self {
        Self::start_logging(database, listen, "warn", Stdio::inherit())
    }

    pub fn start_logging(database: &str, listen: &str, level: &str, log: Stdio) -> Self {
        let arguments = ["--listen", listen, "--public-origin", ORIGIN, "--webhooks-to-loopback"];
        Self::spawn(&arguments, database, level, log)
    }

    /// A process with these arguments, and those that every one needs.
    pub fn start_with(arguments: &[&str], database: &str) -> Self {
        let listen = ["--listen", "127.0.0.1:0"];
        Self::spawn(&[&listen, arguments].concat(), database, "warn", Stdio::inherit())
    }

    pub fn spawn(arguments: &[&str], database: &str, level: &str, log: Stdio) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_xp2p-sandbox"))
            .arg("serve")
            .args(arguments)
            .args(["--database", database])
            .env("RUST_LOG", level)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("ready http://").expect(&line).parse().unwrap();
        Self { child, address }
    }

    /// SIGKILL: the process gets no chance to end anything.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Enrols somebody's key for alice's account.
pub fn enrol_as_alice(address: SocketAddr, person: &Person) {
    enrol(address, "alice", person);
}

/// Enrols somebody's key for the account of a handle.
pub fn enrol(address: SocketAddr, handle: &str, person: &Person) {
    let x = person.key.public_key().to_jwk_x();
    let body = json!({ "handle": handle, "jwk": { "kty": "OKP", "crv": "Ed25519", "x": x } });
    let request = HttpRequest::new("POST", "/sandbox/enrolments");
    let answer = send(address, &request.with_json(body.to_string().into_bytes())).unwrap();
    assert_eq!(answer.status, 201);
}
