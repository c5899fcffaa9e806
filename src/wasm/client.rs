//! The course of a payment, for a driver in TypeScript.

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::amount::AmountObject;
use super::message::{MessageObject, read_answer};
use super::receipt::ReceiptObject;
use super::request::read_intent;
use super::value::{invalid, to_js};
use crate::client::{
    Outcome, Payee, Payment, PlatformFacts, Settings, Step, payee_request, settings_request,
};
use crate::request::{Handle, IdempotencyKey};
use crate::transport::Platform;

/// What to do next, told apart by which member is there.
#[derive(Default, Serialize)]
struct StepObject {
    send: Option<MessageObject>,
    sign: Option<String>,
    done: Option<OutcomeObject>,
}

#[derive(Serialize)]
struct OutcomeObject {
    status: &'static str,
    receipt: Option<ReceiptObject>,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    error: JsValue,
}

impl From<Outcome> for OutcomeObject {
    fn from(outcome: Outcome) -> Self {
        let (status, receipt, error) = match outcome {
            Outcome::Paid(paid) => {
                ("paid", Some(ReceiptObject::new(&paid.receipt, &paid.token)), None)
            }
            Outcome::Refused(error) => ("refused", None, Some(error)),
            Outcome::Unknown(error) => ("unknown", None, Some(error)),
        };
        Self { status, receipt, error: error.map_or(JsValue::UNDEFINED, JsValue::from) }
    }
}

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
    pub fn new(url: &str) -> std::result::Result<WasmPlatform, JsValue> {
        Ok(Self { platform: Platform::parse(url)?, facts: PlatformFacts::default() })
    }

    /// The origin in the form in which it is signed.
    #[wasm_bindgen(getter)]
    pub fn origin(&self) -> String {
        self.platform.origin().into()
    }

    /// The request for the platform's settings.
    #[wasm_bindgen(js_name = settingsRequest)]
    pub fn settings_request(&self) -> std::result::Result<JsValue, JsValue> {
        to_js(&MessageObject::from(settings_request(&self.platform)))
    }

    /// Reads the settings and keeps them for the payments to come.
    #[wasm_bindgen(js_name = settingsAnswered)]
    pub fn settings_answered(
        &mut self,
        status: u16,
        fields: Vec<String>,
        body: Vec<u8>,
    ) -> std::result::Result<JsValue, JsValue> {
        let answer = read_answer(status, fields, body)?;
        let settings = Settings::read(&answer, &self.platform)?;
        let object = to_js(&SettingsObject::from(&settings));
        self.facts.settings = Some(settings);
        object
    }

    /// The request for the holder of a handle.
    #[wasm_bindgen(js_name = payeeRequest)]
    pub fn payee_request(&self, handle: &str) -> std::result::Result<JsValue, JsValue> {
        to_js(&MessageObject::from(payee_request(&self.platform, &Handle::parse(handle)?)))
    }

    /// Reads who holds a handle.
    #[wasm_bindgen(js_name = payeeAnswered)]
    pub fn payee_answered(
        &self,
        handle: &str,
        status: u16,
        fields: Vec<String>,
        body: Vec<u8>,
    ) -> std::result::Result<JsValue, JsValue> {
        let answer = read_answer(status, fields, body)?;
        let payee = Payee::read(&answer, &Handle::parse(handle)?)?;
        to_js(&PayeeObject {
            handle: payee.party.handle().as_str().into(),
            account: payee.party.account().as_str().into(),
            kind: payee.kind.as_str(),
            name: payee.name,
        })
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
    ) -> std::result::Result<WasmPayment, JsValue> {
        let intent = read_intent(to, amount, currency, reference, note)?;
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
    /// What to do next: `{ send }`, `{ sign }` or `{ done }`.
    pub fn next(&mut self, now: f64, nonce: &str) -> std::result::Result<JsValue, JsValue> {
        let mut next = StepObject::default();
        match self.0.next(now as u64, nonce) {
            Step::Send(request) => next.send = Some(request.into()),
            Step::Sign(base) => next.sign = Some(base),
            Step::Done(outcome) => next.done = Some(outcome.into()),
        }
        to_js(&next)
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

#[derive(Serialize)]
struct PayeeObject {
    handle: String,
    account: String,
    name: String,
    kind: &'static str,
}

#[derive(Serialize)]
struct SettingsObject {
    environment: String,
    issuer: String,
    currencies: Vec<CurrencyObject>,
}

#[derive(Serialize)]
struct CurrencyObject {
    code: &'static str,
    exponent: u32,
    minimum: AmountObject,
    maximum: AmountObject,
}

impl From<&Settings> for SettingsObject {
    fn from(settings: &Settings) -> Self {
        let currency = |limits: &crate::client::CurrencySettings| CurrencyObject {
            code: limits.minimum.currency().code(),
            exponent: limits.minimum.currency().exponent(),
            minimum: (&limits.minimum).into(),
            maximum: (&limits.maximum).into(),
        };
        Self {
            environment: settings.environment().into(),
            issuer: settings.issuer().into(),
            currencies: settings.currencies().iter().map(currency).collect(),
        }
    }
}
