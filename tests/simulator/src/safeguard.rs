//! What can be left out, to see that the simulation notices.

use std::fmt;

use clap::ValueEnum;
use xp2p_sandbox::careless::Switch;
use xp2p_sandbox::simulated;

/// A safeguard of the SDK or of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Safeguard {
    /// One idempotency key for each intent, kept over every attempt.
    KeyPerIntent,
    /// The platform remembers nonces.
    StoredNonce,
    /// The platform keeps an answer in the transaction that it is about.
    AnswerInTransaction,
    /// Two tabs never send for one order at once.
    LockBetweenTabs,
}

impl Safeguard {
    /// Does without it, in this whole process, where it is the platform's.
    pub fn leave_out(self) {
        match self {
            Self::StoredNonce => {
                let _ = Switch::Nonce.turn_off();
            }
            Self::AnswerInTransaction => simulated::keep_answers_apart(),
            Self::KeyPerIntent | Self::LockBetweenTabs => {}
        }
    }
}

impl fmt::Display for Safeguard {
    /// As the command line has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}
