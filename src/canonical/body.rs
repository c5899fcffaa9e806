//! The body of `POST /v1/payments`: written once by the SDK, read strictly by a platform.

use alloc::borrow::ToOwned;
use alloc::string::String;

use super::json::Json;
use super::json_writer::JsonObject;
use crate::amount::{Amount, Currency};
use crate::error::{ErrorCode, Result};
use crate::request::{self, AccountId, Handle, Party, PaymentIntent, PaymentRequest};

/// The exact text of a payment request. It is signed, sent, and sent again as it is.
pub fn payment_body(request: &PaymentRequest) -> String {
    let mut body = JsonObject::new();
    body.json("payee", &write_party(request.payee()))
        .json("amount", &write_amount(request.amount()))
        .optional_text("reference", request.reference())
        .optional_text("note", request.note());
    body.end()
}

/// A party in wire form.
pub(crate) fn write_party(party: &Party) -> String {
    let (handle, account) = (party.handle().as_str(), party.account().as_str());
    JsonObject::new().text("handle", handle).text("account", account).end()
}

/// An amount as the W3C Payment Request API writes it.
pub(crate) fn write_amount(amount: &Amount) -> String {
    let (value, currency) = (amount.value(), amount.currency().code());
    JsonObject::new().text("value", &value).text("currency", currency).end()
}

/// Reads what [`payment_body`] writes, in any order of members and nothing else.
///
/// # Errors
///
/// The code of whatever is wrong, at its member: `amount.value`, `payee.handle`. An unknown member is
/// `request_malformed`, so that nothing that was signed is ever passed over.
pub fn read_payment_request(body: &[u8]) -> Result<PaymentRequest> {
    read_payment_request_in(body, Currency::parse)
}

/// The same for a platform that has currencies of its own: `currency` looks a code up and may give it
/// other decimals than ISO 4217.
///
/// # Errors
///
/// Those of [`read_payment_request`], and those of `currency` at `amount`.
pub fn read_payment_request_in(
    body: &[u8],
    currency: impl FnOnce(&str) -> Result<Currency>,
) -> Result<PaymentRequest> {
    let body = Json::parse(body)?;
    body.only_members(&["payee", "amount", "reference", "note"])?;
    read_payment_members(&body, currency)
}

/// Reads the members of a payment request, in a body that may have others beside them.
///
/// # Errors
///
/// Those of [`read_payment_request_in`] but for unknown members.
pub fn read_payment_members(
    body: &Json,
    currency: impl FnOnce(&str) -> Result<Currency>,
) -> Result<PaymentRequest> {
    let party = read_party(body, "payee")?;
    let amount = read_amount_in(body, "amount", currency)?;
    let (reference, note) = (body.optional_text("reference")?, body.optional_text("note")?);
    let intent = PaymentIntent::of(party.handle().as_str(), amount, reference, note)?;
    Ok(intent.pin(party.account().clone()))
}

/// Reads the member `name`, a party in wire form: a folded handle without `@`, and an account.
///
/// # Errors
///
/// `request_malformed`, `handle_malformed` and `account_malformed` at the member.
pub fn read_party(object: &Json, name: &'static str) -> Result<Party> {
    party_of(object.required(name)?).map_err(|error| error.within(name))
}

/// The party that this object is, for one that stands in an array.
///
/// # Errors
///
/// As [`read_party`], at its own members.
pub fn party_of(party: &Json) -> Result<Party> {
    party.only_members(&["handle", "account"])?;
    let text = party.text("handle")?;
    let handle = Handle::parse(text)?;
    if handle.as_str() != text {
        return Err(ErrorCode::HandleMalformed.at("handle"));
    }
    Ok(Party::new(handle, AccountId::parse(party.text("account")?)?))
}

/// Reads the member `name`, an amount in normal form only, because what was signed is compared as text.
///
/// # Errors
///
/// Those of [`Amount::parse`], `amount_not_text` and `request_malformed`, at the member.
pub fn read_amount(object: &Json, name: &'static str) -> Result<Amount> {
    read_amount_in(object, name, Currency::parse)
}

/// The same where somebody else than ISO 4217 says what the decimals are: `currency` looks the code up.
///
/// # Errors
///
/// As [`read_amount`], and those of `currency` at the member.
pub fn read_amount_in(
    object: &Json,
    name: &'static str,
    currency: impl FnOnce(&str) -> Result<Currency>,
) -> Result<Amount> {
    let read = |amount: &Json| {
        amount.only_members(&["value", "currency"])?;
        let code = amount.text("currency")?;
        let Json::String(value) = amount.required("value")? else {
            return Err(ErrorCode::AmountNotText.at("value"));
        };
        let currency = currency(code)?;
        let parsed = Amount::parse_in(value, currency).map_err(|error| error.at("value"))?;
        if parsed.value() != *value {
            let why = "amount must have exactly its currency's decimals and no leading zero";
            return Err(ErrorCode::AmountMalformed.at("value").because(why.to_owned()));
        }
        Ok(parsed)
    };
    read(object.required(name)?).map_err(|error| error.within(name))
}

