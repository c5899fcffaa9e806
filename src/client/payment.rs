//! One payment, step by step.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

use super::outcome::{Answer, Outcome, proven};
use super::payee::{Payee, payee_request};
use super::settings::{Settings, settings_request};
use crate::canonical::{HttpRequest, content_digest, payment_body};
use crate::error::{Error, ErrorCode, Result};
use crate::receipt::{Expected, KeySet};
use crate::request::{IdempotencyKey, PaymentIntent, PaymentRequest};
use crate::signature::{MAX_LIFETIME, Prepared, SignatureParameters, prepare};
use crate::transport::{HttpResponse, Platform};

/// What is known of a platform from earlier payments. Empty is fine: what lacks is asked for.
#[derive(Clone, Debug, Default)]
pub struct PlatformFacts {
    /// The settings.
    pub settings: Option<Arc<Settings>>,
    /// The keys of its receipts.
    pub keys: Option<Arc<KeySet>>,
    /// Until when `keys` are believed, in Unix seconds of our clock. Afterwards they are asked for again,
    /// so that a key which the platform has withdrawn proves nothing.
    pub keys_until: u64,
    /// Seconds by which its clock is ahead of ours. Zero until it has refused a signature for its time.
    pub clock_offset: i64,
}

/// For how long a key set is believed, in seconds.
const KEYS_LIFETIME: u64 = 300;

