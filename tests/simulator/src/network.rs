//! What becomes of a request on its way.

use crate::chance::Chance;

/// A copy of a request reaches the platform.
pub struct Arrival {
    /// After so many milliseconds.
    pub after: u64,
    /// How long its answer takes to come back, if it does.
    pub answered: Option<u64>,
}

/// What becomes of a request: how often it arrives, and when the client learns that it was lost.
pub struct Fate {
    pub arrivals: Vec<Arrival>,
    /// The connection breaks after so many milliseconds.
    pub reset: Option<u64>,
}

impl Fate {
    pub fn perfect() -> Self {
        Self { arrivals: vec![Arrival { after: 5, answered: Some(5) }], reset: None }
    }

    pub fn of(chance: &mut Chance) -> Self {
        let after = match chance.below(100) {
            0..80 => chance.between(5, 300),
            80..95 => chance.between(300, 10_000),
            // So late that the client has given this try up, and others have overtaken it.
            _ => chance.between(10_000, 280_000),
        };
        let answered = match chance.below(100) {
            0..90 => Some(chance.between(5, 400)),
            _ => Some(chance.between(400, 60_000)),
        };
        let (arrivals, reset) = match chance.below(100) {
            // It is lost before the platform sees it, and the client learns so or runs out of patience.
            0..8 => (vec![], Some(chance.between(1, 20_000)).filter(|_| chance.happens(700))),
            // The platform does it, and the answer is lost.
            8..16 => {
                (vec![Arrival { after, answered: None }], Some(after + chance.between(1, 9000)))
            }
            // The connection breaks while it is still on its way.
            16..20 => (vec![Arrival { after, answered }], Some(chance.below(after))),
            // A connection that breaks under the client's own HTTP is used again at once: the answer is that
            // to the second copy.
            20..23 => {
                let copies = [None, answered].map(|answered| Arrival { after, answered });
                (copies.into(), None)
            }
            // A copy is late, and nobody waits for its answer.
            23..26 => {
                let copy = Arrival { after: after + chance.between(0, 290_000), answered: None };
                (vec![Arrival { after, answered }, copy], None)
            }
            _ => (vec![Arrival { after, answered }], None),
        };
        Self { arrivals, reset }
    }
}
