//! People who have a passkey.

use serde_json::{Value, json};
use xp2p::canonical::content_digest;
use xp2p::transport::HttpResponse;
use xp2p_authenticator::Passkey;

use crate::call::Call;
use crate::client::Person;
use crate::server::{Server, WALLET};

/// A person with a passkey that counts.
pub struct Holder {
    pub person: Person,
    pub passkey: Passkey,
    /// Its id at the platform.
    pub id: String,
}

impl Holder {
    /// The holder of a handle, who has added their first passkey.
    #[track_caller]
    pub fn new(server: &Server, handle: &str) -> Self {
        let person = Person::enrolled(server, handle);
        let mut passkey = Passkey::new(WALLET);
        let begun = begin(server, &person);
        let call = finishing(&begun, &passkey.registration(&begun["options"]));
        let added = call.answers(&person, server, 200);
        Self { person, passkey, id: added["id"].as_str().unwrap().into() }
    }

    /// Has the passkey answer to the body of this call.
    #[track_caller]
    pub fn confirm(&mut self, server: &Server, call: &Call) {
        let challenge = self.challenged(server, call);
        let credential = self.passkey.assertion(&challenge["options"]);
        answering(&challenge, &credential).answers(&self.person, server, 200);
    }

    /// The challenge to the body of this call.
    #[track_caller]
    pub fn challenged(&self, server: &Server, call: &Call) -> Value {
        challenged(server, &self.person, call)
    }

    /// Does this with the passkey.
    #[track_caller]
    pub fn does(&mut self, server: &Server, call: &Call) -> HttpResponse {
        self.confirm(server, call);
        call.sent_by(&self.person, server)
    }
}

#[track_caller]
pub fn begin(server: &Server, person: &Person) -> Value {
    Call::post("/v1/passkeys")
        .with_body(json!({ "label": "my phone" }))
        .answers(person, server, 201)
}

pub fn finishing(begun: &Value, credential: &Value) -> Call {
    let path = format!("/v1/passkeys/{}/finish", begun["id"].as_str().unwrap());
    Call::post(path).with_body(json!({ "credential": credential }))
}

pub fn removing(id: &str) -> Call {
    Call::post(format!("/v1/passkeys/{id}/remove")).with_body(json!({ "passkey": id }))
}

/// What a key gets that asks for a challenge to the body of this call.
#[track_caller]
pub fn challenged(server: &Server, person: &Person, call: &Call) -> Value {
    let digest = content_digest(&call.unsigned().body.unwrap());
    Call::post("/v1/passkey-challenges")
        .with_body(json!({ "digest": digest }))
        .answers(person, server, 201)
}

pub fn answering(challenge: &Value, credential: &Value) -> Call {
    let path = format!("/v1/passkey-challenges/{}/answer", challenge["id"].as_str().unwrap());
    Call::post(path).with_body(json!({ "credential": credential }))
}
