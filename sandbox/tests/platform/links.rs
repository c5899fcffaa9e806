//! Links: what a payer allows a key to pay, and that it pays no more.

use std::time::Duration;

use serde_json::{Value, json};
use xp2p::ErrorCode;

use crate::call::Call;
use crate::client::{LUTECE, Order, Person, assert_refused, euros, json_of, rename, send};
use crate::pages::{
    SHOP, approval, limits, link, link_request, page, party, path, payment, registration,
    request_link,
};
use crate::receiver::hook;
use crate::server::{Server, WALLET};

const ALICE: &str = "acct_alice000";
const BOB: &str = "acct_bob00000";
const TAMARIND: (&str, &str) = ("tamarind", "acct_tamarind");
const DAY: i64 = 24 * 60 * 60;

/// A server, alice with her key, and a page with its own.
fn two() -> (Server, Person, Person) {
    let server = Server::start();
    let (alice, page) = (Person::enrolled(&server, "alice"), page(&server));
    (server, alice, page)
}

fn read(server: &Server, person: &Person, link: &Value) -> Value {
    let path = format!("/v1/links/{}", link["id"].as_str().unwrap());
    Call::get(path).from(SHOP).answers(person, server, 200)
}

#[test]
fn a_link_is_asked_for_and_agreed_to() {
    let (server, alice, page) = two();
    let mut request = link_request(&server, limits("5.00", "20.00", "week", "100.00"));
    request["note"] = json!("your reading, 每月");
    let call = Call::post("/v1/links").with_body(request.clone()).from(SHOP);
    let answer = call.sent_by(&page, &server);
    let asked = json_of(&answer);
    let id = asked["id"].as_str().unwrap();
    assert_eq!(answer.status, 201, "{asked}");
    assert_eq!(answer.field("location").unwrap(), format!("/v1/links/{id}"));
    assert!(id.starts_with("lnk_"));
    assert_eq!((&asked["version"], &asked["status"]), (&json!(1), &json!("requested")));
    assert_eq!(asked["key_id"], page.key.public_key().key_id());
    assert_eq!(asked["origin"], SHOP);
    for member in ["payees", "limits", "expires_at", "note"] {
        assert_eq!(asked[member], request[member], "{member}");
    }
    assert!(asked["wallet_url"].as_str().unwrap().starts_with(WALLET));
    assert!(asked.get("payer").is_none() && asked.get("remaining").is_none());
    // Nothing can be paid yet, and any wallet may look.
    let early = payment(LUTECE, "1.00", "EUR").sent_by(&page, &server);
    assert_refused(&early, ErrorCode::KeyNotAllowed, Some("keyid"));
    assert_eq!(read(&server, &alice, &asked), asked);

    let active = approval(&asked, ALICE).answers(&alice, &server, 200);
    assert_eq!((&active["version"], &active["status"]), (&json!(2), &json!("active")));
    assert_eq!(active["payer"], party(("alice", ALICE)));
    assert_eq!(active["remaining"], json!({ "value": "5.00", "currency": "EUR" }));
    assert_eq!(read(&server, &page, &asked), active);
    let keys = Call::get("/v1/keys").from(SHOP).answers(&page, &server, 200);
    assert_eq!(keys["items"][0]["role"], "linked");
    // From now on it is nobody else's.
    let bob = Person::enrolled(&server, "bob");
    for call in [Call::get(format!("/v1/links/{id}")), Call::post(path(&asked, "revoke"))] {
        assert_refused(&call.sent_by(&bob, &server), ErrorCode::NotFound, None);
    }
    let late = approval(&asked, BOB).sent_by(&bob, &server);
    assert_refused(&late, ErrorCode::NotFound, None);
    let twice = approval(&asked, ALICE).sent_by(&alice, &server);
    assert_refused(&twice, ErrorCode::StateFinal, None);
}

