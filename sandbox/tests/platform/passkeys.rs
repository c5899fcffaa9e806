//! Passkeys: for what one is needed, what its answer counts for, and what is no answer.

use serde_json::{Value, json};
use xp2p::ErrorCode::{ApprovalMismatch, NotFound, PasskeyInvalid, PasskeyRequired, StateFinal};
use xp2p::canonical::content_digest;
use xp2p_authenticator::Passkey;

use crate::call::Call;
use crate::client::{LUTECE, Person, assert_refused, euros, json_of, ledger, rename};
use crate::pages::{approval as link_approval, limits, link_request, registration, request_link};
use crate::passkey::{Holder, answering, begin, challenged, finishing, removing};
use crate::server::{Server, WALLET};
use crate::shop::{ALICE, approval, approving, ask, page, path, state, wanted};

const BODY: Option<&str> = Some("content-digest");

fn payment(value: &str) -> Call {
    Call::post("/v1/payments").with_body(wanted(LUTECE, value, "EUR"))
}

#[test]
fn a_key_knows_whose_it_is() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    rename(&server, "alice", "alice.martin");
    let account = Call::get("/v1/account").answers(&alice, &server, 200);
    let expected = json!({
        "handle": "alice.martin",
        "account": ALICE,
        "name": "Alice Martin",
        "kind": "person",
    });
    assert_eq!(account, expected);
}

#[test]
fn a_passkey_is_added_listed_and_removed() {
    let server = Server::start();
    let person = Person::enrolled(&server, "alice");
    let begun = begin(&server, &person);
    let options = &begun["options"];
    assert_eq!(options["rp"], json!({ "id": "wallet.example", "name": "xp2p sandbox" }));
    assert_eq!(options["user"]["name"], "alice");
    assert_eq!(options["user"]["displayName"], "Alice Martin");
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    let listed = || Call::get("/v1/passkeys").answers(&person, &server, 200)["items"].clone();
    assert_eq!(listed(), json!([]), "it does not count before it was added");

    let mut passkey = Passkey::new(WALLET);
    let credential = passkey.registration(options);
    let added = finishing(&begun, &credential).answers(&person, &server, 200);
    assert_eq!((&added["id"], &added["label"]), (&begun["id"], &json!("my phone")));
    assert_eq!(listed(), json!([added]));
    let once_more = finishing(&begun, &credential);
    let mut alice = Holder { passkey, id: added["id"].as_str().unwrap().into(), person };
    assert_refused(&alice.does(&server, &once_more), StateFinal, None);

    // The same person, whom an authenticator shall tell from others by something that says nothing.
    let further = begin(&server, &alice.person);
    assert_eq!(further["options"]["user"]["id"], options["user"]["id"]);
    assert_ne!(further["options"]["challenge"], options["challenge"]);
    assert_eq!(further["options"]["excludeCredentials"][0]["id"], credential["id"]);

    let removal = removing(&alice.id);
    let removed = json_of(&alice.does(&server, &removal));
    assert!(removed["removed_at"].is_i64());
    let again = removing(&alice.id).answers(&alice.person, &server, 200);
    assert_eq!(again, removed);
    let listed = Call::get("/v1/passkeys").answers(&alice.person, &server, 200);
    assert_eq!(listed["items"], json!([]));
}

