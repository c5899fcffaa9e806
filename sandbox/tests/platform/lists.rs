//! Lists: whose they are, their order, and their pages.

use serde_json::Value;
use xp2p::ErrorCode;

use crate::call::Call;
use crate::client::{LUTECE, Order, Person, assert_refused, fresh, json_of};
use crate::pages::{SHOP, limits, link, link_request, page, payment, registration};
use crate::server::Server;

const ALICE: &str = "acct_alice000";

fn ids(items: &[Value], id: &str) -> Vec<String> {
    items.iter().map(|item| item[id].as_str().unwrap().to_owned()).collect()
}

/// All pages of a list, and how many items each had.
fn pages(path: &str, limit: usize, person: &Person, server: &Server) -> (Vec<Value>, Vec<usize>) {
    let (mut all, mut sizes, mut cursor) = (Vec::new(), Vec::new(), String::new());
    loop {
        let call = Call::get(format!("{path}?limit={limit}{cursor}")).from(SHOP);
        let page = call.answers(person, server, 200);
        let items = page["items"].as_array().unwrap();
        sizes.push(items.len());
        all.extend(items.clone());
        match page["next_cursor"].as_str() {
            None => return (all, sizes),
            Some(next) => cursor = format!("&cursor={next}"),
        }
    }
}

#[test]
fn payments_are_listed_newest_first_and_page_by_page() {
    let server = Server::start();
    let [alice, bob, lutece] = ["alice", "bob", "lutece"].map(|who| Person::enrolled(&server, who));
    let mut made: Vec<_> = (0..7)
        .map(|number| {
            let payer = if number % 2 == 0 { &alice } else { &bob };
            json_of(&Order::new(LUTECE, "1.00", "EUR").sent_by(payer, &server))
        })
        .collect();
    made.reverse();
    let (all, sizes) = pages("/v1/payments", 3, &lutece, &server);
    assert_eq!((all, sizes), (made.clone(), vec![3, 3, 1]));
    assert_eq!(pages("/v1/payments", 7, &lutece, &server).1, [7]);
    let hers: Vec<_> =
        made.iter().filter(|payment| payment["payer"]["handle"] == "alice").cloned().collect();
    assert_eq!(pages("/v1/payments", 100, &alice, &server), (hers, vec![4]));

    // What comes newly into the list does not move the pages that follow.
    let first = Call::get("/v1/payments?limit=3").answers(&lutece, &server, 200);
    assert_eq!(Order::new(LUTECE, "1.00", "EUR").sent_by(&alice, &server).status, 201);
    let next = first["next_cursor"].as_str().unwrap();
    let second = Call::get(format!("/v1/payments?cursor={next}&limit=3"));
    assert_eq!(second.answers(&lutece, &server, 200)["items"].as_array().unwrap(), &made[3..6]);
    // Somebody else's cursor shows nothing of theirs.
    let carol = Person::enrolled(&server, "carol");
    let others = Call::get(format!("/v1/payments?cursor={next}")).answers(&carol, &server, 200);
    assert_eq!(others, serde_json::json!({ "items": [] }));
}

#[test]
fn a_page_has_twenty_items_unless_asked_for_others() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    for _ in 0..21 {
        assert_eq!(Order::new(LUTECE, "0.01", "EUR").sent_by(&alice, &server).status, 201);
    }
    let list = Call::get("/v1/payments").answers(&alice, &server, 200);
    assert_eq!(list["items"].as_array().unwrap().len(), 20);
    for list in ["payments", "keys", "links", "blocks"] {
        for (query, param) in [
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=", "limit"),
            ("limit=many", "limit"),
            ("cursor=", "cursor"),
            ("cursor=!", "cursor"),
            ("cursor=cGF5X25vdGhpbmcw", "cursor"),
        ] {
            let answer = Call::get(format!("/v1/{list}?{query}")).sent_by(&alice, &server);
            assert_refused(&answer, ErrorCode::RequestMalformed, Some(param));
        }
    }
    // The cursor of one list is none of another.
    let next = list["next_cursor"].as_str().unwrap();
    let answer = Call::get(format!("/v1/keys?cursor={next}")).sent_by(&alice, &server);
    assert_refused(&answer, ErrorCode::RequestMalformed, Some("cursor"));
}