#[test]
fn a_linked_key_pays_from_the_account_of_its_payer() {
    let (server, alice, page) = two();
    let request = link_request(&server, limits("5.00", "20.00", "week", "100.00"));
    let active = link(&server, &page, (&alice, ALICE), request);
    let call = payment(LUTECE, "5.00", "EUR");
    let paid = call.answers(&page, &server, 201);
    assert_eq!(paid["payer"], party(("alice", ALICE)));
    assert_eq!(paid["link"], active["id"]);
    assert_eq!(call.answers(&page, &server, 201), paid);
    assert_eq!(
        (euros(&server, "alice"), euros(&server, "lutece")),
        ("495.00".into(), "5.00".into())
    );
    assert_eq!(
        server.count("SELECT count(*) FROM payments JOIN keys ON keys.id = payments.asked_by"),
        1
    );
    // What alice pays herself has no part in it.
    let own = json_of(&Order::new(LUTECE, "5.00", "EUR").sent_by(&alice, &server));
    assert!(own.get("link").is_none());
    assert_eq!(read(&server, &page, &active)["remaining"]["value"], "5.00");
    assert!(server.audit().findings.is_empty());
}

#[test]
fn an_origin_is_shown_as_registered_by_every_payee_or_not() {
    let (server, alice, page) = two();
    let terms = || limits("5.00", "20.00", "week", "100.00");
    let one = request_link(&server, &page, link_request(&server, terms()));
    let mut both = link_request(&server, terms());
    both["payees"] = json!([party(LUTECE), party(TAMARIND)]);
    let both = request_link(&server, &page, both);
    let shown = || [&one, &both].map(|link| read(&server, &alice, link)["origin_verified"].clone());
    assert_eq!((&one["origin_verified"], &both["origin_verified"]), (&json!(false), &json!(false)));
    // Another payee's origin is not this one's, and another origin of this one is not where it asks from.
    server.execute(
        "INSERT INTO registered_origins (account, origin) VALUES
             ('acct_tamarind', 'https://shop.example'),
             ('acct_lutece00', 'https://www.shop.example')",
    );
    assert_eq!(shown(), [json!(false), json!(false)]);
    server.execute(
        "INSERT INTO registered_origins (account, origin) VALUES ('acct_lutece00', 'https://shop.example')",
    );
    assert_eq!(shown(), [json!(true), json!(true)]);
    let active = approval(&one, ALICE).answers(&alice, &server, 200);
    assert_eq!(active["origin_verified"], true);
    // What is taken back later is said later, of what was agreed to as well.
    server.execute("DELETE FROM registered_origins WHERE account = 'acct_tamarind'");
    assert_eq!(shown(), [json!(true), json!(false)]);

    let program = Person::stranger();
    registration(&program, "requester").answers(&program, &server, 201);
    let asked = Call::post("/v1/links").with_body(link_request(&server, terms()));
    let asked = asked.answers(&program, &server, 201);
    assert_eq!((asked.get("origin"), asked.get("origin_verified")), (None, None));
}

