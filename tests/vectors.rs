//! The vectors of `tests/vectors`, stage by stage. JavaScript reads the same files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64ct::{Base64, Encoding};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use xp2p::canonical::{
    HttpRequest, SignatureInput, content_digest, payment_body, read_payment_request, signature_base,
};
use xp2p::receipt::{Expected, KeySet, verify_receipt_as_written};
use xp2p::signature::{
    Policy, Presented, PublicKey, SignatureParameters, SigningKey, prepare, sign,
};
use xp2p::{
    AccountId, Amount, Currency, Error, ErrorCode, Handle, Limits, Locale, Money, Party,
    PaymentIntent, Ratio, Rounding, Terms,
};

/// A case: what goes in, and either what comes out or how it is refused.
#[derive(Deserialize)]
struct Case<I, O> {
    description: String,
    #[serde(flatten)]
    input: I,
    expect: Option<O>,
    refused: Option<Refusal>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Refusal {
    code: String,
    param: Option<String>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { code: error.code().as_str().into(), param: error.param().map(Into::into) }
    }
}

/// Reads every case of a folder and compares what `run` makes of it.
fn run<I, O>(folder: &str, run: impl Fn(I) -> Result<O, Error>)
where
    I: DeserializeOwned,
    O: DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let mut count = 0;
    for_each(folder, |name, case: Case<I, O>| {
        let expected = match (case.expect, case.refused) {
            (Some(value), None) => Ok(value),
            (None, Some(refusal)) => Err(refusal),
            _ => panic!("{name} expects either a value or a refusal"),
        };
        let found = run(case.input).map_err(Refusal::from);
        assert_eq!(found, expected, "{name}: {}", case.description);
        count += 1;
    });
    assert!(count > 0, "no vectors in {folder}");
}

fn for_each<T: DeserializeOwned>(folder: &str, mut each: impl FnMut(&str, T)) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(folder);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        let text = fs::read_to_string(&path).unwrap();
        each(&name, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}")));
    }
}

#[test]
fn amounts() {
    #[derive(Deserialize)]
    struct Input {
        value: Value,
        currency: String,
    }
    #[derive(Deserialize, PartialEq, Debug)]
    struct Output {
        value: String,
        minor: String,
    }
    run("amount", |Input { value, currency }| {
        // In Rust a number cannot even be passed; the wasm boundary is where it is refused.
        let Value::String(value) = value else {
            return Err(ErrorCode::AmountNotText.at("amount"));
        };
        let amount = Amount::parse(&value, &currency)?;
        assert_eq!(Amount::from_minor(amount.minor(), amount.currency())?, amount);
        Ok(Output { value: amount.value(), minor: amount.minor().to_string() })
    });
}

#[test]
fn typed_amounts() {
    #[derive(Deserialize)]
    struct Typed {
        description: String,
        text: String,
        locale: String,
        currency: String,
        exponent: Option<u32>,
        expect: Option<Value>,
        refused: Option<TypedRefusal>,
    }
    #[derive(Debug, Deserialize, PartialEq)]
    struct TypedRefusal {
        code: String,
        reason: String,
        suggestions: Vec<String>,
    }
    for_each("amount-typed", |name, case: Typed| {
        let currency = Currency::parse(&case.currency).unwrap();
        let exponent = case.exponent.unwrap_or(currency.exponent());
        let terms = Terms::of(currency.with_exponent(exponent).unwrap());
        let found = terms.parse_localized(&case.text, &Locale::parse(&case.locale).unwrap());
        let found = found.map(|sum| sum.value()).map_err(|refusal| TypedRefusal {
            code: refusal.error.code().as_str().into(),
            reason: refusal.reason.as_str().into(),
            suggestions: refusal.suggestions.iter().map(Money::value).collect(),
        });
        let expected = match (case.expect, case.refused) {
            (Some(value), None) => Ok(value["value"].as_str().unwrap().to_owned()),
            (None, Some(refusal)) => Err(refusal),
            _ => panic!("{name} expects either a value or a refusal"),
        };
        assert_eq!(found, expected, "{name}: {}", case.description);
    });
}

