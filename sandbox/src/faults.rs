//! Faults on demand: what goes wrong, by which rule, and for which request. Nothing goes wrong unasked.
//!
//! Whether a rule strikes depends on the seed, the rule's place in the list and the number of the request
//! among those that the rule is about, and on nothing else: the same requests in the same order meet the
//! same faults. Each sandbox counts the requests that reach it.

use std::str::FromStr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    CommitThenDrop,
    DropBeforeCommit,
    Delay,
    RateLimited,
    Internal,
    Unavailable,
    ClockSkew,
    KeyRevoked,
    PlatformKeyRotated,
    PlatformKeyRevoked,
    StaleSettings,
    DuplicateEvent,
}

/// Name, what its seconds are when none are given, and the least and the most that may be given.
const KINDS: [(Kind, &str, i64, i64, i64); 12] = [
    (Kind::CommitThenDrop, "commit-then-drop", 0, 0, 0),
    (Kind::DropBeforeCommit, "drop-before-commit", 0, 0, 0),
    (Kind::Delay, "delay", 5, 0, 120),
    (Kind::RateLimited, "rate-limited", 1, 1, 3600),
    (Kind::Internal, "internal", 0, 0, 0),
    (Kind::Unavailable, "unavailable", 1, 1, 3600),
    (Kind::ClockSkew, "clock-skew", 600, -86_400, 86_400),
    (Kind::KeyRevoked, "key-revoked", 0, 0, 0),
    (Kind::PlatformKeyRotated, "platform-key-rotated", 0, 0, 86_400),
    (Kind::PlatformKeyRevoked, "platform-key-revoked", 0, 0, 0),
    (Kind::StaleSettings, "stale-settings", 3600, 1, 86_400),
    (Kind::DuplicateEvent, "duplicate-event", 0, 0, 0),
];

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub kind: Kind,
    /// How long, how late, how far: see `docs/testing.md`.
    pub seconds: i64,
}

impl Fault {
    fn new(kind: Kind, seconds: Option<i64>) -> Option<Self> {
        let (.., default, least, most) = KINDS.into_iter().find(|(known, ..)| *known == kind)?;
        let seconds = seconds.unwrap_or(default);
        (least..=most).contains(&seconds).then_some(Self { kind, seconds })
    }

    /// As it is written in a header and in a rule.
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(kind, ..)| *kind == self.kind).map_or("", |(_, name, ..)| name)
    }
}

impl FromStr for Fault {
    type Err = ();

    /// Reads `delay` or `delay;seconds=2`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (name, seconds) = match text.split_once(';') {
            None => (text, None),
            Some((name, parameter)) => {
                let seconds = parameter.trim().strip_prefix("seconds=").ok_or(())?;
                (name, Some(seconds.parse().map_err(|_| ())?))
            }
        };
        let (kind, ..) = KINDS.into_iter().find(|(_, known, ..)| *known == name.trim()).ok_or(())?;
        Self::new(kind, seconds).ok_or(())
    }
}

/// The faults that strike one request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Struck(pub Vec<Fault>);

impl Struck {
    /// The seconds of the fault of this kind, if it strikes.
    pub fn seconds(&self, kind: Kind) -> Option<i64> {
        self.0.iter().find(|fault| fault.kind == kind).map(|fault| fault.seconds)
    }

    pub fn has(&self, kind: Kind) -> bool {
        self.seconds(kind).is_some()
    }
}

/// A rule as it is given and kept. Without `probability`, `count` and `every` it always strikes.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    fault: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<i64>,
    /// Such as `POST /v1/payments` or `GET /v1/payments/{id}`; for an event its type.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    /// Strikes so often out of once.
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<f64>,
    /// Strikes the first so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    /// Strikes each so-manieth.
    #[serde(skip_serializing_if = "Option::is_none")]
    every: Option<u64>,
}

