//! Pages with keys of their own, and the links that let them pay.

use serde_json::{Value, json};

use crate::call::Call;
use crate::client::{LUTECE, Person};
use crate::server::Server;

/// Where the pages of these tests are.
pub const SHOP: &str = "https://shop.example";

pub fn jwk(person: &Person) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": person.key.public_key().to_jwk_x() })
}

/// A registration of this person's key.
pub fn registration(person: &Person, role: &str) -> Call {
    Call::post("/v1/keys").with_body(json!({ "jwk": jwk(person), "role": role }))
}

/// A page of [`SHOP`], with a new requester key that has registered itself.
pub fn page(server: &Server) -> Person {
    let page = Person::stranger();
    registration(&page, "requester").from(SHOP).answers(&page, server, 201);
    page
}

/// Limits in euros.
pub fn limits(per_payment: &str, per_period: &str, period: &str, lifetime: &str) -> Value {
    let amount = |value| json!({ "value": value, "currency": "EUR" });
    json!({
        "per_payment": amount(per_payment),
        "per_period": amount(per_period),
        "period": period,
        "lifetime": amount(lifetime),
    })
}

pub fn party((handle, account): (&str, &str)) -> Value {
    json!({ "handle": handle, "account": account })
}

/// What a page asks for: a link to lutece for thirty days.
pub fn link_request(server: &Server, limits: Value) -> Value {
    json!({
        "payees": [party(LUTECE)],
        "limits": limits,
        "expires_at": server.clock.now() + 30 * 24 * 60 * 60,
    })
}

/// Has a page of [`SHOP`] ask for a link.
#[track_caller]
pub fn request_link(server: &Server, page: &Person, request: Value) -> Value {
    Call::post("/v1/links").with_body(request).from(SHOP).answers(page, server, 201)
}

/// An approval of a link as it stands.
pub fn approval(link: &Value, payer: &str) -> Call {
    let body = json!({
        "link": link["id"],
        "payer": payer,
        "payees": link["payees"],
        "limits": link["limits"],
        "expires_at": link["expires_at"],
    });
    Call::post(path(link, "approve")).with_body(body)
}

/// Has a page ask for a link, and the payer agree.
#[track_caller]
pub fn link(server: &Server, page: &Person, payer: (&Person, &str), request: Value) -> Value {
    let link = request_link(server, page, request);
    approval(&link, payer.1).answers(payer.0, server, 200)
}

/// The address of what can be done with a resource that has an id.
pub fn path(link: &Value, action: &str) -> String {
    format!("/v1/links/{}/{action}", link["id"].as_str().unwrap())
}

/// A payment from a page of [`SHOP`].
pub fn payment(payee: (&str, &str), value: &str, currency: &str) -> Call {
    let amount = json!({ "value": value, "currency": currency });
    Call::post("/v1/payments")
        .with_body(json!({ "payee": party(payee), "amount": amount }))
        .from(SHOP)
}
