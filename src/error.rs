//! One error for the whole SDK, with one table of stable codes.
//!
//! A code never changes its meaning and is never removed: callers branch on it. The same codes travel
//! in the platform's problem documents (RFC 9457), so `contract/openapi.yaml` lists them too and a
//! test holds the two lists together.

use alloc::borrow::Cow;
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

/// What went wrong: a stable code, the parameter it concerns, and a message for a developer.
///
/// The message is lower case, in English, and never holds a secret or text that a server sent.
///
/// ```
/// let error = xp2p::Amount::parse("12.505", "EUR").unwrap_err();
/// assert_eq!(error.code().as_str(), "amount_too_precise");
/// assert_eq!(error.param(), Some("amount"));
/// assert!(!error.is_retryable());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    // One pointer: every `?` moves it, and wasm pays for each move in bytes of code.
    inner: Box<Inner>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    code: ErrorCode,
    param: Option<Cow<'static, str>>,
    detail: Option<String>,
    /// Whether a retry helps although the code alone does not say so.
    retryable: bool,
}

/// The result of everything here that can be refused.
pub type Result<T> = core::result::Result<T, Error>;

impl Error {
    /// An error with the table's own message and no parameter. See [`ErrorCode::at`] for one with.
    #[cold]
    #[inline(never)]
    pub fn new(code: ErrorCode) -> Self {
        Self { inner: Box::new(Inner { code, param: None, detail: None, retryable: false }) }
    }

    /// Names the parameter that was refused, as the caller knows it: `amount`, `payee.handle`.
    #[cold]
    #[inline(never)]
    #[must_use]
    pub fn at(mut self, param: &str) -> Self {
        self.inner.param = Some(Cow::Owned(param.to_owned()));
        self
    }

    /// Says which object the refused parameter is a member of: `handle` within `payee` becomes
    /// `payee.handle`.
    #[cold]
    #[inline(never)]
    #[must_use]
    pub fn within(self, object: &str) -> Self {
        let param = match self.param() {
            Some(member) => [object, ".", member].concat(),
            None => object.to_owned(),
        };
        self.at(&param)
    }

    /// The same refusal under another code: what is malformed in a request is a malformed receipt when
    /// it stands in one.
    #[must_use]
    pub(crate) fn with_code(mut self, code: ErrorCode) -> Self {
        self.inner.code = code;
        self.inner.detail = None;
        self
    }

    /// Where the same intent may be sent again although the code alone does not say so: after an outcome
    /// that is not known, or because the platform says it of a code that is not known here.
    #[must_use]
    pub(crate) fn retryable(mut self) -> Self {
        let never =
            matches!(self.code(), ErrorCode::IntentExpired | ErrorCode::IdempotencyKeyReused);
        self.inner.retryable = !never;
        self
    }

    /// Says more than the table's message, for instance the limit that was passed.
    #[cold]
    #[inline(never)]
    #[must_use]
    pub fn because(mut self, detail: String) -> Self {
        self.inner.detail = Some(detail);
        self
    }

    /// The stable code.
    pub fn code(&self) -> ErrorCode {
        self.inner.code
    }

    /// The parameter that was refused, when there is one.
    pub fn param(&self) -> Option<&str> {
        self.inner.param.as_deref()
    }

    /// Whether the same intent may be sent again with the same idempotency key and body.
    pub fn is_retryable(&self) -> bool {
        self.inner.retryable || self.inner.code.is_retryable()
    }

    /// What to tell the developer.
    pub fn message(&self) -> &str {
        match &self.inner.detail {
            Some(detail) => detail,
            None => self.inner.code.message(),
        }
    }
}

impl ErrorCode {
    /// An error with this code, at a parameter.
    #[cold]
    #[inline(never)]
    pub fn at(self, param: &'static str) -> Error {
        let param = Some(Cow::Borrowed(param));
        Error { inner: Box::new(Inner { code: self, param, detail: None, retryable: false }) }
    }
}

impl From<ErrorCode> for Error {
    #[cold]
    #[inline(never)]
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())?;
        if let Some(param) = &self.inner.param {
            f.write_str(" (`")?;
            f.write_str(param)?;
            f.write_str("`)")?;
        }
        Ok(())
    }
}

impl core::error::Error for Error {}

