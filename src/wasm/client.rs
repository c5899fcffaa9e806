//! Exchanges and payments, for a driver in TypeScript.

use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::wasm_bindgen;

use super::error::{text_or_refusal, write_error};
use super::message::{read_answer, write_request};
use super::receipt::write_receipt;
use super::value::invalid;
use crate::amount::{Amount, decimal_text};
use crate::canonical::{JsonObject, write_amount};
use crate::client::{
    CurrencySettings, Exchange, Outcome, Payee, Payment, PlatformFacts, Reply, Settings, Step,
    payee_request,
};
use crate::error::{Error, ErrorCode, Result};
use crate::request::{Handle, IdempotencyKey, PaymentIntent};
use crate::transport::Platform;

/// What is known of a platform, kept between exchanges.
#[wasm_bindgen(js_name = WasmPlatform)]
pub struct WasmPlatform {
    platform: Platform,
    facts: PlatformFacts,
}

/// A platform by its public origin, or nothing for what is none.
#[wasm_bindgen(js_name = openPlatform)]
pub fn open_platform(url: &str) -> Option<WasmPlatform> {
    let platform = Platform::parse(url).ok()?;
    Some(WasmPlatform { platform, facts: PlatformFacts::default() })
}

#[wasm_bindgen(js_class = WasmPlatform)]
impl WasmPlatform {
    /// The origin in the form in which it is signed.
    #[wasm_bindgen(getter)]
    pub fn origin(&self) -> String {
        self.platform.origin().into()
    }

    /// Asks for the platform's settings, without what is known of them so far.
    pub fn settings(&self) -> WasmExchange {
        let exchange = Exchange::idle(self.platform.clone(), "", PlatformFacts::default());
        WasmExchange(Course::Exchange(exchange.until(0), Reading::Settings))
    }

    /// Asks who holds a handle.
    pub fn payee(&self, handle: &str, deadline: f64) -> WasmExchange {
        WasmExchange(match Handle::parse(handle) {
            Ok(handle) => {
                let mut exchange = self.idle("", 0.0, deadline);
                exchange.look_up(payee_request(&self.platform, &handle));
                Course::Exchange(exchange, Reading::Payee(handle))
            }
            Err(error) => Course::Invalid(error),
        })
    }

    /// An amount in its one form, with the decimals that the platform gives its currency.
    pub fn amount(&self, value: &str, currency: &str) -> String {
        text_or_refusal(self.read_amount(value, currency).map(|amount| amount.value()))
    }

    /// Starts an exchange, a `POST` where there is an idempotency key. `begun_at` is when somebody began
    /// the same one before, or 0. Without a key's id nothing is signed.
    pub fn exchange(
        &self,
        path: &str,
        body: Option<String>,
        idempotency_key: Option<String>,
        key_id: &str,
        begun_at: f64,
        deadline: f64,
    ) -> WasmExchange {
        let mut request = self.platform.get(path);
        if let Some(key) = idempotency_key {
            request.method = "POST".into();
            match IdempotencyKey::parse(&key) {
                Ok(key) => {
                    request = request.with_field("idempotency-key", key.to_field_value());
                }
                Err(error) => return WasmExchange(Course::Invalid(error)),
            }
        }
        if let Some(body) = body {
            request = request.with_json(body.into_bytes());
        }
        let exchange = self.idle(key_id, begun_at, deadline);
        WasmExchange(Course::Exchange(exchange.sending(request), Reading::Json))
    }

    /// Starts a payment with what is known so far.
    #[allow(clippy::too_many_arguments)]
    pub fn pay(
        &self,
        to: &str,
        amount: &str,
        currency: &str,
        reference: Option<String>,
        note: Option<String>,
        idempotency_key: &str,
        key_id: &str,
        deadline: f64,
    ) -> WasmExchange {
        let intent = self.read_amount(amount, currency).and_then(|amount| {
            PaymentIntent::of(to, amount, reference.as_deref(), note.as_deref())
        });
        let key = IdempotencyKey::parse(idempotency_key);
        let exchange = self.idle(key_id, 0.0, deadline);
        WasmExchange(match (intent, key) {
            (Ok(intent), Ok(key)) => Course::Payment(Payment::through(exchange, intent, key)),
            (Err(error), _) | (_, Err(error)) => Course::Invalid(error),
        })
    }

