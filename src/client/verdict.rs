//! What an answer says about an intent: `contract/openapi.yaml`, `createPayment`.

use crate::error::{Error, ErrorCode};
use crate::transport::{HttpResponse, read_refusal};

/// What an error means for the exchange that got it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The platform looked at the intent and keeps this answer for it: every try of this intent, also
    /// one that is still on its way, gets the same. Nothing was done and nothing will be.
    Kept,
    /// The platform refused this one request, for its signature or its form, and keeps nothing. It did
    /// nothing about this try, which says nothing about an earlier one.
    ThisTry,
    /// The same for now: a request that is signed anew, or comes later, can be taken.
    NotNow,
    /// The intent was sent before with another body: that one may have been carried out.
    OtherBody,
    /// Nobody knows what was done. The same intent finds out.
    Open,
}

/// Reads what became of a signed request that changes something.
///
/// Only a problem document of the contract with a 4xx status says what was done. Everything else, a
/// proxy's error page or a failure of the platform among it, leaves it open.
pub(super) fn judge(error: &Error, answer: Option<&HttpResponse>) -> Verdict {
    let stated = |answer: &HttpResponse| {
        (400..500).contains(&answer.status) && read_refusal(answer).is_some()
    };
    if !answer.is_some_and(stated) {
        return Verdict::Open;
    }
    use ErrorCode::*;
    match error.code() {
        // Refused before anything was looked at.
        ClockSkew | SignatureExpired | RateLimited => Verdict::NotNow,
        HandleUnknown | PayeeChanged | PayeeIsPayer | CurrencyUnsupported | AmountUnderMinimum
        | AmountOverMaximum | InsufficientFunds | AccountBlocked | LinkLimitExceeded => {
            Verdict::Kept
        }
        // The payee is what only the platform knows; at `keyid` or `origin` it is the signature's.
        KeyNotAllowed if error.param() == Some("payee") => Verdict::Kept,
        // Of the other operations.
        ApprovalMismatch | RefundExceedsPayment | ReturnUrlRefused | StateFinal
        | WebhookUrlRefused => Verdict::Kept,
        // The intent has had another body, which an account that was looked up anew makes. What became of
        // that one this does not tell.
        IdempotencyKeyReused => Verdict::OtherBody,
        // Also `nonce_reused`: a nonce is fresh, so somebody on the way has sent this very request twice,
        // and this is the answer to its copy.
        _ if error.is_retryable() => Verdict::Open,
        // A code of a newer platform may be of either kind.
        _ => Verdict::ThisTry,
    }
}
