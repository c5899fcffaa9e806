//! What the operator decides, and what the sandbox offers.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};
use xp2p::{Amount, Currency, Error};

use crate::webhooks::addresses::is_loopback;
use crate::{Clock, Database, Limits, WebhookSettings};

/// Stands in the signature's tag, in the issuer and in the platform's key ids, so that play money and
/// money cannot be mixed.
pub const ENVIRONMENT: &str = "sandbox";

/// What a sandbox is started with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the books are kept.
    pub database: Database,
    /// Where clients reach the sandbox. Signatures cover it.
    pub public_origin: Origin,
    /// The time.
    pub clock: Clock,
    /// What clients may do.
    pub limits: Limits,
    /// Where deliveries may go.
    pub webhooks: WebhookSettings,
    /// The origin of the wallet: another one than the platform's, because whoever runs a script there
    /// has the payers' keys.
    pub wallet_origin: Origin,
}

impl Settings {
    /// The system's time, generous limits, deliveries to public addresses only, and a wallet that is
    /// reached where this platform is.
    pub fn new(database: Database, public_origin: Origin) -> Self {
        Self {
            wallet_origin: public_origin.clone(),
            database,
            public_origin,
            clock: Clock::system(),
            limits: Limits::default(),
            webhooks: WebhookSettings::default(),
        }
    }
}

/// A web origin: scheme, host and port, as clients write it (WHATWG URL, section 4.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// The origin without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether only this machine reaches it.
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => is_loopback(address.into()),
            Some(Host::Ipv6(address)) => is_loopback(address.into()),
            None => false,
        })
    }

    /// The `iss` of every receipt.
    pub(crate) fn issuer(&self) -> String {
        format!("{}/{ENVIRONMENT}", self.0)
    }

    /// The page at the root of this origin.
    pub(crate) fn root(&self) -> String {
        format!("{}/", self.0)
    }

    /// Where a wallet of this origin shows something, such as a `checkout`, to be decided about.
    pub(crate) fn wallet_url(&self, what: &str, id: &str) -> String {
        format!("{}/?{what}={id}", self.0)
    }
}

impl FromStr for Origin {
    type Err = String;

    /// Reads an origin and brings it into the form in which clients sign it: the host in small letters,
    /// no default port.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = || format!("`{text}` is not an origin such as `https://api.example`");
        let url = Url::parse(text).map_err(|_| expected())?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let anonymous = url.username().is_empty() && url.password().is_none();
        if !matches!(url.scheme(), "http" | "https") || !bare || !anonymous {
            return Err(expected());
        }
        Ok(Self(url.origin().ascii_serialization()))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A currency that the sandbox moves, and the least and the most that one payment may move.
pub(crate) struct Offer {
    pub code: &'static str,
    pub exponent: u32,
    pub minimum: &'static str,
    pub maximum: &'static str,
    /// A payer who has a passkey uses it for more than this.
    pub passkey_above: &'static str,
}

/// Currencies with two decimals, with none and with three, so that no client gets by with two; and one
/// that ISO 4217 gives two and this platform none, so that none gets by with ISO 4217.
pub(crate) const OFFERS: [Offer; 5] = [
    Offer {
        code: "EUR",
        exponent: 2,
        minimum: "0.01",
        maximum: "10000.00",
        passkey_above: "100.00",
    },
    Offer {
        code: "USD",
        exponent: 2,
        minimum: "0.01",
        maximum: "10000.00",
        passkey_above: "100.00",
    },
    Offer { code: "JPY", exponent: 0, minimum: "1", maximum: "1000000", passkey_above: "15000" },
    Offer {
        code: "KWD",
        exponent: 3,
        minimum: "0.001",
        maximum: "3000.000",
        passkey_above: "30.000",
    },
    Offer { code: "HUF", exponent: 0, minimum: "1", maximum: "5000000", passkey_above: "40000" },
];

impl Offer {
    /// The least and the most of one payment.
    pub fn limits(&self) -> Result<(Amount, Amount), Error> {
        let limit = |value| Amount::parse_in(value, currency(self.code)?);
        Ok((limit(self.minimum)?, limit(self.maximum)?))
    }

    /// The most that a payer who has a passkey pays without it.
    pub fn passkey_above(&self) -> Result<Amount, Error> {
        Amount::parse_in(self.passkey_above, currency(self.code)?)
    }
}

/// What is offered in a currency, if anything is.
pub(crate) fn offer(code: &str) -> Option<&'static Offer> {
    OFFERS.iter().find(|offer| offer.code == code)
}

/// A currency with the decimals that it has here. One that is not offered has those of ISO 4217.
pub(crate) fn currency(code: &str) -> Result<Currency, Error> {
    let currency = Currency::parse(code)?;
    match offer(code) {
        Some(offer) => currency.with_exponent(offer.exponent),
        None => Ok(currency),
    }
}

/// So many minor units of a currency, as they are kept in the books.
pub(crate) fn amount_of(minor: i64, code: &str) -> Result<Amount, Error> {
    Amount::from_minor(minor, currency(code)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_into_the_form_that_clients_sign() {
        let read = |text: &str| text.parse::<Origin>().map(|origin| origin.to_string());
        assert_eq!(read("https://API.example:443/").as_deref(), Ok("https://api.example"));
        assert_eq!(read("http://127.0.0.1:8787").as_deref(), Ok("http://127.0.0.1:8787"));
        for text in [
            "",
            "api.example",
            "ftp://a.example",
            "https://a.example/v1",
            "https://u@a.example",
            "https://a.example/?q",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn offers_are_amounts_of_their_currency() {
        for offer in OFFERS {
            let (minimum, maximum) = offer.limits().unwrap();
            assert_eq!((&*minimum.value(), &*maximum.value()), (offer.minimum, offer.maximum));
            assert!(minimum.compare(&maximum).unwrap().is_lt());
            let passkey_above = offer.passkey_above().unwrap();
            assert_eq!(passkey_above.value(), offer.passkey_above);
            assert!(passkey_above.compare(&maximum).unwrap().is_lt());
        }
    }
}
