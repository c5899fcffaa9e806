//! What a link allows: so much at once, so much in a calendar period, so much in all.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use xp2p::canonical::{Json, read_amount_in};
use xp2p::{Error, ErrorCode};

use crate::failure::Failure;
use crate::receipt::AmountText;
use crate::settings::currency;
use crate::storage::ledger::signed_value;

/// `LinkLimits` of the contract, in minor units of its one currency.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Limits {
    pub currency: String,
    pub per_payment: i64,
    pub per_period: i64,
    #[sqlx(try_from = "String")]
    pub period: Period,
    pub lifetime: i64,
}

/// `LinkLimits` as the contract writes them.
#[derive(Serialize)]
pub(crate) struct LimitsBody<'a> {
    per_payment: AmountText<String, &'a str>,
    per_period: AmountText<String, &'a str>,
    period: &'static str,
    lifetime: AmountText<String, &'a str>,
}

impl Limits {
    /// Reads limits that are in one currency and do not contradict each other.
    ///
    /// # Errors
    ///
    /// `request_malformed` at the member, and those of an amount.
    pub fn read(limits: &Json) -> Result<Self, Error> {
        limits.only_members(&["per_payment", "per_period", "period", "lifetime"])?;
        let per_payment = read_amount_in(limits, "per_payment", currency)?;
        let at_least = |name, least| {
            let amount = read_amount_in(limits, name, currency)?;
            if amount.currency() != per_payment.currency()
                || amount.minor() < least && checks!(LinkSound)
            {
                let why = "limits must be in one currency, and none above the wider one";
                return Err(ErrorCode::RequestMalformed.at(name).because(why.into()));
            }
            Ok(amount.minor())
        };
        let per_period = at_least("per_period", per_payment.minor())?;
        let period = Period::try_from(limits.text("period")?.to_owned());
        Ok(Self {
            currency: per_payment.currency().code().into(),
            per_payment: per_payment.minor(),
            per_period,
            period: period.map_err(|_| ErrorCode::RequestMalformed.at("period"))?,
            lifetime: at_least("lifetime", per_period)?,
        })
    }

    /// The member in which these limits are not within the others.
    pub fn beyond(&self, others: &Self) -> Option<&'static str> {
        [
            ("limits.per_payment.currency", self.currency != others.currency),
            // Which of two periods allows more depends on the calendar.
            ("limits.period", self.period != others.period && checks!(LinkPeriod)),
            ("limits.per_payment", self.per_payment > others.per_payment),
            ("limits.per_period", self.per_period > others.per_period),
            ("limits.lifetime", self.lifetime > others.lifetime),
        ]
        .into_iter()
        .find_map(|(member, beyond)| beyond.then_some(member))
    }

    /// So many minor units as they are written on the wire.
    pub fn amount(&self, minor: i64) -> Result<AmountText<String, &str>, Failure> {
        let unknown = |_| Failure::Corrupt("a link in a currency that there is not");
        let exponent = currency(&self.currency).map_err(unknown)?.exponent();
        Ok(AmountText { value: signed_value(minor, exponent), currency: &self.currency })
    }

    /// See [`LimitsBody`].
    pub fn body(&self) -> Result<LimitsBody<'_>, Failure> {
        Ok(LimitsBody {
            per_payment: self.amount(self.per_payment)?,
            per_period: self.amount(self.per_period)?,
            period: self.period.as_str(),
            lifetime: self.amount(self.lifetime)?,
        })
    }
}

/// A period of the calendar, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Period {
    Day,
    /// From Monday: ISO 8601.
    Week,
    Month,
}

