//! Keys and signatures.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::hint::black_box;

use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroize;

use super::error::text_or_refusal;
use super::message::{read_request, write_fields};
use super::value::seconds;
use crate::amount::decimal_text;
use crate::canonical::JsonObject;
use crate::error::{ErrorCode, Result};
use crate::signature::{Policy, Presented, PublicKey, SignatureParameters, SigningKey, prepare};

/// The public half of an Ed25519 JSON Web Key out of its parts.
fn read_public_key(kty: &str, crv: &str, x: &str) -> Result<PublicKey> {
    if kty != "OKP" || crv != "Ed25519" {
        return Err(ErrorCode::KeyMalformed.at("crv"));
    }
    PublicKey::from_jwk_x(x)
}

/// `jwkThumbprint`.
#[wasm_bindgen(js_name = jwkThumbprint)]
pub fn jwk_thumbprint(kty: &str, crv: &str, x: &str) -> String {
    text_or_refusal(read_public_key(kty, crv, x).map(|key| key.key_id()))
}

/// Does what handles a private key, and clears the stack below: zeroizing what is dropped leaves the
/// copies that moving it has made, in a memory that every script of the page can read.
fn leaving_no_copy<T>(work: impl FnOnce() -> T) -> T {
    #[inline(never)]
    fn apart<T>(work: impl FnOnce() -> T) -> T {
        work()
    }
    /// Deeper than making a key and signing go.
    #[inline(never)]
    fn clear() {
        black_box([0_u64; 4096]);
    }
    let done = apart(work);
    clear();
    done
}

/// An Ed25519 private key that stays in the wasm memory until it is freed.
#[wasm_bindgen(js_name = WasmKey)]
pub struct WasmKey(Box<SigningKey>);

/// The key of a seed, or nothing where that is not 32 bytes.
#[wasm_bindgen(js_name = makeKey)]
pub fn make_key(mut seed: Vec<u8>) -> Option<WasmKey> {
    let key = leaving_no_copy(|| {
        <[u8; 32]>::try_from(&seed[..]).map(|seed| Box::new(SigningKey::from_seed(seed)))
    });
    seed.zeroize();
    Some(WasmKey(key.ok()?))
}

#[wasm_bindgen(js_class = WasmKey)]
impl WasmKey {
    /// The RFC 7638 thumbprint of the public half.
    #[wasm_bindgen(js_name = keyId)]
    pub fn key_id(&self) -> String {
        self.0.public_key().key_id()
    }

    /// The `x` of the public half's JSON Web Key.
    #[wasm_bindgen(js_name = publicX)]
    pub fn public_x(&self) -> String {
        self.0.public_key().to_jwk_x()
    }

    /// Signs bytes.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.signature(message).to_vec()
    }
}

impl WasmKey {
    fn signature(&self, message: &[u8]) -> [u8; 64] {
        leaving_no_copy(|| self.0.sign(message))
    }
}

/// `signRequest`. `headers` are lines, names and values in turn.
#[wasm_bindgen(js_name = signRequest)]
#[allow(clippy::too_many_arguments)]
pub fn sign_request(
    method: &str,
    url: &str,
    headers: &str,
    body: Option<Vec<u8>>,
    key: &WasmKey,
    environment: &str,
    created: f64,
    expires: f64,
    nonce: &str,
) -> String {
    let sign = || {
        let request = read_request(method, url, headers, body);
        let (created, expires) = (seconds(created, "created")?, seconds(expires, "expires")?);
        let parameters = SignatureParameters::new(environment, created, expires, nonce)?;
        let prepared = prepare(&request, &key.key_id(), &parameters)?;
        let signature = key.signature(prepared.base().as_bytes());
        Ok(write_fields(&prepared.finish(&signature).fields))
    };
    text_or_refusal(sign())
}

/// `verifyRequest`. `headers` are lines, names and values in turn.
#[wasm_bindgen(js_name = verifyRequest)]
#[allow(clippy::too_many_arguments)]
pub fn verify_request(
    method: &str,
    url: &str,
    headers: &str,
    body: Option<Vec<u8>>,
    kty: &str,
    crv: &str,
    x: &str,
    environment: &str,
    now: f64,
) -> String {
    let verify = || {
        let request = read_request(method, url, headers, body);
        let key = read_public_key(kty, crv, x)?;
        let policy = Policy { environment, now: seconds(now, "now")? };
        let presented = Presented::read(&request)?;
        presented.verify(&request, &key, &policy)?;
        let parameters = presented.parameters();
        Ok(JsonObject::new()
            .text("keyId", presented.key_id())
            .json("created", &decimal_text(parameters.created(), 0))
            .json("expires", &decimal_text(parameters.expires(), 0))
            .text("nonce", parameters.nonce())
            .end())
    };
    text_or_refusal(verify())
}
