//! Keys and signatures.

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroize;

use super::message::{headers_object, read_request};
use super::value::{invalid, member, seconds, text, to_js};
use crate::error::{ErrorCode, Result};
use crate::signature::{Policy, Presented, PublicKey, SignatureParameters, SigningKey, sign};

#[derive(Serialize)]
struct JsonWebKey {
    kty: &'static str,
    crv: &'static str,
    x: String,
}

/// Reads the public half of an Ed25519 JSON Web Key.
pub(super) fn read_public_key(jwk: &JsValue) -> Result<PublicKey> {
    if text(jwk, "kty")? != "OKP" || text(jwk, "crv")? != "Ed25519" {
        return Err(ErrorCode::KeyMalformed.at("crv"));
    }
    PublicKey::from_jwk_x(&text(jwk, "x")?)
}

/// `jwkThumbprint`.
#[wasm_bindgen(js_name = jwkThumbprint)]
pub fn jwk_thumbprint(jwk: &JsValue) -> std::result::Result<String, JsValue> {
    Ok(read_public_key(jwk)?.key_id())
}

/// An Ed25519 private key that stays in the wasm memory until it is freed.
#[wasm_bindgen(js_name = WasmKey)]
pub struct WasmKey(SigningKey);

#[wasm_bindgen(js_class = WasmKey)]
impl WasmKey {
    /// The key of a seed of 32 bytes.
    #[wasm_bindgen(constructor)]
    pub fn new(mut seed: Vec<u8>) -> std::result::Result<WasmKey, JsValue> {
        let key = <[u8; 32]>::try_from(&seed[..]).map(SigningKey::from_seed);
        seed.zeroize();
        Ok(Self(key.map_err(|_| invalid("seed"))?))
    }

    /// The RFC 7638 thumbprint of the public half.
    #[wasm_bindgen(js_name = keyId)]
    pub fn key_id(&self) -> String {
        self.0.public_key().key_id()
    }

    /// The public half.
    #[wasm_bindgen(js_name = publicJwk)]
    pub fn public_jwk(&self) -> std::result::Result<JsValue, JsValue> {
        to_js(&JsonWebKey { kty: "OKP", crv: "Ed25519", x: self.0.public_key().to_jwk_x() })
    }

    /// Signs bytes.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).to_vec()
    }
}

/// `signRequest`.
#[wasm_bindgen(js_name = signRequest)]
pub fn sign_request(
    request: &JsValue,
    key: &WasmKey,
    parameters: &JsValue,
) -> std::result::Result<JsValue, JsValue> {
    let request = read_request(request)?;
    let parameters = SignatureParameters::new(
        &text(parameters, "environment")?,
        seconds(parameters, "created")?,
        seconds(parameters, "expires")?,
        &text(parameters, "nonce")?,
    )?;
    headers_object(&sign(&request, &key.0, &parameters)?.fields)
}

#[derive(Serialize)]
struct VerifiedObject {
    #[serde(rename = "keyId")]
    key_id: String,
    created: f64,
    expires: f64,
    nonce: String,
}

/// `verifyRequest`.
#[wasm_bindgen(js_name = verifyRequest)]
pub fn verify_request(
    request: &JsValue,
    jwk: &JsValue,
    policy: &JsValue,
) -> std::result::Result<JsValue, JsValue> {
    let request = read_request(request)?;
    let key = read_public_key(jwk)?;
    let environment = text(policy, "environment")?;
    let policy = Policy { environment: &environment, now: seconds(policy, "now")? };
    let presented = Presented::read(&request)?;
    presented.verify(&request, &key, &policy)?;
    let parameters = presented.parameters();
    to_js(&VerifiedObject {
        key_id: presented.key_id().into(),
        created: parameters.created() as f64,
        expires: parameters.expires() as f64,
        nonce: parameters.nonce().into(),
    })
}

/// The 64 bytes of a signature that another signer made.
pub(super) fn read_signature(signature: &JsValue) -> Result<[u8; 64]> {
    let bytes = member(signature, "length").as_f64().filter(|length| *length == 64.0);
    let bytes = bytes.map(|_| js_sys::Uint8Array::new(signature).to_vec());
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| invalid("signature"))
}
