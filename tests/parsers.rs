//! The two readers of our own, held against the crates that they stand in for, and against noise.

use proptest::prelude::*;
use serde_json::Value;
use xp2p::canonical::{Item, Json, MAX_BYTES, MAX_DEPTH, MAX_MEMBERS, MAX_STRING, SignatureInput};
use xp2p::receipt::KeySet;
use xp2p::signature::Presented;
use xp2p::transport::Platform;
use xp2p::{AccountId, Amount, Handle};

/// What our reader read, in `serde_json`'s words. Numbers stay texts in both.
fn to_value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(text) => serde_json::from_str(text).unwrap(),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => items.iter().map(to_value).collect(),
        Json::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), to_value(value))).collect()
        }
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn json_that_serde_writes_is_read_as_serde_reads_it(value in json()) {
        let read = Json::parse(&serde_json::to_vec(&value).unwrap()).unwrap();
        prop_assert_eq!(to_value(&read), value.clone());
        let read = Json::parse(&serde_json::to_vec_pretty(&value).unwrap()).unwrap();
        prop_assert_eq!(to_value(&read), value);
    }

    #[test]
    fn what_our_reader_takes_serde_takes_too(text in "[\\[\\]{}:,\"\\\\a-fu0-9eE+. -]{0,40}") {
        if let Ok(read) = Json::parse(text.as_bytes()) {
            let serde: Value = serde_json::from_str(&text)
                .or_else(|error| if error.to_string().contains("number out of range") { Ok(to_value(&Json::Null)) } else { Err(error) })
                .unwrap();
            if !serde.is_null() {
                prop_assert_eq!(to_value(&read), serde);
            }
        } else if let Ok(value) = serde_json::from_str::<Value>(&text) {
            // What serde takes and we do not is a member twice, and nothing else at this size.
            let names = text.matches(':').count();
            prop_assert!(names >= 2, "{} {:?}", text, value);
        }
    }

    #[test]
    fn signature_inputs_are_structured_fields(
        fields in prop::collection::vec("[a-z][a-z0-9-]{0,8}", 0..5),
        number in 0_i64..=999_999_999_999_999,
        text in "[ -~]{0,20}",
    ) {
        let parameters = vec![
            ("created".into(), Item::Integer(number)),
            ("nonce".into(), Item::String(text.clone())),
        ];
        let mut fields = fields;
        fields.sort();
        fields.dedup();
        let field = format!("xp2p={}", list(&fields, &parameters));
        // An independent reader takes what we write, and we write it again to the letter.
        let dictionary = sfv::Parser::new(field.as_bytes()).parse::<sfv::Dictionary>().unwrap();
        use sfv::FieldType;
        prop_assert_eq!(dictionary.serialize().unwrap(), field.clone());
        let sfv::ListEntry::InnerList(read) = &dictionary["xp2p"] else { panic!("an inner list") };
        prop_assert_eq!(read.params["nonce"].as_string().unwrap().as_str(), text.as_str());
        let ours = SignatureInput::parse(&field, "xp2p").unwrap();
        prop_assert_eq!(ours.parameters, parameters);
        prop_assert_eq!(ours.components.len(), fields.len());
    }

    #[test]
    fn what_we_take_as_a_signature_input_is_a_structured_field(
        field in "xp2p=\\([\"a-c@ ;=0-9]{0,16}\\)[;a-c=0-9\" ]{0,16}",
    ) {
        if let Ok(ours) = SignatureInput::parse(&field, "xp2p") {
            let dictionary = sfv::Parser::new(field.as_bytes()).parse::<sfv::Dictionary>().unwrap();
            use sfv::FieldType;
            let canonical = dictionary.serialize().unwrap();
            prop_assert_eq!(format!("xp2p={}", ours.to_field_value()), canonical);
        }
    }

    #[test]
    fn noise_is_refused_and_nothing_else_happens(text in any::<String>(), bytes in any::<Vec<u8>>()) {
        let _ = Json::parse(&bytes);
        let _ = Json::parse(text.as_bytes());
        let _ = KeySet::parse(&bytes);
        let _ = Amount::parse(&text, "EUR");
        let _ = Amount::parse("1", &text);
        let _ = Handle::parse(&text);
        let _ = AccountId::parse(&text);
        let _ = Platform::parse(&text);
        let _ = SignatureInput::parse(&text, "xp2p");
        let _ = xp2p::canonical::read_payment_request(&bytes);
        let request = xp2p::canonical::HttpRequest::new("POST", text.clone())
            .with_field("signature-input", text.clone())
            .with_field("signature", text);
        let _ = Presented::read(&request);
    }

    #[test]
    fn amounts_agree_with_an_independent_decimal_reader(units in 1_i64..1_000_000_000_000_000_000) {
        let amount = Amount::from_minor(units, xp2p::Currency::parse("EUR").unwrap()).unwrap();
        let text = amount.value();
        prop_assert_eq!(Amount::parse(&text, "EUR").unwrap(), amount);
        prop_assert_eq!(text.replace('.', "").parse::<i64>().unwrap(), units);
        prop_assert_eq!(text.len() - text.find('.').unwrap(), 3);
    }
}

