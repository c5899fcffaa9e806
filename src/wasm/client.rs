//! Exchanges and payments, for a driver in TypeScript.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use wasm_bindgen::prelude::wasm_bindgen;

use super::error::{text_or_refusal, write_error};
use super::message::{read_answer, write_request};
use super::receipt::write_receipt;
use super::request::read_intent;
use super::value::invalid;
use crate::amount::{Amount, decimal_text};
use crate::canonical::{JsonObject, write_amount};
use crate::client::{
    CurrencySettings, Exchange, Outcome, Payee, Payment, PlatformFacts, Reply, Settings, Step,
    payee_request, settings_request,
};
use crate::error::{Error, ErrorCode, Result};
use crate::request::{Handle, IdempotencyKey};
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

    /// The request for the platform's settings.
    #[wasm_bindgen(js_name = settingsRequest)]
    pub fn settings_request(&self) -> String {
        write_request(&settings_request(&self.platform))
    }

    /// Reads the settings and keeps them for what comes.
    #[wasm_bindgen(js_name = settingsAnswered)]
    pub fn settings_answered(&mut self, status: u16, fields: &str, body: Vec<u8>) -> String {
        text_or_refusal(read_answer(status, fields, body).and_then(|answer| {
            let settings = Settings::read(&answer, &self.platform)?;
            let written = write_settings(&settings);
            self.facts.settings = Some(Arc::new(settings));
            Ok(written)
        }))
    }

    /// The request for the holder of a handle.
    #[wasm_bindgen(js_name = payeeRequest)]
    pub fn payee_request(&self, handle: &str) -> String {
        let handle = Handle::parse(handle);
        text_or_refusal(handle.map(|handle| write_request(&payee_request(&self.platform, &handle))))
    }

    /// Reads who holds a handle.
    #[wasm_bindgen(js_name = payeeAnswered)]
    pub fn payee_answered(&self, handle: &str, status: u16, fields: &str, body: Vec<u8>) -> String {
        text_or_refusal(read_answer(status, fields, body).and_then(|answer| {
            let payee = Payee::read(&answer, &Handle::parse(handle)?)?;
            Ok(JsonObject::new()
                .text("handle", payee.party.handle().as_str())
                .text("account", payee.party.account().as_str())
                .text("name", &payee.name)
                .text("kind", payee.kind.as_str())
                .end())
        }))
    }

    /// An amount in its one form, with the decimals that the platform gives its currency.
    pub fn amount(&self, value: &str, currency: &str) -> String {
        text_or_refusal(self.read_amount(value, currency).map(|amount| amount.value()))
    }

    /// Starts an exchange, a `POST` where there is an idempotency key. `begun_at` is when somebody began
    /// the same one before, or nothing.
    #[allow(clippy::too_many_arguments)]
    pub fn exchange(
        &self,
        path: &str,
        body: Option<String>,
        idempotency_key: Option<String>,
        key_id: &str,
        begun_at: Option<f64>,
        deadline: f64,
    ) -> WasmExchange {
        let start = || {
            let mut request = self.platform.get(path);
            if let Some(key) = idempotency_key {
                request.method = "POST".into();
                let key = IdempotencyKey::parse(&key)?;
                request = request.with_field("idempotency-key", key.to_field_value());
            }
            if let Some(body) = body {
                request = request.with_json(body.into_bytes());
            }
            let (platform, facts) = (self.platform.clone(), self.facts.clone());
            let exchange = Exchange::new(platform, request, key_id, facts).until(deadline as u64);
            Ok(Course::Exchange(match begun_at {
                Some(at) => exchange.begun(at as u64),
                None => exchange,
            }))
        };
        WasmExchange(start().unwrap_or_else(Course::Invalid))
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
        let start = || {
            let intent = read_intent(to, self.read_amount(amount, currency)?, reference, note)?;
            let idempotency_key = IdempotencyKey::parse(idempotency_key)?;
            let (platform, facts) = (self.platform.clone(), self.facts.clone());
            let payment = Payment::new(platform, intent, idempotency_key, key_id, facts);
            Ok(Course::Payment(payment.until(deadline as u64)))
        };
        WasmExchange(start().unwrap_or_else(Course::Invalid))
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
        let start = || {
            let idempotency_key = IdempotencyKey::parse(idempotency_key)?;
            let (platform, facts) = (self.platform.clone(), self.facts.clone());
            let (body, begun_at) = (body.into_bytes(), begun_at as u64);
            let payment = Payment::resume(platform, body, idempotency_key, key_id, begun_at, facts);
            Ok(Course::Payment(payment.until(deadline as u64)))
        };
        WasmExchange(start().unwrap_or_else(Course::Invalid))
    }

    /// Keeps what an exchange learned.
    pub fn learn(&mut self, exchange: &WasmExchange) {
        self.facts = match &exchange.0 {
            Course::Exchange(exchange) => exchange.facts().clone(),
            Course::Payment(payment) => payment.facts().clone(),
            Course::Invalid(_) => return,
        };
    }
}

