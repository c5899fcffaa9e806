//! Amounts that make the sandbox refuse, fail or take its time: what Stripe's test cards are for cards.
//!
//! What counts is the last four digits of the amount without its point: 90.07 and 190.07 EUR, 9007 JPY
//! and 9.007 KWD all end in 9007. `docs/testing.md` has the table, and a test holds the two together.

use std::time::Duration;

use xp2p::{Amount, ErrorCode};

use crate::failure::Failure;
use crate::operation::refused;

/// What an amount that ends in certain digits does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trigger {
    /// The payment is refused at a parameter, for good: the intent's answer is kept.
    Refuse(ErrorCode, &'static str),
    /// The platform fails before anything is done, each time.
    Fail(ErrorCode),
    /// The answer takes so many seconds.
    Delay(u64),
    /// An approved checkout is reviewed for so many seconds before it is paid.
    Review(i64),
}

const TRIGGERS: [(i64, Trigger); 17] = [
    (9001, Trigger::Refuse(ErrorCode::HandleUnknown, "payee.handle")),
    (9002, Trigger::Refuse(ErrorCode::PayeeChanged, "payee.account")),
    (9003, Trigger::Refuse(ErrorCode::PayeeIsPayer, "payee.handle")),
    (9004, Trigger::Refuse(ErrorCode::CurrencyUnsupported, "amount.currency")),
    (9005, Trigger::Refuse(ErrorCode::AmountUnderMinimum, "amount")),
    (9006, Trigger::Refuse(ErrorCode::AmountOverMaximum, "amount")),
    (9007, Trigger::Refuse(ErrorCode::InsufficientFunds, "amount")),
    (9008, Trigger::Refuse(ErrorCode::AccountBlocked, "payer")),
    (9009, Trigger::Refuse(ErrorCode::LinkLimitExceeded, "amount")),
    (9010, Trigger::Refuse(ErrorCode::KeyNotAllowed, "keyid")),
    (9029, Trigger::Fail(ErrorCode::RateLimited)),
    (9050, Trigger::Fail(ErrorCode::Internal)),
    (9053, Trigger::Fail(ErrorCode::Unavailable)),
    (1102, Trigger::Delay(2)),
    (1107, Trigger::Review(3)),
    (1110, Trigger::Delay(10)),
    (1130, Trigger::Delay(30)),
];

/// Refuses a payment whose amount says so. Like any refusal that looks at accounts, it is kept.
pub(crate) fn refuse(amount: &Amount) -> Result<(), Failure> {
    match of(amount) {
        Some(Trigger::Refuse(code, param)) => Err(refused(code, param)),
        _ => Ok(()),
    }
}

/// Fails, or takes its time, if the amount says so: before the transaction, which others wait for.
pub(crate) async fn before(amount: &Amount) -> Result<(), Failure> {
    match of(amount) {
        Some(Trigger::Fail(code)) => Err(Failure::Later { code, seconds: 1 }),
        Some(Trigger::Delay(seconds)) => {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// For how many seconds a payment of this amount is reviewed before it is settled, if it is.
pub(crate) fn review_seconds(amount: &Amount) -> Option<i64> {
    match of(amount) {
        Some(Trigger::Review(seconds)) => Some(seconds),
        _ => None,
    }
}

fn of(amount: &Amount) -> Option<Trigger> {
    let ending = amount.minor() % 10_000;
    TRIGGERS.iter().find(|(digits, _)| *digits == ending).map(|(_, trigger)| *trigger)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_four_digits_count_whatever_the_currency() {
        let poor = Some(Trigger::Refuse(ErrorCode::InsufficientFunds, "amount"));
        for (value, currency) in
            [("90.07", "EUR"), ("190.07", "USD"), ("9007", "JPY"), ("9.007", "KWD")]
        {
            assert_eq!(of(&Amount::parse(value, currency).unwrap()), poor, "{value} {currency}");
        }
        for value in ["90.00", "9.07", "900.70"] {
            assert_eq!(of(&Amount::parse(value, "EUR").unwrap()), None, "{value}");
        }
    }

    #[test]
    fn amounts_that_end_in_1107_are_reviewed() {
        let seconds = |value, currency| review_seconds(&Amount::parse(value, currency).unwrap());
        for (value, currency) in
            [("11.07", "EUR"), ("211.07", "USD"), ("1107", "JPY"), ("1.107", "KWD")]
        {
            assert_eq!(seconds(value, currency), Some(3), "{value} {currency}");
        }
        for (value, currency) in [("11.08", "EUR"), ("110.70", "EUR"), ("11.070", "KWD")] {
            assert_eq!(seconds(value, currency), None, "{value} {currency}");
        }
    }

    #[test]
    fn the_table_of_the_docs_is_this_table() {
        let docs = include_str!("../../docs/testing.md");
        let rows: Vec<String> = TRIGGERS
            .iter()
            .map(|(ending, trigger)| {
                let euros = format!("{}.{:02}", ending / 100, ending % 100);
                let gets = match trigger {
                    Trigger::Refuse(code, _) | Trigger::Fail(code) => {
                        format!("{} `{}`", code.status().unwrap(), code.as_str())
                    }
                    Trigger::Delay(seconds) => format!("paid, {seconds} seconds later"),
                    Trigger::Review(seconds) => {
                        format!("paid, after a review of {seconds} seconds")
                    }
                };
                format!("| `{euros}` | {gets} |")
            })
            .collect();
        let written: Vec<_> = docs
            .lines()
            .skip_while(|line| !line.starts_with("| pay this | get this |"))
            .skip(2)
            .take_while(|line| line.starts_with('|'))
            .collect();
        for row in &rows {
            assert!(written.iter().any(|line| line.starts_with(row.as_str())), "missing: {row}");
        }
        assert_eq!(written.len(), rows.len());
    }

    #[test]
    fn the_docs_say_how_to_get_every_code() {
        let docs = include_str!("../../docs/testing.md");
        for code in ErrorCode::ALL.iter().filter(|code| code.status().is_some()) {
            let (status, code) = (code.status().unwrap(), code.as_str());
            assert!(docs.contains(&format!("{status} `{code}`")), "{status} `{code}` is missing");
        }
    }
}
