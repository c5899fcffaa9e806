//! Handles: nobody gets one that looks like another's, and one that changed hands is not paid.

use serde_json::{Value, json};
use xp2p::ErrorCode;
use xp2p::canonical::HttpRequest;
use xp2p::transport::HttpResponse;

use crate::call::Call;
use crate::client::{
    LUTECE, Order, Person, assert_refused, euros, get, json_of, post, rename, send,
};
use crate::pages::{limits, link, link_request, payment};
use crate::server::Server;
use crate::shop::{ALICE, approving, ask, await_count, made, page, read, state, wanted};

const TAMARIND: (&str, &str) = ("tamarind", "acct_tamarind");

fn open(server: &Server, handle: &str) -> HttpResponse {
    post(server, "/sandbox/accounts", &json!({ "handle": handle, "name": "Somebody" }))
}

/// The refusal of a handle that is taken, the same for all of them.
#[track_caller]
fn assert_taken(answer: &HttpResponse) {
    assert_refused(answer, ErrorCode::RequestMalformed, Some("handle"));
    let detail = json_of(answer)["detail"].to_string();
    assert!(detail.contains("this handle, or one that looks like it, is taken"), "{detail}");
}

#[test]
fn requirement_11_a_handle_that_looks_like_anothers_is_given_to_nobody() {
    let server = Server::start();
    let accounts = || server.count("SELECT count(*) FROM accounts");
    let before = accounts();
    for handle in [
        "alice",
        "@ALICE",
        "a1ice",
        "aIice",
        "al1ce",
        "a.lice",
        "alice_",
        "-alice",
        "b0b",
        "bo.b",
        "tarnarind",
        "TAMAR1ND",
        "lutec-e",
        "1utece",
        "dana_reyes",
        "danareyes",
        "robinvance",
    ] {
        assert_taken(&open(&server, handle));
        let renaming = json!({ "handle": handle });
        assert_taken(&post(&server, "/sandbox/accounts/carol/rename", &renaming));
    }
    assert_eq!(accounts(), before);
    assert_eq!(json_of(&get(&server, "/v1/handles/carol"))["account"], "acct_carol000");
    for handle in ["alicia", "bobby", "alice2", "dana.reye5"] {
        assert_eq!(open(&server, handle).status, 201, "{handle}");
    }
    assert_taken(&open(&server, "a11c1a"));
}

#[test]
fn requirement_11_a_freed_handle_is_given_again_as_it_was_and_no_look_alike_of_it_ever() {
    let server = Server::start().restart();
    // Nobody has `dana` now; `robin` was given to somebody else already.
    for handle in ["d.ana", "dan-a", "r0bin", "rob1n"] {
        assert_taken(&open(&server, handle));
    }
    assert_eq!(open(&server, "Dana").status, 201);
    assert_taken(&open(&server, "dana"));

    // Neither does somebody's own past free what looks like it.
    rename(&server, "carol", "carol.nguyen");
    let own = json!({ "handle": "caro1" });
    assert_taken(&post(&server, "/sandbox/accounts/carol.nguyen/rename", &own));
    assert_eq!(json_of(&get(&server, "/v1/handles/carol.nguyen"))["account"], "acct_carol000");
    rename(&server, "carol.nguyen", "carol");
    rename(&server, "carol", "carol");
    assert_eq!(json_of(&get(&server, "/v1/handles/carol"))["account"], "acct_carol000");
    let nobody = post(&server, "/sandbox/accounts/carol.nguyen/rename", &own);
    assert_refused(&nobody, ErrorCode::HandleUnknown, Some("handle"));
}

#[test]
fn requirement_11_two_sandboxes_at_once_give_one_of_two_look_alikes() {
    let first = Server::start();
    let second = first.beside();
    for round in 0..8 {
        let [one, other] = [format!("river{round}m"), format!("r1ver{round}rn")];
        let statuses = std::thread::scope(|scope| {
            [(&first, &one), (&second, &other), (&first, &other), (&second, &one)]
                .map(|(server, handle)| scope.spawn(|| open(server, handle).status))
                .map(|thread| thread.join().unwrap())
        });
        let given = statuses.iter().filter(|status| **status == 201).count();
        assert_eq!(given, 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| [201, 400].contains(status)), "{statuses:?}");
    }
}