#[test]
fn what_is_asked_for_must_hold_together() {
    let (server, _, page) = two();
    let now = server.clock.now();
    let request = link_request(&server, limits("5.00", "20.00", "week", "100.00"));
    let with = |member: &[&str], value: Value| {
        let mut request = request.clone();
        let mut place = &mut request;
        for name in member {
            place = &mut place[*name];
        }
        *place = value;
        Call::post("/v1/links").with_body(request).from(SHOP).sent_by(&page, &server)
    };
    let amount = |value: &str, currency: &str| json!({ "value": value, "currency": currency });
    let malformed = ErrorCode::RequestMalformed;
    for (member, value, code, param) in [
        (&["payees"][..], json!([]), malformed, "payees"),
        (&["payees"], json!(vec![party(LUTECE); 2]), malformed, "payees"),
        (&["payees"], json!([7]), malformed, "payees.0"),
        (
            &["payees"],
            json!([party(("No", "acct_lutece00"))]),
            ErrorCode::HandleMalformed,
            "payees.0.handle",
        ),
        (
            &["payees"],
            json!([party(LUTECE), party(("nobody", "acct_nobody00"))]),
            ErrorCode::HandleUnknown,
            "payees.1.handle",
        ),
        (&["payees"], json!([party(("lutece", BOB))]), ErrorCode::PayeeChanged, "payees.0.account"),
        (&["limits", "per_payment"], amount("20.01", "EUR"), malformed, "limits.per_period"),
        (&["limits", "per_period"], amount("100.01", "EUR"), malformed, "limits.lifetime"),
        (&["limits", "per_period"], amount("20.00", "USD"), malformed, "limits.per_period"),
        (&["limits", "lifetime"], json!(100), malformed, "limits.lifetime"),
        (&["limits", "period"], json!("year"), malformed, "limits.period"),
        (
            &["limits", "per_payment", "value"],
            json!("0.00"),
            ErrorCode::AmountZero,
            "limits.per_payment.value",
        ),
        (&["limits", "daily"], json!("1"), malformed, "limits.daily"),
        (
            &["limits"],
            limits("1.00", "1.00", "day", "1.00")
                .to_string()
                .replace("EUR", "GBP")
                .parse()
                .unwrap(),
            ErrorCode::CurrencyUnsupported,
            "limits.per_payment.currency",
        ),
        (&["expires_at"], json!(now - 1), malformed, "expires_at"),
        (&["expires_at"], json!(now), malformed, "expires_at"),
        (&["expires_at"], json!(now + 367 * DAY), malformed, "expires_at"),
        (&["expires_at"], json!("tomorrow"), malformed, "expires_at"),
        (&["note"], json!("bell \u{7}"), ErrorCode::NoteMalformed, "note"),
        (&["payer"], party(("alice", ALICE)), malformed, "payer"),
    ] {
        assert_refused(&with(member, value), code, Some(param));
    }
    assert_eq!(with(&["expires_at"], json!(now + 366 * DAY)).status, 201);
    server.execute("UPDATE accounts SET blocked_at = 1 WHERE id = 'acct_lutece00'");
    let blocked = with(&["note"], json!("books"));
    assert_refused(&blocked, ErrorCode::AccountBlocked, Some("payees.0.handle"));
}

