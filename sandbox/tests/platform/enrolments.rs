//! How a test person gets their first key: outside the contract.

use serde_json::{Value, json};
use xp2p::ErrorCode::{KeyNotAllowed, NotFound, PasskeyInvalid, PasskeyRequired, StateFinal};
use xp2p::canonical::HttpRequest;
use xp2p::transport::HttpResponse;

use crate::call::Call;
use crate::client::{LUTECE, Person, assert_refused, get, json_of, post, send};
use crate::pages::{SHOP, jwk};
use crate::passkey::{Holder, answering};
use crate::server::{ORIGIN, Server, WALLET};
use crate::shop::{ALICE, wanted};

fn challenge(server: &Server, handle: &str, person: &Person) -> HttpResponse {
    let body = json!({ "handle": handle, "jwk": jwk(person) });
    post(server, "/sandbox/enrolments/challenge", &body)
}

fn enrolment(handle: &str, person: &Person, passkey: Option<(&Value, &Value)>) -> Value {
    let mut body = json!({ "handle": handle, "jwk": jwk(person), "label": "a browser" });
    if let Some((challenge, credential)) = passkey {
        body["passkey"] = json!({ "challenge": challenge["id"], "credential": credential });
    }
    body
}

fn enrol(
    server: &Server,
    handle: &str,
    person: &Person,
    passkey: Option<(&Value, &Value)>,
) -> HttpResponse {
    post(server, "/sandbox/enrolments", &enrolment(handle, person, passkey))
}

#[test]
fn requirement_12_whoever_has_a_passkey_needs_it_to_enrol_a_key() {
    let server = Server::start();
    let mut alice = Holder::new(&server, "alice");
    let [browser, other] = [(); 2].map(|()| Person::stranger());
    assert_refused(&enrol(&server, "alice", &browser, None), PasskeyRequired, Some("passkey"));
    let asked = challenge(&server, "alice", &browser);
    assert_eq!(asked.status, 201);
    let asked = json_of(&asked);
    assert_eq!(asked["options"]["userVerification"], "required");

    // For this key and this person only.
    let credential = alice.passkey.assertion(&asked["options"]);
    let proof = Some((&asked, &credential));
    let challenge_of = Some("passkey.challenge");
    assert_refused(&enrol(&server, "alice", &other, proof), PasskeyInvalid, challenge_of);
    assert_refused(&enrol(&server, "bob", &browser, proof), PasskeyInvalid, challenge_of);
    // The key is not known yet, so it cannot have asked for a request of its own.
    let as_answer = answering(&asked, &credential).sent_by(&alice.person, &server);
    assert_refused(&as_answer, NotFound, None);

    let enrolled = enrol(&server, "alice", &browser, proof);
    assert_eq!(enrolled.status, 201, "{}", json_of(&enrolled));
    let account = Call::get("/v1/account").answers(&browser, &server, 200);
    assert_eq!(account["handle"], "alice");
    let keys = Call::get("/v1/keys").answers(&browser, &server, 200);
    assert_eq!(keys["items"][0]["label"], "a browser");
    // Once: the same key again needs another answer.
    assert_refused(&enrol(&server, "alice", &browser, proof), StateFinal, None);
}

#[test]
fn requirement_12_what_is_no_answer_enrols_nothing() {
    let server = Server::start();
    let mut alice = Holder::new(&server, "alice");
    let browser = Person::stranger();
    let bends: [fn(&mut xp2p_authenticator::Passkey); 4] = [
        |passkey| passkey.origin = SHOP.into(),
        |passkey| passkey.relying_party = "shop.example".into(),
        |passkey| passkey.verifies = false,
        |passkey| passkey.counter = 0,
    ];
    for bend in bends {
        let asked = json_of(&challenge(&server, "alice", &browser));
        let mut bent = alice.passkey.clone();
        bend(&mut bent);
        let wrong = bent.assertion(&asked["options"]);
        let answer = enrol(&server, "alice", &browser, Some((&asked, &wrong)));
        assert_refused(&answer, PasskeyInvalid, Some("credential"));
        let right = alice.passkey.assertion(&asked["options"]);
        let answer = enrol(&server, "alice", &browser, Some((&asked, &right)));
        assert_refused(&answer, StateFinal, None);
    }
    let asked = json_of(&challenge(&server, "alice", &browser));
    server.clock.shift(120);
    let late = alice.passkey.assertion(&asked["options"]);
    assert_refused(&enrol(&server, "alice", &browser, Some((&asked, &late))), StateFinal, None);
    // An answer to a request is none to an enrolment.
    let call = Call::post("/v1/payments").with_body(wanted(LUTECE, "120.00", "EUR"));
    let asked = alice.challenged(&server, &call);
    let credential = alice.passkey.assertion(&asked["options"]);
    let answer = enrol(&server, "alice", &alice.person, Some((&asked, &credential)));
    assert_refused(&answer, PasskeyInvalid, Some("passkey.challenge"));
    assert_eq!(server.count("SELECT count(*) FROM keys"), 1);
}

#[test]
fn people_say_who_needs_a_passkey() {
    let server = Server::start();
    Holder::new(&server, "alice");
    let people = json_of(&get(&server, "/sandbox/people"))["people"].clone();
    let person = |handle: &str| {
        people.as_array().unwrap().iter().find(|person| person["handle"] == handle).cloned()
    };
    let alice =
        json!({ "handle": "alice", "account": ALICE, "name": "Alice Martin", "passkey": true });
    assert_eq!(person("alice"), Some(alice));
    assert_eq!(person("bob").unwrap()["passkey"], false);
    assert_eq!(person("lutece"), None, "merchants are no people");
    let stranger = Person::stranger();
    assert_refused(&challenge(&server, "bob", &stranger), NotFound, None);
    assert_eq!(enrol(&server, "bob", &stranger, None).status, 201);
}

#[test]
fn requirement_12_an_approval_key_asks_from_where_it_was_enrolled() {
    let server = Server::start();
    let browser = Person::stranger();
    let body = enrolment("alice", &browser, None).to_string().into_bytes();
    let request = HttpRequest::new("POST", format!("{ORIGIN}/sandbox/enrolments"))
        .with_json(body)
        .with_field("origin", WALLET);
    assert_eq!(send(server.address, &request).unwrap().status, 201);
    let account = Call::get("/v1/account");
    let key = account.clone().with_field("origin", WALLET).answers(&browser, &server, 200);
    assert_eq!(key["handle"], "alice");
    let pay = || Call::post("/v1/payments").with_body(wanted(LUTECE, "1.00", "EUR"));
    for call in [account, pay(), pay().from(SHOP)] {
        let answer = call.sent_by(&browser, &server);
        assert_refused(&answer, KeyNotAllowed, Some("origin"));
    }
    pay().from(WALLET).answers(&browser, &server, 201);
}

#[test]
fn somebody_new_signs_up_and_adds_a_passkey() {
    let server = Server::start();
    let erin = json!({ "handle": "erin", "name": "Erin Sol" });
    let opening = HttpRequest::new("POST", format!("{ORIGIN}/sandbox/accounts"))
        .with_json(erin.to_string().into_bytes())
        .with_field("origin", WALLET)
        .with_field("sec-fetch-site", "cross-site");
    assert_eq!(send(server.address, &opening).unwrap().status, 201);
    let mut erin = Holder::new(&server, "erin");
    let call = Call::post("/v1/payments").with_body(wanted(LUTECE, "120.00", "EUR"));
    let answer = erin.does(&server, &call);
    assert_refused(&answer, xp2p::ErrorCode::InsufficientFunds, Some("amount"));
}
