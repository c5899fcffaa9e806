//! What happened, counted: a simulation in which something never goes wrong shows nothing about it.

macro_rules! happenings {
    ($($name:ident: $text:literal,)*) => {
        /// What can happen in a world.
        #[derive(Clone, Copy)]
        pub enum Happening { $(#[doc = $text] $name,)* }

        const TEXTS: &[&str] = &[$($text),*];
    };
}

happenings! {
    RequestLost: "requests lost before the platform saw them",
    AnswerLost: "answers lost after the platform had decided",
    RequestLate: "requests that came when their sender waited no longer",
    RequestOvertaken: "requests overtaken by a later one of their tab",
    RequestCopied: "second copies of a request",
    RequestCaptured: "requests that somebody captured and sent again",
    ClockAheadRefused: "signatures refused because a clock was ahead",
    ClockBehindRefused: "signatures refused because a clock was behind",
    ClockSetForward: "clocks set forward",
    ClockSetBack: "clocks set back",
    KeyRevoked: "keys revoked",
    KeyRevokedMidway: "of these, with a payment under way",
    PlatformKeyRotated: "keys of the platform rotated",
    DiedBeforeNonce: "deaths of the platform before a nonce was taken",
    DiedAfterNonce: "deaths of the platform after a nonce was taken",
    DiedBeforeCommit: "deaths of the platform before a commit",
    DiedAfterCommit: "deaths of the platform after a commit",
    DiedBetween: "deaths of the platform between requests",
    NightPassed: "nights after which the platform had forgotten",
    TabDiedStoring: "deaths of a tab before the intent was stored",
    TabDiedSigning: "deaths of a tab before a signature",
    TabDiedSending: "deaths of a tab before a request was sent",
    TabDiedAwaiting: "deaths of a tab while a request was on its way",
    TabDiedPausing: "deaths of a tab before a pause",
    TabDiedTold: "deaths of a tab before the outcome was noted",
    TabDiedNoted: "deaths of a tab between the outcome and the outbox",
    PayerStopped: "payers who stopped waiting",
    TakenUpAgain: "intents taken up again from an outbox",
    WaitedForTab: "waits of a click for another tab",
    TabsTogether: "devices with several tabs",
    PaidThroughLink: "payments through the link",
    LinkLimitHeld: "payments refused for a limit of the link",
    LinkNotThere: "payments refused before the link or after it",
    MoneyLacked: "payments refused for lack of money",
    EndedPaid: "runs that ended paid",
    EndedRefused: "runs that ended refused",
    EndedPending: "runs that ended pending",
    EndedUnknown: "runs that ended unknown",
}

/// How often each of it happened.
#[derive(Clone)]
pub struct Counts([u64; TEXTS.len()]);

impl Default for Counts {
    fn default() -> Self {
        Self([0; TEXTS.len()])
    }
}

impl Counts {
    pub fn count(&mut self, happening: Happening) {
        self.0[happening as usize] += 1;
    }

    pub fn add(&mut self, others: &Self) {
        for (count, other) in self.0.iter_mut().zip(others.0) {
            *count += other;
        }
    }

    /// Each count with what it counts.
    pub fn lines(&self) -> impl Iterator<Item = (u64, &'static str)> {
        self.0.into_iter().zip(TEXTS.iter().copied())
    }
}
