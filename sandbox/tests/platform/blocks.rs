//! Blocks: a payer wants to hear nothing more from somebody.

use serde_json::{Value, json};
use xp2p::ErrorCode;

use crate::call::Call;
use crate::client::{LUTECE, Order, Person, assert_refused};
use crate::pages::{
    SHOP, approval, limits, link, link_request, page, party, payment, request_link,
};
use crate::server::Server;
use crate::shop::{act, approving, wanted};

const ALICE: &str = "acct_alice000";

fn block(what: Value) -> Call {
    Call::post("/v1/blocks").with_body(what)
}

fn removal(block: &Value) -> Call {
    Call::post(format!("/v1/blocks/{}/remove", block["id"].as_str().unwrap()))
}

#[test]
fn requirement_34_a_payer_blocks_an_account_or_a_web_origin() {
    let server = Server::start();
    let [alice, bob] = ["alice", "bob"].map(|who| Person::enrolled(&server, who));
    let page = page(&server);
    let mut request = link_request(&server, limits("5.00", "20.00", "week", "100.00"));
    request["payees"] = json!([party(("tamarind", "acct_tamarind")), party(LUTECE)]);
    let active = link(&server, &page, (&alice, ALICE), request.clone());
    for (what, param) in
        [(json!({ "account": LUTECE.1 }), "payee"), (json!({ "origin": SHOP }), "origin")]
    {
        let asked = request_link(&server, &page, request.clone());
        let block = block(what.clone()).answers(&alice, &server, 201);
        let refused = approval(&asked, ALICE).sent_by(&alice, &server);
        assert_refused(&refused, ErrorCode::AccountBlocked, Some(param));
        // At once also through the link that was agreed to before.
        let refused = payment(LUTECE, "1.00", "EUR").sent_by(&page, &server);
        assert_refused(&refused, ErrorCode::AccountBlocked, Some(param));
        // It is alice's block: of her own accord she pays whom she likes, and bob decides for himself.
        assert_eq!(Order::new(LUTECE, "1.00", "EUR").sent_by(&alice, &server).status, 201);
        let bobs = request_link(&server, &page, request.clone());
        let bobs = approval(&bobs, "acct_bob00000").answers(&bob, &server, 200);
        let ended = Call::post(format!("/v1/links/{}/revoke", bobs["id"].as_str().unwrap()));
        ended.answers(&bob, &server, 200);

        removal(&block).answers(&alice, &server, 200);
        let paid = payment(LUTECE, "1.00", "EUR").answers(&page, &server, 201);
        assert_eq!(paid["link"], active["id"]);
        let agreed = approval(&asked, ALICE).answers(&alice, &server, 200);
        let ended = Call::post(format!("/v1/links/{}/revoke", agreed["id"].as_str().unwrap()));
        ended.answers(&alice, &server, 200);
    }
    // A payee that is not blocked is paid through the same link.
    block(json!({ "account": LUTECE.1 })).answers(&alice, &server, 201);
    payment(("tamarind", "acct_tamarind"), "1.00", "EUR").answers(&page, &server, 201);
}

#[test]
fn requirement_34_a_blocked_account_or_web_origin_asks_by_no_checkout() {
    let server = Server::start();
    let [alice, bob] = ["alice", "bob"].map(|who| Person::enrolled(&server, who));
    let page = page(&server);
    let wanted = wanted(LUTECE, "1.00", "EUR");
    for (what, param) in
        [(json!({ "account": LUTECE.1 }), "payee"), (json!({ "origin": SHOP }), "origin")]
    {
        let call = Call::post("/v1/checkouts").with_body(wanted.clone()).from(SHOP);
        let checkout = call.answers(&page, &server, 201);
        let block = block(what).answers(&alice, &server, 201);
        for refused in [
            act(&server, &alice, &checkout, "open"),
            approving(&checkout, ALICE).sent_by(&alice, &server),
        ] {
            assert_refused(&refused, ErrorCode::AccountBlocked, Some(param));
        }
        assert_eq!(act(&server, &bob, &checkout, "open").status, 200);
        removal(&block).answers(&alice, &server, 200);
        approving(&checkout, ALICE).answers(&alice, &server, 201);
    }
}

#[test]
fn blocks_are_listed_until_they_are_removed() {
    let server = Server::start();
    let [alice, bob] = ["alice", "bob"].map(|who| Person::enrolled(&server, who));
    let list = |person: &Person| Call::get("/v1/blocks").answers(person, &server, 200);
    let account = block(json!({ "account": LUTECE.1 })).answers(&alice, &server, 201);
    assert_eq!(account["account"], LUTECE.1);
    assert!(account["id"].as_str().unwrap().starts_with("blk_"));
    let origin = block(json!({ "origin": SHOP })).answers(&alice, &server, 201);
    assert_eq!(origin["origin"], SHOP);
    assert!(origin.get("account").is_none() && origin.get("removed_at").is_none());
    // Once more is the same block.
    assert_eq!(block(json!({ "origin": SHOP })).answers(&alice, &server, 201), origin);
    assert_eq!(list(&alice), json!({ "items": [origin, account] }));
    assert_eq!(list(&bob), json!({ "items": [] }));
    let page = Call::get("/v1/blocks?limit=1").answers(&alice, &server, 200);
    let next = format!("/v1/blocks?limit=1&cursor={}", page["next_cursor"].as_str().unwrap());
    let next = Call::get(next).answers(&alice, &server, 200);
    assert_eq!((&page["items"], &next), (&json!([origin]), &json!({ "items": [account] })));

    assert_refused(&removal(&origin).sent_by(&bob, &server), ErrorCode::NotFound, None);
    let removed = removal(&origin).answers(&alice, &server, 200);
    assert!(removed["removed_at"].is_i64());
    server.clock.shift(60);
    assert_eq!(removal(&origin).answers(&alice, &server, 200), removed);
    assert_eq!(list(&alice), json!({ "items": [account] }));
    let anew = block(json!({ "origin": SHOP })).answers(&alice, &server, 201);
    assert_ne!(anew["id"], origin["id"]);
}

#[test]
fn what_is_blocked_is_one_account_or_one_origin() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    for (what, code, param) in [
        (json!({}), ErrorCode::RequestMalformed, None),
        (json!({ "account": LUTECE.1, "origin": SHOP }), ErrorCode::RequestMalformed, None),
        (json!({ "handle": "lutece" }), ErrorCode::RequestMalformed, Some("handle")),
        (json!({ "account": 7 }), ErrorCode::RequestMalformed, Some("account")),
        (json!({ "account": "lutece" }), ErrorCode::AccountMalformed, Some("account")),
        (json!({ "account": "acct_nobody00" }), ErrorCode::NotFound, Some("account")),
        (json!({ "account": "acct_issuance" }), ErrorCode::NotFound, Some("account")),
        (json!({ "account": ALICE }), ErrorCode::RequestMalformed, Some("account")),
        (json!({ "origin": "shop.example" }), ErrorCode::RequestMalformed, Some("origin")),
        (json!({ "origin": "https://shop.example/" }), ErrorCode::RequestMalformed, Some("origin")),
        (json!({ "origin": "https://SHOP.example" }), ErrorCode::RequestMalformed, Some("origin")),
        (json!({ "origin": "null" }), ErrorCode::RequestMalformed, Some("origin")),
    ] {
        assert_refused(&block(what).sent_by(&alice, &server), code, param);
    }
    assert_eq!(server.count("SELECT count(*) FROM blocks"), 0);
}
