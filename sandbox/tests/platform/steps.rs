//! Thousands of steps of people who pay, ask, agree, change their minds and give back, over a network that
//! loses requests and answers. A model that knows only the answers must come to the same balances.

use std::collections::{BTreeMap, HashMap};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};
use xp2p::transport::HttpResponse;

use crate::call::Call;
use crate::client::{Person, agent, json_of, ledger, send_by};
use crate::pages::registration;
use crate::server::Server;
use crate::shop::{approval, path, wanted};

const PEOPLE: [(&str, &str); 4] = [
    ("alice", "acct_alice000"),
    ("bob", "acct_bob00000"),
    ("lutece", "acct_lutece00"),
    ("tamarind", "acct_tamarind"),
];
/// What may happen to a request on its way, or to its answer.
const FAULTS: [&str; 5] =
    ["commit-then-drop", "drop-before-commit", "internal", "unavailable", "rate-limited"];

/// Balances in cents, by account.
type Balances = BTreeMap<String, i64>;

/// A call that somebody makes, perhaps several times.
struct Intent {
    call: Call,
    /// Who of the people calls; past their end, the page.
    caller: usize,
    answer: Option<Value>,
}

struct World {
    server: Server,
    agent: ureq::Agent,
    random: ChaCha8Rng,
    people: Vec<Person>,
    intents: Vec<Intent>,
    checkouts: Vec<Value>,
    payments: Vec<Value>,
}

#[test]
fn requirement_32_faulted_steps_leave_the_books_in_order() {
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).unwrap();
    let seed = std::env::var("XP2P_SEED")
        .map_or(u64::from_le_bytes(seed), |seed| seed.parse().expect("XP2P_SEED is a number"));
    println!("to have the same steps again: XP2P_SEED={seed}");
    let mut world = World::new(seed);
    // `cargo xtask load` takes ten thousand.
    let steps = std::env::var("XP2P_STEPS").map_or(1_500, |steps| steps.parse().unwrap());
    let before = balances(&world.server);
    for step in 1..=steps {
        world.step();
        if step % 500 == 0 {
            assert_eq!(world.server.audit().findings, [""; 0], "after {step} steps");
        }
    }
    world.resolve();

    let mut expected = before;
    let mut moved = 0;
    let mut kinds = BTreeMap::<&str, usize>::new();
    let payments: HashMap<_, _> = world.payments.iter().map(|paid| (&paid["id"], paid)).collect();
    for answer in world.intents.iter().filter_map(|intent| intent.answer.as_ref()) {
        let (kind, from, to) = match answer["id"].as_str().map(|id| &id[..4]) {
            Some("pay_") => ("payments", &answer["payer"], &answer["payee"]),
            Some("ref_") => {
                let paid = payments[&answer["payment"]];
                ("refunds", &paid["payee"], &paid["payer"])
            }
            Some(_) => ("steps of checkouts", &Value::Null, &Value::Null),
            None => ("refusals", &Value::Null, &Value::Null),
        };
        *kinds.entry(kind).or_default() += 1;
        if let (Some(from), Some(to)) = (from["account"].as_str(), to["account"].as_str()) {
            let cents = cents(&answer["amount"]);
            *expected.get_mut(from).unwrap() -= cents;
            *expected.get_mut(to).unwrap() += cents;
            moved += cents;
        }
    }
    println!("{steps} steps: {kinds:?}, {moved} cents moved");
    assert!(
        kinds["payments"] > steps / 10 && kinds["refunds"] > steps / 50,
        "hardly a thing was done"
    );
    assert_eq!(balances(&world.server), expected);
    let report = world.server.audit();
    assert_eq!((report.payments, report.findings), (kinds["payments"] as i64, vec![]));
}

impl World {
    fn new(seed: u64) -> Self {
        let server = Server::start();
        let mut people: Vec<_> =
            PEOPLE.iter().map(|(handle, _)| Person::enrolled(&server, handle)).collect();
        let page = Person::stranger();
        registration(&page, "requester").answers(&page, &server, 201);
        people.push(page);
        Self {
            server,
            agent: agent(),
            random: ChaCha8Rng::seed_from_u64(seed),
            people,
            intents: Vec::new(),
            checkouts: Vec::new(),
            payments: Vec::new(),
        }
    }

    fn below(&mut self, limit: usize) -> usize {
        self.random.next_u32() as usize % limit
    }

    /// One call, with a fault now and then; its answer is noted if it came.
    fn step(&mut self) {
        let intent = match self.below(20) {
            0..8 => self.pay(),
            8..10 if !self.intents.is_empty() => self.below(self.intents.len()),
            10..14 if !self.payments.is_empty() => self.refund(),
            14..16 => self.ask(),
            16..20 if !self.checkouts.is_empty() => self.decide(),
            _ => return self.server.clock.shift(1),
        };
        let fault =
            (self.below(4) == 0).then(|| FAULTS[self.random.next_u32() as usize % FAULTS.len()]);
        self.send(intent, fault);
    }

    fn put(&mut self, call: Call, caller: usize) -> usize {
        self.intents.push(Intent { call, caller, answer: None });
        self.intents.len() - 1
    }