/// Requirement 10, for links: what is agreed to is what was asked for, or less.
#[test]
fn requirement_10_an_approval_of_a_link_is_for_what_was_asked_or_less() {
    let (server, alice, page) = two();
    let request = link_request(&server, limits("5.00", "20.00", "week", "100.00"));
    let asked = request_link(&server, &page, request);
    type Change<'a> = &'a dyn Fn(&mut Value);
    let approve = |change: Change| {
        let mut body = json!({
            "link": asked["id"], "payer": ALICE, "payees": asked["payees"],
            "limits": asked["limits"], "expires_at": asked["expires_at"],
        });
        change(&mut body);
        Call::post(path(&asked, "approve")).with_body(body).sent_by(&alice, &server)
    };
    let end = asked["expires_at"].as_i64().unwrap();
    let changes: [(Change, &str); 9] = [
        (&|body| body["link"] = json!("lnk_0198f0a6b3c97d2e8f4a5b6c7d8e9f04"), "link"),
        (&|body| body["payer"] = json!(BOB), "payer"),
        (&|body| body["payees"] = json!([party(TAMARIND)]), "payees"),
        (&|body| body["payees"] = json!([party(LUTECE), party(TAMARIND)]), "payees"),
        (&|body| body["limits"]["per_payment"]["value"] = json!("5.01"), "limits.per_payment"),
        (&|body| body["limits"]["per_period"]["value"] = json!("20.01"), "limits.per_period"),
        (&|body| body["limits"]["lifetime"]["value"] = json!("100.01"), "limits.lifetime"),
        (&|body| body["limits"]["period"] = json!("month"), "limits.period"),
        (&|body| body["expires_at"] = json!(end + 1), "expires_at"),
    ];
    for (change, param) in changes {
        assert_refused(&approve(change), ErrorCode::ApprovalMismatch, Some(param));
    }
    let dollars = |body: &mut Value| {
        body["limits"] = body["limits"].to_string().replace("EUR", "USD").parse().unwrap();
    };
    let param = Some("limits.per_payment.currency");
    assert_refused(&approve(&dollars), ErrorCode::ApprovalMismatch, param);
    assert_eq!(read(&server, &page, &asked), asked);

    let less = approve(&|body| {
        body["limits"] = limits("4.00", "4.00", "week", "50.00");
        body["expires_at"] = json!(end - DAY);
    });
    let active = json_of(&less);
    assert_eq!(less.status, 200, "{active}");
    assert_eq!(active["limits"], limits("4.00", "4.00", "week", "50.00"));
    assert_eq!(active["expires_at"], end - DAY);
    let over = payment(LUTECE, "4.01", "EUR").sent_by(&page, &server);
    assert_refused(&over, ErrorCode::LinkLimitExceeded, Some("amount"));

    // The payee does not pay itself, and a blocked account agrees to nothing.
    let lutece = Person::enrolled(&server, "lutece");
    let request = link_request(&server, limits("5.00", "20.00", "week", "100.00"));
    let asked = request_link(&server, &page, request);
    let own = approval(&asked, LUTECE.1).sent_by(&lutece, &server);
    assert_refused(&own, ErrorCode::PayeeIsPayer, Some("payees.0.handle"));
    server.execute("UPDATE accounts SET blocked_at = 1 WHERE id = 'acct_alice000'");
    let blocked = approval(&asked, ALICE).sent_by(&alice, &server);
    assert_refused(&blocked, ErrorCode::AccountBlocked, Some("payer"));
    server.execute("UPDATE accounts SET blocked_at = NULL WHERE id = 'acct_alice000'");
    rename(&server, "lutece", "lutece.old");
    let renamed = approval(&asked, ALICE).sent_by(&alice, &server);
    assert_refused(&renamed, ErrorCode::HandleUnknown, Some("payees.0.handle"));
}

/// Requirement 2: a linked key pays only its pinned payees.
#[test]
fn requirement_2_a_linked_key_pays_only_its_pinned_payees() {
    let (server, alice, page) = two();
    let request = link_request(&server, limits("5.00", "20.00", "week", "100.00"));
    link(&server, &page, (&alice, ALICE), request);
    let pay = |payee, value, currency| payment(payee, value, currency).sent_by(&page, &server);
    assert_refused(&pay(TAMARIND, "1.00", "EUR"), ErrorCode::KeyNotAllowed, Some("payee"));
    let param = Some("amount.currency");
    assert_refused(&pay(LUTECE, "1.00", "USD"), ErrorCode::LinkLimitExceeded, param);
    // The account is right and the handle another one, or the other way round.
    for payee in [("lutece", TAMARIND.1), ("tamarind", LUTECE.1)] {
        assert_refused(&pay(payee, "1.00", "EUR"), ErrorCode::KeyNotAllowed, Some("payee"));
    }
    // The handle was given to somebody else: neither the old nor the new holder is paid by it.
    rename(&server, "lutece", "lutece.new");
    rename(&server, "tamarind", "lutece");
    let param = Some("payee.account");
    assert_refused(&pay(LUTECE, "1.00", "EUR"), ErrorCode::PayeeChanged, param);
    for payee in [("lutece", TAMARIND.1), ("lutece.new", LUTECE.1)] {
        assert_refused(&pay(payee, "1.00", "EUR"), ErrorCode::KeyNotAllowed, Some("payee"));
    }
    assert_eq!(euros(&server, "alice"), "500.00");
}

