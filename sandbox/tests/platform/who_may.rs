//! `x-keys` of the contract, operation by operation: which keys may ask for what.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use xp2p::ErrorCode;

use crate::call::Call;
use crate::client::{Person, assert_refused, json_of, send};
use crate::pages::{approval, limits, link_request, registration};
use crate::server::Server;

/// What the contract has and the sandbox does not answer yet.
const NOT_ROUTED_YET: [&str; 0] = [];

/// An operation that only signed requests may ask for.
struct Operation {
    id: String,
    call: Call,
    /// `x-keys`.
    keys: BTreeSet<String>,
}

fn operations() -> Vec<Operation> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../contract/openapi.yaml");
    let contract: Value = serde_saphyr::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut operations = Vec::new();
    for (path, methods) in contract["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            if operation["security"] == json!([]) {
                assert!(operation.get("x-keys").is_none(), "anybody may ask for {id}");
                continue;
            }
            let keys = operation["x-keys"].as_array().unwrap_or_else(|| panic!("{id}"));
            let call = match method.as_str() {
                "get" => Call::get(address(path)),
                "post" => Call::post(address(path)),
                other => panic!("{other} {path}"),
            };
            let body = operation.get("requestBody").is_some();
            operations.push(Operation {
                id,
                call: if body { call.with_body(json!({})) } else { call },
                keys: keys.iter().map(|key| key.as_str().unwrap().to_owned()).collect(),
            });
        }
    }
    operations
}

/// The path, naming something that is not there.
fn address(path: &str) -> String {
    path.replace("{id}", "xxx_0198f0a6b3c97d2e8f4a5b6c7d8e9f00")
        .replace("{key_id}", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
}

#[test]
fn requirement_1_each_operation_takes_the_keys_that_the_contract_lists() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let [requester, linked] = [(); 2].map(|()| {
        let person = Person::stranger();
        registration(&person, "requester").answers(&person, &server, 201);
        person
    });
    let request = link_request(&server, limits("5.00", "20.00", "week", "100.00"));
    let asked = Call::post("/v1/links").with_body(request).answers(&linked, &server, 201);
    approval(&asked, "acct_alice000").answers(&alice, &server, 200);
    let people = [("requester", &requester), ("linked", &linked), ("approval", &alice)];

    let mut not_routed = BTreeSet::new();
    let operations = operations();
    assert!(operations.len() > 30, "the contract was read in part only");
    for Operation { id, call, keys } in &operations {
        assert!(!keys.is_empty(), "{id}");
        // Whatever is there asks for a signature first.
        let unsigned = send(server.address, &call.unsigned()).unwrap();
        if [404, 405].contains(&unsigned.status) {
            not_routed.insert(id.as_str());
            continue;
        }
        assert_refused(&unsigned, ErrorCode::SignatureMissing, Some("signature-input"));
        for (role, person) in people {
            let answer = call.sent_by(person, &server);
            if keys.contains(role) {
                // It may be refused for what it says, or for what is not there.
                let code = if answer.status < 400 {
                    Value::Null
                } else {
                    json_of(&answer)["code"].clone()
                };
                assert_ne!(code, "key_not_allowed", "{id} refuses the {role} key");
                assert_ne!(answer.status, 500, "{id}");
            } else {
                assert!(answer.status == 403, "{id} takes the {role} key: {}", answer.status);
                assert_refused(&answer, ErrorCode::KeyNotAllowed, Some("keyid"));
            }
        }
    }
    assert_eq!(not_routed, BTreeSet::from(NOT_ROUTED_YET));
}
