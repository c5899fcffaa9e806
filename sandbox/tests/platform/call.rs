//! Signed requests to any operation of the contract, and what keys need before they can be tried.

use serde_json::{Value, json};
use xp2p::canonical::HttpRequest;
use xp2p::signature::{SignatureParameters, sign};
use xp2p::transport::HttpResponse;

use crate::client::{LUTECE, Person, fresh, json_of, send};
use crate::server::{ORIGIN, Server};

/// Where the pages of these tests are.
pub const SHOP: &str = "https://shop.example";

/// A request. Change what a test is about.
#[derive(Clone)]
pub struct Call {
    method: &'static str,
    path: String,
    body: Option<Value>,
    idempotency_key: String,
    origin: Option<&'static str>,
}

impl Call {
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", ..Self::post(path) }
    }

    /// Without a body: see [`Call::with`].
    pub fn post(path: impl Into<String>) -> Self {
        let (method, path) = ("POST", path.into());
        Self { method, path, body: None, idempotency_key: fresh(), origin: None }
    }

    pub fn with(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    /// From a page of this web origin.
    pub fn from(self, origin: &'static str) -> Self {
        Self { origin: Some(origin), ..self }
    }

    /// Signed anew, whenever it is: the intent stays the same.
    pub fn signed_by(&self, person: &Person, server: &Server) -> HttpRequest {
        let created = u64::try_from(server.clock.now()).unwrap();
        let nonce = fresh();
        let parameters =
            SignatureParameters::new("sandbox", created, created + 300, &nonce).unwrap();
        let request = self.unsigned();
        sign(&request, &person.key, &parameters).unwrap().apply_to(request)
    }

    pub fn unsigned(&self) -> HttpRequest {
        let mut request = HttpRequest::new(self.method, format!("{ORIGIN}{}", self.path));
        if let Some(body) = &self.body {
            request = request.with_json(body.to_string().into_bytes());
        }
        if self.method == "POST" {
            request =
                request.with_field("idempotency-key", format!("\"{}\"", self.idempotency_key));
        }
        match self.origin {
            Some(origin) => request.with_field("origin", origin),
            None => request,
        }
    }

    pub fn sent_by(&self, person: &Person, server: &Server) -> HttpResponse {
        send(server.address, &self.signed_by(person, server)).unwrap()
    }

    /// What it answers, which must have this status.
    #[track_caller]
    pub fn answers(&self, person: &Person, server: &Server, status: u16) -> Value {
        let answer = self.sent_by(person, server);
        assert_eq!(answer.status, status, "{}", String::from_utf8_lossy(&answer.body));
        json_of(&answer)
    }
}

pub fn jwk(person: &Person) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": person.key.public_key().to_jwk_x() })
}

/// A registration of this person's key.
pub fn registration(person: &Person, role: &str) -> Call {
    Call::post("/v1/keys").with(json!({ "jwk": jwk(person), "role": role }))
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
    Call::post("/v1/links").with(request).from(SHOP).answers(page, server, 201)
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
    Call::post(path(link, "approve")).with(body)
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
    Call::post("/v1/payments").with(json!({ "payee": party(payee), "amount": amount })).from(SHOP)
}