impl Rule {
    fn is_sound(&self) -> bool {
        let occasions = [self.probability.is_some(), self.count.is_some(), self.every.is_some()];
        Fault::new(self.fault, self.seconds).is_some()
            && occasions.into_iter().filter(|given| *given).count() <= 1
            && self.probability.is_none_or(|share| (0.0..=1.0).contains(&share))
            && self.every != Some(0)
    }

    /// Whether it strikes the request with this number, counted from one.
    fn strikes(&self, seed: u64, place: u64, number: u64) -> bool {
        match (self.probability, self.count, self.every) {
            (Some(share), ..) => {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                random.set_stream(place);
                random.set_word_pos(u128::from(number) * 2);
                // 53 bits, as many as a float holds: in [0, 1).
                (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64 <= share && share > 0.0
            }
            (_, Some(count), _) => number <= count,
            (.., Some(every)) => number.is_multiple_of(every),
            _ => true,
        }
    }
}

/// The rules that are in force, as they are given and kept.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rules {
    pub seed: u32,
    pub rules: Vec<Rule>,
}

impl Rules {
    /// The most rules at once.
    const MOST: usize = 64;

    pub fn are_sound(&self) -> bool {
        self.rules.len() <= Self::MOST && self.rules.iter().all(Rule::is_sound)
    }
}

/// A rule, how many requests it was about, and how many it struck.
#[derive(Serialize)]
pub(crate) struct Count {
    #[serde(flatten)]
    pub rule: Rule,
    pub seen: u64,
    pub struck: u64,
}

#[derive(Default)]
struct Running {
    rules: Rules,
    counts: Vec<(AtomicU64, AtomicU64)>,
}

/// The faults of one sandbox.
#[derive(Default)]
pub(crate) struct Faults {
    /// Which rules of the database these are: `storage::development`.
    number: AtomicI64,
    running: RwLock<Arc<Running>>,
}

impl Faults {
    /// Whether these are the rules with that number.
    pub fn are(&self, number: i64) -> bool {
        self.number.load(Ordering::Acquire) == number
    }

    /// Puts the rules in force that the database has, and starts counting anew.
    pub fn take_over(&self, number: i64, text: &str) {
        let rules: Rules = serde_json::from_str(text).unwrap_or_default();
        let counts = rules.rules.iter().map(|_| Default::default()).collect();
        if let Ok(mut running) = self.running.write() {
            *running = Arc::new(Running { rules, counts });
            self.number.store(number, Ordering::Release);
        }
    }

    /// What strikes the next request for an operation.
    pub fn strike(&self, operation: &str) -> Struck {
        Struck(self.next(operation, |kind| kind != Kind::DuplicateEvent))
    }