/// What the driver of a payment has to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Send this and call [`Payment::answered`].
    Send(&'a HttpRequest),
    /// Sign this text with the payer's key and call [`Payment::signed`] or [`Payment::not_signed`].
    Sign(&'a str),
    /// It has ended.
    Done(Outcome),
}

/// A payment on its way. [`Payment::next`] says what to do, until it says [`Step::Done`].
pub struct Payment {
    platform: Platform,
    intent: PaymentIntent,
    idempotency_key: IdempotencyKey,
    key_id: String,
    facts: PlatformFacts,
    made: Option<Made>,
    clock_corrected: bool,
    keys_are_fresh: bool,
    stage: Stage,
}

/// The request as it is signed: made once, whatever happens afterwards.
struct Made {
    request: PaymentRequest,
    body: Vec<u8>,
}

/// What is waited for.
enum Stage {
    Settings(HttpRequest),
    Payee(HttpRequest),
    /// Everything is there to be signed, at a time and with a nonce that [`Payment::next`] brings.
    Ready,
    Signature(Box<Prepared>, HttpRequest),
    Payment(HttpRequest),
    /// The platform says that it paid; its keys are needed to believe the receipt.
    Keys(HttpRequest, String),
    Done(Outcome),
}

impl Payment {
    /// A payment that nothing has been sent for.
    ///
    /// `idempotency_key` belongs to the intent: whoever tries the same intent again, after a crash or
    /// a lost answer, passes the same one. `key_id` names the key that will sign.
    pub fn new(
        platform: Platform,
        intent: PaymentIntent,
        idempotency_key: IdempotencyKey,
        key_id: &str,
        facts: PlatformFacts,
    ) -> Self {
        let mut payment = Self {
            platform,
            intent,
            idempotency_key,
            key_id: key_id.to_owned(),
            facts,
            made: None,
            clock_corrected: false,
            keys_are_fresh: false,
            stage: Stage::Ready,
        };
        payment.stage = payment.towards_signature();
        payment
    }

    /// What to do next. `now` is the local clock in Unix seconds and `nonce` a fresh one, at least
    /// 128 random bits in base64url; both are used only if this step needs them.
    pub fn next(&mut self, now: u64, nonce: &str) -> Step<'_> {
        if let Stage::Ready = self.stage {
            self.stage = match self.prepare(now, nonce) {
                Ok((prepared, request)) => Stage::Signature(Box::new(prepared), request),
                Err(error) => refused(error),
            };
        }
        match &self.stage {
            Stage::Settings(request)
            | Stage::Payee(request)
            | Stage::Payment(request)
            | Stage::Keys(request, _) => Step::Send(request),
            Stage::Signature(prepared, _) => Step::Sign(prepared.base()),
            Stage::Done(outcome) => Step::Done(outcome.clone()),
            // Left above; said again rather than trapping, should that ever change.
            Stage::Ready => Step::Done(Outcome::Refused(ErrorCode::Internal.into())),
        }
    }

    /// The signature over the text of [`Step::Sign`]. Ignored when none was asked for.
    pub fn signed(&mut self, signature: &[u8; 64]) {
        self.stage = match mem::replace(&mut self.stage, Stage::Ready) {
            Stage::Signature(prepared, request) => {
                Stage::Payment(prepared.finish(signature).apply_to(request))
            }
            other => other,
        };
    }

    /// The signer failed or was told not to. Nothing was sent, so the payment is refused.
    pub fn not_signed(&mut self, error: Error) {
        if let Stage::Signature(..) = self.stage {
            self.stage = refused(error);
        }
    }

    /// What came back for the request of [`Step::Send`], or the error when nothing did. `now` is the
    /// local clock in Unix seconds. Ignored when nothing was sent.
    pub fn answered(&mut self, answer: Result<HttpResponse>, now: u64) {
        self.stage = match mem::replace(&mut self.stage, Stage::Ready) {
            // Nothing was signed before these two, so whatever goes wrong, nothing was paid.
            Stage::Settings(_) => self.settings_answered(answer, now).unwrap_or_else(refused),
            Stage::Payee(_) => self.payee_answered(answer).unwrap_or_else(refused),
            // From here on a lost answer may be the answer to a payment that was made.
            Stage::Payment(_) => self.payment_answered(answer, now).unwrap_or_else(unknown),
            Stage::Keys(_, token) => self.keys_answered(answer, token, now).unwrap_or_else(unknown),
            other => other,
        };
    }

    /// What was learned of the platform, for the next payment.
    pub const fn facts(&self) -> &PlatformFacts {
        &self.facts
    }

    /// The first thing that is still missing before the request can be signed.
    fn towards_signature(&self) -> Stage {
        match (&self.facts.settings, &self.made) {
            (None, _) => Stage::Settings(settings_request(&self.platform)),
            (Some(_), Some(_)) => Stage::Ready,
            (Some(settings), None) => match settings.check(self.intent.amount()) {
                Ok(()) => Stage::Payee(payee_request(&self.platform, self.intent.payee())),
                Err(error) => refused(error),
            },
        }
    }

    fn settings_answered(&mut self, answer: Result<HttpResponse>, now: u64) -> Result<Stage> {
        let settings = Settings::read(&answer?, &self.platform)?;
        if self.clock_corrected {
            let (theirs, ours) = (settings.now().cast_signed(), now.cast_signed());
            self.facts.clock_offset = theirs.saturating_sub(ours);
        }
        self.facts.settings = Some(Arc::new(settings));
        Ok(self.towards_signature())
    }

    fn payee_answered(&mut self, answer: Result<HttpResponse>) -> Result<Stage> {
        let payee = Payee::read(&answer?, self.intent.payee())?;
        let request = self.intent.clone().pin(payee.party.account().clone());
        let body = payment_body(&request);
        self.made = Some(Made { request, body });
        Ok(self.towards_signature())
    }

    fn prepare(&self, now: u64, nonce: &str) -> Result<(Prepared, HttpRequest)> {
        let (settings, made) = self.known()?;
        let created = now.saturating_add_signed(self.facts.clock_offset);
        let parameters = SignatureParameters::new(
            settings.environment(),
            created,
            created.saturating_add(MAX_LIFETIME),
            nonce,
        )?;
        let request = self
            .platform
            .post("/v1/payments", made.body.clone())
            .with_field("idempotency-key", self.idempotency_key.to_field_value());
        Ok((prepare(&request, &self.key_id, &parameters)?, request))
    }

    fn payment_answered(&mut self, answer: Result<HttpResponse>, now: u64) -> Result<Stage> {
        Ok(match Answer::read(&answer?) {
            Answer::Receipt(token) if now < self.facts.keys_until => self.settle(token)?,
            Answer::Receipt(token) => self.ask_for_keys(token),
            // A clock is corrected once. The refused signature moved nothing, and the corrected one
            // goes out with the same idempotency key and the same bytes.
            Answer::Refused(error)
                if error.code() == ErrorCode::ClockSkew && !self.clock_corrected =>
            {
                self.clock_corrected = true;
                Stage::Settings(settings_request(&self.platform))
            }
            Answer::Refused(error) => refused(error),
            Answer::Unknown(error) => unknown(error),
        })
    }

    fn ask_for_keys(&mut self, token: String) -> Stage {
        self.keys_are_fresh = true;
        Stage::Keys(self.platform.get("/.well-known/jwks.json"), token)
    }

    fn keys_answered(
        &mut self,
        answer: Result<HttpResponse>,
        token: String,
        now: u64,
    ) -> Result<Stage> {
        let response = answer?;
        response.json()?;
        self.facts.keys = Some(Arc::new(KeySet::parse(&response.body)?));
        self.facts.keys_until = now.wrapping_add(KEYS_LIFETIME);
        self.settle(token)
    }

    /// Believes the receipt or not. A key that is not in an older key set may be a new one: the set is
    /// asked for once more.
    fn settle(&mut self, token: String) -> Result<Stage> {
        let (settings, made) = self.known()?;
        let expected = Expected {
            issuer: settings.issuer(),
            payee: made.request.payee(),
            amount: made.request.amount(),
            reference: made.request.reference(),
            request_digest: Some(&content_digest(&made.body)),
            payment: None,
        };
        let keys = self.facts.keys.as_ref().ok_or(ErrorCode::ReceiptKeyUnknown)?;
        match proven(&token, keys, &expected) {
            Err(error) if error.code() == ErrorCode::ReceiptKeyUnknown && !self.keys_are_fresh => {
                Ok(self.ask_for_keys(token))
            }
            proof => proof.map(|paid| Stage::Done(Outcome::Paid(Arc::new(paid)))),
        }
    }

    fn known(&self) -> Result<(&Settings, &Made)> {
        match (&self.facts.settings, &self.made) {
            (Some(settings), Some(made)) => Ok((settings, made)),
            _ => Err(ErrorCode::Internal.into()),
        }
    }
}

fn refused(error: Error) -> Stage {
    Stage::Done(Outcome::Refused(error))
}

fn unknown(error: Error) -> Stage {
    Stage::Done(Outcome::Unknown(error))
}