#[test]
fn requirement_12_a_key_alone_pays_nothing_above_the_limit() {
    let server = Server::start();
    let mut alice = Holder::new(&server, "alice");
    let bob = Person::enrolled(&server, "bob");
    payment("100.00").answers(&alice.person, &server, 201);
    // Who has none is not asked.
    payment("100.01").answers(&bob, &server, 201);

    let call = payment("100.01");
    let before = ledger(&server);
    for _ in 0..2 {
        assert_refused(&call.sent_by(&alice.person, &server), PasskeyRequired, BODY);
    }
    assert_eq!(ledger(&server), before);
    // The same intent, with the same idempotency key, goes on.
    let paid = alice.does(&server, &call);
    assert_eq!(paid.status, 201, "{}", json_of(&paid));
    // Whoever lost the answer gets it again, and needs no passkey for that.
    let again = call.sent_by(&alice.person, &server);
    assert_eq!((again.status, &again.body), (201, &paid.body));
    assert_eq!(euros(&server, "alice"), "299.99");

    let listed = Call::get("/v1/passkeys").answers(&alice.person, &server, 200);
    assert!(listed["items"][0]["last_used_at"].is_i64());
    // In a currency that has no decimals.
    let yen = |value| Call::post("/v1/payments").with_body(wanted(LUTECE, value, "JPY"));
    yen("15000").answers(&alice.person, &server, 201);
    assert_refused(&yen("15001").sent_by(&alice.person, &server), PasskeyRequired, BODY);
}

#[test]
fn requirement_10_a_passkeys_answer_counts_for_one_body() {
    let server = Server::start();
    let (page, mut alice) = (page(&server), Holder::new(&server, "alice"));
    let checkout = ask(&server, &page, "150.00");
    let call = approving(&checkout, ALICE);
    assert_refused(&call.sent_by(&alice.person, &server), PasskeyRequired, BODY);
    alice.confirm(&server, &call);

    // Another amount than the one that the passkey answered to; and one that needs no passkey.
    let before = ledger(&server);
    let mut more = approval(&checkout, ALICE);
    more["amount"]["value"] = json!("450.00");
    let more = Call::post(path(&checkout, "/approve")).with_body(more);
    assert_refused(&more.sent_by(&alice.person, &server), PasskeyRequired, BODY);
    // Another checkout, by the same page and over the same amount.
    let other = approving(&ask(&server, &page, "150.00"), ALICE);
    assert_refused(&other.sent_by(&alice.person, &server), PasskeyRequired, BODY);
    assert_eq!(ledger(&server), before);
    assert_eq!(state(&server, &page, &checkout), ("created".into(), 1));

    // The body that it answered to, once.
    assert_eq!(call.sent_by(&alice.person, &server).status, 201);
    let anew = approving(&checkout, ALICE);
    assert_refused(&anew.sent_by(&alice.person, &server), PasskeyRequired, BODY);
    let report = server.audit();
    assert_eq!((report.payments, report.findings), (1, vec![]));
}

#[test]
fn requirement_12_an_answer_counts_once_in_time_and_for_the_key_that_asked() {
    let server = Server::start();
    let mut alice = Holder::new(&server, "alice");
    let phone = Person::stranger();
    let register = registration(&phone, "approval");
    assert_eq!(alice.does(&server, &register).status, 201);

    // Two intents with the same bytes are two requests.
    let [first, second] = [(); 2].map(|()| payment("120.00"));
    alice.confirm(&server, &first);
    assert_refused(&first.sent_by(&phone, &server), PasskeyRequired, BODY);
    assert_eq!(first.sent_by(&alice.person, &server).status, 201);
    assert_refused(&second.sent_by(&alice.person, &server), PasskeyRequired, BODY);

    alice.confirm(&server, &second);
    server.clock.shift(120);
    assert_refused(&second.sent_by(&alice.person, &server), PasskeyRequired, BODY);
    let challenge = alice.challenged(&server, &second);
    server.clock.shift(120);
    let late = answering(&challenge, &alice.passkey.assertion(&challenge["options"]));
    assert_refused(&late.sent_by(&alice.person, &server), StateFinal, None);

    // Nobody else answers, or learns that there is a challenge.
    let challenge = alice.challenged(&server, &second);
    let credential = alice.passkey.assertion(&challenge["options"]);
    let bob = Holder::new(&server, "bob");
    for other in [&phone, &bob.person] {
        let answer = answering(&challenge, &credential).sent_by(other, &server);
        assert_refused(&answer, NotFound, None);
    }
    answering(&challenge, &credential).answers(&alice.person, &server, 200);
    assert_eq!(euros(&server, "alice"), "380.00");
}