#[test]
fn sums() {
    #[derive(Deserialize)]
    struct Sum {
        value: String,
        currency: String,
    }
    #[derive(Deserialize)]
    struct Input {
        operation: String,
        amount: Sum,
        other: Option<Sum>,
        #[serde(default)]
        weights: Vec<u64>,
        percent: Option<String>,
        fixed: Option<String>,
        rounding: Option<String>,
        rate: Option<String>,
        into: Option<String>,
        minimum: Option<String>,
        maximum: Option<String>,
        remaining: Option<String>,
    }
    let read = |sum: &Sum| Money::parse(&sum.value, Currency::parse(&sum.currency)?);
    run("amount-sums", |input: Input| -> Result<String, Error> {
        let money = read(&input.amount)?;
        let other = || read(input.other.as_ref().unwrap());
        let rounding = || Rounding::named(input.rounding.as_deref().unwrap());
        let percent = || Ratio::parse(input.percent.as_deref().unwrap(), "percent");
        let limit = |value: &Option<String>| {
            value.as_ref().map(|value| Money::parse(value, money.currency()).unwrap())
        };
        Ok(match input.operation.as_str() {
            "add" => money.add(&other()?)?.value(),
            "subtract" => money.subtract(&other()?)?.value(),
            "compare" => (money.compare(&other()?)? as i8).to_string(),
            "allocate" => {
                let shares = money.allocate(&input.weights)?;
                shares.iter().map(Money::value).collect::<Vec<_>>().join(" ")
            }
            "percentage" => money.percentage(percent()?, rounding()?)?.value(),
            "fee" => {
                let fixed = Money::parse(input.fixed.as_deref().unwrap(), money.currency())?;
                money.fee(percent()?, &fixed, rounding()?)?.value()
            }
            "convert" => {
                let rate = Ratio::parse(input.rate.as_deref().unwrap(), "rate")?;
                let into = Currency::parse(input.into.as_deref().unwrap())?;
                money.convert(rate, into, rounding()?)?.value()
            }
            "limits" => {
                let [minimum, maximum, remaining] =
                    [&input.minimum, &input.maximum, &input.remaining].map(limit);
                match (Limits { minimum, maximum, remaining }).passed_by(&money)? {
                    None => money.value(),
                    Some(passed) => return Err(passed.refusal().error),
                }
            }
            other => panic!("{other} is no operation"),
        })
    });
}

#[test]
fn handles() {
    #[derive(Deserialize)]
    struct Input {
        handle: String,
    }
    run("handle", |input: Input| Ok(Handle::parse(&input.handle)?.as_str().to_owned()));
}

#[test]
fn requests() {
    #[derive(Deserialize)]
    struct Input {
        draft: Draft,
    }
    #[derive(Deserialize)]
    struct Draft {
        to: String,
        account: String,
        amount: Value,
        currency: String,
        reference: Option<String>,
        note: Option<String>,
    }
    #[derive(Deserialize, PartialEq, Debug)]
    struct Output {
        body: String,
        digest: String,
    }
    run("request", |Input { draft }| {
        let Value::String(value) = &draft.amount else {
            return Err(ErrorCode::AmountNotText.at("amount"));
        };
        let mut intent = PaymentIntent::new(&draft.to, Amount::parse(value, &draft.currency)?)?;
        if let Some(reference) = &draft.reference {
            intent = intent.with_reference(reference)?;
        }
        if let Some(note) = &draft.note {
            intent = intent.with_note(note)?;
        }
        let request = intent.pin(AccountId::parse(&draft.account)?);
        let body = payment_body(&request);
        assert_eq!(read_payment_request(body.as_bytes())?, request);
        Ok(Output { digest: content_digest(body.as_bytes()), body })
    });
}

