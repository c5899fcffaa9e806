//! Key sets and receipts.

use std::sync::LazyLock;

use base64ct::{Base64UrlUnpadded, Encoding};
use xp2p::receipt::{Expected, KeySet, Receipt, verify_receipt};
use xp2p::signature::SigningKey;
use xp2p::{AccountId, Amount, Handle, Party, Result};

use crate::split;

/// The key that signs in `signed_token`, made once: that takes longer than all that is done with it.
static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_seed([9; 32]));

/// A key that is found by an id is named by its environment and its own thumbprint.
pub(crate) fn key_set(data: &[u8]) {
    let Ok(keys) = KeySet::parse(data) else { return };
    let document: serde_json::Value = serde_json::from_slice(data).expect("JSON");
    for kid in
        document["keys"].as_array().into_iter().flatten().filter_map(|key| key["kid"].as_str())
    {
        if let Some(key) = keys.find(kid) {
            assert!(kid.ends_with(&format!(":{}", key.key_id())));
        }
    }
}

fn verify(token: &str, keys: &KeySet) -> Result<Receipt> {
    verify_receipt(
        token,
        keys,
        &Expected {
            issuer: "https://api.example/sandbox",
            payee: &Party::new(Handle::parse("lutece")?, AccountId::parse("acct_lutece00")?),
            amount: &Amount::parse("12.50", "EUR")?,
            reference: Some("order-1042"),
            request_digest: None,
            payment: None,
        },
    )
}

/// A key set and, after a line end, a token.
pub(crate) fn token(data: &[u8]) {
    let (document, token) = split(data, b'\n');
    let (Ok(keys), Ok(token)) = (KeySet::parse(document), str::from_utf8(token)) else { return };
    if let Ok(receipt) = verify(token, &keys) {
        assert_eq!(receipt.amount.value(), "12.50");
    }
}

/// A header and, after a line end, claims, which are then genuinely signed: otherwise nothing behind
/// the signature would ever be reached.
pub(crate) fn signed_token(data: &[u8]) {
    let (header, claims) = split(data, b'\n');
    let key = &*KEY;
    let (x, kid) = (key.public_key().to_jwk_x(), kid());
    let document =
        format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"{kid}","x":"{x}"}}]}}"#);
    let keys = KeySet::parse(document.as_bytes()).expect("a key set");
    let encode = Base64UrlUnpadded::encode_string;
    let input = format!("{}.{}", encode(header), encode(claims));
    let token = format!("{input}.{}", encode(&key.sign(input.as_bytes())));
    let Ok(receipt) = verify(&token, &keys) else { return };
    assert_eq!(receipt.issuer, "https://api.example/sandbox");
    assert_eq!(receipt.payee.account().as_str(), "acct_lutece00");
    assert_eq!(
        (receipt.amount.value().as_str(), receipt.amount.currency().code()),
        ("12.50", "EUR")
    );
    assert_eq!(receipt.reference.as_deref(), Some("order-1042"));
}

/// The id of the key that signs here.
pub(crate) fn kid() -> String {
    format!("sandbox:{}", KEY.public_key().key_id())
}
