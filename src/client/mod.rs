//! The course of a payment, without I/O: it says what to send and what to sign, and is told what came
//! back. Whoever drives it, a page, a server or a simulation, decides nothing.

mod outcome;
mod payee;
mod payment;
mod settings;

pub use outcome::{Outcome, Paid};
pub use payee::{Payee, PayeeKind, payee_request};
pub use payment::{Payment, PlatformFacts, Step};
pub use settings::{CurrencySettings, Settings, settings_request};
