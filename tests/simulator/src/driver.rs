//! What tabs do: take orders up, drive payments, and die.

use xp2p::canonical::HttpRequest;
use xp2p::client::{Outcome, Payment, Step};
use xp2p::transport::{self, HttpResponse};
use xp2p::{Error, ErrorCode, IdempotencyKey};

use crate::device::Stored;
use crate::happenings::Happening;
use crate::network::{Arrival, Fate};
use crate::platform::ORIGIN;
use crate::safeguard::Safeguard;
use crate::tab::{Run, Tab};
use crate::world::{Event, Sender, World};

/// For how long a payment is tried at a stretch, in seconds.
const PATIENCE: u64 = 60;
/// When a tab counts an answer as lost, in milliseconds.
const TRY: u64 = 45_000;
/// When people look into the matter no more, in milliseconds: some of it only another key can resolve.
const GIVES_UP: u64 = 3 * 3600 * 1000;
/// How long a click waits for a tab that is at it, in milliseconds.
const LOCKED: u64 = 400;

impl World {
    /// Takes the next click up, if the tab has nothing else to do.
    pub fn take_up(&mut self, tab: usize) {
        let Tab { device, life, ref run, .. } = self.tabs[tab];
        if run.is_some() {
            return;
        }
        let Some(order) = self.tabs[tab].clicked.pop_front() else { return };
        let locking = self.without != Some(Safeguard::LockBetweenTabs);
        if locking && self.devices[device].locks.contains_key(&order) {
            self.counts.count(Happening::WaitedForTab);
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
                self.counts.count(Happening::TakenUpAgain);
                Payment::resume(platform, begun.body, key, &key_id, begun.begun_at, facts)
            }
            None => Payment::new(platform, self.orders[order].intent.clone(), key, &key_id, facts),
        };
        let payment = payment.until(now + PATIENCE);
        self.tabs[tab].run = Some(Run { order, idempotency_key, payment, awaits: None });
        self.drive(tab);
    }

    /// Does what the payment says, until it has to wait for something.
    pub fn drive(&mut self, tab: usize) {
        loop {
            let dies = !self.calm && self.chance.happens(8);
            let (device, life) = (self.tabs[tab].device, self.tabs[tab].life);
            let (now, nonce) = (self.local_time(device), self.chance.text());
            let number = self.number();
            let Some(run) = &mut self.tabs[tab].run else { return };
            let step = run.payment.next(now, &nonce);
            if dies {
                self.counts.count(match step {
                    Step::Store(_) => Happening::TabDiedStoring,
                    Step::Sign(_) => Happening::TabDiedSigning,
                    Step::Send(_) => Happening::TabDiedSending,
                    Step::Wait(_) => Happening::TabDiedPausing,
                    Step::Done(_) => Happening::TabDiedTold,
                });
                return self.tab_dies(tab);
            }
            match step {
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
        if !self.calm && self.chance.happens(10) {
            let (Sender { tab, life, .. }, later) = (sender, self.chance.between(0, 10_000));
            self.after(later, Event::TabDies { tab, life });
        }
        if fate.arrivals.is_empty() {
            self.counts.count(Happening::RequestLost);
        }
        for arrival in fate.arrivals {
            let Arrival { after, answered } = arrival;
            let request = request.clone();
            self.after(after, Event::Arrives { request, asked_by: Some(sender), answered });
        }
        if let Some(after) = fate.reset {
            self.after(after, Event::Answered { sender, answer: None });
        }
    }

    pub fn answered(&mut self, sender: Sender, answer: Option<HttpResponse>) {
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
        self.counts.count(match outcome {
            Outcome::Paid(_) => Happening::EndedPaid,
            Outcome::Refused(_) => Happening::EndedRefused,
            Outcome::Pending => Happening::EndedPending,
            Outcome::Unknown(_) => Happening::EndedUnknown,
        });
        if self.devices[device].linked && matches!(outcome, Outcome::Paid(_)) {
            self.counts.count(Happening::PaidThroughLink);
        }
        if let Outcome::Paid(_) | Outcome::Refused(_) = outcome {
            self.devices[device].settled.insert(order, outcome);
            if !self.calm && self.chance.happens(8) {
                self.counts.count(Happening::TabDiedNoted);
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
    pub fn tab_dies(&mut self, tab: usize) {
        let device = self.tabs[tab].device;
        let clicked = std::mem::take(&mut self.tabs[tab].clicked);
        let life = self.tabs[tab].life + 1;
        let order = self.tabs[tab].run.as_ref().map(|run| run.order);
        let latest = self.tabs[tab].latest;
        self.tabs[tab] = Tab { device, life, latest, ..Tab::default() };
        self.devices[device].locks.retain(|_, holder| *holder != tab);
        let later = self.chance.between(100, 120_000);
        self.after(later, Event::Opened { tab });
        // Whoever had clicked clicks again, in some tab.
        for order in clicked.into_iter().chain(order) {
            self.after(later + 1, Event::Clicked { tab, order });
        }
    }
}
