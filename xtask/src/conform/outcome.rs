//! What became of a rule: it holds, it is broken, or this platform let nobody try it.

use std::fmt;

use anyhow::Error;

use super::Rule;
use super::trial::Trial;

/// Why a rule could not be tried. A rule that was not tried does not hold.
#[derive(Debug)]
pub struct NotTried(pub &'static str);

impl fmt::Display for NotTried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NotTried {}

pub enum Outcome {
    Holds,
    NotTried(&'static str),
    /// What was seen instead.
    Broken(Error),
}

impl Outcome {
    pub fn of(rule: &Rule, trial: &Trial) -> Self {
        match (rule.check)(trial) {
            Ok(()) => Self::Holds,
            Err(seen) => match seen.downcast_ref() {
                Some(NotTried(why)) => Self::NotTried(why),
                None => Self::Broken(seen),
            },
        }
    }
}

/// How many rules came to what.
#[derive(Default)]
pub struct Tally {
    pub held: usize,
    pub not_tried: usize,
    pub broken: usize,
}

impl Tally {
    /// Counts one, and gives the word for it.
    pub fn count(&mut self, outcome: &Outcome) -> &'static str {
        let (number, word) = match outcome {
            Outcome::Holds => (&mut self.held, "holds"),
            Outcome::NotTried(_) => (&mut self.not_tried, "NOT TRIED"),
            Outcome::Broken(_) => (&mut self.broken, "BROKEN"),
        };
        *number += 1;
        word
    }

    pub fn all_hold(&self) -> bool {
        self.broken == 0 && self.not_tried == 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { held, not_tried, broken } = self;
        write!(f, "{held} of {} rules hold", held + not_tried + broken)?;
        if *not_tried > 0 {
            write!(f, ", {not_tried} were not tried")?;
        }
        Ok(())
    }
}
