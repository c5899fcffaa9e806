//! Asking for a payment: what is kept of it, who may read it, and how it ends without a payer.

use serde_json::{Value, json};
use xp2p::ErrorCode;

use crate::call::Call;
use crate::client::{LUTECE, Person, assert_refused, euros, json_of};
use crate::pages::{SHOP, registration};
use crate::receiver::hook;
use crate::server::{Server, WALLET};
use crate::shop::{ALICE, act, approving, ask, await_count, made, page, path, read, state, wanted};

/// The claims of a receipt, which `receipts.rs` verifies.
fn claims(receipt: &Value) -> Value {
    use base64ct::{Base64UrlUnpadded, Encoding};
    let claims = receipt.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&Base64UrlUnpadded::decode_vec(claims).unwrap()).unwrap()
}

#[test]
fn a_checkout_is_made_opened_and_paid() {
    let server = Server::start();
    server.execute(
        "INSERT INTO registered_origins (account, origin) VALUES ('acct_lutece00', 'https://shop.example')",
    );
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let mut body = wanted(LUTECE, "12.50", "EUR");
    body["reference"] = json!("order-1042");
    body["note"] = json!("two books 📚");
    body["state"] = json!("q83vEjRWeJCrze8SNFZ4kA");
    let call = Call::post("/v1/checkouts").with_body(body).with_field("origin", SHOP);
    let request = call.signed_by(&page, &server);
    let answer = crate::client::send(server.address, &request).unwrap();
    let checkout = made(&answer);
    let id = checkout["id"].as_str().unwrap();
    assert_eq!(answer.field("location").unwrap(), format!("/v1/checkouts/{id}"));
    let created_at = checkout["created_at"].as_i64().unwrap();
    assert_eq!(
        checkout,
        json!({
            "id": id,
            "version": 1,
            "status": "created",
            "environment": "sandbox",
            "payee": {
                "handle": "lutece",
                "account": "acct_lutece00",
                "name": "Lutèce Books",
                "kind": "merchant",
            },
            "amount": { "value": "12.50", "currency": "EUR" },
            "reference": "order-1042",
            "note": "two books 📚",
            "request_digest": request.field("content-digest").unwrap(),
            "origin": SHOP,
            "origin_verified": true,
            "wallet_url": format!("{WALLET}/?checkout={id}"),
            "state": "q83vEjRWeJCrze8SNFZ4kA",
            "created_at": created_at,
            "expires_at": created_at + 900,
        })
    );
    // The same intent again is the same checkout.
    assert_eq!(made(&call.sent_by(&page, &server)), checkout);

    let opened = act(&server, &alice, &checkout, "open");
    assert_eq!((opened.status, json_of(&opened)["version"].clone()), (200, json!(2)));
    let again = act(&server, &alice, &checkout, "open");
    assert_eq!(json_of(&again), json_of(&opened));

    let approve = approving(&checkout, ALICE);
    let answer = approve.sent_by(&alice, &server);
    let payment = made(&answer);
    assert_eq!(payment["checkout"], id);
    assert_eq!(payment["request_digest"], checkout["request_digest"]);
    assert_eq!(payment["payer"]["account"], ALICE);
    assert_eq!(
        (&payment["reference"], &payment["note"]),
        (&checkout["reference"], &checkout["note"])
    );
    let claims = claims(&payment["receipt"]);
    assert_eq!(claims["origin"], SHOP);
    assert_eq!(claims["request_digest"], checkout["request_digest"]);
    assert_eq!(made(&approve.sent_by(&alice, &server)), payment);

    // Who asked reads what came of it.
    let paid = json_of(&read(&server, &page, &checkout));
    assert_eq!((&paid["status"], &paid["version"]), (&json!("paid"), &json!(3)));
    assert_eq!(paid["payment"], payment);
    let address = format!("/v1/payments/{}", payment["id"].as_str().unwrap());
    assert_eq!(answer.field("location").as_deref(), Some(&*address));
    assert_eq!(json_of(&Call::get(address).sent_by(&page, &server)), payment);
    assert_eq!(euros(&server, "lutece"), "12.50");
    let balances = json_of(&Call::get("/v1/balances").sent_by(&alice, &server));
    assert_eq!(
        balances["balances"],
        json!([
            { "currency": "EUR", "available": "487.50", "held": "0.00" },
            { "currency": "HUF", "available": "150000", "held": "0" },
            { "currency": "JPY", "available": "50000", "held": "0" },
            { "currency": "USD", "available": "500.00", "held": "0.00" },
        ])
    );
    let refused = Call::get("/v1/balances").sent_by(&page, &server);
    assert_refused(&refused, ErrorCode::KeyNotAllowed, Some("keyid"));
    assert_eq!(server.audit().findings, [""; 0]);
}