#[test]
fn limits_hold_for_each_payment_each_period_and_the_whole_life() {
    let (server, alice, page) = two();
    // The noon of a Wednesday: 1 September 2027.
    let wednesday = 1_819_756_800 + DAY / 2;
    server.clock.shift(wednesday - server.clock.now());
    let request = link_request(&server, limits("5.00", "8.00", "week", "17.00"));
    let active = link(&server, &page, (&alice, ALICE), request);
    let pay = |value, left: &str| {
        payment(LUTECE, value, "EUR").answers(&page, &server, 201);
        assert_eq!(read(&server, &page, &active)["remaining"]["value"], left);
    };
    let refuse = |value| {
        let answer = payment(LUTECE, value, "EUR").sent_by(&page, &server);
        assert_refused(&answer, ErrorCode::LinkLimitExceeded, Some("amount"));
    };
    refuse("5.01");
    pay("5.00", "3.00");
    refuse("3.01");
    // The week goes on until Sunday's last second.
    server.clock.shift(4 * DAY + DAY / 2 - 60);
    refuse("3.01");
    pay("3.00", "0.00");
    refuse("0.01");
    server.clock.shift(120);
    assert_eq!(read(&server, &page, &active)["remaining"]["value"], "5.00");
    pay("5.00", "3.00");
    pay("3.00", "0.00");
    // One euro is left of seventeen, in every week to come.
    server.clock.shift(7 * DAY);
    refuse("1.01");
    pay("1.00", "0.00");
    server.clock.shift(7 * DAY);
    refuse("0.01");
    assert_eq!(euros(&server, "lutece"), "17.00");
    assert!(server.audit().findings.is_empty());
}

/// What was left of a link is not left of a refusal: a payer without money is told so.
#[test]
fn a_refused_payment_takes_nothing_of_the_limits() {
    let server = Server::start();
    let (carol, page) = (Person::enrolled(&server, "carol"), page(&server));
    let request = link_request(&server, limits("5.00", "5.00", "day", "5.00"));
    let active = link(&server, &page, (&carol, "acct_carol000"), request);
    let call = payment(LUTECE, "5.00", "EUR");
    let poor = call.sent_by(&page, &server);
    assert_refused(&poor, ErrorCode::InsufficientFunds, Some("amount"));
    assert_eq!(read(&server, &page, &active)["remaining"]["value"], "5.00");
    let alice = Person::enrolled(&server, "alice");
    assert_eq!(
        Order::new(("carol", "acct_carol000"), "5.00", "EUR").sent_by(&alice, &server).status,
        201
    );
    assert_refused(&call.sent_by(&page, &server), ErrorCode::InsufficientFunds, Some("amount"));
    payment(LUTECE, "5.00", "EUR").answers(&page, &server, 201);
}

/// Of several links the newest that names the payee, and is in the currency, is paid through.
#[test]
fn the_newest_link_that_names_the_payee_is_paid_through() {
    let (server, alice, page) = two();
    let bob = Person::enrolled(&server, "bob");
    let euros = limits("5.00", "5.00", "day", "5.00");
    let request = |payees: Value, limits: Value| {
        let mut request = link_request(&server, limits);
        request["payees"] = payees;
        request
    };
    let both = json!([party(TAMARIND), party(LUTECE)]);
    let first = link(&server, &page, (&alice, ALICE), request(both, euros.clone()));
    let second = link(&server, &page, (&bob, BOB), request(json!([party(LUTECE)]), euros.clone()));
    let dollars = euros.to_string().replace("EUR", "USD").parse().unwrap();
    let third = link(&server, &page, (&alice, ALICE), request(json!([party(LUTECE)]), dollars));
    let pays = |payee, currency| {
        payment(payee, "1.00", currency).answers(&page, &server, 201)["link"].clone()
    };
    assert_eq!(pays(LUTECE, "EUR"), second["id"]);
    assert_eq!(pays(TAMARIND, "EUR"), first["id"]);
    assert_eq!(pays(LUTECE, "USD"), third["id"]);
    // What the newest does not allow is not taken from an older one, and so from another payer.
    let over = payment(LUTECE, "4.01", "EUR").sent_by(&page, &server);
    assert_refused(&over, ErrorCode::LinkLimitExceeded, Some("amount"));
    Call::post(path(&second, "revoke")).answers(&bob, &server, 200);
    assert_eq!(pays(LUTECE, "EUR"), first["id"]);
}

