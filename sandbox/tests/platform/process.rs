//! The real binary: killed at random moments, stopped, and listened to.

use std::collections::HashMap;
use std::fs::File;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use serde_json::json;
use tempfile::TempDir;
use xp2p::canonical::HttpRequest;
use xp2p_sandbox::{Clock, Database};

use crate::binary::{Process, enrol_as_alice};
use crate::books::Books;
use crate::client::{LUTECE, Order, Person, json_of, send};
use crate::server::{ORIGIN, block_on};

const INTENTS: usize = 1000;
const THREADS: usize = 6;

/// The receipts that reached the client, by the number of the intent.
type Receipts = Mutex<HashMap<usize, String>>;

/// Sends the intents that nobody has sent yet, from several threads, until the server is gone or all
/// are sent. `sent` is the next intent; one whose answer was lost is not sent again here.
fn fire(
    address: SocketAddr,
    alice: &Person,
    orders: &[Order],
    sent: &AtomicUsize,
    receipts: &Receipts,
) {
    let shoot = || {
        loop {
            let number = sent.fetch_add(1, Ordering::Relaxed);
            let Some(order) = orders.get(number) else { return };
            let request = order.signed_at(alice, Clock::system().now());
            let Ok(answer) = send(address, &request) else { return };
            assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
            receipts.lock().unwrap().insert(number, json_of(&answer)["receipt"].to_string());
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(shoot);
        }
    });
}

#[test]
fn requirement_8_sigkill_loses_nothing_and_pays_once() {
    let books = Books::new();
    let database = books.location();
    let alice = Person::stranger();
    let orders: Vec<_> = (0..INTENTS)
        .map(|number| {
            let mut order = Order::new(LUTECE, "0.10", "EUR");
            order.body["reference"] = json!(format!("order-{number}"));
            order
        })
        .collect();
    let (sent, receipts) = (AtomicUsize::new(0), Receipts::default());

    // After how many answers each kill comes, and how many tens of microseconds later.
    let mut random = [[0; 2]; 32];
    random.iter_mut().for_each(|pair| getrandom::fill(pair).unwrap());
    let mut kills = 0;
    while sent.load(Ordering::Relaxed) < INTENTS {
        let mut process = Process::start(&database, "127.0.0.1:0");
        enrol_as_alice(process.address, &alice);
        let address = process.address;
        let [answers, later] = random[kills % random.len()];
        let enough = receipts.lock().unwrap().len() + 5 + usize::from(answers) % 60;
        std::thread::scope(|scope| {
            let firing = scope.spawn(|| fire(address, &alice, &orders, &sent, &receipts));
            while receipts.lock().unwrap().len() < enough && !firing.is_finished() {
                std::thread::sleep(Duration::from_micros(100));
            }
            std::thread::sleep(Duration::from_micros(u64::from(later) * 10));
            process.kill();
        });
        kills += 1;
    }
    let received = receipts.lock().unwrap().len();
    println!("{kills} kills, at {random:?}: {received} of {INTENTS} were answered");
    assert!(kills > 1 && received < INTENTS, "nothing was killed in flight");

    let report = books.audit(&Clock::system());
    assert_eq!(report.findings, [""; 0]);
    let stored = stored_receipts(&books);
    for (number, receipt) in receipts.lock().unwrap().iter() {
        assert_eq!(stored.get(&format!("order-{number}")), Some(receipt), "a receipt was lost");
    }

    // The client sends every intent again, as it would that does not know what became of it.
    let process = Process::start(&database, "127.0.0.1:0");
    for (number, order) in orders.iter().enumerate() {
        let request = order.again().signed_at(&alice, Clock::system().now());
        let answer = send(process.address, &request).unwrap();
        assert_eq!(answer.status, 201);
        let receipt = json_of(&answer)["receipt"].to_string();
        if let Some(earlier) = stored.get(&format!("order-{number}")) {
            assert_eq!(*earlier, receipt, "the same intent got another answer");
        }
    }
    drop(process);
    let report = books.audit(&Clock::system());
    assert_eq!(report.findings, [""; 0]);
    assert_eq!(report.payments, INTENTS as i64);
    assert_eq!(stored_receipts(&books).len(), INTENTS, "an intent was paid twice");
    let lutece = ("lutece".to_string(), "100.00".to_string(), "EUR".to_string());
    assert!(report.balances.contains(&lutece), "{:?}", report.balances);
}

