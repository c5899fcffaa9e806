//! One simulation: everything that happens, in its order, and what was seen of it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use anyhow::Result;
use xp2p::canonical::HttpRequest;
use xp2p::client::{Outcome, Payment, Step};
use xp2p::transport::{self, HttpResponse};
use xp2p::{Error, ErrorCode, IdempotencyKey};

use crate::chance::Chance;
use crate::device::{Device, Order, Stored};
use crate::network::{Arrival, Fate};
use crate::people;
use crate::platform::{BEGINNING, ORIGIN, Platform};
use crate::safeguard::Safeguard;
use crate::tab::{Run, Tab};

/// For how long a payment is tried at a stretch, in seconds.
const PATIENCE: u64 = 60;
/// When a tab counts an answer as lost, in milliseconds.
const TRY: u64 = 45_000;
/// When people look into the matter no more, in milliseconds: some of it only another key can resolve.
const GIVES_UP: u64 = 3 * 3600 * 1000;
/// How long a click waits for a tab that is at it, in milliseconds.
const LOCKED: u64 = 400;

/// Something that happens.
pub enum Event {
    Clicked {
        tab: usize,
        order: usize,
    },
    /// A tab that died is opened again, or one that waited for nothing looks into the outbox.
    Opened {
        tab: usize,
    },
    Waited {
        tab: usize,
        life: u32,
    },
    Stopped {
        tab: usize,
    },
    Arrives {
        request: HttpRequest,
        asked_by: Option<Sender>,
        answered: Option<u64>,
    },
    Answered {
        sender: Sender,
        answer: Option<HttpResponse>,
    },
    /// Somebody on the way sends once more what they have seen.
    Replayed {
        captured: usize,
    },
    PlatformDies,
    PlatformKeyRotates,
    KeyRevoked {
        device: usize,
    },
    LinkAgreed,
    ClockJumps {
        device: usize,
        seconds: i64,
    },
    Night,
}

/// Whose request it is.
#[derive(Clone, Copy)]
pub struct Sender {
    pub tab: usize,
    pub life: u32,
    pub request: u64,
}

pub struct World {
    pub chance: Chance,
    pub platform: Platform,
    pub devices: Vec<Device>,
    pub tabs: Vec<Tab>,
    pub orders: Vec<Order>,
    pub without: Option<Safeguard>,
    /// Whether nothing goes wrong any more.
    pub calm: bool,
    /// Whether so much time has passed that the platform forgot what it had answered.
    pub night: bool,
    /// Milliseconds since the beginning.
    pub now: u64,
    events: BinaryHeap<Reverse<(u64, u64)>>,
    due: HashMap<u64, Event>,
    numbers: u64,
    /// The signed requests that somebody on the way has seen.
    pub captured: Vec<HttpRequest>,
    /// The signatures that the platform has accepted.
    accepted: BTreeMap<String, bool>,
    /// What must not have happened.
    pub violations: Vec<String>,
    pub exchanges: u64,
}

impl World {
    pub fn new(
        chance: Chance,
        platform: Platform,
        without: Option<Safeguard>,
        devices: Vec<Device>,
        orders: Vec<Order>,
    ) -> Self {
        Self {
            chance,
            platform,
            devices,
            tabs: Vec::new(),
            orders,
            without,
            calm: false,
            night: false,
            now: 0,
            events: BinaryHeap::new(),
            due: HashMap::new(),
            numbers: 0,
            captured: Vec::new(),
            accepted: BTreeMap::new(),
            violations: Vec::new(),
            exchanges: 0,
        }
    }

    /// Has something happen after so many milliseconds.
    pub fn after(&mut self, milliseconds: u64, event: Event) {
        let number = self.number();
        self.events.push(Reverse((self.now + milliseconds, number)));
        self.due.insert(number, event);
    }

