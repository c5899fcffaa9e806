//! A page that asks for payments, and the wallets that decide about them.

use serde_json::{Value, json};
use xp2p::transport::HttpResponse;

use crate::call::Call;
use crate::client::{LUTECE, Person, json_of};
use crate::pages::registration;
use crate::server::Server;

pub const ALICE: &str = "acct_alice000";

/// A page with a key of its own, which is bound to no web origin.
pub fn page(server: &Server) -> Person {
    let page = Person::stranger();
    registration(&page, "requester").answers(&page, server, 201);
    page
}

/// The body of a request for a checkout.
pub fn wanted((handle, account): (&str, &str), value: &str, currency: &str) -> Value {
    json!({
        "payee": { "handle": handle, "account": account },
        "amount": { "value": value, "currency": currency },
    })
}

/// A new checkout for the bookshop, in euros.
pub fn ask(server: &Server, page: &Person, value: &str) -> Value {
    made(&Call::post("/v1/checkouts").with_body(wanted(LUTECE, value, "EUR")).sent_by(page, server))
}

/// The checkout that was made.
#[track_caller]
pub fn made(answer: &HttpResponse) -> Value {
    let checkout = json_of(answer);
    assert_eq!(answer.status, 201, "{checkout}");
    checkout
}

pub fn path(checkout: &Value, rest: &str) -> String {
    format!("/v1/checkouts/{}{rest}", checkout["id"].as_str().unwrap())
}

pub fn read(server: &Server, person: &Person, checkout: &Value) -> HttpResponse {
    Call::get(path(checkout, "")).sent_by(person, server)
}

/// `open`, `cancel` or `decline`.
pub fn act(server: &Server, person: &Person, checkout: &Value, action: &str) -> HttpResponse {
    Call::post(path(checkout, &format!("/{action}"))).sent_by(person, server)
}

/// What a payer agrees to who saw this checkout.
pub fn approval(checkout: &Value, payer: &str) -> Value {
    json!({
        "checkout": checkout["id"],
        "payer": payer,
        "payee": {
            "handle": checkout["payee"]["handle"],
            "account": checkout["payee"]["account"],
        },
        "amount": checkout["amount"],
        "request_digest": checkout["request_digest"],
        "expires_at": checkout["expires_at"],
    })
}

/// The intent to pay a checkout.
pub fn approving(checkout: &Value, payer: &str) -> Call {
    Call::post(path(checkout, "/approve")).with_body(approval(checkout, payer))
}

/// Status and version.
pub fn state(server: &Server, page: &Person, checkout: &Value) -> (String, i64) {
    let now = json_of(&read(server, page, checkout));
    (now["status"].as_str().unwrap().into(), now["version"].as_i64().unwrap())
}

/// Waits until the platform itself has brought a checkout there, without looking at it by its address:
/// that alone would bring it up to date.
pub fn await_count(server: &Server, query: &'static str, count: i64) {
    for _ in 0..600 {
        if server.count(query) == count {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{query} never counted {count}");
}
