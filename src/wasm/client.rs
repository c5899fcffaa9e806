//! The course of a payment, for a driver in TypeScript.

use alloc::string::String;

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::message::{MessageObject, read_response};
use super::receipt::ReceiptObject;
use super::request::read_intent;
use super::signature::read_signature;
use super::value::{invalid, to_js};
use crate::client::{Outcome, Payment, PlatformFacts, Step};
use crate::error::{Error, ErrorCode};
use crate::request::IdempotencyKey;
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
    pub fn new(url: &JsValue) -> core::result::Result<WasmPlatform, JsValue> {
        let platform = Platform::parse(&url.as_string().unwrap_or_default())?;
        Ok(Self { platform, facts: PlatformFacts::default() })
    }

    /// The origin in the form in which it is signed.
    #[wasm_bindgen(getter)]
    pub fn origin(&self) -> String {
        self.platform.origin().into()
    }

    /// Starts a payment with what is known so far.
    pub fn pay(
        &self,
        draft: &JsValue,
        idempotency_key: &str,
        key_id: &str,
    ) -> core::result::Result<WasmPayment, JsValue> {
        let intent = read_intent(draft)?;
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
    pub fn next(&mut self, now: f64, nonce: &str) -> core::result::Result<JsValue, JsValue> {
        let mut next = StepObject::default();
        match self.0.next(now as u64, nonce) {
            Step::Send(request) => next.send = Some(request.into()),
            Step::Sign(base) => next.sign = Some(base),
            Step::Done(outcome) => next.done = Some(outcome.into()),
        }
        to_js(&next)
    }

    /// The signature that was asked for. Anything but 64 bytes ends the payment before it is sent.
    pub fn signed(&mut self, signature: &JsValue) {
        match read_signature(signature) {
            Ok(signature) => self.0.signed(&signature),
            Err(error) => self.0.not_signed(error),
        }
    }

    /// What came back, or nothing where no answer came.
    pub fn answered(&mut self, response: &JsValue, now: f64) {
        let answer = if response.is_undefined() || response.is_null() {
            Err(Error::new(ErrorCode::PlatformUnreachable))
        } else {
            read_response(response).map_err(|_| invalid("response"))
        };
        self.0.answered(answer, now as u64);
    }
}
