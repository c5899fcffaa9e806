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
use crate::canonical::{HttpRequest, JsonObject, write_amount};
use crate::client::{
    CurrencySettings, Outcome, Payee, Payment, PlatformFacts, Settings, Step, payee_request,
    settings_request,
};
use crate::request::{Handle, IdempotencyKey};
use crate::signature::{MAX_LIFETIME, Prepared, SignatureParameters, prepare};
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
        let amount = Amount::parse_in(amount, self.currency(currency)?)?;
        let intent = read_intent(to, amount, reference, note)?;
        let idempotency_key = IdempotencyKey::parse(idempotency_key)?;
        let (platform, facts) = (self.platform.clone(), self.facts.clone());
        Ok(WasmPayment(Payment::new(platform, intent, idempotency_key, key_id, facts)))
    }

    /// An amount in its one form, with the decimals that the platform gives its currency.
    pub fn amount(&self, value: &str, currency: &str) -> Result<String, JsValue> {
        Ok(Amount::parse_in(value, self.currency(currency)?)?.value())
    }

    /// Makes any request of the contract, to be signed by the key with this id.
    #[allow(clippy::too_many_arguments)]
    pub fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
        idempotency_key: Option<String>,
        key_id: &str,
        now: f64,
        nonce: &str,
    ) -> Result<WasmRequest, JsValue> {
        let settings = self.facts.settings.as_ref().ok_or_else(|| invalid("platform"))?;
        let mut request = HttpRequest::new(method, [self.platform.origin(), path].concat());
        if let Some(body) = body {
            request = request.with_json(body);
        }
        if let Some(key) = idempotency_key {
            let key = IdempotencyKey::parse(&key)?;
            request = request.with_field("idempotency-key", key.to_field_value());
        }
        let created = (now as u64).saturating_add_signed(self.facts.clock_offset);
        let expires = created.saturating_add(MAX_LIFETIME);
        let parameters = SignatureParameters::new(settings.environment(), created, expires, nonce)?;
        Ok(WasmRequest(prepare(&request, key_id, &parameters)?, request))
    }

    /// Takes the platform's clock, after it has refused a signature for its time.
    #[wasm_bindgen(js_name = takeClock)]
    pub fn take_clock(&mut self, now: f64) {
        if let Some(settings) = &self.facts.settings {
            self.facts.clock_offset =
                settings.now().cast_signed().saturating_sub((now as u64).cast_signed());
        }
    }

    /// Refuses an answer that is no success of the contract.
    pub fn answered(&self, status: u16, fields: Vec<String>, body: Vec<u8>) -> Result<(), JsValue> {
        Ok(read_answer(status, fields, body)?.json().map(drop)?)
    }

    /// Keeps what a payment learned.
    pub fn learn(&mut self, payment: &WasmPayment) {
        self.facts = payment.0.facts().clone();
    }
}

impl WasmPlatform {
    fn currency(&self, code: &str) -> crate::error::Result<Currency> {
        let settings = self.facts.settings.as_ref();
        settings
            .and_then(|settings| settings.currency(code))
            .map_or_else(|| Currency::parse(code), Ok)
    }
}

/// A request that waits for its signature.
#[wasm_bindgen(js_name = WasmRequest)]
pub struct WasmRequest(Prepared, HttpRequest);

#[wasm_bindgen(js_class = WasmRequest)]
impl WasmRequest {
    /// The text to sign.
    pub fn base(&self) -> String {
        self.0.base().into()
    }

    /// The request with its signature, for TypeScript to send.
    pub fn signed(self, signature: Vec<u8>) -> Result<String, JsValue> {
        let signature = signature.try_into().map_err(|_| invalid("signature"))?;
        Ok(write_request(&self.0.finish(&signature).apply_to(self.1)))
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
        .text("walletUrl", &[settings.wallet_origin(), "/"].concat())
        .json("currencies", &["[", &currencies.join(","), "]"].concat())
        .end()
}