/// The canonical form, written by `sfv`.
fn list(fields: &[String], parameters: &[(String, Item)]) -> String {
    use sfv::{
        BareItem, FieldType, InnerList, Item as SfvItem, Key, ListEntry, Parameters, StringRef,
    };
    let items = fields
        .iter()
        .map(|name| SfvItem::new(BareItem::String(StringRef::from_str(name).unwrap().to_owned())));
    let mut params = Parameters::new();
    for (name, item) in parameters {
        let value = match item {
            Item::Integer(number) => BareItem::Integer((*number).try_into().unwrap()),
            Item::String(text) => BareItem::String(StringRef::from_str(text).unwrap().to_owned()),
        };
        params.insert(Key::from_string(name.clone()).unwrap(), value);
    }
    let list = InnerList::with_params(items.collect(), params);
    vec![ListEntry::InnerList(list)].serialize().unwrap()
}

#[test]
fn json_has_limits() {
    let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    assert!(Json::parse(&nested(MAX_DEPTH)).is_ok());
    assert!(Json::parse(&nested(MAX_DEPTH + 1)).is_err());
    assert!(Json::parse(&nested(MAX_BYTES / 2)).is_err());

    let items = |count: usize| format!("[{}]", vec!["0"; count].join(",")).into_bytes();
    assert!(Json::parse(&items(MAX_MEMBERS)).is_ok());
    assert!(Json::parse(&items(MAX_MEMBERS + 1)).is_err());

    let text = |length: usize| format!("\"{}\"", "a".repeat(length)).into_bytes();
    assert!(Json::parse(&text(MAX_STRING)).is_ok());
    assert!(Json::parse(&text(MAX_STRING + 1)).is_err());

    let padded = |length: usize| [vec![b' '; length - 1], vec![b'1']].concat();
    assert!(Json::parse(&padded(MAX_BYTES)).is_ok());
    assert!(Json::parse(&padded(MAX_BYTES + 1)).is_err());
}

#[test]
fn json_refuses_a_member_twice_and_half_a_character() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":1}"#,
        r#""\ud83c""#,
        r#""\udf5c""#,
        r#""\ud83c\u0061""#,
        "\"\u{1}\"",
        "01",
        "1.",
        ".1",
        "+1",
        "1e",
        "nul",
        "[1,]",
        "{,}",
        "{\"a\"}",
        "1 2",
        "",
    ] {
        assert!(Json::parse(text.as_bytes()).is_err(), "{text}");
    }
    assert!(Json::parse(b"\"\xff\"").is_err());
    assert_eq!(Json::parse(br#""\ud83c\udf5c""#), Ok(Json::String("🍜".into())));
}