#[derive(Deserialize)]
struct Message {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

impl From<Message> for HttpRequest {
    fn from(message: Message) -> Self {
        let mut request = HttpRequest::new(&message.method, message.url);
        for (name, value) in message.headers {
            request = request.with_field(&name, value);
        }
        request.body = message.body.map(String::into_bytes);
        request
    }
}

#[test]
fn rfc_9421_signature_base() {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Vector {
        label: String,
        request: Message,
        signature_input: String,
        /// Absent where the message was changed so that its signature must not verify.
        base: Option<String>,
        /// Absent where the example is signed with another algorithm.
        #[serde(flatten)]
        signed: Option<Signed>,
    }
    #[derive(Deserialize)]
    struct Signed {
        seed: String,
        signature: String,
    }
    for_each("signature-base", |name, vector: Vector| {
        let input = SignatureInput::parse(&vector.signature_input, &vector.label).unwrap();
        let written = [&vector.label, "=", &input.to_field_value()].concat();
        assert_eq!(written, vector.signature_input, "{name}");
        let base = signature_base(&vector.request.into(), &input).unwrap();
        if let Some(expected) = &vector.base {
            assert_eq!(base, *expected, "{name}");
        }
        let Some(Signed { seed, signature }) = &vector.signed else { return };
        let key = SigningKey::from_seed(bytes(seed));
        let genuine = base64(&key.sign(base.as_bytes())) == *signature;
        assert_eq!(genuine, vector.base.is_some(), "{name}");
        let signature = Base64::decode_vec(signature).unwrap();
        let verified = key.public_key().verify(base.as_bytes(), &signature);
        assert_eq!(verified.is_ok(), genuine, "{name}");
    });
}

#[test]
fn content_digests() {
    #[derive(Deserialize)]
    struct Input {
        body: String,
    }
    run("content-digest", |input: Input| Ok(content_digest(input.body.as_bytes())));
}

#[test]
fn rfc_8032_signatures() {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Vector {
        seed: String,
        public_key: String,
        message: String,
        signature: String,
    }
    for_each("ed25519", |name, vector: Vector| {
        let key = SigningKey::from_seed(bytes(&vector.seed));
        let public = PublicKey::from_bytes(&bytes(&vector.public_key)).unwrap();
        assert_eq!(key.public_key(), public, "{name}");
        let (message, signature) = (unhex(&vector.message), unhex(&vector.signature));
        assert_eq!(key.sign(&message).to_vec(), signature, "{name}");
        public.verify(&message, &signature).unwrap();
        assert!(public.verify(b"another message", &signature).is_err(), "{name}");
    });
}

#[test]
fn signing() {
    #[derive(Deserialize)]
    struct Vector {
        description: String,
        request: Message,
        seed: String,
        options: Options,
        base: Option<String>,
        headers: Option<BTreeMap<String, String>>,
        refused: Option<Refusal>,
    }
    #[derive(Deserialize)]
    struct Options {
        environment: String,
        created: u64,
        expires: u64,
        nonce: String,
    }
    for_each("sign", |name, vector: Vector| {
        let request = HttpRequest::from(vector.request);
        let key = SigningKey::from_seed(bytes(&vector.seed));
        let Options { environment, created, expires, nonce } = vector.options;
        let signed = SignatureParameters::new(&environment, created, expires, &nonce)
            .and_then(|parameters| {
                let prepared = prepare(&request, &key.public_key().key_id(), &parameters)?;
                let fields = sign(&request, &key, &parameters)?.fields;
                Ok((prepared.base().to_owned(), fields.into_iter().collect()))
            })
            .map_err(Refusal::from);
        let expected = match (vector.base, vector.headers, vector.refused) {
            (Some(base), Some(headers), None) => Ok((base, headers)),
            (None, None, Some(refusal)) => Err(refusal),
            _ => panic!("{name} expects either headers or a refusal"),
        };
        assert_eq!(signed, expected, "{name}: {}", vector.description);
    });
}

#[test]
fn verifying() {
    #[derive(Deserialize)]
    struct Input {
        request: Message,
        key: Jwk,
        policy: PolicyInput,
    }
    #[derive(Deserialize)]
    struct Jwk {
        crv: String,
        x: String,
    }
    #[derive(Deserialize)]
    struct PolicyInput {
        environment: String,
        now: u64,
    }
    #[derive(Deserialize, PartialEq, Debug)]
    #[serde(rename_all = "camelCase")]
    struct Output {
        key_id: String,
        nonce: String,
    }
    run("verify", |Input { request, key, policy }| {
        if key.crv != "Ed25519" {
            return Err(ErrorCode::KeyMalformed.at("crv"));
        }
        let key = PublicKey::from_jwk_x(&key.x)?;
        let request = HttpRequest::from(request);
        let presented = Presented::read(&request)?;
        let policy = Policy { environment: &policy.environment, now: policy.now };
        presented.verify(&request, &key, &policy)?;
        Ok(Output {
            key_id: presented.key_id().to_owned(),
            nonce: presented.parameters().nonce().to_owned(),
        })
    });
}

#[test]
fn receipts() {
    #[derive(Deserialize)]
    struct Input {
        token: String,
        keys: Value,
        expected: ExpectedInput,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct ExpectedInput {
        issuer: String,
        payee: PartyInput,
        amount: AmountInput,
        reference: Option<String>,
        request_digest: Option<String>,
        payment: Option<String>,
    }
    #[derive(Deserialize)]
    struct PartyInput {
        handle: String,
        account: String,
    }
    #[derive(Deserialize)]
    struct AmountInput {
        value: String,
        currency: String,
    }
    #[derive(Deserialize, PartialEq, Debug)]
    #[serde(rename_all = "camelCase")]
    struct Output {
        payment: String,
        issued_at: u64,
        origin: Option<String>,
    }
    run("receipt", |Input { token, keys, expected }| {
        let keys = KeySet::parse(keys.to_string().as_bytes())?;
        let handle = Handle::parse(&expected.payee.handle)?;
        let payee = Party::new(handle, AccountId::parse(&expected.payee.account)?);
        let amount = Amount::as_written(&expected.amount.value, &expected.amount.currency)?;
        let receipt = verify_receipt_as_written(
            &token,
            &keys,
            &Expected {
                issuer: &expected.issuer,
                payee: &payee,
                amount: &amount,
                reference: expected.reference.as_deref(),
                request_digest: expected.request_digest.as_deref(),
                payment: expected.payment.as_deref(),
            },
        )?;
        let (payment, issued_at, origin) = (receipt.payment, receipt.issued_at, receipt.origin);
        Ok(Output { payment, issued_at, origin })
    });
}

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    unhex(hex).try_into().unwrap()
}

fn unhex(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn base64(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}