#[test]
fn a_port_in_use_leads_to_another_and_a_stop_is_graceful() {
    let [one, two] = [Books::new(), Books::new()];
    let first = Process::start(&one.location(), "127.0.0.1:0");
    let mut second = Process::start(&two.location(), &first.address.to_string());
    assert_ne!(first.address.port(), second.address.port());
    let health = HttpRequest::new("GET", "/healthz");
    assert_eq!(send(first.address, &health).unwrap().status, 200);
    assert_eq!(send(second.address, &health).unwrap().status, 200);
    let stopped = Command::new("kill").arg(second.child.id().to_string()).status().unwrap();
    assert!(stopped.success());
    let asked = Instant::now();
    assert!(second.child.wait().unwrap().success());
    assert!(asked.elapsed() < Duration::from_secs(4));
    if let Database::File(file) = two.database() {
        assert!(!file.with_extension("sqlite-wal").exists(), "the write-ahead log is not empty");
    }
}

#[test]
fn the_ordinary_binary_has_no_switches() {
    let program = std::fs::read(env!("CARGO_BIN_EXE_xp2p-sandbox")).unwrap();
    let holds = |text: &str| program.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    assert!(holds("idempotency-replayed"), "the texts of the program are not to be found in it");
    assert!(!holds("careless"), "the sandbox was built with its switches");
    let serve = ["serve", "--without", "nonce", "--database", ":memory:"];
    let status = Command::new(env!("CARGO_BIN_EXE_xp2p-sandbox"))
        .args(serve)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(!status.success());
}

/// At the most talkative level, neither what was signed nor what signed it is logged.
#[test]
fn requirement_26_logs_hold_no_bodies_keys_or_signatures() {
    let (books, directory) = (Books::new(), TempDir::new().unwrap());
    let log = directory.path().join("log");
    let process = Process::start_logging(
        &books.location(),
        "127.0.0.1:0",
        "trace",
        Stdio::from(File::create(&log).unwrap()),
    );
    let alice = Person::stranger();
    enrol_as_alice(process.address, &alice);
    let mut order = Order::new(LUTECE, "12.50", "EUR");
    order.body["note"] = json!("a note that nobody else reads");
    let request = order.signed_at(&alice, Clock::system().now());
    let paid = send(process.address, &request).unwrap();
    assert_eq!(send(process.address, &request).unwrap().status, 401);
    let poor = Order::new(LUTECE, "501.00", "EUR").signed_at(&alice, Clock::system().now());
    assert_eq!(send(process.address, &poor).unwrap().status, 402);
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("nonce_reused") && log.contains("insufficient_funds"));
    assert!(log.contains(&paid.field("request-id").unwrap()));
    let signature = request.field("signature").unwrap();
    for secret in [
        "a note that nobody else reads",
        signature.trim_start_matches("xp2p="),
        &order.idempotency_key,
        &order.nonce,
        &alice.key.public_key().to_jwk_x(),
        json_of(&paid)["receipt"].as_str().unwrap(),
    ] {
        assert!(!log.contains(secret), "`{secret}` was logged");
    }
}

/// Whatever fails, neither the log nor an answer tells a seed, a password or how the tables look.
/// At the most talkative level, neither what was signed nor what signed it is logged.
#[test]
fn requirement_26_forced_failures_tell_no_secret() {
    let (books, directory) = (Books::new(), TempDir::new().unwrap());
    let log = directory.path().join("log");
    let process = Process::start_logging(
        &books.location(),
        "127.0.0.1:0",
        "trace",
        Stdio::from(File::create(&log).unwrap()),
    );
    let alice = Person::stranger();
    enrol_as_alice(process.address, &alice);
    let seed: Vec<u8> = block_on(async {
        let mut connection = books.connect().await;
        let seed = sqlx::query_scalar("SELECT seed FROM platform_keys");
        seed.fetch_one(&mut connection).await.unwrap()
    });
    let order = Order::new(LUTECE, "12.50", "EUR");
    let mut answers = Vec::new();
    let mut pay = |fault: Option<&'static str>| {
        let mut order = order.again();
        order.fields.extend(fault.map(|fault| ("sandbox-fault", fault)));
        let request = order.signed_at(&alice, Clock::system().now());
        let answer = send(process.address, &request).unwrap();
        answers.push(String::from_utf8(answer.body).unwrap());
        answer.status
    };
    assert_eq!(pay(Some("internal")), 500);
    assert_eq!(pay(Some("platform-key-rotated, unavailable")), 503);
    block_on(async {
        let mut connection = books.connect().await;
        // An account that nobody can name: what is stored is wrong, in the middle of a payment.
        let spoil = "UPDATE handles SET account = NULL WHERE account = 'acct_alice000'";
        sqlx::query(spoil).execute(&mut connection).await.unwrap();
    });
    assert_eq!(pay(None), 500);
    block_on(async {
        let mut connection = books.connect().await;
        sqlx::query("ALTER TABLE keys RENAME TO lost").execute(&mut connection).await.unwrap();
    });
    assert_eq!(pay(None), 500);
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("stored data is wrong") && log.contains("storage: "), "nothing failed");
    let hex: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
    let secrets = [
        hex,
        Base64UrlUnpadded::encode_string(&seed),
        Base64::encode_string(&seed),
        format!("{seed:?}"),
    ];
    for text in answers.iter().chain([&log]) {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "a seed was told");
        }
        assert!(!text.contains(order.idempotency_key.as_str()));
    }
    for answer in &answers {
        assert!(answer.contains("urn:xp2p:error:") && !answer.contains("keys"), "{answer}");
    }
}