    /// From a few cents to more than some have; now and then what is reviewed.
    fn amount(&mut self) -> String {
        match self.below(12) {
            0 => "11.07".into(),
            1 => "150.00".into(),
            _ => format!("{}.{:02}", self.below(9), 1 + self.below(99)),
        }
    }

    fn pay(&mut self) -> usize {
        let (payer, payee, value) = (self.below(4), self.below(4), self.amount());
        let body = wanted(PEOPLE[payee], &value, "EUR");
        self.put(Call::post("/v1/payments").with_body(body), payer)
    }

    /// By whoever was paid, and now and then by somebody else; perhaps too much.
    fn refund(&mut self) -> usize {
        let payment = self.below(self.payments.len());
        let payment = self.payments[payment].clone();
        let payee = PEOPLE.iter().position(|(_, account)| payment["payee"]["account"] == *account);
        let by = if self.below(10) == 0 { self.below(4) } else { payee.unwrap() };
        let value = match self.below(3) {
            0 => payment["amount"]["value"].as_str().unwrap().to_owned(),
            _ => self.amount(),
        };
        let address = format!("/v1/payments/{}/refunds", payment["id"].as_str().unwrap());
        let body = json!({ "amount": { "value": value, "currency": "EUR" } });
        self.put(Call::post(address).with_body(body), by)
    }

    fn ask(&mut self) -> usize {
        let (payee, value) = (self.below(4), self.amount());
        self.put(Call::post("/v1/checkouts").with_body(wanted(PEOPLE[payee], &value, "EUR")), 4)
    }

    fn decide(&mut self) -> usize {
        let checkout = self.below(self.checkouts.len());
        let checkout = self.checkouts[checkout].clone();
        let payer = self.below(4);
        match self.below(8) {
            0 => self.put(Call::post(path(&checkout, "/open")), payer),
            1 => self.put(Call::post(path(&checkout, "/decline")), payer),
            2 => self.put(Call::post(path(&checkout, "/cancel")), 4),
            _ => {
                let body = approval(&checkout, PEOPLE[payer].1);
                self.put(Call::post(path(&checkout, "/approve")).with_body(body), payer)
            }
        }
    }

    fn send(&mut self, intent: usize, fault: Option<&'static str>) {
        let Intent { call, caller, .. } = &self.intents[intent];
        let mut request = call.signed_by(&self.people[*caller], &self.server);
        if let Some(fault) = fault {
            request = request.with_field("sandbox-fault", fault);
        }
        let sent = send_by(&self.agent, self.server.address, &request);
        // Without a fault there is always an answer.
        let Ok(answer) = sent else { return assert!(fault.is_some(), "{sent:?}") };
        self.note(intent, &answer);
    }

    fn note(&mut self, intent: usize, answer: &HttpResponse) {
        if matches!(answer.status, 429 | 500 | 503) {
            return;
        }
        let body = json_of(answer);
        match &self.intents[intent].answer {
            Some(earlier) => assert_eq!(*earlier, body, "the same intent got another answer"),
            None => {
                match body["id"].as_str().map(|id| &id[..4]) {
                    Some("pay_") => self.payments.push(body.clone()),
                    Some("chk_") if answer.status == 201 => self.checkouts.push(body.clone()),
                    _ => {}
                }
                self.intents[intent].answer = Some(body);
            }
        }
    }

    /// Sends what got no answer again until all have one, and waits for what is reviewed.
    fn resolve(&mut self) {
        for intent in 0..self.intents.len() {
            if self.intents[intent].answer.is_none() {
                self.send(intent, None);
                assert!(self.intents[intent].answer.is_some());
            }
        }
        self.server.clock.shift(10);
        crate::shop::await_count(
            &self.server,
            "SELECT count(*) FROM holds WHERE released IS NULL",
            0,
        );
        // What a review led to is a payment that nobody was answered with.
        for checkout in 0..self.checkouts.len() {
            let call = Call::get(path(&self.checkouts[checkout], ""));
            let now = json_of(&call.sent_by(&self.people[4], &self.server));
            let paid = now["payment"].clone();
            let known = self.payments.iter().any(|payment| payment["id"] == paid["id"]);
            if paid.is_object() && !known {
                self.payments.push(paid.clone());
                self.intents.push(Intent { call, caller: 4, answer: Some(paid) });
            }
        }
    }
}

fn cents(amount: &Value) -> i64 {
    amount["value"].as_str().unwrap().replace('.', "").parse().unwrap()
}

fn balances(server: &Server) -> Balances {
    let ledger = ledger(server);
    assert!(
        ledger["sums"].as_array().unwrap().iter().all(|sum| cents(sum) == 0),
        "{}",
        ledger["sums"]
    );
    let euros = ledger["balances"].as_array().unwrap().clone();
    let euros = euros.iter().filter(|entry| entry["amount"]["currency"] == "EUR");
    let of =
        |entry: &Value| (entry["account"].as_str().unwrap().to_owned(), cents(&entry["amount"]));
    euros.map(of).collect()
}