#[test]
fn a_checkout_is_for_the_key_that_made_it_and_for_any_wallet() {
    let server = Server::start();
    let (asker, other, carol) = (page(&server), page(&server), Person::enrolled(&server, "carol"));
    let checkout = ask(&server, &asker, "1.00");
    assert_eq!(json_of(&read(&server, &asker, &checkout)), checkout);
    let mut for_carol = checkout.clone();
    for_carol["first_payment"] = json!(true);
    assert_eq!(json_of(&read(&server, &carol, &checkout)), for_carol);
    for rest in ["", "/events"] {
        let answer = Call::get(path(&checkout, rest)).sent_by(&other, &server);
        assert_refused(&answer, ErrorCode::NotFound, None);
        let nothing = Call::get(format!("/v1/checkouts/chk_nothing0{rest}"));
        assert_refused(&nothing.sent_by(&carol, &server), ErrorCode::NotFound, None);
    }
    assert_refused(&act(&server, &other, &checkout, "cancel"), ErrorCode::NotFound, None);
    let wallet = act(&server, &carol, &checkout, "cancel");
    assert_refused(&wallet, ErrorCode::KeyNotAllowed, Some("keyid"));
    let cancelled = act(&server, &asker, &checkout, "cancel");
    assert_eq!((cancelled.status, &json_of(&cancelled)["status"]), (200, &json!("cancelled")));
    let again = act(&server, &asker, &checkout, "cancel");
    assert_refused(&again, ErrorCode::StateFinal, None);
}

#[test]
fn a_page_of_the_payees_follows_what_the_payees_server_has_made() {
    let server = Server::start();
    let own_server = page(&server);
    let at = |origin: &str| {
        let page = Person::stranger();
        registration(&page, "requester").from(origin).answers(&page, &server, 201);
        page
    };
    let (shop, other) = (at("https://lutece.example"), at("https://tamarind.example"));
    let checkout = ask(&server, &own_server, "1.00");
    for rest in ["", "/cancel"] {
        let call = |origin| match rest {
            "" => Call::get(path(&checkout, rest)).from(origin),
            _ => Call::post(path(&checkout, rest)).from(origin),
        };
        let answer = call("https://tamarind.example").sent_by(&other, &server);
        assert_refused(&answer, ErrorCode::NotFound, None);
        assert_eq!(call("https://lutece.example").sent_by(&shop, &server).status, 200);
    }
    assert_eq!(state(&server, &own_server, &checkout).0, "cancelled");
}

#[test]
fn an_origin_is_shown_as_registered_by_the_payee_or_not() {
    let server = Server::start();
    server.execute(
        "INSERT INTO registered_origins (account, origin) VALUES ('acct_tamarind', 'https://shop.example')",
    );
    let page = page(&server);
    let asked_from = |origin: Option<&str>| {
        let call = Call::post("/v1/checkouts").with_body(wanted(LUTECE, "1.00", "EUR"));
        let call = match origin {
            Some(origin) => call.with_field("origin", origin),
            None => call,
        };
        let checkout = made(&call.sent_by(&page, &server));
        (checkout.get("origin").cloned(), checkout.get("origin_verified").cloned())
    };
    // Another payee's origin is not this one's.
    assert_eq!(asked_from(Some(SHOP)), (Some(json!(SHOP)), Some(json!(false))));
    assert_eq!(asked_from(Some("null")), (None, None));
    assert_eq!(asked_from(None), (None, None));
}

#[test]
fn requirement_22_return_urls_are_registered_exactly() {
    let server = Server::start();
    server.execute(
        "INSERT INTO registered_return_urls (account, url) VALUES
             ('acct_lutece00', 'https://shop.example/thanks'),
             ('acct_tamarind', 'https://kitchen.example/thanks')",
    );
    let page = page(&server);
    let returning_to = |url: &str| {
        let mut body = wanted(LUTECE, "1.00", "EUR");
        body["return_url"] = json!(url);
        Call::post("/v1/checkouts").with_body(body).sent_by(&page, &server)
    };
    for same in ["https://shop.example/thanks", "https://SHOP.example:443/thanks"] {
        assert_eq!(made(&returning_to(same))["return_url"], "https://shop.example/thanks");
    }
    for other in [
        "https://kitchen.example/thanks",
        "https://shop.example/thanks/",
        "https://shop.example/Thanks",
        "https://shop.example/thank",
        "https://shop.example/",
        "https://shop.example/thanks?",
        "https://shop.example/thanks?id=1",
        "https://shop.example/thanks#paid",
        "http://shop.example/thanks",
        "https://shop.example:8443/thanks",
        "https://shop.example.evil.example/thanks",
        "https://shop.example@evil.example/thanks",
        "https://me@shop.example/thanks",
        "//shop.example/thanks",
        "javascript:alert(1)",
        "",
    ] {
        let refused = returning_to(other);
        assert_refused(&refused, ErrorCode::ReturnUrlRefused, Some("return_url"));
    }
}