/// The one list of codes, written once and unrolled into the enum and its questions.
///
/// Each line: name, code, HTTP status of the problem document (0 where the code arises in the SDK
/// only and no platform sends it), whether a retry of the same intent can help, message.
macro_rules! codes {
    ($($name:ident $code:literal $status:literal $retryable:literal $message:literal;)*) => {
        /// A stable error code. See [`ErrorCode::as_str`] for its text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode { $(#[doc = $message] $name,)* }

        impl ErrorCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as it is written on the wire and in JavaScript.
            pub fn as_str(self) -> &'static str {
                line(concat!($($code, "\n",)*), self)
            }

            /// The code with this text, or `None` for a text of a newer platform.
            pub fn from_wire(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }

            /// The HTTP status a platform answers with, or `None` where only the SDK raises the code.
            pub const fn status(self) -> Option<u16> {
                match match self { $(Self::$name => $status,)* } { 0 => None, status => Some(status) }
            }

            /// Whether the same intent may be sent again with the same idempotency key and body.
            pub const fn is_retryable(self) -> bool {
                match self { $(Self::$name => $retryable,)* }
            }

            /// What the code means, in one sentence.
            pub fn message(self) -> &'static str {
                line(concat!($($message, "\n",)*), self)
            }
        }
    };
}