/// Reads the member `note`, where it is there.
///
/// # Errors
///
/// `note_malformed`, or `request_malformed` where it is no string, at `note`.
pub fn read_note(object: &Json) -> Result<Option<String>> {
    object.optional_text("note")?.map(request::note).transpose()
}

/// Reads the member `label`, where it is there: what somebody calls a key of theirs, in 1 to 64
/// characters of those that a note may have.
///
/// # Errors
///
/// `request_malformed` at `label`.
pub fn read_label(object: &Json) -> Result<Option<String>> {
    let read = |text: &str| {
        let label = request::note(text).ok().filter(|label| label.chars().count() <= 64);
        label.ok_or_else(|| ErrorCode::RequestMalformed.at("label"))
    };
    object.optional_text("label")?.map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(body: &str) -> (ErrorCode, String) {
        let error = read_payment_request(body.as_bytes()).unwrap_err();
        (error.code(), error.param().unwrap_or("").into())
    }

    #[test]
    fn what_is_written_is_read_back() {
        let amount = Amount::parse("12.5", "EUR").unwrap();
        let request = PaymentIntent::new("@Lutece", amount)
            .and_then(|intent| intent.with_reference("order-1042"))
            .and_then(|intent| intent.with_note("\"déjeuner\" \\ 🍜"))
            .unwrap()
            .pin(AccountId::parse("acct_lutece00").unwrap());
        let body = payment_body(&request);
        assert_eq!(
            body,
            r#"{"payee":{"handle":"lutece","account":"acct_lutece00"},"amount":{"value":"12.50","currency":"EUR"},"reference":"order-1042","note":"\"déjeuner\" \\ 🍜"}"#
        );
        assert_eq!(read_payment_request(body.as_bytes()), Ok(request));
    }

    #[test]
    fn each_refusal_names_its_member() {
        let body = |payee: &str, amount: &str, rest: &str| {
            refusal(&format!(r#"{{"payee":{payee},"amount":{amount}{rest}}}"#))
        };
        let payee = r#"{"handle":"lutece","account":"acct_lutece00"}"#;
        let amount = r#"{"value":"12.50","currency":"EUR"}"#;
        let at = |code, param: &str| (code, String::from(param));
        use ErrorCode::*;
        assert_eq!(body(payee, amount, r#","extra":1"#), at(RequestMalformed, "extra"));
        assert_eq!(body(payee, amount, r#","note":7"#), at(RequestMalformed, "note"));
        assert_eq!(
            body(payee, amount, r#","reference":"a b""#),
            at(ReferenceMalformed, "reference")
        );
        let upper = r#"{"handle":"Lutece","account":"acct_lutece00"}"#;
        assert_eq!(body(upper, amount, ""), at(HandleMalformed, "payee.handle"));
        assert_eq!(
            body(r#"{"handle":"lutece"}"#, amount, ""),
            at(RequestMalformed, "payee.account")
        );
        let number = r#"{"value":12.50,"currency":"EUR"}"#;
        assert_eq!(body(payee, number, ""), at(AmountNotText, "amount.value"));
        let short = r#"{"value":"12.5","currency":"EUR"}"#;
        assert_eq!(body(payee, short, ""), at(AmountMalformed, "amount.value"));
        let unknown = r#"{"value":"12.50","currency":"EUX"}"#;
        assert_eq!(body(payee, unknown, ""), at(CurrencyUnknown, "amount.currency"));
        assert_eq!(refusal("[]").0, RequestMalformed);
        assert_eq!(refusal(r#"{"payee":{}}"#), at(RequestMalformed, "payee.handle"));
    }

    #[test]
    fn labels_are_short_and_visible() {
        let read = |label: &str| {
            let object = [r#"{"label":"#, label, "}"].concat();
            read_label(&Json::parse(object.as_bytes()).unwrap())
        };
        assert_eq!(read(r#""mon téléphone""#), Ok(Some("mon téléphone".into())));
        assert_eq!(read_label(&Json::parse(b"{}").unwrap()), Ok(None));
        let long = [r#"""#, &"x".repeat(65), r#"""#].concat();
        for label in [r#""""#, r#""a\nb""#, "7", &long] {
            assert_eq!(read(label), Err(ErrorCode::RequestMalformed.at("label")));
        }
    }
}