impl WasmPlatform {
    fn read_amount(&self, value: &str, currency: &str) -> Result<Amount> {
        Amount::parse_in(value, self.facts.currency(currency)?)
    }
}

/// An exchange or a payment on its way.
#[wasm_bindgen(js_name = WasmExchange)]
pub struct WasmExchange(Course);

enum Course {
    Exchange(Exchange),
    Payment(Payment),
    /// The call itself was wrong.
    Invalid(Error),
}

#[wasm_bindgen(js_class = WasmExchange)]
impl WasmExchange {
    /// What to do next, or how it ended, as an object with one member: `store`, `sign`, `send`, `wait`;
    /// `answered`, `paid`, `refused`, `pending`, `unknown`; `invalid` where the call itself was wrong.
    pub fn next(&mut self, now: f64, nonce: &str) -> String {
        let now = now as u64;
        match &mut self.0 {
            Course::Exchange(exchange) => write_step(exchange.next(now, nonce), write_reply),
            Course::Payment(payment) => write_step(payment.next(now, nonce), write_outcome),
            Course::Invalid(error) => JsonObject::new().json("invalid", &write_error(error)).end(),
        }
    }

    /// The body is kept.
    pub fn stored(&mut self) {
        if let Course::Payment(payment) = &mut self.0 {
            payment.stored();
        }
    }

    /// The signature that was asked for. Anything but 64 bytes ends this before it is sent.
    pub fn signed(&mut self, signature: Option<Vec<u8>>) {
        let signature: Option<[u8; 64]> = signature.and_then(|bytes| bytes.try_into().ok());
        match (&mut self.0, signature) {
            (Course::Exchange(exchange), Some(signature)) => exchange.signed(&signature),
            (Course::Payment(payment), Some(signature)) => payment.signed(&signature),
            (Course::Exchange(exchange), None) => exchange.not_signed(invalid("signature")),
            (Course::Payment(payment), None) => payment.not_signed(invalid("signature")),
            (Course::Invalid(_), _) => {}
        }
    }

    /// The pause is over.
    pub fn waited(&mut self) {
        match &mut self.0 {
            Course::Exchange(exchange) => exchange.waited(),
            Course::Payment(payment) => payment.waited(),
            Course::Invalid(_) => {}
        }
    }

    /// Nobody waits any longer.
    pub fn stop(&mut self) {
        match &mut self.0 {
            Course::Exchange(exchange) => exchange.stop(ErrorCode::Aborted.into()),
            Course::Payment(payment) => payment.stop(ErrorCode::Aborted.into()),
            Course::Invalid(_) => {}
        }
    }

    /// What came back. `random` is from 0 to 1, without 1.
    pub fn answered(&mut self, status: u16, fields: &str, body: Vec<u8>, now: f64, random: f64) {
        let answer = read_answer(status, fields, body);
        let (now, random) = (now as u64, (random * 4_294_967_296.0) as u32);
        match &mut self.0 {
            Course::Exchange(exchange) => exchange.answered(answer, now, random),
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
