//! Many clients at once, for seconds here and for longer by `cargo xtask load`: nobody is told that
//! something failed, and the books are in order afterwards.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use xp2p_sandbox::Clock;

use crate::binary::{Process, enrol};
use crate::books::Books;
use crate::client::{LUTECE, Order, Person, agent, send_by};

/// What test money there is for it, a hundredth at a time.
const FUNDS: [(&str, &str, &str); 5] = [
    ("alice", "0.01", "EUR"),
    ("alice", "0.01", "USD"),
    ("alice", "1", "JPY"),
    ("bob", "0.01", "EUR"),
    ("bob", "0.001", "KWD"),
];

#[test]
fn many_clients_pay_at_once_and_none_is_failed() {
    let setting = |name, usual| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    let clients = setting("XP2P_LOAD_CLIENTS", 100);
    let duration = Duration::from_secs(setting("XP2P_LOAD_SECONDS", 3));
    let books = Books::new();
    let process = Process::start(&books.location(), "127.0.0.1:0");
    let people: Vec<_> = (0..clients)
        .map(|number| {
            let person = Person::stranger();
            let funds = FUNDS[number as usize % FUNDS.len()];
            enrol(process.address, funds.0, &person);
            (person, funds)
        })
        .collect();
    let statuses = Mutex::new(BTreeMap::<u16, u64>::new());
    let times = Mutex::new(Vec::new());
    let start = Instant::now();
    std::thread::scope(|scope| {
        for (person, (_, value, currency)) in &people {
            let (statuses, times) = (&statuses, &times);
            scope.spawn(move || {
                let agent = agent();
                while start.elapsed() < duration {
                    let order = Order::new(LUTECE, value, currency);
                    let request = order.signed_at(person, Clock::system().now());
                    let sent = Instant::now();
                    let status = send_by(&agent, process.address, &request).unwrap().status;
                    times.lock().unwrap().push(sent.elapsed());
                    *statuses.lock().unwrap().entry(status).or_default() += 1;
                }
            });
        }
    });
    let seconds = start.elapsed().as_secs_f64();
    drop(process);

    let statuses = statuses.into_inner().unwrap();
    let mut times = times.into_inner().unwrap();
    times.sort_unstable();
    let share = |part: usize| times[(times.len() - 1) * part / 100].as_millis();
    println!(
        "{}: {clients} clients for {seconds:.0} s: {:.0} payments per second, answered within {} ms \
         (half), {} ms (99 of 100); by status: {statuses:?}",
        if books.are_on_postgres() { "PostgreSQL" } else { "SQLite" },
        times.len() as f64 / seconds,
        share(50),
        share(99),
    );
    let paid: i64 = statuses.get(&201).copied().unwrap_or_default().try_into().unwrap();
    // Who ran out of play money was refused, which is an answer; nothing else is.
    assert!(statuses.keys().all(|status| matches!(status, 201 | 402)), "{statuses:?}");
    let report = books.audit(&Clock::system());
    assert_eq!((report.payments, report.findings), (paid, vec![]));
}
