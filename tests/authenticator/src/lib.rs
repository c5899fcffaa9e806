//! A passkey in software, together with the browser that it is in: WebAuthn level 3.
//!
//! It answers as a browser would, or, where a test says so, wrongly in one point: an authenticator made by
//! others would refuse to. What it answers is not taken from the server's library, so that library and
//! sandbox are not their own judge.
#![forbid(unsafe_code)]

use base64ct::{Base64UrlUnpadded, Encoding};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The flags of section 6.1: user present, user verified, attested credential data included.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// One passkey. Change what a test is about.
#[derive(Clone)]
pub struct Passkey {
    key: SigningKey,
    pub id: Vec<u8>,
    /// The origin of the page in which it is used.
    pub origin: String,
    /// The relying party that it was made for.
    pub relying_party: String,
    /// Whether it verifies its user.
    pub verifies: bool,
    /// Section 6.1.1. It grows before each answer, if it counts.
    pub counter: u32,
    pub counts: bool,
}

impl Passkey {
    /// One that nobody knows, for the host of this origin.
    ///
    /// # Panics
    ///
    /// When the origin has no host or the system no randomness.
    #[must_use]
    pub fn new(origin: &str) -> Self {
        let (mut secret, mut id) = ([0; 32], vec![0; 16]);
        getrandom::fill(&mut secret).expect("randomness");
        getrandom::fill(&mut id).expect("randomness");
        let (_, authority) = origin.split_once("://").expect("an origin");
        Self {
            // Out of 2^32 texts of 32 bytes, fewer than two are no key.
            key: SigningKey::from_slice(&secret).expect("a scalar"),
            id,
            origin: origin.into(),
            relying_party: authority.split(':').next().expect("a host").into(),
            verifies: true,
            counter: 0,
            counts: true,
        }
    }

    /// What `navigator.credentials.create` gives for these options, as `toJSON` writes it.
    pub fn registration(&mut self, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.create", options);
        let mut data = self.data(ATTESTED);
        data.extend([0; 16]); // No model says what it is: section 6.5.1.
        data.extend(u16::try_from(self.id.len()).expect("a short id").to_be_bytes());
        data.extend(&self.id);
        data.extend(self.cose_key());
        // {"fmt": "none", "attStmt": {}, "authData": …}, in the order of CTAP2's canonical CBOR.
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        object.extend(u16::try_from(data.len()).expect("short data").to_be_bytes());
        object.extend(data);
        self.credential(json!({
            "clientDataJSON": text(&client_data),
            "attestationObject": text(&object),
            "transports": ["internal", "hybrid"],
        }))
    }

    /// What `navigator.credentials.get` gives for these options, as `toJSON` writes it.
    pub fn assertion(&mut self, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.get", options);
        let data = self.data(0);
        let signed = [&*data, &*Sha256::digest(&client_data)].concat();
        let signature: Signature = self.key.sign(&signed);
        self.credential(json!({
            "clientDataJSON": text(&client_data),
            "authenticatorData": text(&data),
            "signature": text(signature.to_der().as_bytes()),
        }))
    }

    /// Section 5.8.1.
    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let client_data = json!({
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": false,
        });
        client_data.to_string().into_bytes()
    }

    /// Section 6.1.
    fn data(&mut self, flags: u8) -> Vec<u8> {
        self.counter += u32::from(self.counts);
        let mut data = Sha256::digest(&self.relying_party).to_vec();
        data.push(flags | PRESENT | if self.verifies { VERIFIED } else { 0 });
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// ES256: RFC 9053 section 7.1.1.
    fn cose_key(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = (&point.as_bytes()[1..33], &point.as_bytes()[33..]);
        [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", x, b"\x22\x58\x20", y].concat()
    }

    fn credential(&self, response: Value) -> Value {
        json!({
            "id": text(&self.id),
            "rawId": text(&self.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        })
    }
}

fn text(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}