/// At the most talkative level, neither what was signed nor what signed it is logged.
#[test]
fn requirement_26_a_password_is_not_repeated() {
    for arguments in [
        ["serve", "--database", "postgres://me:pa55word@127.0.0.1:1/books"],
        ["serve", "--database", "postgres://me:pa55word@127.0.0.1:x/books"],
        ["audit", "--database", "postgres://me:pa55word@127.0.0.1:1/books?sslmode=verify-full"],
        ["serve", "--database", "mysql://me:pa55word@127.0.0.1/books"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_xp2p-sandbox"))
            .args(arguments)
            .env("RUST_LOG", "trace")
            .output()
            .unwrap();
        assert!(!output.status.success());
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(said.contains("xp2p-sandbox: ") && !said.contains("pa55word"), "{said}");
    }
    let help = Command::new(env!("CARGO_BIN_EXE_xp2p-sandbox"))
        .args(["serve", "--help"])
        .env("XP2P_SANDBOX_DATABASE", "postgres://me:pa55word@127.0.0.1/books")
        .output()
        .unwrap();
    assert!(!String::from_utf8(help.stdout).unwrap().contains("pa55word"));
}

#[test]
fn tables_of_another_version_are_left_alone() {
    let books = Books::new();
    drop(Process::start(&books.location(), "127.0.0.1:0"));
    block_on(async {
        let mut connection = books.connect().await;
        let newer = "UPDATE _sqlx_migrations SET version = 9999 WHERE version = 9";
        sqlx::query(newer).execute(&mut connection).await.unwrap();
    });
    let output = Command::new(env!("CARGO_BIN_EXE_xp2p-sandbox"))
        .args(["serve", "--listen", "127.0.0.1:0", "--database", &books.location()])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(said.contains("another version of the sandbox: name another one"), "{said}");
}

/// One object for each line, with the request's id.
#[test]
fn the_log_is_json_if_asked_for() {
    let (books, directory) = (Books::new(), TempDir::new().unwrap());
    let log = directory.path().join("log");
    let arguments = ["--listen", "127.0.0.1:0", "--public-origin", ORIGIN, "--log-format", "json"];
    let output = Stdio::from(File::create(&log).unwrap());
    let mut process = Process::spawn(&arguments, &books.location(), "info", output);
    let answer = send(process.address, &HttpRequest::new("GET", "/v1/handles/nobody")).unwrap();
    process.kill();
    let log = std::fs::read_to_string(log).unwrap();
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let id = answer.field("request-id").unwrap();
    let line = lines.iter().find(|line| line["span"]["id"] == id).expect(&log);
    assert_eq!((&line["code"], &line["status"]), (&json!("handle_unknown"), &json!(404)));
    assert_eq!(line["span"]["path"], "/v1/handles/nobody");
}

/// The receipts in the database as JSON texts, by reference. Two payments of one reference are a
/// failure.
fn stored_receipts(books: &Books) -> HashMap<String, String> {
    let rows: Vec<(String, String)> = block_on(async {
        let rows = sqlx::query_as("SELECT reference, receipt FROM payments");
        rows.fetch_all(&mut books.connect().await).await.unwrap()
    });
    let count = rows.len();
    let stored: HashMap<_, _> = rows
        .into_iter()
        .map(|(reference, receipt)| (reference, json!(receipt).to_string()))
        .collect();
    assert_eq!(stored.len(), count, "an intent was paid twice");
    stored
}