    /// Takes a payment up again that was begun with this body.
    pub fn resume(
        &self,
        body: String,
        idempotency_key: &str,
        key_id: &str,
        begun_at: f64,
        deadline: f64,
    ) -> WasmExchange {
        let exchange = self.idle(key_id, begun_at, deadline);
        WasmExchange(match IdempotencyKey::parse(idempotency_key) {
            Ok(key) => Course::Payment(Payment::again(exchange, body.into_bytes(), key)),
            Err(error) => Course::Invalid(error),
        })
    }

    /// Keeps what an exchange learned.
    pub fn learn(&mut self, exchange: &WasmExchange) {
        self.facts = match &exchange.0 {
            Course::Exchange(exchange, _) => exchange.facts().clone(),
            Course::Payment(payment) => payment.facts().clone(),
            Course::Invalid(_) => return,
        };
    }
}

impl WasmPlatform {
    /// An exchange that has nothing to send yet.
    #[inline(never)]
    fn idle(&self, key_id: &str, begun_at: f64, deadline: f64) -> Exchange {
        let (platform, facts) = (self.platform.clone(), self.facts.clone());
        let exchange = Exchange::idle(platform, key_id, facts).until(deadline as u64);
        if begun_at > 0.0 { exchange.begun(begun_at as u64) } else { exchange }
    }

    fn read_amount(&self, value: &str, currency: &str) -> Result<Amount> {
        Amount::parse_in(value, self.facts.currency(currency)?)
    }
}

/// An exchange or a payment on its way.
#[wasm_bindgen(js_name = WasmExchange)]
pub struct WasmExchange(Course);

enum Course {
    Exchange(Exchange, Reading),
    Payment(Payment),
    /// The call itself was wrong.
    Invalid(Error),
}

/// What the answer of an exchange is read as.
enum Reading {
    /// Any JSON.
    Json,
    Settings,
    /// The holder of this handle.
    Payee(Handle),
}

#[wasm_bindgen(js_class = WasmExchange)]
impl WasmExchange {
    /// What to do next, or how it ended, as an object with one member: `store`, `sign`, `send`, `wait`;
    /// `answered`, `paid`, `refused`, `pending`, `unknown`; `invalid` where the call itself was wrong.
    pub fn next(&mut self, now: f64, nonce: &str) -> String {
        let now = now as u64;
        match &mut self.0 {
            Course::Exchange(exchange, reading) => match (reading, &exchange.facts().settings) {
                (Reading::Settings, Some(settings)) => {
                    JsonObject::new().json("answered", &write_settings(settings)).end()
                }
                (Reading::Payee(handle), _) => match exchange.next(now, nonce) {
                    Step::Done(Reply::Answered(answer)) => write_payee(Payee::read(answer, handle)),
                    step => write_step(step, write_reply),
                },
                _ => write_step(exchange.next(now, nonce), write_reply),
            },
            Course::Payment(payment) => write_step(payment.next(now, nonce), write_outcome),
            Course::Invalid(error) => JsonObject::new().json("invalid", &write_error(error)).end(),
        }
    }

    /// The signature that was asked for. Anything but 64 bytes ends this before it is sent.
    pub fn signed(&mut self, signature: &[u8]) {
        match (&mut self.0, signature.try_into()) {
            (Course::Exchange(exchange, _), Ok(signature)) => exchange.signed(signature),
            (Course::Payment(payment), Ok(signature)) => payment.signed(signature),
            (Course::Exchange(exchange, _), Err(_)) => exchange.not_signed(invalid("signature")),
            (Course::Payment(payment), Err(_)) => payment.not_signed(invalid("signature")),
            (Course::Invalid(_), _) => {}
        }
    }

