//! What a Rust program in a page does without the npm package: it drives a payment itself and sends
//! with `transport::fetch`. `tests/js/fetch.test.mjs` runs it.
#![cfg(target_arch = "wasm32")]
#![forbid(unsafe_code)]

mod wycheproof;

use wasm_bindgen::prelude::wasm_bindgen;
use xp2p::client::{Outcome, Payment, PlatformFacts, Step};
use xp2p::signature::SigningKey;
use xp2p::transport::{Platform, fetch};
use xp2p::{Amount, Error, ErrorCode, IdempotencyKey, PaymentIntent};

/// Pays 12.50 EUR to `@lutece` and says how that ended: the payment's id, or a code. `nonces` are two
/// texts that were never used before. It is one try, for nobody here waits.
#[wasm_bindgen]
pub async fn pay(platform: &str, seed: &[u8], nonces: Vec<String>) -> String {
    let ended = try_to_pay(platform, seed, &nonces).await;
    ended.unwrap_or_else(|error| error.code().as_str().to_owned())
}

/// Judges the signatures of Wycheproof, and says how many of each kind, or which one went wrong.
#[wasm_bindgen]
pub fn judge_wycheproof() -> Result<String, String> {
    wycheproof::judge().map(|counts| format!("{counts:?}"))
}

async fn try_to_pay(platform: &str, seed: &[u8], nonces: &[String]) -> Result<String, Error> {
    let key = SigningKey::from_seed(seed.try_into().expect("32 bytes"));
    let mut payment = Payment::new(
        Platform::parse(platform)?,
        PaymentIntent::new("@lutece", Amount::parse("12.50", "EUR")?)?,
        IdempotencyKey::parse(&nonces[0])?,
        &key.public_key().key_id(),
        PlatformFacts::default(),
    );
    loop {
        let now = (js_sys::Date::now() / 1000.0) as u64;
        match payment.next(now, &nonces[1]) {
            Step::Send(request) => {
                let answer = fetch(request).await;
                payment.answered(answer, now, 0);
            }
            Step::Sign(base) => {
                let signature = key.sign(base.as_bytes());
                payment.signed(&signature);
            }
            Step::Store(_) => payment.stored(),
            Step::Wait(_) => payment.stop(ErrorCode::PlatformUnreachable.into()),
            Step::Done(Outcome::Paid(paid)) => return Ok(paid.receipt.payment.clone()),
            Step::Done(Outcome::Refused(error) | Outcome::Unknown(error)) => {
                return Err(error.clone());
            }
            Step::Done(Outcome::Pending) => return Err(ErrorCode::Aborted.into()),
        }
    }
}