#[test]
fn requirement_12_what_is_no_answer_of_the_passkey_ends_the_challenge() {
    let server = Server::start();
    let mut alice = Holder::new(&server, "alice");
    let call = payment("120.00");
    alice.confirm(&server, &call);
    let earlier = alice.challenged(&server, &call);
    let replayed = alice.passkey.assertion(&earlier["options"]);

    type Bend = fn(&mut Passkey);
    let bends: [(&str, Bend); 7] = [
        ("another port", |passkey| passkey.origin = format!("{WALLET}:444")),
        ("another scheme", |passkey| passkey.origin = "http://wallet.example".into()),
        ("a host below", |passkey| passkey.origin = "https://a.wallet.example".into()),
        ("another relying party", |passkey| passkey.relying_party = "example".into()),
        ("no user verification", |passkey| passkey.verifies = false),
        ("a counter that goes back", |passkey| passkey.counter = 0),
        ("another key", |passkey| {
            let id = passkey.id.clone();
            let counter = passkey.counter;
            *passkey = Passkey::new(WALLET);
            (passkey.id, passkey.counter) = (id, counter);
        }),
    ];
    for (what, bend) in bends {
        let challenge = alice.challenged(&server, &call);
        let mut bent = alice.passkey.clone();
        bend(&mut bent);
        let wrong = answering(&challenge, &bent.assertion(&challenge["options"]));
        let answer = wrong.sent_by(&alice.person, &server);
        assert_eq!(json_of(&answer)["code"], "passkey_invalid", "{what}");
        assert_refused(&answer, PasskeyInvalid, Some("credential"));
        let right = answering(&challenge, &alice.passkey.assertion(&challenge["options"]));
        assert_refused(&right.sent_by(&alice.person, &server), StateFinal, None);
    }
    let challenge = alice.challenged(&server, &call);
    let replay = answering(&challenge, &replayed);
    assert_refused(&replay.sent_by(&alice.person, &server), PasskeyInvalid, Some("credential"));
    // A passkey of somebody else.
    let mut bob = Holder::new(&server, "bob");
    let challenge = alice.challenged(&server, &call);
    let bobs = answering(&challenge, &bob.passkey.assertion(&challenge["options"]));
    assert_refused(&bobs.sent_by(&alice.person, &server), PasskeyInvalid, Some("credential"));
    // What answers to one challenge is spent.
    assert_refused(&answered_twice(&server, &mut alice, &call), StateFinal, None);
}

fn answered_twice(
    server: &Server,
    alice: &mut Holder,
    call: &Call,
) -> xp2p::transport::HttpResponse {
    let challenge = alice.challenged(server, call);
    let credential = alice.passkey.assertion(&challenge["options"]);
    answering(&challenge, &credential).answers(&alice.person, server, 200);
    answering(&challenge, &credential).sent_by(&alice.person, server)
}

#[test]
fn a_counter_is_compared_with_the_latest_answer_and_not_with_the_challenges_time() {
    let server = Server::start();
    let mut alice = Holder::new(&server, "alice");
    let [one, two] = ["110.00", "120.00"].map(payment);
    let challenges = [&one, &two].map(|call| alice.challenged(&server, call));
    let [first, second] =
        [&challenges[0], &challenges[1]].map(|one| alice.passkey.assertion(&one["options"]));
    answering(&challenges[1], &second).answers(&alice.person, &server, 200);
    let late = answering(&challenges[0], &first).sent_by(&alice.person, &server);
    assert_refused(&late, PasskeyInvalid, Some("credential"));
    // An authenticator may have no counter at all.
    let bob = Person::enrolled(&server, "bob");
    let mut passkey = Passkey::new(WALLET);
    passkey.counts = false;
    let begun = begin(&server, &bob);
    finishing(&begun, &passkey.registration(&begun["options"])).answers(&bob, &server, 200);
    for _ in 0..2 {
        let challenge = challenged(&server, &bob, &one);
        let credential = passkey.assertion(&challenge["options"]);
        answering(&challenge, &credential).answers(&bob, &server, 200);
    }
}

