//! What a platform says about itself: `GET /.well-known/xp2p`.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::amount::{Amount, Currency};
use crate::canonical::{HttpRequest, Json};
use crate::error::{Error, ErrorCode, Result};
use crate::transport::{HttpResponse, Platform, invalid_answer};

/// The request for a platform's settings.
pub fn settings_request(platform: &Platform) -> HttpRequest {
    platform.get("/.well-known/xp2p")
}

/// A platform's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    environment: String,
    issuer: String,
    currencies: Vec<CurrencySettings>,
    now: u64,
}

/// What a platform takes in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurrencySettings {
    /// The least amount of one payment.
    pub minimum: Amount,
    /// The most of one payment.
    pub maximum: Amount,
}

impl Settings {
    /// Reads the answer to [`settings_request`].
    ///
    /// Currencies that this version does not know are passed over.
    ///
    /// # Errors
    ///
    /// The platform's refusal; `platform_answer_invalid` at the member that is not what the contract
    /// gives. An issuer must lie on the platform's own origin, so that no platform can speak for
    /// another, and its path must be the environment.
    pub fn read(response: &HttpResponse, platform: &Platform) -> Result<Self> {
        let settings = response.json()?;
        let invalid = |name: &'static str| move |_: Error| invalid_answer().at(name);
        let text = |name: &'static str| {
            let text = settings.required(name).and_then(|value| value.text(name));
            text.map(ToString::to_string).map_err(invalid(name))
        };
        let environment = text("environment")?;
        let issuer = text("issuer")?;
        if issuer != [platform.origin(), "/", &environment].concat() {
            return Err(invalid_answer().at("issuer"));
        }
        let now = settings.required("now").and_then(|now| now.integer("now"));
        let Some(Json::Array(listed)) = settings.member("currencies") else {
            return Err(invalid_answer().at("currencies"));
        };
        let mut currencies = Vec::with_capacity(listed.len());
        for entry in listed {
            currencies.extend(CurrencySettings::read(entry).map_err(invalid("currencies"))?);
        }
        Ok(Self { environment, issuer, currencies, now: now.map_err(invalid("now"))? })
    }

    /// The environment, such as `sandbox`.
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// The issuer of the platform's receipts.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The platform's clock when it answered, in Unix seconds.
    pub const fn now(&self) -> u64 {
        self.now
    }

    /// What the platform takes, currency by currency.
    pub fn currencies(&self) -> &[CurrencySettings] {
        &self.currencies
    }

    /// Refuses an amount that the platform would refuse, before anything is sent.
    ///
    /// # Errors
    ///
    /// `currency_unsupported` at `currency`, `amount_under_minimum` and `amount_over_maximum` at
    /// `amount`.
    pub fn check(&self, amount: &Amount) -> Result<()> {
        let offered = |entry: &&CurrencySettings| entry.minimum.currency() == amount.currency();
        match self.currencies.iter().find(offered) {
            Some(limits) => amount.check_limits(&limits.minimum, &limits.maximum),
            None => Err(Error::new(ErrorCode::CurrencyUnsupported).at("currency")),
        }
    }
}

impl CurrencySettings {
    fn read(entry: &Json) -> Result<Option<Self>> {
        let code = entry.required("code")?.text("code")?;
        let Ok(currency) = Currency::parse(code) else {
            return Ok(None);
        };
        if entry.required("exponent")?.integer("exponent")? != u64::from(currency.exponent()) {
            return Err(invalid_answer());
        }
        let limit = |name| Amount::parse(entry.required(name)?.text(name)?, code);
        Ok(Some(Self { minimum: limit("minimum")?, maximum: limit("maximum")? }))
    }
}