    /// Lets everything happen that is to happen.
    pub async fn run(&mut self) -> Result<()> {
        while let Some(Reverse((at, number))) = self.events.pop() {
            self.now = self.now.max(at);
            self.platform.is_at(BEGINNING + (self.now / 1000) as i64);
            if let Some(event) = self.due.remove(&number) {
                self.happens(event).await?;
            }
        }
        Ok(())
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    async fn happens(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Clicked { tab, order } => {
                self.tabs[tab].clicked.push_back(order);
                self.take_up(tab);
            }
            Event::Opened { tab } => {
                let device = self.tabs[tab].device;
                self.tabs[tab].clicked = self.devices[device].outbox.keys().copied().collect();
                self.take_up(tab);
            }
            Event::Waited { tab, life } => {
                let same = self.tabs[tab].life == life;
                if let Some(run) = self.tabs[tab].run.as_mut().filter(|_| same) {
                    run.payment.waited();
                    self.drive(tab);
                } else if same {
                    self.take_up(tab);
                }
            }
            Event::Stopped { tab } => {
                if let Some(run) = &mut self.tabs[tab].run {
                    run.payment.stop(ErrorCode::Aborted.into());
                    run.awaits = None;
                    self.drive(tab);
                }
            }
            Event::Arrives { request, asked_by, answered } => {
                let dies = !self.calm && self.chance.happens(15);
                let steps = u64::from(xp2p_sandbox::simulated::STEPS);
                let dies_at = dies.then(|| self.chance.between(1, steps) as u32);
                let answer = self.platform.answer(&request, dies_at).await?;
                self.exchanges += 1;
                if let Some(answer) = &answer {
                    self.saw(&request, answer);
                }
                // Somebody reads along at the platform's end, and sends again what they have seen.
                if asked_by.is_some() && !self.calm && self.chance.happens(60) {
                    self.captured.push(request.clone());
                    let (captured, later) =
                        (self.captured.len() - 1, self.chance.between(10, 400_000));
                    self.after(later, Event::Replayed { captured });
                }
                if let (Some(sender), Some(later)) = (asked_by, answered) {
                    self.after(later, Event::Answered { sender, answer });
                }
            }
            Event::Answered { sender, answer } => self.answered(sender, answer),
            Event::Replayed { captured } => {
                if let Some(request) = self.captured.get(captured).cloned() {
                    let event = Event::Arrives { request, asked_by: None, answered: None };
                    self.after(0, event);
                }
            }
            Event::PlatformDies => self.platform.dies().await?,
            Event::PlatformKeyRotates => {
                let fault = HttpRequest::new("GET", format!("{ORIGIN}/.well-known/jwks.json"))
                    .with_field("sandbox-fault", "platform-key-rotated;seconds=0");
                self.platform.answer(&fault, None).await?;
            }
            Event::KeyRevoked { device } => {
                people::revoke(self, device).await?;
                self.devices[device].revoked = true;
            }
            Event::LinkAgreed => people::link(self).await?,
            Event::ClockJumps { device, seconds } => self.devices[device].skew += seconds,
            Event::Night => {
                self.night = true;
                self.now += 30 * 3600 * 1000;
                self.platform.is_at(BEGINNING + (self.now / 1000) as i64);
                // Forgets what is past its time.
                self.platform.dies().await?;
            }
        }
        Ok(())
    }

    /// A request that was accepted once must not be accepted again, whoever sends it.
    fn saw(&mut self, request: &HttpRequest, answer: &HttpResponse) {
        let Some(signature) = request.field("signature") else { return };
        let taken = answer.status < 400;
        let before = self.accepted.get(&signature).copied().unwrap_or(false);
        if taken && before {
            let path = request.url.trim_start_matches(ORIGIN);
            self.violations
                .push(format!("a captured {} {path} was answered again", request.method));
        }
        self.accepted.insert(signature, taken || before);
    }

    /// Takes the next click up, if the tab has nothing else to do.
    fn take_up(&mut self, tab: usize) {
        let Tab { device, life, ref run, .. } = self.tabs[tab];
        if run.is_some() {
            return;
        }
        let Some(order) = self.tabs[tab].clicked.pop_front() else { return };
        let locking = self.without != Some(Safeguard::LockBetweenTabs);
        if locking && self.devices[device].locks.contains_key(&order) {
            self.tabs[tab].clicked.push_back(order);
            self.after(LOCKED, Event::Waited { tab, life });
            return;
        }
        if self.devices[device].settled.contains_key(&order) {
            self.devices[device].outbox.remove(&order);
            return self.take_up(tab);
        }
        self.devices[device].locks.insert(order, tab);
        let (now, fresh) = (self.local_time(device), self.chance.text());
        let begun = self.devices[device].outbox.get(&order).cloned();
        let facts = self.tabs[tab].facts.clone();
        let Ok(platform) = transport::Platform::parse(ORIGIN) else { return };
        let key_id = self.devices[device].key_id.clone();
        let key_per_intent = self.without != Some(Safeguard::KeyPerIntent);
        let idempotency_key = match &begun {
            Some(begun) if key_per_intent => begun.idempotency_key.clone(),
            _ => fresh,
        };
        let Ok(key) = IdempotencyKey::parse(&idempotency_key) else { return };
        let payment = match begun {
            Some(begun) => {
                Payment::resume(platform, begun.body, key, &key_id, begun.begun_at, facts)
            }
            None => Payment::new(platform, self.orders[order].intent.clone(), key, &key_id, facts),
        };
        let payment = payment.until(now + PATIENCE);
        self.tabs[tab].run = Some(Run { order, idempotency_key, payment, awaits: None });
        self.drive(tab);
    }