#[test]
fn requirement_12_what_gives_power_over_an_account_needs_the_passkey() {
    let server = Server::start();
    let mut alice = Holder::new(&server, "alice");
    let page = Person::stranger();
    registration(&page, "requester").from(crate::pages::SHOP).answers(&page, &server, 201);
    let link = |lifetime: &str| {
        let request = link_request(&server, limits("5.00", "20.00", "week", lifetime));
        link_approval(&request_link(&server, &page, request), ALICE)
    };
    let (small, large) = (link("100.00"), link("100.01"));
    small.answers(&alice.person, &server, 200);

    let mut further = Passkey::new(WALLET);
    let begun = begin(&server, &alice.person);
    let finish = finishing(&begun, &further.registration(&begun["options"]));
    let register = registration(&Person::stranger(), "approval");
    let remove = removing(&alice.id);
    for call in [large, register, finish, remove] {
        assert_refused(&call.sent_by(&alice.person, &server), PasskeyRequired, BODY);
        let answer = alice.does(&server, &call);
        assert!(answer.status < 300, "{}", json_of(&answer));
    }
    // The one that was added counts, and the one that was removed does not.
    let call = payment("120.00");
    let challenge = alice.challenged(&server, &call);
    let removed = answering(&challenge, &alice.passkey.assertion(&challenge["options"]));
    assert_refused(&removed.sent_by(&alice.person, &server), PasskeyInvalid, Some("credential"));
    alice.passkey = further;
    assert_eq!(alice.does(&server, &call).status, 201);
}

#[test]
fn an_answer_of_a_passkey_that_was_removed_meanwhile_counts_for_nothing() {
    let server = Server::start();
    let mut alice = Holder::new(&server, "alice");
    let mut further = Passkey::new(WALLET);
    let begun = begin(&server, &alice.person);
    let finish = finishing(&begun, &further.registration(&begun["options"]));
    assert_eq!(alice.does(&server, &finish).status, 200);
    let call = payment("120.00");
    alice.confirm(&server, &call);
    let challenge = alice.challenged(&server, &call);
    let removal = removing(&alice.id);
    assert_eq!(alice.does(&server, &removal).status, 200);
    assert_refused(&call.sent_by(&alice.person, &server), PasskeyRequired, BODY);
    let removed = answering(&challenge, &alice.passkey.assertion(&challenge["options"]));
    assert_refused(&removed.sent_by(&alice.person, &server), PasskeyInvalid, Some("credential"));
}

#[test]
fn only_what_verifies_is_added() {
    let server = Server::start();
    let alice = Holder::new(&server, "alice");
    let bob = Person::enrolled(&server, "bob");
    type Bend = fn(&mut Passkey);
    let bends: [(&str, Bend); 4] = [
        ("another origin", |passkey| passkey.origin = "https://shop.example".into()),
        ("another relying party", |passkey| passkey.relying_party = "shop.example".into()),
        ("no user verification", |passkey| passkey.verifies = false),
        ("another port", |passkey| passkey.origin = format!("{WALLET}:444")),
    ];
    for (what, bend) in bends {
        let begun = begin(&server, &bob);
        let (mut passkey, mut bent) = (Passkey::new(WALLET), Passkey::new(WALLET));
        bend(&mut bent);
        let wrong = finishing(&begun, &bent.registration(&begun["options"]));
        let answer = wrong.sent_by(&bob, &server);
        assert_eq!(json_of(&answer)["code"], "passkey_invalid", "{what}");
        let right = finishing(&begun, &passkey.registration(&begun["options"]));
        assert_refused(&right.sent_by(&bob, &server), StateFinal, None);
    }
    // A passkey is one account's.
    let begun = begin(&server, &bob);
    let alices = finishing(&begun, &alice.passkey.clone().registration(&begun["options"]));
    assert_refused(&alices.sent_by(&bob, &server), PasskeyInvalid, Some("credential"));
    // The answer to another challenge.
    let [one, two] = [(); 2].map(|()| begin(&server, &bob));
    let crossed = finishing(&one, &Passkey::new(WALLET).registration(&two["options"]));
    assert_refused(&crossed.sent_by(&bob, &server), PasskeyInvalid, Some("credential"));
    // By the key that began, and in time.
    let phone = Person::enrolled(&server, "bob");
    let credential = Passkey::new(WALLET).registration(&two["options"]);
    let answer = finishing(&two, &credential).sent_by(&phone, &server);
    assert_refused(&answer, NotFound, None);
    let finish = finishing(&two, &credential);
    let mut alice = alice;
    assert_refused(&alice.does(&server, &finish), NotFound, None);
    server.clock.shift(300);
    let answer = finishing(&two, &credential).sent_by(&bob, &server);
    assert_refused(&answer, StateFinal, None);
    let listed = Call::get("/v1/passkeys").answers(&bob, &server, 200);
    assert_eq!(listed["items"], json!([]));
}

