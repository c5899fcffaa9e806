//! One payment, step by step.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

use super::exchange::{Exchange, Reply};
use super::facts::PlatformFacts;
use super::outcome::{Outcome, not_known, proven};
use super::payee::{Payee, payee_request};
use super::step::Step;
use crate::amount::Amount;
use crate::canonical::{Json, content_digest, payment_body, read_amount_in, read_party};
use crate::error::{Error, ErrorCode, Result};
use crate::receipt::{Expected, KeySet};
use crate::request::{IdempotencyKey, Party, PaymentIntent};
use crate::transport::{HttpResponse, Platform};

/// For how long a key set is believed, in seconds.
const KEYS_LIFETIME: u64 = 300;

/// A payment on its way. [`Payment::next`] says what to do, until it says [`Step::Done`].
pub struct Payment {
    exchange: Exchange,
    idempotency_key: IdempotencyKey,
    /// What is paid, as soon as the account behind the handle is known.
    paying: Option<Paying>,
    keys_are_fresh: bool,
    phase: Phase,
}

/// What a receipt has to be for.
struct Paying {
    payee: Party,
    amount: Amount,
    reference: Option<String>,
}

/// How far it is.
enum Phase {
    /// The settings are asked for.
    Settings(Wanted),
    Payee(Box<PaymentIntent>),
    /// The driver keeps the body.
    Store,
    /// The request is signed and sent.
    Pay,
    /// The platform says that it paid; its keys are needed to believe the receipt.
    Keys(String),
    Done(Outcome),
}

/// What to pay.
enum Wanted {
    Intent(Box<PaymentIntent>),
    /// The body of an earlier run.
    Stored(Vec<u8>),
}

impl Payment {
    /// A payment that nothing has been sent for.
    ///
    /// `idempotency_key` belongs to the intent: it is made once, and never used for another. `key_id`
    /// names the key that will sign.
    pub fn new(
        platform: Platform,
        intent: PaymentIntent,
        idempotency_key: IdempotencyKey,
        key_id: &str,
        facts: PlatformFacts,
    ) -> Self {
        Self::through(Exchange::idle(platform, key_id, facts), intent, idempotency_key)
    }

    /// A payment that was begun by somebody who may have died before the answer came, with what
    /// [`Step::Store`] had them keep, and when that was in Unix seconds of the local clock.
    ///
    /// The same bytes are sent, and nothing about the payee is looked up anew. It has to be the same key:
    /// of a linked key the platform keeps the intents for that key alone. After 22 hours nothing is sent
    /// any more, because the platform may have forgotten what it did: `intent_expired`.
    pub fn resume(
        platform: Platform,
        body: Vec<u8>,
        idempotency_key: IdempotencyKey,
        key_id: &str,
        begun_at: u64,
        facts: PlatformFacts,
    ) -> Self {
        let exchange = Exchange::idle(platform, key_id, facts).begun(begun_at);
        Self::again(exchange, body, idempotency_key)
    }

    /// [`Payment::new`] through an exchange that has nothing to send yet.
    pub(crate) fn through(
        exchange: Exchange,
        intent: PaymentIntent,
        idempotency_key: IdempotencyKey,
    ) -> Self {
        Self::start(exchange, idempotency_key, Wanted::Intent(Box::new(intent)))
    }

    /// [`Payment::resume`] through an exchange that was begun.
    pub(crate) fn again(
        exchange: Exchange,
        body: Vec<u8>,
        idempotency_key: IdempotencyKey,
    ) -> Self {
        Self::start(exchange, idempotency_key, Wanted::Stored(body))
    }

    fn start(exchange: Exchange, idempotency_key: IdempotencyKey, wanted: Wanted) -> Self {
        let phase = Phase::Settings(wanted);
        let mut payment =
            Self { exchange, idempotency_key, paying: None, keys_are_fresh: false, phase };
        payment.go_on(0);
        payment
    }

