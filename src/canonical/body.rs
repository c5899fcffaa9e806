//! The body of `POST /v1/payments`: written once by the SDK, read strictly by a platform.

use alloc::string::String;
use alloc::vec::Vec;

use super::json::{Json, push_string};
use crate::amount::Amount;
use crate::error::{Error, ErrorCode, Result};
use crate::request::{AccountId, Party, PaymentIntent, PaymentRequest};

/// The exact bytes of a payment request. They are signed, sent, and sent again as they are.
pub fn payment_body(request: &PaymentRequest) -> Vec<u8> {
    let mut body = String::from("{\"payee\":{\"handle\":");
    push_string(&mut body, request.payee().handle().as_str());
    body.push_str(",\"account\":");
    push_string(&mut body, request.payee().account().as_str());
    body.push_str("},\"amount\":{\"value\":");
    push_string(&mut body, &request.amount().value());
    body.push_str(",\"currency\":");
    push_string(&mut body, request.amount().currency().code());
    body.push('}');
    for (name, text) in [("reference", request.reference()), ("note", request.note())] {
        if let Some(text) = text {
            body.push_str(",\"");
            body.push_str(name);
            body.push_str("\":");
            push_string(&mut body, text);
        }
    }
    body.push('}');
    body.into_bytes()
}

/// Reads what [`payment_body`] writes, in any order of members and nothing else.
///
/// # Errors
///
/// The code of whatever is wrong, at its member: `amount.value`, `payee.handle`. An unknown member is
/// `request_malformed`, so that nothing that was signed is ever passed over.
pub fn read_payment_request(body: &[u8]) -> Result<PaymentRequest> {
    let body = Json::parse(body)?;
    body.only_members("", &["payee", "amount", "reference", "note"])?;
    let party = read_party(body.required("payee")?, "payee")?;
    let amount = read_amount(body.required("amount")?)?;
    let mut intent = PaymentIntent::new(party.handle().as_str(), amount)?;
    if let Some(reference) = body.member("reference") {
        intent = intent.with_reference(reference.text("reference")?)?;
    }
    if let Some(note) = body.member("note") {
        intent = intent.with_note(note.text("note")?)?;
    }
    Ok(intent.pin(party.account().clone()))
}

/// Reads a party in wire form: a folded handle without `@`, and an account.
pub(crate) fn read_party(party: &Json, name: &'static str) -> Result<Party> {
    let at = |member: &str| [name, ".", member].concat();
    party.only_members(name, &["handle", "account"])?;
    let text = party.required("handle").and_then(|handle| handle.text("handle"));
    let text = text.map_err(|error| error.at(at("handle")))?;
    let handle = crate::request::Handle::parse(text)
        .ok()
        .filter(|handle| handle.as_str() == text)
        .ok_or_else(|| Error::new(ErrorCode::HandleMalformed).at(at("handle")))?;
    let account = party.required("account").and_then(|account| account.text("account"));
    let account = account.and_then(AccountId::parse).map_err(|error| error.at(at("account")))?;
    Ok(Party::new(handle, account))
}

/// Reads an amount in wire form: normal form only, because what was signed is compared as text.
pub(crate) fn read_amount(amount: &Json) -> Result<Amount> {
    amount.only_members("amount", &["value", "currency"])?;
    let currency = amount.required("currency").and_then(|currency| currency.text("currency"));
    let currency = currency.map_err(|error| error.at("amount.currency"))?;
    let value = amount.required("value").map_err(|error| error.at("amount.value"))?;
    let Json::String(value) = value else {
        return Err(Error::new(ErrorCode::AmountNotText).at("amount.value"));
    };
    let parsed = Amount::parse(value, currency).map_err(|error| match error.param() {
        Some("currency") => error.at("amount.currency"),
        _ => error.at("amount.value"),
    })?;
    if parsed.value() != *value {
        return Err(Error::new(ErrorCode::AmountMalformed)
            .at("amount.value")
            .because("amount must have exactly its currency's decimals and no leading zero"));
    }
    Ok(parsed)
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
            core::str::from_utf8(&body).unwrap(),
            r#"{"payee":{"handle":"lutece","account":"acct_lutece00"},"amount":{"value":"12.50","currency":"EUR"},"reference":"order-1042","note":"\"déjeuner\" \\ 🍜"}"#
        );
        assert_eq!(read_payment_request(&body), Ok(request));
    }

    #[test]
    fn each_refusal_names_its_member() {
        let body = |payee: &str, amount: &str, rest: &str| {
            refusal(&alloc::format!(r#"{{"payee":{payee},"amount":{amount}{rest}}}"#))
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
}
