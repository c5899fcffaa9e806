//! The contract's texts say what the code does.

use std::fs;
use std::path::Path;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};
use xp2p::ErrorCode;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_vector_of_codes_is_the_table_of_codes() {
    let table = ErrorCode::ALL.iter().map(|code| match code.status() {
        Some(status) => {
            json!({"code": code.as_str(), "status": status, "retryable": code.is_retryable()})
        }
        None => json!({"code": code.as_str(), "retryable": code.is_retryable()}),
    });
    let vector: Value = serde_json::from_str(&read("tests/vectors/error-codes.json")).unwrap();
    assert_eq!(Value::Array(table.collect()), vector);
}

#[test]
fn openapi_lists_the_codes_that_a_platform_sends() {
    let openapi = read("contract/openapi.yaml");
    let (_, after) = openapi.split_once("    ErrorCode:\n").unwrap();
    let (_, listed) = after.split_once("      enum:\n").unwrap();
    let listed: Vec<&str> =
        listed.lines().map_while(|line| line.strip_prefix("        - ")).collect();
    let sent = ErrorCode::ALL.iter().filter(|code| code.status().is_some());
    assert_eq!(listed, sent.map(|code| code.as_str()).collect::<Vec<_>>());
}

#[test]
fn the_example_of_signing_is_the_vector() {
    let vector: Value = serde_json::from_str(&read("tests/vectors/sign/payment.json")).unwrap();
    let page = read("contract/signing.md");
    let indented =
        |text: &str| text.lines().map(|line| format!("    {line}\n")).collect::<String>();
    assert!(page.contains(&indented(vector["base"].as_str().unwrap())));
    assert!(page.contains(&indented(vector["request"]["body"].as_str().unwrap())));
    for (name, value) in vector["headers"].as_object().unwrap() {
        assert!(page.contains(&format!("    {name}: {}\n", value.as_str().unwrap())), "{name}");
    }
}

#[test]
fn the_example_of_receipts_is_the_vector() {
    let vector: Value = serde_json::from_str(&read("tests/vectors/receipt/whole.json")).unwrap();
    let page = read("contract/receipts.md");
    let (_, example) = page.split_once("## Example").unwrap();
    let blocks: Vec<String> = example
        .split("\n\n")
        .filter(|block| block.starts_with("    "))
        .map(|block| block.lines().map(str::trim_start).collect())
        .collect();
    let [header, claims, token] = &blocks[..] else { panic!("{} blocks", blocks.len()) };
    assert_eq!(token, vector["token"].as_str().unwrap());
    for (written, part) in [header, claims].into_iter().zip(token.split('.')) {
        let decoded = Base64UrlUnpadded::decode_vec(part).unwrap();
        let written: Value = serde_json::from_str(written).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&decoded).unwrap(), written);
    }
}