#[test]
fn limits_are_lowered_and_never_raised() {
    let (server, alice, page) = two();
    let request = link_request(&server, limits("5.00", "20.00", "week", "100.00"));
    let asked = request_link(&server, &page, request);
    let lower = |limits: Value| Call::post(path(&asked, "limits")).with_body(limits);
    let early = lower(limits("1.00", "1.00", "week", "1.00")).sent_by(&alice, &server);
    assert_refused(&early, ErrorCode::NotFound, None);
    approval(&asked, ALICE).answers(&alice, &server, 200);
    payment(LUTECE, "5.00", "EUR").answers(&page, &server, 201);
    for (limits, param) in [
        (limits("5.01", "20.00", "week", "100.00"), "per_payment"),
        (limits("5.00", "20.01", "week", "100.00"), "per_period"),
        (limits("5.00", "20.00", "week", "100.01"), "lifetime"),
        (limits("5.00", "20.00", "day", "100.00"), "period"),
    ] {
        let answer = lower(limits).sent_by(&alice, &server);
        assert_refused(&answer, ErrorCode::ApprovalMismatch, Some(param));
    }
    let twisted = lower(limits("5.00", "4.00", "week", "100.00")).sent_by(&alice, &server);
    assert_refused(&twisted, ErrorCode::RequestMalformed, Some("per_period"));

    let lowered = lower(limits("3.00", "7.00", "week", "7.00")).answers(&alice, &server, 200);
    assert_eq!((&lowered["version"], &lowered["status"]), (&json!(3), &json!("active")));
    assert_eq!(lowered["remaining"]["value"], "2.00");
    let over = payment(LUTECE, "2.01", "EUR").sent_by(&page, &server);
    assert_refused(&over, ErrorCode::LinkLimitExceeded, Some("amount"));
    // Below what was paid: nothing is left, and nothing is owed.
    let below = lower(limits("3.00", "3.00", "week", "3.00")).answers(&alice, &server, 200);
    assert_eq!(below["remaining"]["value"], "0.00");
    let over = payment(LUTECE, "0.01", "EUR").sent_by(&page, &server);
    assert_refused(&over, ErrorCode::LinkLimitExceeded, Some("amount"));
    let back = lower(limits("3.00", "7.00", "week", "7.00")).sent_by(&alice, &server);
    assert_refused(&back, ErrorCode::ApprovalMismatch, Some("per_period"));
}