    /// Does what the payment says, until it has to wait for something.
    fn drive(&mut self, tab: usize) {
        loop {
            if !self.calm && self.chance.happens(8) {
                return self.tab_dies(tab);
            }
            let (device, life) = (self.tabs[tab].device, self.tabs[tab].life);
            let (now, nonce) = (self.local_time(device), self.chance.text());
            let number = self.number();
            let Some(run) = &mut self.tabs[tab].run else { return };
            match run.payment.next(now, &nonce) {
                Step::Store(body) => {
                    let stored = Stored {
                        idempotency_key: run.idempotency_key.clone(),
                        body: body.to_vec(),
                        begun_at: now,
                    };
                    self.devices[device].outbox.insert(run.order, stored);
                    run.payment.stored();
                }
                Step::Sign(base) => {
                    let signature = self.devices[device].key.sign(base.as_bytes());
                    run.payment.signed(&signature);
                }
                Step::Send(request) => {
                    let request = request.clone();
                    run.awaits = Some(number);
                    return self.send(request, Sender { tab, life, request: number });
                }
                Step::Wait(milliseconds) => {
                    return self.after(milliseconds.into(), Event::Waited { tab, life });
                }
                Step::Done(outcome) => {
                    let outcome = outcome.clone();
                    return self.ended(tab, outcome);
                }
            }
        }
    }

    fn send(&mut self, request: HttpRequest, sender: Sender) {
        // Whatever becomes of it, the tab waits no longer than this.
        self.after(TRY, Event::Answered { sender, answer: None });
        let fate = if self.calm { Fate::perfect() } else { Fate::of(&mut self.chance) };
        for arrival in fate.arrivals {
            let Arrival { after, answered } = arrival;
            let request = request.clone();
            self.after(after, Event::Arrives { request, asked_by: Some(sender), answered });
        }
        if let Some(after) = fate.reset {
            self.after(after, Event::Answered { sender, answer: None });
        }
    }

    fn answered(&mut self, sender: Sender, answer: Option<HttpResponse>) {
        let device = self.tabs[sender.tab].device;
        let (now, random) = (self.local_time(device), self.chance.number());
        let tab = &mut self.tabs[sender.tab];
        let Some(run) = tab.run.as_mut().filter(|_| tab.life == sender.life) else { return };
        if run.awaits != Some(sender.request) {
            return;
        }
        run.awaits = None;
        let lost = || Error::new(ErrorCode::PlatformUnreachable);
        run.payment.answered(answer.ok_or_else(lost), now, random);
        self.drive(sender.tab);
    }

    fn ended(&mut self, tab: usize, outcome: Outcome) {
        let Some(Run { order, payment, .. }) = self.tabs[tab].run.take() else { return };
        let device = self.tabs[tab].device;
        self.tabs[tab].facts = payment.facts().clone();
        if let Outcome::Paid(_) | Outcome::Refused(_) = outcome {
            self.devices[device].settled.insert(order, outcome);
            if !self.calm && self.chance.happens(8) {
                return self.tab_dies(tab);
            }
            self.devices[device].outbox.remove(&order);
        } else if !self.calm && self.now < GIVES_UP {
            let later = self.chance.between(1000, 2_400_000);
            self.after(later, Event::Clicked { tab, order });
        }
        self.devices[device].locks.retain(|_, holder| *holder != tab);
        self.take_up(tab);
    }

    /// The tab is closed, or its process killed: it remembers nothing, and its lock is free.
    fn tab_dies(&mut self, tab: usize) {
        let device = self.tabs[tab].device;
        let clicked = std::mem::take(&mut self.tabs[tab].clicked);
        let life = self.tabs[tab].life + 1;
        let order = self.tabs[tab].run.as_ref().map(|run| run.order);
        self.tabs[tab] = Tab { device, life, ..Tab::default() };
        self.devices[device].locks.retain(|_, holder| *holder != tab);
        let later = self.chance.between(100, 120_000);
        self.after(later, Event::Opened { tab });
        // Whoever had clicked clicks again, in some tab.
        for order in clicked.into_iter().chain(order) {
            self.after(later + 1, Event::Clicked { tab, order });
        }
    }

    pub fn local_time(&self, device: usize) -> u64 {
        (BEGINNING + (self.now / 1000) as i64 + self.devices[device].skew).cast_unsigned()
    }
}
