//! A signed request to any address of the contract.

use serde_json::Value;
use xp2p::canonical::HttpRequest;
use xp2p::signature::{SignatureParameters, sign};
use xp2p::transport::HttpResponse;

use crate::client::{Person, fresh, json_of, send};
use crate::server::{ORIGIN, Server};

/// What is asked. Each time it is sent it is signed anew, with the same idempotency key.
#[derive(Clone)]
pub struct Call {
    method: &'static str,
    path: String,
    body: Option<Value>,
    idempotency_key: Option<String>,
    /// Header fields beside those of the signature.
    fields: Vec<(&'static str, String)>,
}

impl Call {
    pub fn get(path: impl Into<String>) -> Self {
        let path = path.into();
        Self { method: "GET", path, body: None, idempotency_key: None, fields: Vec::new() }
    }

    pub fn post(path: impl Into<String>) -> Self {
        Self { method: "POST", idempotency_key: Some(fresh()), ..Self::get(path) }
    }

    pub fn with_body(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    pub fn with_field(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    /// From a page of this web origin.
    pub fn from(self, origin: &str) -> Self {
        self.with_field("origin", origin)
    }

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
        if let Some(key) = &self.idempotency_key {
            request = request.with_field("idempotency-key", format!("\"{key}\""));
        }
        for (name, value) in &self.fields {
            request = request.with_field(name, value);
        }
        request
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