/// Requirement 8: what became of an intent whose answer was lost.
#[test]
fn requirement_8_the_payment_of_an_intent_is_found_by_its_key() {
    let server = Server::start();
    let [alice, phone, bob] = ["alice", "alice", "bob"].map(|who| Person::enrolled(&server, who));
    let order = Order::new(LUTECE, "1.00", "EUR");
    let find = |person: &Person, key: &str| {
        let call = Call::get(format!("/v1/payments?idempotency_key={key}")).from(SHOP);
        call.answers(person, &server, 200)["items"].as_array().unwrap().clone()
    };
    assert!(find(&alice, &order.idempotency_key).is_empty());
    let paid = json_of(&order.sent_by(&alice, &server));
    assert_eq!(Order::new(LUTECE, "1.00", "EUR").sent_by(&alice, &server).status, 201);
    for person in [&alice, &phone] {
        assert_eq!(find(person, &order.idempotency_key), std::slice::from_ref(&paid));
    }
    // A key of the same text in another account is another intent.
    assert!(find(&bob, &order.idempotency_key).is_empty());
    assert!(find(&alice, &fresh()).is_empty());
    let poor = Order::new(LUTECE, "500.00", "EUR");
    let refused = poor.sent_by(&alice, &server);
    assert_refused(&refused, ErrorCode::InsufficientFunds, Some("amount"));
    assert!(find(&alice, &poor.idempotency_key).is_empty());
    for key in ["short", "two%20words%20of%20text"] {
        let call = Call::get(format!("/v1/payments?idempotency_key={key}"));
        let answer = call.sent_by(&alice, &server);
        assert_refused(&answer, ErrorCode::IdempotencyKeyMalformed, Some("idempotency_key"));
    }
}

#[test]
fn a_requester_key_lists_what_it_asked_for() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let (page, other) = (page(&server), page(&server));
    let request = link_request(&server, limits("5.00", "5.00", "day", "5.00"));
    let links: Vec<_> =
        (0..3).map(|_| link(&server, &page, (&alice, ALICE), request.clone())).collect();
    let mut paid: Vec<_> =
        (0..2).map(|_| payment(LUTECE, "1.00", "EUR").answers(&page, &server, 201)).collect();
    paid.reverse();
    assert_eq!(Order::new(LUTECE, "2.00", "EUR").sent_by(&alice, &server).status, 201);
    assert_eq!(pages("/v1/payments", 1, &page, &server), (paid, vec![1, 1]));
    assert_eq!(pages("/v1/payments", 1, &other, &server), (vec![], vec![0]));
    assert_eq!(pages("/v1/payments", 9, &alice, &server).1, [3]);

    let mut expected = ids(&links, "id");
    expected.reverse();
    for person in [&page, &alice] {
        let (listed, sizes) = pages("/v1/links", 2, person, &server);
        assert_eq!((ids(&listed, "id"), sizes), (expected.clone(), vec![2, 1]));
        assert!(listed.iter().all(|link| link["status"] == "active"));
    }
    assert_eq!(pages("/v1/links", 2, &other, &server).1, [0]);
}

#[test]
fn keys_are_listed_for_their_account_and_a_requester_key_alone() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    Person::enrolled(&server, "bob");
    let page = page(&server);
    let mut expected = vec![alice.key.public_key().key_id()];
    for _ in 0..4 {
        let key = Person::stranger();
        registration(&key, "approval").answers(&alice, &server, 201);
        expected.insert(0, key.key.public_key().key_id());
    }
    let revoke = Call::post(format!("/v1/keys/{}/revoke", expected[0]));
    revoke.answers(&alice, &server, 200);
    let (keys, sizes) = pages("/v1/keys", 2, &alice, &server);
    assert_eq!((ids(&keys, "key_id"), sizes), (expected, vec![2, 2, 1]));
    assert!(keys[0]["revoked_at"].is_i64() && keys[1].get("revoked_at").is_none());
    assert!(keys.iter().all(|key| key["account"] == ALICE && key["role"] == "approval"));

    let (keys, sizes) = pages("/v1/keys", 1, &page, &server);
    assert_eq!((ids(&keys, "key_id"), sizes), (vec![page.key.public_key().key_id()], vec![1]));
    assert_eq!((&keys[0]["role"], &keys[0]["origin"]), (&"requester".into(), &SHOP.into()));
}
