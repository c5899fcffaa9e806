//! Texts that are values by themselves.

use serde_json::Value;
use xp2p::canonical::{
    Json, content_digest, payment_body, read_amount, read_amount_in, read_label, read_note,
    read_party, read_payment_members, read_payment_request, read_payment_request_in,
};
use xp2p::signature::PublicKey;
use xp2p::transport::Platform;
use xp2p::{
    AccountId, Amount, Currency, ErrorCode, Handle, IdempotencyKey, Locale, Money, PaymentIntent,
    Ratio, Rounding, Terms,
};

use crate::split;

/// What is taken, `serde_json` takes too, and reads the same in it.
pub(crate) fn json(data: &[u8]) {
    let Ok(read) = Json::parse(data) else { return };
    match serde_json::from_slice::<Value>(data) {
        Ok(value) => assert!(same(&read, &value), "{read:?} {value:?}"),
        // It makes binary numbers of numbers, and not every number is one.
        Err(error) => assert!(error.to_string().starts_with("number out of range"), "{error}"),
    }
}

fn same(ours: &Json, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Json::Null, Value::Null) => true,
        (Json::Bool(ours), Value::Bool(theirs)) => ours == theirs,
        (Json::Number(ours), Value::Number(theirs)) => serde_json::from_str::<Value>(ours)
            .is_ok_and(|read| read == Value::Number(theirs.clone())),
        (Json::String(ours), Value::String(theirs)) => ours == theirs,
        (Json::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Json::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .all(|(name, ours)| theirs.get(name).is_some_and(|theirs| same(ours, theirs)))
        }
        _ => false,
    }
}

/// A request that was read is written and read again as the same one.
pub(crate) fn body(data: &[u8]) {
    if let Ok(document) = Json::parse(data) {
        let _ = read_party(&document, "payee");
        let amount = read_amount(&document, "amount");
        assert_eq!(read_amount_in(&document, "amount", Currency::parse), amount);
        if let Ok(Some(label)) = read_label(&document) {
            assert!((1..=64).contains(&label.chars().count()));
        }
        let note = read_note(&document);
        if let Ok(request) = read_payment_members(&document, Currency::parse) {
            assert_eq!(note, Ok(request.note().map(str::to_owned)));
        }
    }
    let request = read_payment_request(data);
    assert_eq!(read_payment_request_in(data, Currency::parse), request);
    let Ok(request) = request else { return };
    let written = payment_body(&request);
    assert_eq!(read_payment_request(written.as_bytes()).as_ref(), Ok(&request));
    assert_eq!(content_digest(written.as_bytes()).len(), 54);
}

/// What a person types with, in further lines, a currency and a locale: what is read is written, and read
/// again as the same sum.
pub(crate) fn typed(data: &[u8]) {
    let (text, rest) = split(data, b'\n');
    let (currency, locale) = split(rest, b'\n');
    let texts = [text, currency, locale].map(str::from_utf8);
    let [Ok(text), Ok(currency), Ok(locale)] = texts else { return };
    let _ = (Ratio::parse(text, "rate"), Rounding::parse(text));
    let Ok(currency) = Currency::parse_with_funds(currency) else { return };
    if let Ok(amount) = Amount::parse_in(text, currency) {
        assert_eq!(Amount::parse_in(&amount.value(), currency), Ok(amount));
    }
    if let Ok(money) = Money::parse(text, currency) {
        assert_eq!(Money::parse(&money.value(), currency), Ok(money));
    }
    let Ok(locale) = Locale::parse(locale) else { return };
    let Ok(money) = Money::parse_localized(text, &locale, currency) else { return };
    assert_eq!(Money::parse_localized(&money.format(&locale), &locale, currency), Ok(money));
    let within = Terms { allow_zero: true, ..Terms::of(currency) };
    assert_eq!(within.parse_localized(text, &locale), Ok(money));
}

/// An amount and, after a line end, its currency: one value has one text.
pub(crate) fn amount(data: &[u8]) {
    let (value, currency) = split(data, b'\n');
    let (Ok(value), Ok(currency)) = (str::from_utf8(value), str::from_utf8(currency)) else {
        return;
    };
    let Ok(known) = Currency::parse(currency) else {
        assert!(Amount::parse(value, currency).is_err());
        return;
    };
    let Ok(amount) = Amount::parse(value, currency) else { return };
    assert_eq!(Amount::parse(&amount.value(), currency), Ok(amount));
    assert_eq!(Amount::from_minor(amount.minor(), known), Ok(amount));
    let digits: String = amount.value().chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits.parse(), Ok(amount.minor()));
}

/// What is taken as a name is taken again from its own form.
pub(crate) fn names(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    if let Ok(handle) = Handle::parse(text) {
        assert_eq!(Handle::parse(handle.as_str()), Ok(handle.clone()));
        assert!((3..=30).contains(&handle.as_str().len()));
    }
    if let Ok(account) = AccountId::parse(text) {
        assert_eq!(account.as_str(), text);
    }
    if let Ok(key) = IdempotencyKey::parse(text) {
        assert!(key.to_field_value().starts_with('"'));
    }
    if let Some(code) = ErrorCode::from_wire(text) {
        assert_eq!(code.as_str(), text);
    }
    let intent = || PaymentIntent::new("@lutece", Amount::parse("12.50", "EUR")?);
    if let Ok(intent) = intent().and_then(|intent| intent.with_reference(text)) {
        assert_eq!(intent.pin(AccountId::parse("acct_lutece00").unwrap()).reference(), Some(text));
    }
    let _ = intent().and_then(|intent| intent.with_note(text));
}

/// An origin is its own origin, and nothing but visible ASCII.
pub(crate) fn platform(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Ok(platform) = Platform::parse(text) else { return };
    assert_eq!(Platform::parse(platform.origin()).as_ref(), Ok(&platform));
    assert!(platform.origin().bytes().all(|byte| byte.is_ascii_graphic()));
}

/// A key's 32 bytes, or their base64url; then a signature that nobody made.
pub(crate) fn key(data: &[u8]) {
    if let Some((bytes, signature)) = data.split_first_chunk::<32>()
        && let Ok(key) = PublicKey::from_bytes(bytes)
    {
        assert_eq!(PublicKey::from_jwk_x(&key.to_jwk_x()), Ok(key));
        assert_eq!(key.key_id().len(), 43);
        assert!(key.verify(b"message", signature).is_err());
    }
    if let Ok(text) = str::from_utf8(data)
        && let Ok(key) = PublicKey::from_jwk_x(text)
    {
        assert_eq!(key.to_jwk_x(), text);
    }
}
