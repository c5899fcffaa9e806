//! Where the search begins: the vectors of `tests/vectors`, in the form that each target reads.

use std::fs;
use std::path::Path;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};

use crate::messages::{NOW, ORIGIN};
use crate::receipts::kid;

/// Every vector of a folder.
fn vectors(folder: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors").join(folder);
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("vectors").map(|file| file.expect("a file").path()).collect();
    files.sort();
    let read = |file| serde_json::from_slice(&fs::read(file).expect("a vector")).expect("JSON");
    files.iter().map(read).collect()
}

/// Texts of the vectors of a folder.
fn texts(folder: &str, text: impl Fn(&Value) -> Option<String>) -> Vec<Vec<u8>> {
    vectors(folder).iter().filter_map(text).map(String::into_bytes).collect()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

pub(crate) fn json() -> Vec<Vec<u8>> {
    let mut seeds = bodies();
    seeds.extend(key_sets());
    seeds.push(br#"{"a":[null,true,false,-0.5e+10,"\u00e9\ud83c\udf5c\n\"\\\/"],"b":{}}"#.to_vec());
    seeds
}

pub(crate) fn bodies() -> Vec<Vec<u8>> {
    let mut seeds = texts("request", |vector| text(&vector["expect"]["body"]));
    seeds.extend(texts("sign", |vector| text(&vector["request"]["body"])));
    seeds.push(br#"{"label":"my laptop","note":"lunch"}"#.to_vec());
    seeds
}

pub(crate) fn amounts() -> Vec<Vec<u8>> {
    texts("amount", |vector| {
        Some(format!("{}\n{}", vector["value"].as_str()?, vector["currency"].as_str()?))
    })
}

pub(crate) fn typed() -> Vec<Vec<u8>> {
    texts("amount-typed", |vector| {
        let text = |name: &str| vector[name].as_str();
        Some([text("text")?, text("currency")?, text("locale")?].join("\n"))
    })
}

pub(crate) fn names() -> Vec<Vec<u8>> {
    let mut seeds = texts("handle", |vector| text(&vector["handle"]));
    let more = [
        "acct_lutece00",
        "0198f0a6-b3c9-7d2e-8f4a-5b6c7d8e9f01",
        "insufficient_funds",
        "order-1042",
    ];
    seeds.extend(more.map(|text| text.as_bytes().to_vec()));
    seeds
}

pub(crate) fn platforms() -> Vec<Vec<u8>> {
    [
        "https://api.example",
        "https://API.Example:443/",
        "http://127.0.0.1:8787",
        "http://[::1]:80/",
        "https://xn--bcher-kva.example.",
    ]
    .map(|url| url.as_bytes().to_vec())
    .to_vec()
}

pub(crate) fn keys() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for vector in vectors("receipt") {
        for key in vector["keys"]["keys"].as_array().into_iter().flatten() {
            let Some(x) = key["x"].as_str() else { continue };
            seeds.push(x.as_bytes().to_vec());
            seeds.extend(
                Base64UrlUnpadded::decode_vec(x).map(|bytes| [bytes, vec![0; 64]].concat()),
            );
        }
    }
    seeds.sort();
    seeds.dedup();
    seeds
}

fn headers(vector: &Value) -> Vec<(&str, &str)> {
    let lines = vector["request"]["headers"].as_array().into_iter().flatten();
    lines.filter_map(|line| Some((line[0].as_str()?, line[1].as_str()?))).collect()
}

pub(crate) fn signature_inputs() -> Vec<Vec<u8>> {
    let all = ["verify", "signature-base"].into_iter().flat_map(vectors);
    let field = |vector: Value| {
        let field = headers(&vector)
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("signature-input"));
        let field =
            field.map(|(_, value)| value.to_owned()).or_else(|| text(&vector["signatureInput"]))?;
        let (_, value) = field.split_once('=')?;
        Some(format!("xp2p={value}").into_bytes())
    };
    all.filter_map(field).collect()
}

pub(crate) fn signed_requests() -> Vec<Vec<u8>> {
    let all = ["verify", "sign"].into_iter().flat_map(vectors);
    let message = |vector: Value| {
        let request = &vector["request"];
        let mut message = format!("{} {}\n", request["method"].as_str()?, request["url"].as_str()?);
        for (name, value) in headers(&vector) {
            message.push_str(&format!("{name}: {value}\n"));
        }
        Some(format!("{message}\n{}", request["body"].as_str().unwrap_or_default()).into_bytes())
    };
    all.filter_map(message).collect()
}

fn answer(status: u16, media_type: &str, body: &Value) -> Vec<u8> {
    [&status.to_be_bytes(), media_type.as_bytes(), b"\n", body.to_string().as_bytes()].concat()
}

fn settings() -> Vec<u8> {
    let euro = json!({"code": "EUR", "exponent": 2, "minimum": "0.01", "maximum": "100.00"});
    let settings = json!({"environment": "sandbox", "issuer": format!("{ORIGIN}/sandbox"), "wallet_url": "https://wallet.example/", "currencies": [euro], "now": NOW});
    answer(200, "application/json", &settings)
}

fn payee() -> Vec<u8> {
    let payee = json!({"handle": "lutece", "account": "acct_lutece00", "name": "Lutèce Books", "kind": "merchant"});
    answer(200, "application/json; charset=utf-8", &payee)
}

fn refusal(code: &str) -> Vec<u8> {
    answer(402, "application/problem+json", &json!({"code": code, "param": "amount"}))
}

pub(crate) fn answers() -> Vec<Vec<u8>> {
    vec![
        settings(),
        payee(),
        refusal("insufficient_funds"),
        refusal("of_the_future"),
        answer(502, "text/html", &json!({})),
    ]
}

pub(crate) fn payments() -> Vec<Vec<u8>> {
    let whole = &vectors("receipt")[0];
    let paid = answer(200, "application/json", &json!({"receipt": whole["token"]}));
    let keys = answer(200, "application/json", &json!({"keys": []}));
    [
        vec![settings(), payee(), paid.clone(), keys],
        vec![settings(), payee(), refusal("insufficient_funds")],
        vec![settings(), payee(), refusal("clock_skew"), settings(), refusal("clock_skew")],
        vec![settings(), payee(), vec![]],
        vec![settings(), refusal("handle_unknown")],
    ]
    .map(|answers| answers.join(&0xff))
    .to_vec()
}

pub(crate) fn key_sets() -> Vec<Vec<u8>> {
    let mut seeds: Vec<_> =
        vectors("receipt").iter().map(|vector| vector["keys"].to_string().into_bytes()).collect();
    seeds.sort();
    seeds.dedup();
    seeds
}

pub(crate) fn tokens() -> Vec<Vec<u8>> {
    texts("receipt", |vector| Some(format!("{}\n{}", vector["keys"], vector["token"].as_str()?)))
}

/// Headers and claims, with the key's id put in.
pub(crate) fn signed_tokens() -> Vec<Vec<u8>> {
    let decoded = |vector: &Value| {
        let token = vector["token"].as_str()?.to_owned();
        let mut parts = token.split('.').map(|part| Base64UrlUnpadded::decode_vec(part).ok());
        let (mut header, claims) =
            (serde_json::from_slice::<Value>(&parts.next()??).ok()?, parts.next()??);
        header["kid"] = json!(kid());
        Some([header.to_string().into_bytes(), claims].join(&b'\n'))
    };
    vectors("receipt").iter().filter_map(decoded).collect()
}
