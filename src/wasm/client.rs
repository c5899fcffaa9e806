//! The course of a payment, for a driver in TypeScript.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::error::write_error;
use super::message::{read_answer, write_request};
use super::receipt::write_receipt;
use super::request::read_intent;
use super::value::invalid;
use crate::amount::{Amount, Currency, decimal_text};
use crate::canonical::{JsonObject, write_amount};
use crate::client::{
    CurrencySettings, Outcome, Payee, Payment, PlatformFacts, Settings, Step, payee_request,
    settings_request,
};
use crate::request::{Handle, IdempotencyKey};
use crate::transport::Platform;

/// What is known of a platform, kept between payments.
#[wasm_bindgen(js_name = WasmPlatform)]
pub struct WasmPlatform {
    platform: Platform,
    facts: PlatformFacts,
}

#[wasm_bindgen(js_class = WasmPlatform)]
impl WasmPlatform {
    /// A platform by its public origin.
    #[wasm_bindgen(constructor)]
    pub fn new(url: &str) -> Result<WasmPlatform, JsValue> {
        Ok(Self { platform: Platform::parse(url)?, facts: PlatformFacts::default() })
    }

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

    /// Reads the settings and keeps them for the payments to come.
    #[wasm_bindgen(js_name = settingsAnswered)]
    pub fn settings_answered(
        &mut self,
        status: u16,
        fields: Vec<String>,
        body: Vec<u8>,
    ) -> Result<String, JsValue> {
        let answer = read_answer(status, fields, body)?;
        let settings = Settings::read(&answer, &self.platform)?;
        let written = write_settings(&settings);
        self.facts.settings = Some(Arc::new(settings));
        Ok(written)
    }

    /// The request for the holder of a handle.
    #[wasm_bindgen(js_name = payeeRequest)]
    pub fn payee_request(&self, handle: &str) -> Result<String, JsValue> {
        Ok(write_request(&payee_request(&self.platform, &Handle::parse(handle)?)))
    }

    /// Reads who holds a handle.
    #[wasm_bindgen(js_name = payeeAnswered)]
    pub fn payee_answered(
        &self,
        handle: &str,
        status: u16,
        fields: Vec<String>,
        body: Vec<u8>,
    ) -> Result<String, JsValue> {
        let answer = read_answer(status, fields, body)?;
        let payee = Payee::read(&answer, &Handle::parse(handle)?)?;
        Ok(JsonObject::new()
            .text("handle", payee.party.handle().as_str())
            .text("account", payee.party.account().as_str())
            .text("name", &payee.name)
            .text("kind", payee.kind.as_str())
            .end())
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
    ) -> Result<WasmPayment, JsValue> {
        let settings = self.facts.settings.as_ref();
        let currency = match settings.and_then(|settings| settings.currency(currency)) {
            Some(own) => own,
            None => Currency::parse(currency)?,
        };
        let intent = read_intent(to, Amount::parse_in(amount, currency)?, reference, note)?;
        let idempotency_key = IdempotencyKey::parse(idempotency_key)?;
        let (platform, facts) = (self.platform.clone(), self.facts.clone());
        Ok(WasmPayment(Payment::new(platform, intent, idempotency_key, key_id, facts)))
    }

    /// Keeps what a payment learned.
    pub fn learn(&mut self, payment: &WasmPayment) {
        self.facts = payment.0.facts().clone();
    }
}

/// A payment on its way.
#[wasm_bindgen(js_name = WasmPayment)]
pub struct WasmPayment(Payment);

#[wasm_bindgen(js_class = WasmPayment)]
impl WasmPayment {
    /// What to do next: `{ send }`, `{ sign }`, or how it ended: `{ paid }`, `{ refused }`, `{ unknown }`.
    pub fn next(&mut self, now: f64, nonce: &str) -> String {
        let mut next = JsonObject::new();
        match self.0.next(now as u64, nonce) {
            Step::Send(request) => next.json("send", &write_request(request)),
            Step::Sign(base) => next.text("sign", base),
            Step::Done(Outcome::Paid(paid)) => {
                next.json("paid", &write_receipt(&paid.receipt, &paid.token))
            }
            Step::Done(Outcome::Refused(error)) => next.json("refused", &write_error(&error)),
            Step::Done(Outcome::Unknown(error)) => next.json("unknown", &write_error(&error)),
        };
        next.end()
    }

    /// The signature that was asked for. Anything but 64 bytes ends the payment before it is sent.
    pub fn signed(&mut self, signature: Option<Vec<u8>>) {
        match signature.and_then(|signature| signature.try_into().ok()) {
            Some(signature) => self.0.signed(&signature),
            None => self.0.not_signed(invalid("signature")),
        }
    }

    /// What came back.
    pub fn answered(&mut self, status: u16, fields: Vec<String>, body: Vec<u8>, now: f64) {
        self.0.answered(read_answer(status, fields, body), now as u64);
    }
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
    let currencies: Vec<String> = settings.currencies().iter().map(currency).collect();
    JsonObject::new()
        .text("environment", settings.environment())
        .text("issuer", settings.issuer())
        .json("currencies", &["[", &currencies.join(","), "]"].concat())
        .end()
}
