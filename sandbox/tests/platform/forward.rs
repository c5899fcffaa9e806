//! Requirement 7: whatever happens to a checkout, and in whatever order, it only moves forward.

use serde_json::{Value, json};

use crate::call::Call;
use crate::client::{LUTECE, Person, json_of};
use crate::server::Server;
use crate::shop::{ALICE, act, approval, approving, ask, made, page, path, read, wanted};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    Open,
    Approve,
    /// By somebody who has nothing.
    ApprovePoor,
    /// Of another amount.
    ApproveOther,
    Decline,
    Cancel,
    Expire,
}

const EVENTS: [Event; 7] = [
    Event::Open,
    Event::Approve,
    Event::ApprovePoor,
    Event::ApproveOther,
    Event::Decline,
    Event::Cancel,
    Event::Expire,
];

/// What is expected: the status after an event and the answer's status, said without the sandbox's code.
fn model(status: &'static str, event: Event) -> (&'static str, u16) {
    let undecided = matches!(status, "created" | "opened");
    match event {
        Event::Expire if undecided => ("expired", 200),
        Event::Expire => (status, 200),
        _ if !undecided => (status, 409),
        Event::Open => ("opened", 200),
        Event::Approve => ("paid", 201),
        Event::ApprovePoor => (status, 402),
        Event::ApproveOther => ("declined", 409),
        Event::Decline => ("declined", 200),
        Event::Cancel => ("cancelled", 200),
    }
}

/// SplitMix64, so that a printed seed tells all.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit).unwrap()
    }
}

#[test]
fn requirement_7_states_only_move_forward() {
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).unwrap();
    let seed = u64::from_le_bytes(seed);
    println!("seed {seed}");
    let mut random = Random(seed);
    let server = Server::start();
    let page = page(&server);
    let [alice, carol] = ["alice", "carol"].map(|who| Person::enrolled(&server, who));
    let (mut payments, mut seen) = (0, Vec::new());
    for _ in 0..40 {
        let mut body = wanted(LUTECE, "0.50", "EUR");
        body["expires_in"] = json!(3600);
        let checkout = made(&Call::post("/v1/checkouts").with_body(body).sent_by(&page, &server));
        let (mut status, mut version) = ("created", 1);
        for _ in 0..2 + random.below(8) {
            let event = EVENTS[random.below(EVENTS.len() as u64)];
            seen.push(event);
            let answer = match event {
                Event::Open => act(&server, &alice, &checkout, "open"),
                Event::Approve => approving(&checkout, ALICE).sent_by(&alice, &server),
                Event::ApprovePoor => {
                    approving(&checkout, "acct_carol000").sent_by(&carol, &server)
                }
                Event::ApproveOther => {
                    let mut other = approval(&checkout, ALICE);
                    other["amount"]["value"] = json!("0.49");
                    Call::post(path(&checkout, "/approve"))
                        .with_body(other)
                        .sent_by(&alice, &server)
                }
                Event::Decline => act(&server, &alice, &checkout, "decline"),
                Event::Cancel => act(&server, &page, &checkout, "cancel"),
                Event::Expire => {
                    server.clock.shift(3601);
                    read(&server, &page, &checkout)
                }
            };
            let (next, answered) = model(status, event);
            let place = format!("seed {seed}: {event:?} in {status}");
            assert_eq!(answer.status, answered, "{place}: {}", json_of(&answer));
            version += i64::from(next != status);
            payments += i64::from(next == "paid" && status != "paid");
            status = next;
            let now = json_of(&read(&server, &page, &checkout));
            assert_eq!(
                (&now["status"], &now["version"]),
                (&json!(status), &json!(version)),
                "{place}"
            );
            assert_eq!(now.get("payment").is_some(), status == "paid", "{place}");
        }
    }
    assert!(EVENTS.iter().all(|event| seen.contains(event)), "seed {seed} left something out");
    let report = server.audit();
    assert_eq!((report.payments, report.findings), (payments, vec![]));
}

/// The database itself, past every line of the server's own code.
#[test]
fn requirement_7_the_database_refuses_the_way_back() {
    let server = Server::start();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let [paid, opened, _created]: [Value; 3] = [(); 3].map(|()| ask(&server, &page, "1.00"));
    act(&server, &alice, &opened, "open");
    approving(&paid, ALICE).sent_by(&alice, &server);
    let cheats = [
        ("UPDATE checkouts SET status = 'cancelled', version = 3 WHERE status = 'paid'", "final"),
        ("UPDATE checkouts SET version = version + 1 WHERE status = 'paid'", "final"),
        ("UPDATE checkouts SET status = 'created', version = 3 WHERE status = 'opened'", "forward"),
        ("UPDATE checkouts SET version = 3 WHERE status = 'opened'", "forward"),
        ("UPDATE checkouts SET status = 'declined' WHERE status = 'opened'", "by one"),
        ("UPDATE checkouts SET status = 'declined', version = 9 WHERE status = 'opened'", "by one"),
        (
            "UPDATE checkouts SET status = 'declined', version = 3, minor = 1 WHERE status = 'opened'",
            "status only",
        ),
        (
            "UPDATE checkouts SET status = 'opened', version = 2, return_url = 'https://evil.example/'
             WHERE status = 'created'",
            "status only",
        ),
        ("UPDATE checkouts SET status = 'paid', version = 3 WHERE status = 'opened'", "its payment"),
        ("UPDATE checkouts SET status = 'lost', version = 3 WHERE status = 'opened'", "check"),
        ("DELETE FROM checkouts", "never deleted"),
        (
            "INSERT INTO checkouts SELECT 'chk_00000000', version, status, asked_by, payee_handle,
                 payee_account, currency, minor, reference, note, request_digest, origin,
                 origin_verified, return_url, state, created_at, expires_at
             FROM checkouts WHERE status = 'opened'",
            "begins as created",
        ),
    ];
    for (statement, reason) in cheats {
        let refused = server.refuses(statement).to_lowercase();
        assert!(refused.contains(reason), "{statement}\n{refused}");
    }
    assert_eq!(server.audit().findings, [""; 0]);
}