    /// Whether the next event of this type is delivered twice.
    pub fn duplicate_event(&self, r#type: &str) -> bool {
        !self.next(r#type, |kind| kind == Kind::DuplicateEvent).is_empty()
    }

    /// The seed, and each rule with what it did here.
    pub fn report(&self) -> (u32, Vec<Count>) {
        let running = self.running();
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = running.rules.rules.iter().zip(&running.counts);
        let counts = counts.map(|(rule, (seen, struck))| Count {
            rule: rule.clone(),
            seen: read(seen),
            struck: read(struck),
        });
        (running.rules.seed, counts.collect())
    }

    fn next(&self, subject: &str, concerned: impl Fn(Kind) -> bool) -> Vec<Fault> {
        let running = self.running();
        let mut faults = Vec::new();
        for (place, rule) in running.rules.rules.iter().enumerate() {
            let about = rule.operation.as_deref().is_none_or(|operation| operation == subject);
            let (true, true, Some((seen, struck))) =
                (about, concerned(rule.fault), running.counts.get(place))
            else {
                continue;
            };
            let number = seen.fetch_add(1, Ordering::Relaxed) + 1;
            if rule.strikes(running.rules.seed.into(), place as u64, number) {
                struck.fetch_add(1, Ordering::Relaxed);
                faults.extend(Fault::new(rule.fault, rule.seconds));
            }
        }
        faults
    }

    fn running(&self) -> Arc<Running> {
        // A lock is poisoned by a panic while it was held: nothing in here panics.
        self.running.read().map(|running| running.clone()).unwrap_or_default()
    }
}

/// The names of all faults, for those who misspell one.
pub(crate) fn names() -> String {
    KINDS.map(|(_, name, ..)| name).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(rules: &str) -> Faults {
        let faults = Faults::default();
        faults.take_over(1, rules);
        faults
    }

    fn struck(faults: &Faults, requests: usize) -> Vec<bool> {
        (0..requests).map(|_| !faults.strike("POST /v1/payments").0.is_empty()).collect()
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for (kind, name, seconds, ..) in KINDS {
            assert_eq!(serde_json::to_value(kind).unwrap(), name);
            assert_eq!(name.parse(), Ok(Fault { kind, seconds }));
            assert_eq!(Fault { kind, seconds }.name(), name);
        }
        let late = Fault { kind: Kind::ClockSkew, seconds: -400 };
        assert_eq!("clock-skew;seconds=-400".parse(), Ok(late));
        for text in [
            "",
            "dealy",
            "delay;seconds=121",
            "delay;minutes=1",
            "delay;seconds=",
            "internal;seconds=1",
        ] {
            assert_eq!(text.parse::<Fault>(), Err(()), "{text}");
        }
    }

    #[test]
    fn the_same_seed_strikes_the_same_requests() {
        let rules = |seed| {
            with(&format!(
                r#"{{"seed":{seed},"rules":[{{"fault":"internal","probability":0.25}}]}}"#
            ))
        };
        let first = struck(&rules(7), 1000);
        assert_eq!(first, struck(&rules(7), 1000));
        assert_ne!(first, struck(&rules(8), 1000));
        let count = first.iter().filter(|struck| **struck).count();
        assert!((180..320).contains(&count), "{count}");
    }

    #[test]
    fn a_rule_strikes_the_first_or_each_so_manieth_or_none() {
        let one = |occasion: &str| {
            with(&format!(r#"{{"seed":0,"rules":[{{"fault":"internal",{occasion}}}]}}"#))
        };
        assert_eq!(struck(&one(r#""count":2"#), 4), [true, true, false, false]);
        assert_eq!(struck(&one(r#""every":2"#), 4), [false, true, false, true]);
        assert_eq!(struck(&one(r#""probability":0"#), 4), [false; 4]);
        assert_eq!(struck(&one(r#""probability":1"#), 4), [true; 4]);
        assert_eq!(struck(&one(r#""operation":"POST /v1/checkouts""#), 2), [false; 2]);
        assert_eq!(struck(&Faults::default(), 2), [false; 2]);
    }

    #[test]
    fn events_have_rules_of_their_own() {
        let faults = with(
            r#"{"seed":0,"rules":[{"fault":"duplicate-event","operation":"payment.paid","every":2}]}"#,
        );
        let twice: Vec<_> = (0..4).map(|_| faults.duplicate_event("payment.paid")).collect();
        assert_eq!(twice, [false, true, false, true]);
        assert!(!faults.duplicate_event("link.changed"));
        assert_eq!(struck(&faults, 2), [false; 2]);
        assert_eq!((faults.report().1[0].seen, faults.report().1[0].struck), (4, 2));
    }

    #[test]
    fn the_table_of_the_docs_is_this_table() {
        let docs = include_str!("../../docs/testing.md");
        for (_, name, default, least, most) in KINDS {
            let seconds = match (least, most) {
                (0, 0) => String::new(),
                _ => format!("{default} ({least} to {most})"),
            };
            let row = format!("| `{name}` | {seconds} |").replace("|  |", "| |");
            assert!(docs.lines().any(|line| line.starts_with(&row)), "missing: {row}");
        }
    }
}
