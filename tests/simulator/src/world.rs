//! One simulation: everything that happens, in its order, and what was seen of it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use anyhow::Result;
use xp2p::ErrorCode;
use xp2p::canonical::HttpRequest;
use xp2p::transport::HttpResponse;

use crate::chance::Chance;
use crate::device::{Device, Order};
use crate::happenings::{Counts, Happening};
use crate::people;
use crate::platform::{BEGINNING, ORIGIN, Platform};
use crate::safeguard::Safeguard;
use crate::tab::Tab;

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
    TabDies {
        tab: usize,
        life: u32,
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
    pub accepted: BTreeMap<String, bool>,
    /// What must not have happened.
    pub violations: Vec<String>,
    pub exchanges: u64,
    pub counts: Counts,
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
            counts: Counts::default(),
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

    pub fn number(&mut self) -> u64 {
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
                    self.counts.count(Happening::PayerStopped);
                    run.payment.stop(ErrorCode::Aborted.into());
                    run.awaits = None;
                    self.drive(tab);
                }
            }
            Event::TabDies { tab, life } => {
                let Tab { life: lives, ref run, .. } = self.tabs[tab];
                if lives == life && run.as_ref().is_some_and(|run| run.awaits.is_some()) {
                    self.counts.count(Happening::TabDiedAwaiting);
                    self.tab_dies(tab);
                }
            }
            Event::Arrives { request, asked_by, answered } => {
                self.arrives(request, asked_by, answered).await?;
            }
            Event::Answered { sender, answer } => self.answered(sender, answer),
            Event::Replayed { captured } => {
                if let Some(request) = self.captured.get(captured).cloned() {
                    self.counts.count(Happening::RequestCaptured);
                    let event = Event::Arrives { request, asked_by: None, answered: None };
                    self.after(0, event);
                }
            }
            Event::PlatformDies => {
                self.counts.count(Happening::DiedBetween);
                self.platform.dies().await?;
            }
            Event::PlatformKeyRotates => {
                self.counts.count(Happening::PlatformKeyRotated);
                let fault = HttpRequest::new("GET", format!("{ORIGIN}/.well-known/jwks.json"))
                    .with_field("sandbox-fault", "platform-key-rotated;seconds=0");
                self.platform.answer(&fault, None).await?;
            }
            Event::KeyRevoked { device } if self.devices[device].revoked => {}
            Event::KeyRevoked { device } => {
                self.counts.count(Happening::KeyRevoked);
                if !self.devices[device].outbox.is_empty() {
                    self.counts.count(Happening::KeyRevokedMidway);
                }
                people::revoke(self, device).await?;
                self.devices[device].revoked = true;
            }
            Event::LinkAgreed => people::link(self).await?,
            Event::ClockJumps { device, seconds } => {
                let set_back = seconds < 0;
                let way =
                    if set_back { Happening::ClockSetBack } else { Happening::ClockSetForward };
                self.counts.count(way);
                self.devices[device].skew += seconds;
            }
            Event::Night => {
                self.counts.count(Happening::NightPassed);
                self.night = true;
                self.now += 30 * 3600 * 1000;
                self.platform.is_at(BEGINNING + (self.now / 1000) as i64);
                // Forgets what is past its time.
                self.platform.dies().await?;
            }
        }
        Ok(())
    }

    pub fn local_time(&self, device: usize) -> u64 {
        (BEGINNING + (self.now / 1000) as i64 + self.devices[device].skew).cast_unsigned()
    }
}