#[test]
fn what_is_asked_for_is_checked() {
    let server = Server::start();
    let page = page(&server);
    let refused = |body: Value, code, param| {
        let answer = Call::post("/v1/checkouts").with_body(body).sent_by(&page, &server);
        assert_refused(&answer, code, Some(param));
    };
    let asked = |payee, value, currency| wanted(payee, value, currency);
    let with = |member: &str, value: Value| {
        let mut body = wanted(LUTECE, "1.00", "EUR");
        body[member] = value;
        body
    };
    use ErrorCode::*;
    refused(asked(("nobody", LUTECE.1), "1.00", "EUR"), HandleUnknown, "payee.handle");
    refused(asked(("lutece", ALICE), "1.00", "EUR"), PayeeChanged, "payee.account");
    refused(asked(LUTECE, "10000.01", "EUR"), AmountOverMaximum, "amount");
    refused(asked(LUTECE, "1.00", "GBP"), CurrencyUnsupported, "amount.currency");
    refused(asked(LUTECE, "1.0", "EUR"), AmountMalformed, "amount.value");
    refused(with("wallet_url", json!("https://evil.example/")), RequestMalformed, "wallet_url");
    refused(with("note", json!("a\u{202e}b")), NoteMalformed, "note");
    for state in [json!(7), json!("short"), json!("x".repeat(65)), json!("a b c d e f g h i j k l")]
    {
        refused(with("state", state), RequestMalformed, "state");
    }
    for seconds in [json!(59), json!(86_401), json!("900"), json!(900.5), json!(-900)] {
        refused(with("expires_in", seconds), RequestMalformed, "expires_in");
    }
    server.execute("UPDATE accounts SET blocked_at = 1 WHERE id = 'acct_lutece00'");
    refused(asked(LUTECE, "1.00", "EUR"), AccountBlocked, "payee.handle");
    assert_eq!(server.count("SELECT count(*) FROM checkouts"), 0);
}

#[test]
fn a_checkout_expires_when_somebody_looks_and_when_nobody_does() {
    let server = Server::start();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let mut body = wanted(LUTECE, "1.00", "EUR");
    body["expires_in"] = json!(60);
    let ask = || made(&Call::post("/v1/checkouts").with_body(body.clone()).sent_by(&page, &server));
    let [looked_at, approved, left] = [ask(), ask(), ask()];
    act(&server, &alice, &approved, "open");
    server.clock.shift(61);
    assert_eq!(state(&server, &page, &looked_at), ("expired".into(), 2));
    let late = approving(&approved, ALICE).sent_by(&alice, &server);
    assert_refused(&late, ErrorCode::StateFinal, None);
    await_count(&server, "SELECT count(*) FROM checkouts WHERE status = 'expired'", 3);
    assert_eq!(state(&server, &page, &approved), ("expired".into(), 3));
    assert_eq!(state(&server, &page, &left), ("expired".into(), 2));
    assert_eq!(euros(&server, "alice"), "500.00");
}

#[test]
fn the_payee_is_told_of_each_step_once() {
    let server = Server::start();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let lutece = Person::enrolled(&server, "lutece");
    // Nobody is there to take the news: that it is written is enough.
    let all = ["opened", "paid", "declined", "cancelled", "expired"];
    let all = all.map(|event| format!("checkout.{event}"));
    hook(&server, &lutece, "http://127.0.0.1:9999/news", &all.each_ref().map(String::as_str));
    let told = |kind: &'static str| {
        server.count(match kind {
            "opened" => "SELECT count(*) FROM events WHERE account = 'acct_lutece00' AND type = 'checkout.opened'",
            "paid" => "SELECT count(*) FROM events WHERE account = 'acct_lutece00' AND type = 'checkout.paid'",
            "declined" => "SELECT count(*) FROM events WHERE account = 'acct_lutece00' AND type = 'checkout.declined'",
            "cancelled" => "SELECT count(*) FROM events WHERE account = 'acct_lutece00' AND type = 'checkout.cancelled'",
            _ => "SELECT count(*) FROM events WHERE account = 'acct_lutece00' AND type = 'checkout.expired'",
        })
    };
    let [paid, declined, cancelled, expired] = [(); 4].map(|()| ask(&server, &page, "1.00"));
    for _ in 0..2 {
        act(&server, &alice, &paid, "open");
        approving(&paid, ALICE).sent_by(&alice, &server);
        act(&server, &alice, &declined, "decline");
        act(&server, &page, &cancelled, "cancel");
    }
    server.clock.shift(901);
    for _ in 0..2 {
        assert_eq!(state(&server, &page, &expired).0, "expired");
    }
    for kind in ["opened", "paid", "declined", "cancelled", "expired"] {
        assert_eq!(told(kind), 1, "{kind}");
    }
}
