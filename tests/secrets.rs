//! A private key appears in no message: its type has no way to be written down, and what is forced out
//! of everything around it is searched.

mod say;

use std::fmt::{Binary, Debug, Display, LowerHex, UpperHex};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use ed25519_dalek::hazmat::ExpandedSecretKey;
use serde::Serialize;
use static_assertions::assert_not_impl_any;
use xp2p::canonical::{HttpRequest, content_digest};
use xp2p::signature::{
    Policy, Presented, PublicKey, SignatureParameters, SigningKey, prepare, sign,
};

assert_not_impl_any!(SigningKey: Debug, Display, LowerHex, UpperHex, Binary, Serialize, Clone, Copy, PartialEq, AsRef<[u8]>);
assert_not_impl_any!(SigningKey: Into<[u8; 32]>, Into<Vec<u8>>, Into<String>, ToString, std::ops::Deref);

const SEED: [u8; 32] = *b"\x5e\xed\x00\x01xp2p: no message holds this\xff";
const NONCE: &str = "q83vEjRWeJCrze8SNFZ4kA";
/// Makes this test's own program the one that panics.
const PANICS: &str = "XP2P_TEST_PANICS";

/// Every way in which somebody could have written a secret: the seed, and what Ed25519 makes of it.
fn spellings() -> Vec<String> {
    let expanded = ExpandedSecretKey::from(&SEED);
    let scalar = expanded.scalar.to_bytes();
    let mut spellings = Vec::new();
    for secret in [&SEED[..], &scalar, &expanded.hash_prefix] {
        let join = |form: fn(&u8) -> String, between: &str| {
            secret[..12].iter().map(form).collect::<Vec<_>>().join(between)
        };
        let hex = join(|byte| format!("{byte:02x}"), "");
        spellings.extend([
            hex.to_uppercase(),
            hex,
            join(u8::to_string, ", "),
            join(u8::to_string, ","),
            join(|byte| format!("0x{byte:02x}"), ", "),
            // Twelve bytes are sixteen characters, whatever follows them.
            Base64::encode_string(&secret[..12]),
            Base64UrlUnpadded::encode_string(&secret[..12]),
            String::from_utf8_lossy(&secret[4..12]).into_owned(),
        ]);
    }
    spellings
}

/// Everything that can be made to go wrong with this key at hand, as it is shown.
fn forced_errors() -> Vec<String> {
    let key = SigningKey::from_seed(SEED);
    let mut said = Vec::new();
    let mut note = |shown: &dyn Debug, text: Option<String>| {
        said.push(format!("{shown:?} {shown:#?}"));
        said.extend(text);
    };
    let parameters = SignatureParameters::new("sandbox", 1000, 1300, NONCE).unwrap();
    let get = || HttpRequest::new("GET", "https://api.example/");
    let post = || HttpRequest::new("POST", "https://api.example/").with_json(b"{}".to_vec());
    for request in [
        HttpRequest::new("GET", "https://api.example/#x"),
        HttpRequest::new("GET", "https://alice@api.example/"),
        HttpRequest::new("GET", "bücher"),
        get().with_field("signature", "xp2p=::"),
        post(),
        post().with_field("idempotency-key", "\u{1}"),
        post().with_field("content-digest", content_digest(b"other")),
    ] {
        let error = sign(&request, &key, &parameters).unwrap_err();
        note(&error, Some(format!("{error} {}", error.message())));
    }
    let prepared = prepare(&get(), &key.public_key().key_id(), &parameters).unwrap();
    note(&prepared, Some(prepared.base().to_owned()));
    let signed = sign(&get(), &key, &parameters).unwrap();
    note(&signed, None);
    let request = signed.apply_to(get());
    let presented = Presented::read(&request).unwrap();
    note(&presented, None);
    for (environment, now) in [("live", 1100), ("sandbox", 5000), ("sandbox", 0)] {
        let policy = Policy { environment, now };
        let error = presented.verify(&request, &key.public_key(), &policy).unwrap_err();
        note(&error, Some(error.to_string()));
    }
    // A secret that somebody takes for something else is not repeated either.
    let x = Base64UrlUnpadded::encode_string(&SEED);
    note(&PublicKey::from_jwk_x(&x).map_err(|error| error.to_string()), None);
    note(&PublicKey::from_jwk_x(&format!("{x}=")).unwrap_err(), None);
    note(&SignatureParameters::new("sandbox", 1, 1, &x).unwrap_err(), None);
    note(&SignatureParameters::new(&x, 1000, 1300, NONCE).unwrap_err(), None);
    note(&xp2p::Handle::parse(&x).unwrap_err(), None);
    note(&xp2p::AccountId::parse(&x).unwrap_err(), None);
    note(&xp2p::Amount::parse(&x, "EUR").unwrap_err(), None);
    note(&xp2p::IdempotencyKey::parse(&format!("{x}\n")).unwrap_err(), None);
    note(&xp2p::transport::Platform::parse(&x).unwrap_err(), None);
    said
}

#[test]
fn requirement_26_no_error_holds_a_secret() {
    let said = forced_errors();
    let spellings = spellings();
    for text in &said {
        for secret in &spellings {
            assert!(!text.contains(secret.as_str()), "{secret} in {text}");
        }
    }
    // The search can find: the seed as a careless program would print it.
    let careless = format!("{SEED:?} {}", Base64::encode_string(&SEED));
    assert!(spellings.iter().filter(|secret| careless.contains(secret.as_str())).count() >= 2);
    let (texts, forms) = (said.len(), spellings.len());
    say::say(&format!("{texts} messages searched for {forms} spellings of a secret"));
}

#[test]
fn requirement_26_no_panic_holds_a_secret() {
    if std::env::var_os(PANICS).is_some() {
        let key = AssertUnwindSafe(SigningKey::from_seed(SEED));
        let caught = catch_unwind(|| {
            let parameters = SignatureParameters::new("sandbox", 1000, 1300, NONCE).unwrap();
            sign(&HttpRequest::new("GET", "#"), &key, &parameters).map(drop).unwrap();
        });
        let thrown = caught.unwrap_err();
        panic!("once more, with {:?}", thrown.downcast_ref::<String>());
    }
    let program = std::env::current_exe().unwrap();
    let ended = Command::new(program)
        .args(["--exact", "requirement_26_no_panic_holds_a_secret", "--nocapture"])
        .env(PANICS, "1")
        .env("RUST_BACKTRACE", "full")
        .output()
        .unwrap();
    assert!(!ended.status.success());
    let said = [ended.stdout, ended.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("once more, with"), "{said}");
    for secret in spellings() {
        assert!(!said.contains(&secret), "{secret}");
    }
}
