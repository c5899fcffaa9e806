//! A payer's decision: who may make it, over what, and what it does when many make it at once.

use std::collections::HashSet;

use serde_json::{Value, json};
use xp2p::ErrorCode;

use crate::call::Call;
use crate::client::{Order, Person, assert_refused, euros, json_of, ledger};
use crate::pages::SHOP;
use crate::server::{ORIGIN, Server, WALLET};
use crate::shop::{ALICE, act, approval, approving, ask, page, path, state};

#[test]
fn requirement_1_a_key_that_asks_cannot_decide() {
    let server = Server::start();
    let page = page(&server);
    let checkout = ask(&server, &page, "12.50");
    let before = ledger(&server);
    let approve = approving(&checkout, ALICE).sent_by(&page, &server);
    assert_refused(&approve, ErrorCode::KeyNotAllowed, Some("keyid"));
    for action in ["open", "decline"] {
        let answer = act(&server, &page, &checkout, action);
        assert_refused(&answer, ErrorCode::KeyNotAllowed, Some("keyid"));
    }
    assert_eq!(ledger(&server), before);
    assert_eq!(state(&server, &page, &checkout), ("created".into(), 1));
}

#[test]
fn requirement_10_one_changed_value_voids_the_checkout() {
    let server = Server::start();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let before = ledger(&server);
    let changes: [(&[&str], Value); 9] = [
        (&["checkout"], json!("chk_00000000")),
        (&["payer"], json!("acct_bob00000")),
        (&["payee", "handle"], json!("tamarind")),
        (&["payee", "account"], json!("acct_tamarind")),
        (&["amount", "value"], json!("12.51")),
        (&["amount", "currency"], json!("USD")),
        (&["request_digest"], json!("sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:")),
        (&["expires_at"], json!(0)),
        (&["expires_at"], json!(253_402_300_799_u64)),
    ];
    for (member, value) in changes {
        let checkout = ask(&server, &page, "12.50");
        let mut changed = approval(&checkout, ALICE);
        let place = member.iter().fold(&mut changed, |object, name| &mut object[name]);
        *place = value;
        let call = Call::post(path(&checkout, "/approve")).with_body(changed);
        let answer = call.sent_by(&alice, &server);
        assert_refused(&answer, ErrorCode::ApprovalMismatch, Some(&member.join(".")));
        assert_eq!(state(&server, &page, &checkout), ("declined".into(), 2));
        // What was meant comes too late.
        let right = approving(&checkout, ALICE).sent_by(&alice, &server);
        assert_refused(&right, ErrorCode::StateFinal, None);
    }
    assert_eq!(ledger(&server), before);
    assert_eq!(server.audit().findings, [""; 0]);
}

#[test]
fn an_approval_without_its_form_decides_nothing() {
    let server = Server::start();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let checkout = ask(&server, &page, "12.50");
    for member in ["checkout", "payer", "payee", "amount", "request_digest", "expires_at"] {
        let mut body = approval(&checkout, ALICE);
        body.as_object_mut().unwrap().remove(member);
        let answer =
            Call::post(path(&checkout, "/approve")).with_body(body).sent_by(&alice, &server);
        assert_refused(&answer, ErrorCode::RequestMalformed, Some(member));
    }
    let mut body = approval(&checkout, ALICE);
    body["tip"] = json!("5.00");
    let answer = Call::post(path(&checkout, "/approve")).with_body(body).sent_by(&alice, &server);
    assert_refused(&answer, ErrorCode::RequestMalformed, Some("tip"));
    let body = json!({});
    let answer = Call::post(path(&checkout, "/open")).with_body(body).sent_by(&alice, &server);
    assert_refused(&answer, ErrorCode::RequestMalformed, None);
    assert_eq!(state(&server, &page, &checkout), ("created".into(), 1));
}