#[test]
fn requirement_11_the_database_keeps_one_handle_for_a_skeleton() {
    let server = Server::start();
    let skeletons = || server.count("SELECT count(*) FROM handles WHERE skeleton = 'allce'");
    assert_eq!(skeletons(), 1);
    let look_alike = "INSERT INTO handles (handle, skeleton) VALUES ('a1ice', 'allce')";
    // SQLite leaves it out, so that REPLACE takes no handle away; PostgreSQL refuses it.
    assert_eq!(server.try_execute(look_alike).is_err(), server.is_on_postgres());
    if !server.is_on_postgres() {
        server.execute(
            "INSERT OR REPLACE INTO handles (handle, skeleton, account)
             VALUES ('a1ice', 'allce', 'acct_mallory0'), ('alice', 'other', 'acct_mallory0')",
        );
    }
    assert_eq!(skeletons(), 1);
    assert_eq!(json_of(&get(&server, "/v1/handles/alice"))["account"], ALICE);
    for (statement, reason) in [
        ("UPDATE handles SET skeleton = 'other' WHERE handle = 'alice'", "keeps its skeleton"),
        ("UPDATE handles SET handle = 'other' WHERE handle = 'alice'", "keeps its skeleton"),
        ("DELETE FROM handles WHERE handle = 'alice'", "never deleted"),
    ] {
        assert!(server.refuses(statement).contains(reason), "{statement}");
    }
}

/// `lutece` becomes `lutece.books`, and then `tamarind` becomes `lutece`.
fn change_hands(server: &Server) {
    rename(server, "lutece", "lutece.books");
    rename(server, "tamarind", "lutece");
}

#[test]
fn requirement_11_a_checkout_for_a_handle_that_changed_hands_pays_nobody() {
    let server = Server::start();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let checkout = ask(&server, &page, "12.50");
    let approve = |checkout: &Value| approving(checkout, ALICE).sent_by(&alice, &server);

    rename(&server, "lutece", "lutece.books");
    assert_refused(&approve(&checkout), ErrorCode::HandleUnknown, Some("payee.handle"));
    rename(&server, "tamarind", "lutece");
    assert_refused(&approve(&checkout), ErrorCode::PayeeChanged, Some("payee.account"));
    // It goes on saying whom it was asked for.
    assert_eq!(json_of(&read(&server, &page, &checkout))["payee"]["handle"], "lutece");
    let again = Call::post("/v1/checkouts").with_body(wanted(LUTECE, "12.50", "EUR"));
    let again = again.sent_by(&page, &server);
    assert_refused(&again, ErrorCode::PayeeChanged, Some("payee.account"));
    assert_eq!(state(&server, &page, &checkout), ("created".into(), 1));
    assert_eq!(euros(&server, "alice"), "500.00");

    // It is the same payee again once the handle is its own again.
    rename(&server, "lutece", "tamarind");
    rename(&server, "lutece.books", "lutece");
    assert_eq!(made(&approve(&checkout))["payee"]["account"], LUTECE.1);
    assert_eq!(euros(&server, "lutece"), "12.50");
    assert_eq!(server.audit().findings, [""; 0]);
}

#[test]
fn requirement_11_a_handle_that_changes_hands_during_a_review_pays_nobody() {
    let server = Server::start();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let checkout = ask(&server, &page, "11.07");
    assert_eq!(approving(&checkout, ALICE).sent_by(&alice, &server).status, 202);
    server.clock.shift(-250);
    change_hands(&server);
    server.clock.shift(260);
    await_count(&server, "SELECT count(*) FROM checkouts WHERE status = 'declined'", 1);
    for (handle, value) in [("alice", "500.00"), ("lutece", "0.00"), ("lutece.books", "0.00")] {
        assert_eq!(euros(&server, handle), value, "{handle}");
    }
    let report = server.audit();
    assert_eq!((report.payments, report.findings), (0, vec![]));
}