#[test]
fn a_link_only_moves_forward() {
    let (server, alice, page) = two();
    let request = link_request(&server, limits("5.00", "20.00", "week", "100.00"));
    let decline = |link: &Value| Call::post(path(link, "decline"));
    let revoke = |link: &Value| Call::post(path(link, "revoke")).from(SHOP);
    let lower = |link: &Value| Call::post(path(link, "limits")).with_body(link["limits"].clone());
    let is_final = |link: &Value| {
        for call in [approval(link, ALICE), decline(link), lower(link)] {
            assert_refused(&call.sent_by(&alice, &server), ErrorCode::StateFinal, None);
        }
        let paid = payment(LUTECE, "1.00", "EUR").sent_by(&page, &server);
        assert_refused(&paid, ErrorCode::KeyNotAllowed, Some("keyid"));
    };
    let declined = request_link(&server, &page, request.clone());
    // To end it is the key's, to decline it the payer's.
    let answer = Call::post(path(&declined, "revoke")).sent_by(&alice, &server);
    assert_refused(&answer, ErrorCode::NotFound, None);
    assert_eq!(decline(&declined).answers(&alice, &server, 200)["status"], "declined");
    is_final(&declined);
    assert_refused(&revoke(&declined).sent_by(&page, &server), ErrorCode::StateFinal, None);

    let withdrawn = request_link(&server, &page, request.clone());
    assert_eq!(revoke(&withdrawn).answers(&page, &server, 200)["status"], "revoked");
    is_final(&withdrawn);

    let by_payer = link(&server, &page, (&alice, ALICE), request.clone());
    payment(LUTECE, "1.00", "EUR").answers(&page, &server, 201);
    let revoked = Call::post(path(&by_payer, "revoke")).answers(&alice, &server, 200);
    assert_eq!((&revoked["status"], &revoked["version"]), (&json!("revoked"), &json!(3)));
    assert!(revoked.get("remaining").is_none());
    is_final(&by_payer);
    assert_eq!(revoke(&by_payer).answers(&page, &server, 200), revoked);

    let by_key = link(&server, &page, (&alice, ALICE), request);
    assert_eq!(revoke(&by_key).answers(&page, &server, 200)["status"], "revoked");
    is_final(&by_key);
}

#[test]
fn a_link_ends_by_the_platforms_clock() {
    let (server, alice, page) = two();
    let request = link_request(&server, limits("5.00", "20.00", "week", "100.00"));
    let open = request_link(&server, &page, request.clone());
    let active = link(&server, &page, (&alice, ALICE), request);
    server.clock.shift(30 * DAY - 60);
    payment(LUTECE, "1.00", "EUR").answers(&page, &server, 201);
    server.clock.shift(60);
    let late = payment(LUTECE, "1.00", "EUR").sent_by(&page, &server);
    assert_refused(&late, ErrorCode::KeyNotAllowed, Some("keyid"));
    for (link, version) in [(&open, 2), (&active, 3)] {
        let ended = read(&server, &page, link);
        assert_eq!((&ended["status"], &ended["version"]), (&json!("expired"), &json!(version)));
        // Whether its end is written by now or not.
        for call in [approval(link, ALICE), Call::post(path(link, "revoke"))] {
            assert_refused(&call.sent_by(&alice, &server), ErrorCode::StateFinal, None);
        }
        assert_eq!(read(&server, &alice, link), ended);
    }
    let keys = Call::get("/v1/keys").from(SHOP).answers(&page, &server, 200);
    assert_eq!(keys["items"][0]["role"], "requester");
}