#[test]
fn requirement_30_only_the_wallets_page_and_extensions_approve() {
    let server = Server::start();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let checkout = ask(&server, &page, "12.50");
    let from = |fields: &[(&'static str, &str)]| {
        let call = approving(&checkout, ALICE);
        let add = |call: Call, (name, value): &(&'static str, &str)| call.with_field(name, *value);
        fields.iter().fold(call, add).sent_by(&alice, &server)
    };
    // A page that is not named, of whatever relation to the platform: the wallet is elsewhere.
    for site in ["cross-site", "same-site", "same-origin", "", "none, same-origin"] {
        let answer = from(&[("sec-fetch-site", site)]);
        assert_refused(&answer, ErrorCode::KeyNotAllowed, Some("sec-fetch-site"));
    }
    for origin in [SHOP, ORIGIN, "https://wallet.example:444", "http://wallet.example", "null", ""]
    {
        for site in ["cross-site", "same-origin", "none"] {
            let answer = from(&[("origin", origin), ("sec-fetch-site", site)]);
            assert_refused(&answer, ErrorCode::KeyNotAllowed, Some("origin"));
        }
        let answer = from(&[("origin", origin)]);
        assert_refused(&answer, ErrorCode::KeyNotAllowed, Some("origin"));
    }
    assert_eq!(state(&server, &page, &checkout), ("created".into(), 1));
    let extension = "chrome-extension://abcdefghijklmnopabcdefghijklmnop";
    for (origin, site) in [(WALLET, "cross-site"), (WALLET, "same-site"), (extension, "none")] {
        let checkout = ask(&server, &page, "1.00");
        let call = approving(&checkout, ALICE).with_field("origin", origin);
        let answer = call.with_field("sec-fetch-site", site).sent_by(&alice, &server);
        assert_eq!(answer.status, 201, "{origin}");
    }
    // Whatever else only a wallet asks for.
    for call in [Call::get("/v1/balances"), Call::get("/v1/account"), Call::post("/v1/passkeys")] {
        let call = call.with_body(json!({}));
        let answer = call.clone().with_field("origin", SHOP).sent_by(&alice, &server);
        assert_refused(&answer, ErrorCode::KeyNotAllowed, Some("origin"));
        assert!(call.with_field("origin", WALLET).sent_by(&alice, &server).status < 300);
    }
}

#[test]
fn who_has_too_little_may_try_again_with_a_new_key() {
    let server = Server::start();
    let page = page(&server);
    let [alice, carol] = ["alice", "carol"].map(|who| Person::enrolled(&server, who));
    let checkout = ask(&server, &page, "12.50");
    act(&server, &carol, &checkout, "open");
    let poor = approving(&checkout, "acct_carol000");
    let refused = poor.sent_by(&carol, &server);
    assert_refused(&refused, ErrorCode::InsufficientFunds, Some("amount"));
    assert_eq!(state(&server, &page, &checkout), ("opened".into(), 2));
    Order::new(("carol", "acct_carol000"), "20.00", "EUR").sent_by(&alice, &server);
    // The intent was answered for good; another one is another matter.
    assert_eq!(poor.sent_by(&carol, &server).body, refused.body);
    assert_eq!(approving(&checkout, "acct_carol000").sent_by(&carol, &server).status, 201);
    assert_eq!(euros(&server, "carol"), "7.50");
    assert_eq!(state(&server, &page, &checkout), ("paid".into(), 3));
}

#[test]
fn whoever_is_blocked_or_pays_themselves_is_refused() {
    let server = Server::start();
    let page = page(&server);
    let [alice, lutece] = ["alice", "lutece"].map(|who| Person::enrolled(&server, who));
    let checkout = ask(&server, &page, "12.50");
    let own = approving(&checkout, "acct_lutece00").sent_by(&lutece, &server);
    assert_refused(&own, ErrorCode::PayeeIsPayer, Some("payee.handle"));
    server.execute("UPDATE accounts SET blocked_at = 1 WHERE id = 'acct_alice000'");
    let blocked = approving(&checkout, ALICE).sent_by(&alice, &server);
    assert_refused(&blocked, ErrorCode::AccountBlocked, Some("payer"));
    server.execute("UPDATE accounts SET blocked_at = NULL WHERE id = 'acct_alice000'");
    server.execute("UPDATE accounts SET blocked_at = 1 WHERE id = 'acct_lutece00'");
    let blocked = approving(&checkout, ALICE).sent_by(&alice, &server);
    assert_refused(&blocked, ErrorCode::AccountBlocked, Some("payee.handle"));
    assert_eq!(state(&server, &page, &checkout), ("created".into(), 1));
}

#[test]
fn fifty_concurrent_approvals_by_fifty_keys_pay_once() {
    let server = Server::start();
    let second = server.beside();
    let page = page(&server);
    let keys: Vec<_> = (0..50).map(|_| Person::enrolled(&server, "alice")).collect();
    let checkout = ask(&server, &page, "12.50");
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads = keys.iter().enumerate().map(|(number, key)| {
            let (server, checkout) = (if number % 2 == 0 { &server } else { &second }, &checkout);
            scope.spawn(move || approving(checkout, ALICE).sent_by(key, server))
        });
        let threads: Vec<_> = threads.collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (paid, late): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!(paid.len(), 1);
    let codes: HashSet<_> =
        late.iter().map(|answer| json_of(answer)["code"].as_str().unwrap().to_string()).collect();
    assert_eq!(codes, HashSet::from(["state_final".to_string()]));
    assert_eq!(euros(&server, "alice"), "487.50");
    let report = server.audit();
    assert_eq!((report.payments, report.findings), (1, vec![]));
}