impl Period {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// When the period began in which `now` is. Both are Unix seconds.
    pub fn beginning(self, now: i64) -> Result<i64, Failure> {
        let begin = || -> Result<Timestamp, jiff::Error> {
            let today: Date = Timestamp::from_second(now)?.to_zoned(TimeZone::UTC).date();
            let first = match self {
                Self::Day => today,
                Self::Week => today.checked_sub(today.weekday().to_monday_zero_offset().days())?,
                Self::Month => today.first_of_month(),
            };
            Ok(first.to_zoned(TimeZone::UTC)?.timestamp())
        };
        begin().map(Timestamp::as_second).map_err(|_| Failure::Corrupt("a clock past the calendar"))
    }
}

impl TryFrom<String> for Period {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let all = [Self::Day, Self::Week, Self::Month];
        all.into_iter().find(|period| period.as_str() == text).ok_or(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(limits: &str) -> Result<Limits, Error> {
        Limits::read(&Json::parse(limits.as_bytes())?)
    }

    fn limits(per_payment: &str, per_period: &str, period: &str, lifetime: &str) -> String {
        let amount = |value: &str| serde_json::json!({ "value": value, "currency": "EUR" });
        serde_json::json!({
            "per_payment": amount(per_payment),
            "per_period": amount(per_period),
            "period": period,
            "lifetime": amount(lifetime),
        })
        .to_string()
    }

    #[test]
    fn limits_do_not_contradict_each_other() {
        let equal = limits("5.00", "5.00", "week", "5.00");
        assert_eq!(read(&equal).unwrap().lifetime, 500);
        for (limits, param) in [
            (limits("5.01", "5.00", "day", "9.00"), "per_period"),
            (limits("5.00", "9.01", "day", "9.00"), "lifetime"),
            (limits("5.00", "9.00", "year", "9.00"), "period"),
            (equal.replacen("EUR", "USD", 1), "per_period"),
            (equal.replacen("lifetime", "forever", 1), "forever"),
        ] {
            let error = read(&limits).unwrap_err();
            assert_eq!((error.code(), error.param()), (ErrorCode::RequestMalformed, Some(param)));
        }
    }

    #[test]
    fn limits_are_within_others_in_every_member() {
        let asked = read(&limits("5.00", "10.00", "week", "20.00")).unwrap();
        let beyond = |limits: String| read(&limits).unwrap().beyond(&asked);
        assert_eq!(asked.beyond(&asked), None);
        assert_eq!(beyond(limits("1.00", "2.00", "week", "3.00")), None);
        assert_eq!(beyond(limits("5.01", "10.00", "week", "20.00")), Some("limits.per_payment"));
        assert_eq!(beyond(limits("5.00", "10.01", "week", "20.00")), Some("limits.per_period"));
        assert_eq!(beyond(limits("5.00", "10.00", "week", "20.01")), Some("limits.lifetime"));
        assert_eq!(beyond(limits("5.00", "10.00", "month", "20.00")), Some("limits.period"));
        let dollars = limits("5.00", "10.00", "week", "20.00").replace("EUR", "USD");
        assert_eq!(beyond(dollars), Some("limits.per_payment.currency"));
    }

    #[test]
    fn periods_are_those_of_the_calendar() {
        let beginning = |period: Period, now: &str| {
            let now = now.parse::<Timestamp>().unwrap().as_second();
            Timestamp::from_second(period.beginning(now).unwrap()).unwrap().to_string()
        };
        // A Sunday, the last second of a week; a leap year's last day of February is in it.
        let sunday = "2028-03-05T23:59:59Z";
        assert_eq!(beginning(Period::Day, sunday), "2028-03-05T00:00:00Z");
        assert_eq!(beginning(Period::Week, sunday), "2028-02-28T00:00:00Z");
        assert_eq!(beginning(Period::Month, sunday), "2028-03-01T00:00:00Z");
        for period in [Period::Day, Period::Week] {
            assert_eq!(beginning(period, "2028-03-06T00:00:00Z"), "2028-03-06T00:00:00Z");
        }
        assert_eq!(beginning(Period::Month, "2028-02-29T12:00:00Z"), "2028-02-01T00:00:00Z");
        assert!(Period::Day.beginning(i64::MAX).is_err());
    }
}