    /// Nothing is tried again after this time, in Unix seconds of the local clock.
    #[must_use]
    pub fn until(mut self, deadline: u64) -> Self {
        self.exchange = self.exchange.until(deadline);
        self
    }

    /// What to do next. `now` is the local clock in Unix seconds and `nonce` a fresh one, at least
    /// 128 random bits in base64url; both are used only if this step needs them.
    pub fn next(&mut self, now: u64, nonce: &str) -> Step<'_, Outcome> {
        if let Phase::Pay = self.phase {
            self.exchange.prepare_to_sign(now, nonce);
            self.go_on(now);
        }
        match &self.phase {
            Phase::Done(outcome) => Step::Done(outcome),
            Phase::Store => Step::Store(self.exchange.body()),
            _ => self.exchange.step(),
        }
    }

    /// The body of [`Step::Store`] is kept. Ignored when nothing was to be kept.
    pub fn stored(&mut self) {
        if let Phase::Store = self.phase {
            self.phase = Phase::Pay;
        }
    }

    /// The signature over the text of [`Step::Sign`]. Ignored when none was asked for.
    pub fn signed(&mut self, signature: &[u8; 64]) {
        self.exchange.signed(signature);
    }

    /// The signer failed or was told not to. Before anything was sent, that is a refusal.
    pub fn not_signed(&mut self, error: Error) {
        self.exchange.not_signed(error);
        self.go_on(0);
    }

    /// The pause of [`Step::Wait`] is over.
    pub const fn waited(&mut self) {
        self.exchange.waited();
    }

    /// The driver waits no longer, because it was told to stop, the network stays away, or what was to
    /// be kept could not be. Before anything was sent, that is a refusal.
    pub fn stop(&mut self, error: Error) {
        if !matches!(self.phase, Phase::Done(_)) {
            self.exchange.stop(error);
            self.go_on(0);
        }
    }

    /// What came back for the request of [`Step::Send`], or the error when nothing did. `now` is the
    /// local clock in Unix seconds and `random` a random number. Ignored when nothing was sent.
    pub fn answered(&mut self, answer: Result<HttpResponse>, now: u64, random: u32) {
        self.exchange.answered(answer, now, random);
        self.go_on(now);
    }

    /// What was learned of the platform, for the next payment.
    pub const fn facts(&self) -> &PlatformFacts {
        self.exchange.facts()
    }

    /// Goes on to the next phase where this one has ended.
    fn go_on(&mut self, now: u64) {
        let reply = self.exchange.take_reply();
        let known = self.facts().settings.is_some();
        self.phase = match (mem::replace(&mut self.phase, Phase::Store), reply) {
            (phase @ Phase::Done(_), _) => phase,
            (_, Some(Reply::Refused(error))) => Phase::Done(Outcome::Refused(error)),
            (_, Some(Reply::Unknown(error))) => unknown(error),
            (Phase::Settings(Wanted::Intent(intent)), None) if known => self.ask_for_payee(intent),
            (Phase::Settings(Wanted::Stored(body)), None) if known => {
                self.pay_again(body).unwrap_or_else(unknown)
            }
            (Phase::Payee(intent), Some(Reply::Answered(answer))) => {
                self.pay_to(*intent, &answer).unwrap_or_else(refused)
            }
            (Phase::Pay, Some(Reply::Answered(answer))) => {
                self.believe(&answer, now).unwrap_or_else(unknown)
            }
            (Phase::Keys(token), Some(Reply::Answered(answer))) => {
                self.believe_with(&answer, token, now).unwrap_or_else(unknown)
            }
            (phase, _) => phase,
        };
    }

    fn ask_for_payee(&mut self, intent: Box<PaymentIntent>) -> Phase {
        let settings = self.facts().settings.as_ref();
        match settings.map(|settings| settings.check(intent.amount())) {
            Some(Err(error)) => refused(error),
            _ => {
                let request = payee_request(self.exchange.platform(), intent.payee());
                self.exchange.look_up(request);
                Phase::Payee(intent)
            }
        }
    }

    fn pay_to(&mut self, intent: PaymentIntent, answer: &HttpResponse) -> Result<Phase> {
        let payee = Payee::read(answer, intent.payee())?;
        let request = intent.pin(payee.party.account().clone());
        let paying = Paying {
            payee: payee.party,
            amount: *request.amount(),
            reference: request.reference().map(str::to_owned),
        };
        self.pay(payment_body(&request).into_bytes(), paying);
        Ok(Phase::Store)
    }

    /// The body was read strictly when it was made; of what the receipt has to be for nothing may lack.
    fn pay_again(&mut self, body: Vec<u8>) -> Result<Phase> {
        let stored = Json::parse(&body)?;
        let paying = Paying {
            payee: read_party(&stored, "payee")?,
            amount: read_amount_in(&stored, "amount", |code| self.facts().currency(code))?,
            reference: stored.optional_text("reference")?.map(str::to_owned),
        };
        self.pay(body, paying);
        Ok(Phase::Pay)
    }

    /// The request is made, once for all tries.
    fn pay(&mut self, body: Vec<u8>, paying: Paying) {
        let key = self.idempotency_key.to_field_value();
        let post = self.exchange.platform().post("/v1/payments", body);
        self.exchange.send(post.with_field("idempotency-key", key));
        self.paying = Some(paying);
    }

    /// Reads what the platform says of the payment that it has taken.
    fn believe(&mut self, answer: &HttpResponse, now: u64) -> Result<Phase> {
        self.exchange.carried_out();
        if answer.status == 202 {
            return Ok(Phase::Done(Outcome::Pending));
        }
        let token = answer.json()?.text("receipt").map(str::to_owned);
        let token = token.map_err(|error| error.with_code(ErrorCode::PlatformAnswerInvalid))?;
        if now < self.facts().keys_until {
            self.settle(token)
        } else {
            Ok(self.ask_for_keys(token))
        }
    }

    fn ask_for_keys(&mut self, token: String) -> Phase {
        self.keys_are_fresh = true;
        let request = self.exchange.platform().get("/.well-known/jwks.json");
        self.exchange.look_up(request);
        Phase::Keys(token)
    }

    fn believe_with(&mut self, answer: &HttpResponse, token: String, now: u64) -> Result<Phase> {
        let keys = KeySet::parse(&answer.body)?;
        let facts = self.exchange.facts_mut();
        facts.keys = Some(Arc::new(keys));
        facts.keys_until = now.wrapping_add(KEYS_LIFETIME);
        self.settle(token)
    }

    /// Believes the receipt or not. A key that is not in an older key set may be a new one: the set is
    /// asked for once more.
    fn settle(&mut self, token: String) -> Result<Phase> {
        let PlatformFacts { settings: Some(settings), keys: Some(keys), .. } = self.facts() else {
            return Err(ErrorCode::ReceiptKeyUnknown.into());
        };
        let paying = self.paying.as_ref().ok_or(ErrorCode::Internal)?;
        let expected = Expected {
            issuer: settings.issuer(),
            payee: &paying.payee,
            amount: &paying.amount,
            reference: paying.reference.as_deref(),
            request_digest: Some(&content_digest(self.exchange.body())),
            payment: None,
        };
        match proven(&token, keys, &expected) {
            Err(error) if error.code() == ErrorCode::ReceiptKeyUnknown && !self.keys_are_fresh => {
                Ok(self.ask_for_keys(token))
            }
            proof => proof.map(|paid| Phase::Done(Outcome::Paid(Box::new(paid)))),
        }
    }
}

fn refused(error: Error) -> Phase {
    Phase::Done(Outcome::Refused(error))
}

fn unknown(error: Error) -> Phase {
    Phase::Done(not_known(error))
}