#[test]
fn a_passkey_is_removed_by_its_account_and_by_its_name() {
    let server = Server::start();
    let mut alice = Holder::new(&server, "alice");
    let bob = Person::enrolled(&server, "bob");
    assert_refused(&removing(&alice.id).sent_by(&bob, &server), NotFound, None);
    let crossed = Call::post(format!("/v1/passkeys/{}/remove", alice.id))
        .with_body(json!({ "passkey": "psk_00000000" }));
    let answer = alice.does(&server, &crossed);
    assert_refused(&answer, ApprovalMismatch, Some("passkey"));
    let begun = begin(&server, &alice.person);
    let never_added = removing(begun["id"].as_str().unwrap());
    assert_refused(&alice.does(&server, &never_added), NotFound, None);
}

#[test]
fn challenges_have_a_form_and_are_for_those_who_have_a_passkey() {
    let server = Server::start();
    let alice = Holder::new(&server, "alice");
    let bob = Person::enrolled(&server, "bob");
    let digest = content_digest(b"{}");
    let call = Call::post("/v1/passkey-challenges").with_body(json!({ "digest": digest }));
    assert_refused(&call.sent_by(&bob, &server), NotFound, None);
    let before = server.clock.now();
    let challenge = call.answers(&alice.person, &server, 201);
    let lives = challenge["expires_at"].as_i64().unwrap() - before;
    assert!((120..=120 + server.clock.now() - before).contains(&lives), "{lives}");
    assert_eq!(challenge["digest"], *digest);
    assert_eq!(challenge["options"]["userVerification"], "required");
    assert_eq!(challenge["options"]["rpId"], "wallet.example");
    for digest in [
        "",
        "sha-256=:abc=:",
        &digest[..50],
        "sha-512=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
    ] {
        let call = Call::post("/v1/passkey-challenges").with_body(json!({ "digest": digest }));
        let answer = call.sent_by(&alice.person, &server);
        assert_refused(&answer, xp2p::ErrorCode::RequestMalformed, Some("digest"));
    }
    for credential in [json!({}), json!("x"), json!({ "response": {} })] {
        let answer = answering(&challenge, &credential).sent_by(&alice.person, &server);
        assert_eq!(json_of(&answer)["code"], "request_malformed", "{credential}");
    }
    // What has no form was no answer.
    let mut passkey = alice.passkey.clone();
    answering(&challenge, &passkey.assertion(&challenge["options"])).answers(
        &alice.person,
        &server,
        200,
    );
}

#[test]
fn requirement_8_one_answer_lets_one_of_many_requests_through() {
    let server = Server::start();
    let second = server.beside();
    let mut alice = Holder::new(&server, "alice");
    alice.confirm(&server, &payment("101.00"));
    let alice = &alice;
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|number| {
                let server = if number % 2 == 0 { &server } else { &second };
                scope.spawn(move || payment("101.00").sent_by(&alice.person, server).status)
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|status| **status == 201).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 403).count(), 15, "{answers:?}");
    assert_eq!(euros(&server, "alice"), "399.00");
}

