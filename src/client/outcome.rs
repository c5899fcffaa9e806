//! How a payment ended, as far as anybody can know.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::sync::Arc;

use crate::error::{Error, ErrorCode, Result};
use crate::receipt::{Expected, KeySet, Receipt, verify_receipt};
use crate::transport::{HttpResponse, read_refusal};

/// How a payment ended. There is no way from `Unknown` to "failed": a lost answer says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The platform paid, and its receipt verifies.
    Paid(Arc<Paid>),
    /// Nothing was paid, and nothing will be by this request.
    Refused(Error),
    /// The request was sent and no answer came that can be relied on. The payment may have been made.
    /// The same request with the same idempotency key finds out.
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

/// What the answer to a signed payment request says.
pub(super) enum Answer {
    /// The platform paid, so it says; this receipt has to prove it.
    Receipt(String),
    /// The platform refused.
    Refused(Error),
    /// Nothing that can be relied on.
    Unknown(Error),
}

impl Answer {
    /// Reads an answer.
    ///
    /// Only a problem document of the contract with a 4xx status is a refusal, unless it says that an
    /// earlier request is still running. Everything else, a proxy's error page or a failure of the
    /// platform among it, leaves open what was done.
    pub(super) fn read(response: &HttpResponse) -> Self {
        match response.json() {
            Ok(payment) => match payment.text("receipt") {
                Ok(token) => Self::Receipt(token.to_owned()),
                Err(_) => Self::Unknown(ErrorCode::PlatformAnswerInvalid.at("receipt")),
            },
            Err(error) => {
                let definite = (400..500).contains(&response.status)
                    && read_refusal(response).is_some()
                    && error.code() != ErrorCode::IdempotencyInProgress;
                if definite { Self::Refused(error) } else { Self::Unknown(error) }
            }
        }
    }
}

/// The payment that a receipt proves. One that does not verify proves nothing, whatever the status
/// beside it says.
pub(super) fn proven(token: &str, keys: &KeySet, expected: &Expected) -> Result<Paid> {
    let receipt = verify_receipt(token, keys, expected)?;
    Ok(Paid { receipt, token: token.to_string() })
}
