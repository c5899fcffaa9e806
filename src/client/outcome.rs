//! How a payment ended, as far as anybody can know.

use alloc::boxed::Box;
use alloc::string::{String, ToString};

use crate::error::{Error, ErrorCode, Result};
use crate::receipt::{Expected, KeySet, Receipt, verify_receipt};

/// How a payment ended. There is no way from `Unknown` to `Refused` but by the platform's own word about
/// this intent: a lost answer says nothing. Whoever forgets one of the four does not compile:
///
/// ```compile_fail,E0004
/// use xp2p::client::Outcome;
///
/// fn paid(outcome: &Outcome) -> bool {
///     match outcome {
///         Outcome::Paid(_) => true,
///         Outcome::Refused(_) | Outcome::Pending => false,
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The platform paid, and its receipt verifies.
    Paid(Box<Paid>),
    /// Nothing was paid, and nothing will be by this intent.
    Refused(Error),
    /// It is under way, and nobody waits for it any longer. The same bytes with the same idempotency key
    /// find out: [`Payment::resume`](super::Payment::resume).
    Pending,
    /// The request was sent and no answer came that can be relied on. The payment may have been made.
    /// The same bytes with the same idempotency key find out.
    Unknown(Error),
}

/// A payment with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// The receipt's claims, verified.
    pub receipt: Receipt,
    /// The receipt as the platform signed it, for whoever wants to verify it again.
    pub token: String,
}

/// The outcome of a payment that has no answer to rely on.
pub(super) fn not_known(error: Error) -> Outcome {
    match error.code() {
        // The driver was told to wait no longer, or the platform says that it has not ended.
        ErrorCode::Aborted | ErrorCode::IdempotencyInProgress => Outcome::Pending,
        _ => Outcome::Unknown(error.retryable()),
    }
}

/// The payment that a receipt proves. One that does not verify proves nothing, whatever the status
/// beside it says.
pub(super) fn proven(token: &str, keys: &KeySet, expected: &Expected) -> Result<Paid> {
    let receipt = verify_receipt(token, keys, expected)?;
    Ok(Paid { receipt, token: token.to_string() })
}