/// Each change of a link is told to its payer, once it has one, also the one that only time brings about.
#[test]
fn a_payer_is_told_of_each_change() {
    let (server, alice, page) = two();
    hook(&server, &alice, "http://127.0.0.1:9999/news", &["link.changed"]);
    let request = link_request(&server, limits("5.00", "20.00", "week", "100.00"));
    let asked = request_link(&server, &page, request);
    let told = || server.count("SELECT count(*) FROM events WHERE type = 'link.changed'");
    assert_eq!(told(), 0);
    approval(&asked, ALICE).answers(&alice, &server, 200);
    assert_eq!(told(), 1);
    let lower =
        Call::post(path(&asked, "limits")).with_body(limits("1.00", "1.00", "week", "1.00"));
    lower.answers(&alice, &server, 200);
    lower.answers(&alice, &server, 200);
    assert_eq!(told(), 2);
    server.clock.shift(31 * DAY);
    // The platform looks every second; how long that takes here is not what is tested.
    for _ in 0..600 {
        if told() == 3 {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(told(), 3);
    let theirs = server.count(
        r#"SELECT count(*) FROM events WHERE account = 'acct_alice000' AND body LIKE '%"version":4,%'"#,
    );
    assert_eq!(theirs, 1);
}

/// Requirement 2, under load: neither one payment after the other nor all at once exceed a limit.
#[test]
fn requirement_2_fifty_concurrent_payments_stay_within_the_limit() {
    let (server, alice, page) = two();
    let request = link_request(&server, limits("3.00", "20.00", "month", "20.00"));
    let active = link(&server, &page, (&alice, ALICE), request);
    let requests: Vec<_> =
        (0..50).map(|_| payment(LUTECE, "3.00", "EUR").signed_by(&page, &server)).collect();
    let revocation = Call::post(path(&active, "limits"))
        .with_body(limits("3.00", "18.00", "month", "18.00"))
        .signed_by(&alice, &server);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = requests
            .iter()
            .chain([&revocation])
            .map(|request| scope.spawn(|| send(server.address, request).unwrap()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (lowered, answers) = answers.split_last().unwrap();
    assert_eq!(lowered.status, 200);
    let (paid, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!(paid.len(), 6);
    for answer in refused {
        assert_refused(answer, ErrorCode::LinkLimitExceeded, Some("amount"));
    }
    assert_eq!(euros(&server, "lutece"), "18.00");
    assert_eq!(read(&server, &page, &active)["remaining"]["value"], "0.00");
    assert!(server.audit().findings.is_empty());
}

/// The database holds whoever writes past the sandbox to it, too.
#[test]
fn the_database_itself_keeps_links_in_bounds() {
    let (server, alice, page) = two();
    let request = link_request(&server, limits("5.00", "8.00", "week", "8.00"));
    link(&server, &page, (&alice, ALICE), request.clone());
    payment(LUTECE, "5.00", "EUR").answers(&page, &server, 201);
    for (statement, why) in [
        ("UPDATE links SET lifetime = 900, version = version + 1", "never grows"),
        ("UPDATE links SET expires_at = expires_at + 1, version = version + 1", "never grows"),
        ("UPDATE links SET period = 'day', version = version + 1", "never grows"),
        ("UPDATE links SET per_payment = 1", "only moves forward"),
        ("UPDATE links SET status = 'requested', version = version + 1", "only moves forward"),
        ("UPDATE links SET payer_account = 'acct_bob00000', version = version + 1", "stays of"),
        ("UPDATE link_payees SET account = 'acct_bob00000', handle = 'bob'", "never changed"),
        (
            "INSERT INTO link_payees (link, position, handle, account)
             SELECT id, 1, 'bob', 'acct_bob00000' FROM links",
            "takes no more payees",
        ),
        ("DELETE FROM link_payees", "never deleted"),
        ("DELETE FROM links", "never deleted"),
    ] {
        let refused = server.try_execute(statement).unwrap_err();
        assert!(refused.contains(why), "{statement}\n{refused}");
    }
    // A payment of 3.01, where 3.00 are left; to a payee, from a payer and by a key of another link.
    let again = "INSERT INTO payments
            (id, transfer, payer_handle, payer_account, payee_handle, payee_account, currency, minor,
             request_digest, link, asked_by, created_at, receipt)
        SELECT 'pay_again000', transfer, payer_handle, payer_account, payee_handle, payee_account,
               currency, 301, request_digest, link, asked_by, created_at, receipt FROM payments";
    assert!(server.try_execute(again).unwrap_err().contains("keeps within its link"));
    let elsewhere = "INSERT INTO payments
            (id, transfer, payer_handle, payer_account, payee_handle, payee_account, currency, minor,
             request_digest, link, asked_by, created_at, receipt)
        SELECT 'pay_again000', transfer, payer_handle, payer_account, 'bob', 'acct_bob00000',
               currency, 1, request_digest, link, asked_by, created_at, receipt FROM payments";
    assert!(server.try_execute(elsewhere).unwrap_err().contains("keeps within its link"));
    server.execute("UPDATE links SET status = 'revoked', version = version + 1");
    let back = server.try_execute("UPDATE links SET status = 'active', version = version + 1");
    assert!(back.unwrap_err().contains("only moves forward"));
}
