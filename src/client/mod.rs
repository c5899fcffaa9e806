//! Exchanges with a platform and the course of a payment, without I/O: they say what to send, what to
//! sign and when to wait, and are told what came back. Whoever drives them, a page, a server or a
//! simulation, decides nothing.

mod exchange;
mod facts;
mod outcome;
mod payee;
mod payment;
mod retry;
mod settings;
mod step;
mod verdict;

pub use exchange::{Exchange, Reply};
pub use facts::PlatformFacts;
pub use outcome::{Outcome, Paid};
pub use payee::{Payee, PayeeKind, payee_request};
pub use payment::Payment;
pub use settings::{CurrencySettings, Settings, settings_request};
pub use step::Step;