#[test]
fn challenges_and_registrations_outlive_a_restart() {
    let server = Server::start();
    let mut alice = Holder::new(&server, "alice");
    let call = payment("120.00");
    let challenge = alice.challenged(&server, &call);
    let begun = begin(&server, &alice.person);
    let server = server.restart();
    let credential = alice.passkey.assertion(&challenge["options"]);
    answering(&challenge, &credential).answers(&alice.person, &server, 200);
    let server = server.restart();
    assert_eq!(call.sent_by(&alice.person, &server).status, 201);
    let finish = finishing(&begun, &Passkey::new(WALLET).registration(&begun["options"]));
    assert_eq!(alice.does(&server, &finish).status, 200);
}

#[test]
fn requirement_7_passkeys_and_challenges_move_forward_only() {
    let server = Server::start();
    let mut alice = Holder::new(&server, "alice");
    let call = payment("120.00");
    assert_eq!(alice.does(&server, &call).status, 201);
    challenged(&server, &alice.person, &call);
    for (statement, reason) in [
        ("UPDATE passkey_challenges SET status = 'answered'", "once"),
        ("UPDATE passkey_challenges SET status = 'used' WHERE status = 'used'", "once"),
        (
            "UPDATE passkey_challenges SET status = 'failed', digest = 'x' WHERE status = 'asked'",
            "for",
        ),
        (
            "UPDATE passkey_challenges SET status = 'failed', key = 'x' WHERE status = 'asked'",
            "for",
        ),
        ("UPDATE passkeys SET counter = counter - 1", "back"),
        ("UPDATE passkeys SET account = 'acct_bob00000'", "whose"),
        ("UPDATE passkeys SET credential_id = 'x'", "whose"),
        ("UPDATE passkeys SET status = 'begun', credential = NULL", "forward"),
        ("DELETE FROM passkeys", "never deleted"),
    ] {
        let refused: String = server.refuses(statement).to_lowercase();
        assert!(refused.contains(reason), "{statement}: {refused}");
    }
    let removal = removing(&alice.id);
    assert_eq!(alice.does(&server, &removal).status, 200);
    let back = "UPDATE passkeys SET status = 'active', removed_at = NULL";
    assert!(server.refuses(back).contains("forward"));
}

#[test]
fn what_is_past_is_forgotten() {
    let server = Server::start();
    let alice = Holder::new(&server, "alice");
    begin(&server, &alice.person);
    alice.challenged(&server, &payment("120.00"));
    let begun = "SELECT count(*) FROM passkeys WHERE status = 'begun'";
    let asked = "SELECT count(*) FROM passkey_challenges";
    assert_eq!((server.count(begun), server.count(asked)), (1, 1));
    server.execute_all(
        "UPDATE passkeys SET expires_at = 1, status = 'failed' WHERE status = 'begun';
         INSERT INTO passkey_challenges (id, account, key, status, state, created_at, expires_at)
         VALUES ('pch_00000000', 'acct_alice000', 'x', 'asked', '{}', 0, 1)",
    );
    assert_eq!(server.count(asked), 2);
    let server = server.restart();
    let failed = "SELECT count(*) FROM passkeys WHERE status = 'failed'";
    assert_eq!((server.count(failed), server.count(asked)), (0, 1));
    assert_eq!(server.count("SELECT count(*) FROM passkeys WHERE status = 'active'"), 1);
}

/// Everything else that is said of a passkey is said to its account.
#[test]
fn nobody_reads_the_passkeys_of_another_account() {
    let server = Server::start();
    Holder::new(&server, "alice");
    let bob = Person::enrolled(&server, "bob");
    let listed: Value = Call::get("/v1/passkeys").answers(&bob, &server, 200);
    assert_eq!(listed, json!({ "items": [] }));
}
