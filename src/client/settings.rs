//! What a platform says about itself: `GET /.well-known/xp2p`.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::amount::{Amount, Currency};
use crate::canonical::{HttpRequest, Json};
use crate::error::{ErrorCode, Result};
use crate::transport::{HttpResponse, Platform};

/// The request for a platform's settings.
pub fn settings_request(platform: &Platform) -> HttpRequest {
    platform.get("/.well-known/xp2p")
}

/// A platform's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    environment: String,
    issuer: String,
    wallet: Platform,
    currencies: Vec<CurrencySettings>,
    now: u64,
}

/// What a platform takes in one currency, which has the platform's own decimals: they win over those
/// of ISO 4217.
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
        Self::from_json(&settings, platform)
            .map_err(|error| error.with_code(ErrorCode::PlatformAnswerInvalid))
    }

    fn from_json(settings: &Json, platform: &Platform) -> Result<Self> {
        let environment = settings.text("environment")?.to_owned();
        let issuer = settings.text("issuer")?.to_owned();
        if issuer != [platform.origin(), "/", &environment].concat() {
            return Err(ErrorCode::PlatformAnswerInvalid.at("issuer"));
        }
        let mut currencies = Vec::new();
        for entry in settings.array("currencies")? {
            let read = CurrencySettings::from_json(entry);
            currencies.extend(read.map_err(|error| error.within("currencies"))?);
        }
        // The root of an origin, as the platform's own address is.
        let wallet = settings.text("wallet_url").and_then(Platform::parse);
        let wallet = wallet.map_err(|_| ErrorCode::PlatformAnswerInvalid.at("wallet_url"))?;
        Ok(Self { environment, issuer, wallet, currencies, now: settings.integer("now")? })
    }

    /// The environment, such as `sandbox`.
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// The issuer of the platform's receipts.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The origin of the wallet, where payers decide.
    pub fn wallet_origin(&self) -> &str {
        self.wallet.origin()
    }

    /// The platform's clock when it answered, in Unix seconds.
    pub const fn now(&self) -> u64 {
        self.now
    }

    /// What the platform takes, currency by currency.
    pub fn currencies(&self) -> &[CurrencySettings] {
        &self.currencies
    }

    /// A currency with the platform's own decimals, if the platform takes it.
    pub fn currency(&self, code: &str) -> Option<Currency> {
        self.taken(code).map(|taken| taken.minimum.currency())
    }

    /// Refuses an amount that the platform would refuse, before anything is sent.
    ///
    /// # Errors
    ///
    /// `currency_unsupported` at `currency`, `amount_under_minimum` and `amount_over_maximum` at
    /// `amount`; `currency_mismatch` at `currency` where the amount has other decimals than the
    /// platform's.
    pub fn check(&self, amount: &Amount) -> Result<()> {
        match self.taken(amount.currency().code()) {
            Some(taken) => amount.check_limits(&taken.minimum, &taken.maximum),
            None => Err(ErrorCode::CurrencyUnsupported.at("currency")),
        }
    }

    fn taken(&self, code: &str) -> Option<&CurrencySettings> {
        self.currencies.iter().find(|entry| entry.minimum.currency().code() == code)
    }
}

impl CurrencySettings {
    fn from_json(entry: &Json) -> Result<Option<Self>> {
        let code = entry.text("code")?;
        let Ok(currency) = Currency::parse(code) else {
            return Ok(None);
        };
        let exponent = u32::try_from(entry.integer("exponent")?).unwrap_or(u32::MAX);
        let currency = currency.with_exponent(exponent)?;
        let limit = |name| Amount::parse_in(entry.text(name)?, currency);
        Ok(Some(Self { minimum: limit("minimum")?, maximum: limit("maximum")? }))
    }
}