/// The line of a code. One text is smaller in wasm than a table of texts, by their addresses and lengths.
#[inline(never)]
fn line(lines: &'static str, code: ErrorCode) -> &'static str {
    let mut left = code as usize;
    let mut start = 0;
    for (end, byte) in lines.bytes().enumerate() {
        if byte == b'\n' {
            if left == 0 {
                return lines.get(start..end).unwrap_or_default();
            }
            (left, start) = (left - 1, end + 1);
        }
    }
    ""
}

codes! {
    // Amounts: what was typed or sent is not an amount this payment can have.
    AmountNotText "amount_not_text" 400 false "amount must be a string such as `12.50`: a number has already lost digits";
    AmountMalformed "amount_malformed" 400 false "amount must be a decimal such as `12.50`";
    AmountNegative "amount_negative" 400 false "amount must not be negative";
    AmountZero "amount_zero" 400 false "amount must be more than zero";
    AmountTooPrecise "amount_too_precise" 400 false "amount has more decimals than its currency";
    AmountTooLong "amount_too_long" 400 false "amount has more than 18 digits";
    AmountUnderMinimum "amount_under_minimum" 422 false "amount is under the platform's minimum";
    AmountOverMaximum "amount_over_maximum" 422 false "amount is over the platform's maximum";
    CurrencyUnknown "currency_unknown" 400 false "currency is not an ISO 4217 code such as `EUR`";
    CurrencyUnsupported "currency_unsupported" 422 false "currency is not offered by the platform";
    CurrencyMismatch "currency_mismatch" 0 false "amounts have different currencies";

    // Requests.
    HandleMalformed "handle_malformed" 400 false "handle must be 3 to 30 characters out of `a-z 0-9 _ . -`";
    HandleUnknown "handle_unknown" 404 false "nobody has this handle";
    PayeeChanged "payee_changed" 409 false "the handle now belongs to another account";
    PayeeIsPayer "payee_is_payer" 422 false "payer and payee are the same account";
    AccountMalformed "account_malformed" 400 false "account is not an account id such as `acct_…`";
    ReferenceMalformed "reference_malformed" 400 false "reference must be 1 to 64 visible ASCII characters";
    NoteMalformed "note_malformed" 400 false "note must be at most 280 characters with no control characters";
    RequestMalformed "request_malformed" 400 false "request is malformed";
    RequestTooLarge "request_too_large" 413 false "request body is over 64 KiB";
    ContentTypeUnsupported "content_type_unsupported" 415 false "request body must be `application/json`";
    MethodNotAllowed "method_not_allowed" 405 false "this address does not take this method";
    NotFound "not_found" 404 false "there is nothing here that is yours to read";
    InsufficientFunds "insufficient_funds" 402 false "the payer's balance is under the amount";

    // Checkouts, refunds, links and webhooks.
    AccountBlocked "account_blocked" 403 false "account is blocked";
    StateFinal "state_final" 409 false "this is final";
    ApprovalMismatch "approval_mismatch" 409 false "approval is not for what was asked";
    RefundExceedsPayment "refund_exceeds_payment" 422 false "refunds are over the payment";
    ReturnUrlRefused "return_url_refused" 422 false "return address is not registered by the payee";
    WebhookUrlRefused "webhook_url_refused" 422 false "webhook address is not public";
    LinkLimitExceeded "link_limit_exceeded" 403 false "amount is over what the link allows";

    // Signatures: RFC 9421 and RFC 9530.
    SignatureMissing "signature_missing" 401 false "request has no signature with the label `xp2p`";
    SignatureMalformed "signature_malformed" 401 false "signature fields are malformed";
    SignatureIncomplete "signature_incomplete" 401 false "signature does not cover everything it must";
    SignatureExpired "signature_expired" 401 true "signature has expired";
    SignatureInvalid "signature_invalid" 401 false "signature does not verify";
    DigestMismatch "digest_mismatch" 400 false "content-digest is not the body's";
    ClockSkew "clock_skew" 401 true "signature was made too far in the past or in the future";
    NonceReused "nonce_reused" 401 true "nonce was used before with this key";
    EnvironmentMismatch "environment_mismatch" 401 false "signature was made for another environment";
    KeyMalformed "key_malformed" 400 false "key is not an Ed25519 key";
    KeyWeak "key_weak" 400 false "key is of small order";
    KeyUnknown "key_unknown" 401 false "key is not registered with the platform";
    KeyRevoked "key_revoked" 401 false "key was revoked";
    KeyNotAllowed "key_not_allowed" 403 false "key may not do this";
    PasskeyRequired "passkey_required" 403 false "this needs a passkey's answer to its body";
    PasskeyInvalid "passkey_invalid" 403 false "passkey's answer does not verify";

    // One intent, one effect: draft-ietf-httpapi-idempotency-key-header.
    IdempotencyKeyMissing "idempotency_key_missing" 400 false "request has no `Idempotency-Key`";
    IdempotencyKeyMalformed "idempotency_key_malformed" 400 false "`Idempotency-Key` must be a quoted string of 16 to 64 visible characters";
    IdempotencyKeyReused "idempotency_key_reused" 422 false "`Idempotency-Key` was used before with another body";
    IdempotencyInProgress "idempotency_in_progress" 409 true "the first request with this `Idempotency-Key` is still running";
    IntentExpired "intent_expired" 0 false "intent is too old to be sent again";
    Aborted "aborted" 0 true "the caller waits no longer";

    // Receipts: compact JWS, RFC 7515.
    ReceiptMalformed "receipt_malformed" 0 false "receipt is not a compact JWS of the receipt profile";
    ReceiptKeyUnknown "receipt_key_unknown" 0 false "receipt is signed with an unknown key";
    ReceiptSignatureInvalid "receipt_signature_invalid" 0 false "receipt signature does not verify";
    ReceiptMismatch "receipt_mismatch" 0 false "receipt is not for the payment that was asked for";

    // The way to the platform.
    PlatformUrlInvalid "platform_url_invalid" 0 false "platform must be an https origin such as `https://api.example`";
    PlatformUnreachable "platform_unreachable" 0 true "the platform did not answer";
    PlatformAnswerInvalid "platform_answer_invalid" 0 true "the platform's answer is malformed";
    PlatformRefused "platform_refused" 0 false "the platform refused with an unknown code";
    RateLimited "rate_limited" 429 true "too many requests, try again later";
    Unavailable "unavailable" 503 true "the platform is not available at the moment";
    Internal "internal" 500 true "the platform failed to answer";

    // The JavaScript side.
    ArgumentInvalid "argument_invalid" 0 false "argument has the wrong type";
    NotInitialized "not_initialized" 0 false "call `await init()` before this function";
    WasmLoadFailed "wasm_load_failed" 0 true "the WebAssembly module could not be loaded";
    WasmBlocked "wasm_blocked" 0 false "the page's Content-Security-Policy forbids WebAssembly";
    WindowBlocked "window_blocked" 0 true "the browser shows no wallet";
    ReturnMismatch "return_mismatch" 0 false "no checkout of this browser returns here";
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn codes_are_distinct_and_read_back() {
        for (index, code) in ErrorCode::ALL.iter().enumerate() {
            assert_eq!(ErrorCode::from_wire(code.as_str()), Some(*code));
            assert!(
                ErrorCode::ALL[..index].iter().all(|earlier| earlier.as_str() != code.as_str())
            );
        }
        assert_eq!(ErrorCode::from_wire("no_such_code"), None);
    }

    #[test]
    fn messages_are_lower_case_without_full_stop() {
        for code in ErrorCode::ALL {
            let message = code.message();
            let first = message.trim_start_matches('`').chars().next().unwrap();
            assert!(!first.is_uppercase() || message.starts_with('`'), "{message}");
            assert!(!message.ends_with('.'), "{message}");
        }
    }

    #[test]
    fn display_names_the_parameter() {
        let error = ErrorCode::AmountZero.at("amount");
        assert_eq!(error.to_string(), "amount must be more than zero (`amount`)");
        let owned: String = error.message().into();
        assert_eq!(owned, ErrorCode::AmountZero.message());
    }
}