    /// The body is kept, or the pause is over: whichever was asked for.
    pub fn done(&mut self) {
        match &mut self.0 {
            Course::Exchange(exchange, _) => exchange.waited(),
            Course::Payment(payment) => {
                payment.stored();
                payment.waited();
            }
            Course::Invalid(_) => {}
        }
    }

    /// Nobody waits any longer.
    pub fn stop(&mut self) {
        match &mut self.0 {
            Course::Exchange(exchange, _) => exchange.stop(ErrorCode::Aborted.into()),
            Course::Payment(payment) => payment.stop(ErrorCode::Aborted.into()),
            Course::Invalid(_) => {}
        }
    }

    /// What came back. `random` is from 0 to 1, without 1.
    pub fn answered(&mut self, status: u16, fields: &str, body: Vec<u8>, now: f64, random: f64) {
        let answer = read_answer(status, fields, body);
        let (now, random) = (now as u64, (random * 4_294_967_296.0) as u32);
        match &mut self.0 {
            Course::Exchange(exchange, _) => exchange.answered(answer, now, random),
            Course::Payment(payment) => payment.answered(answer, now, random),
            Course::Invalid(_) => {}
        }
    }
}

fn write_step<End>(step: Step<End>, write_end: fn(&mut JsonObject, &End)) -> String {
    let mut next = JsonObject::new();
    match step {
        Step::Store(body) => {
            next.text("store", core::str::from_utf8(body).unwrap_or_default());
        }
        Step::Sign(base) => {
            next.text("sign", base);
        }
        Step::Send(request) => {
            next.json("send", &write_request(request));
        }
        Step::Wait(milliseconds) => {
            next.json("wait", &decimal_text(milliseconds.into(), 0));
        }
        Step::Done(end) => write_end(&mut next, end),
    }
    next.end()
}

fn write_reply(next: &mut JsonObject, reply: &Reply) {
    match reply {
        // It was read as JSON, so it is text.
        Reply::Answered(answer) => {
            next.json("answered", core::str::from_utf8(&answer.body).unwrap_or("null"))
        }
        Reply::Refused(error) => next.json("refused", &write_error(error)),
        Reply::Unknown(error) => next.json("unknown", &write_error(error)),
    };
}

fn write_outcome(next: &mut JsonObject, outcome: &Outcome) {
    match outcome {
        Outcome::Paid(paid) => next.json("paid", &write_receipt(&paid.receipt, &paid.token)),
        Outcome::Refused(error) => next.json("refused", &write_error(error)),
        Outcome::Pending => next.json("pending", "true"),
        Outcome::Unknown(error) => next.json("unknown", &write_error(error)),
    };
}

fn write_payee(payee: Result<Payee>) -> String {
    let mut next = JsonObject::new();
    match payee {
        Ok(payee) => {
            let written = JsonObject::new()
                .text("handle", payee.party.handle().as_str())
                .text("account", payee.party.account().as_str())
                .text("name", &payee.name)
                .text("kind", payee.kind.as_str())
                .end();
            next.json("answered", &written)
        }
        Err(error) => next.json("refused", &write_error(&error)),
    };
    next.end()
}

fn write_settings(settings: &Settings) -> String {
    let currency = |limits: &CurrencySettings| {
        let currency = limits.minimum.currency();
        JsonObject::new()
            .text("code", currency.code())
            .json("exponent", &decimal_text(currency.exponent().into(), 0))
            .json("minimum", &write_amount(&limits.minimum))
            .json("maximum", &write_amount(&limits.maximum))
            .end()
    };
    let mut currencies = String::from("[");
    for limits in settings.currencies() {
        if currencies.len() > 1 {
            currencies.push(',');
        }
        currencies.push_str(&currency(limits));
    }
    currencies.push(']');
    JsonObject::new()
        .text("environment", settings.environment())
        .text("issuer", settings.issuer())
        .text("walletUrl", &[settings.wallet_origin(), "/"].concat())
        .json("currencies", &currencies)
        .end()
}