#[test]
fn requirement_11_a_link_pays_a_payee_under_the_handle_that_was_agreed_to_only() {
    let server = Server::start();
    let (alice, page) = (Person::enrolled(&server, "alice"), crate::pages::page(&server));
    let request = link_request(&server, limits("5.00", "20.00", "week", "100.00"));
    link(&server, &page, (&alice, ALICE), request);
    let pay = |payee| payment(payee, "1.00", "EUR").sent_by(&page, &server);
    assert_eq!(pay(LUTECE).status, 201);

    rename(&server, "lutece", "lutece.books");
    assert_refused(&pay(LUTECE), ErrorCode::HandleUnknown, Some("payee.handle"));
    let renamed = pay(("lutece.books", LUTECE.1));
    assert_refused(&renamed, ErrorCode::KeyNotAllowed, Some("payee"));
    rename(&server, "tamarind", "lutece");
    assert_refused(&pay(LUTECE), ErrorCode::PayeeChanged, Some("payee.account"));
    let recycled = pay(("lutece", TAMARIND.1));
    assert_refused(&recycled, ErrorCode::KeyNotAllowed, Some("payee"));
    assert_eq!(euros(&server, "alice"), "499.00");
}

#[test]
fn requirement_11_a_payment_keeps_the_handles_under_which_it_was_made() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let paid = json_of(&Order::new(LUTECE, "1.00", "EUR").sent_by(&alice, &server));
    change_hands(&server);
    rename(&server, "alice", "alice.martin");
    let path = format!("/v1/payments/{}", paid["id"].as_str().unwrap());
    assert_eq!(json_of(&Call::get(path).sent_by(&alice, &server)), paid);
    assert_eq!(paid["payee"], json!({ "handle": "lutece", "account": LUTECE.1 }));
    assert_eq!(euros(&server, "lutece.books"), "1.00");
}

#[test]
fn requirement_11_a_wallet_is_told_of_a_first_payment_to_an_account() {
    let server = Server::start();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let carol = Person::enrolled(&server, "carol");
    let first = |person, checkout: &Value| {
        json_of(&read(&server, person, checkout)).get("first_payment").cloned()
    };
    let checkout = ask(&server, &page, "1.00");
    assert_eq!(first(&alice, &checkout), Some(json!(true)));
    let opened = json_of(&crate::shop::act(&server, &alice, &checkout, "open"));
    assert_eq!(opened["first_payment"], true);
    // Whoever asks does not learn whom somebody has paid.
    assert_eq!((first(&page, &checkout), checkout.get("first_payment")), (None, None));
    assert_eq!(approving(&checkout, ALICE).sent_by(&alice, &server).status, 201);

    let next = ask(&server, &page, "1.00");
    assert_eq!(first(&alice, &next), Some(json!(false)));
    assert_eq!(first(&carol, &next), Some(json!(true)));
    assert_eq!(first(&page, &next), None);
    let other = Call::post("/v1/checkouts").with_body(wanted(TAMARIND, "1.00", "EUR"));
    assert_eq!(first(&alice, &made(&other.sent_by(&page, &server))), Some(json!(true)));

    // It is the account that was paid: a new handle makes no new payee, and an old one no old payee.
    change_hands(&server);
    for (payee, is_first) in [(("lutece.books", LUTECE.1), false), (("lutece", TAMARIND.1), true)] {
        let asked = Call::post("/v1/checkouts").with_body(wanted(payee, "1.00", "EUR"));
        assert_eq!(first(&alice, &made(&asked.sent_by(&page, &server))), Some(json!(is_first)));
    }
    // Whom one was paid by, one has not paid.
    let back = Call::post("/v1/checkouts").with_body(wanted(("alice", ALICE), "1.00", "EUR"));
    let back = made(&back.sent_by(&page, &server));
    let shop = Person::enrolled(&server, "lutece.books");
    assert_eq!(first(&shop, &back), Some(json!(true)));
}

/// A look-up folds what is ASCII, and takes nothing else for it.
#[test]
fn requirement_11_a_handle_is_looked_up_in_ascii_only() {
    let server = Server::start();
    assert_eq!(json_of(&get(&server, "/v1/handles/ALICE"))["handle"], "alice");
    // Dotless and dotted i, the Kelvin sign, full width, a Cyrillic a, a soft hyphen, a zero-width space.
    for handle in [
        "al%C4%B1ce",
        "al%C4%B0ce",
        "%E2%84%AAim",
        "%EF%BD%81lice",
        "%D0%B0lice",
        "al%C2%ADice",
        "alice%E2%80%8B",
    ] {
        let request = HttpRequest::new("GET", format!("/v1/handles/{handle}"));
        let answer = send(server.address, &request).unwrap();
        assert_refused(&answer, ErrorCode::HandleMalformed, Some("handle"));
    }
}
