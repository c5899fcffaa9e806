//! `contract/signing.md`: what must be refused, and by which code.

use anyhow::Result;
use xp2p::canonical::{
    Component, HttpRequest, Item, SignatureInput, content_digest, signature_base,
};
use xp2p::signature::{SignatureParameters, SigningKey, sign};

use super::Rule;
use super::platform::{Account, nonce};

pub const RULES: &[Rule] = &[
    Rule { source: "signing", says: "a payment that is signed in order is taken", check: in_order },
    Rule {
        source: "signing",
        says: "components and parameters may come in another order",
        check: another_order,
    },
    Rule {
        source: "signing",
        says: "a request without a signature is signature_missing",
        check: unsigned,
    },
    Rule {
        source: "signing",
        says: "a body that was changed is digest_mismatch",
        check: body_changed,
    },
    Rule {
        source: "signing",
        says: "a body changed with its digest is signature_invalid",
        check: digest_changed,
    },
    Rule {
        source: "signing",
        says: "another idempotency key is signature_invalid",
        check: key_changed,
    },
    Rule {
        source: "signing",
        says: "a signature for another address is signature_invalid",
        check: url_changed,
    },
    Rule {
        source: "signing",
        says: "another signer under this key id is signature_invalid",
        check: other_signer,
    },
    Rule {
        source: "signing",
        says: "a key that is not registered is key_unknown",
        check: stranger,
    },
    Rule { source: "signing", says: "the digest must be covered", check: digest_uncovered },
    Rule { source: "signing", says: "the content type must be covered", check: type_uncovered },
    Rule { source: "signing", says: "the idempotency key must be covered", check: key_uncovered },
    Rule { source: "signing", says: "the address must be covered", check: address_uncovered },
    Rule { source: "signing", says: "the method must be covered", check: method_uncovered },
    Rule { source: "signing", says: "every parameter must be there", check: parameter_missing },
    Rule { source: "signing", says: "no other parameter may be there", check: parameter_unknown },
    Rule { source: "signing", says: "the algorithm is ed25519", check: algorithm },
    Rule { source: "signing", says: "a signature lives 300 seconds at most", check: long_lived },
    Rule { source: "signing", says: "a signature of long ago is clock_skew", check: too_old },
    Rule { source: "signing", says: "a signature of the future is clock_skew", check: too_early },
    Rule { source: "signing", says: "an expired signature is signature_expired", check: expired },
    Rule {
        source: "signing",
        says: "the tag of another environment is environment_mismatch",
        check: environment,
    },
    Rule { source: "signing", says: "a nonce is taken once: nonce_reused", check: nonce_twice },
    Rule {
        source: "signing",
        says: "a nonce stays taken when its request was refused",
        check: nonce_of_refusal,
    },
    Rule { source: "signing", says: "a signature field in two lines is refused", check: two_lines },
];

/// What to sign in place of what the profile says.
struct Odd<'a> {
    components: &'a [&'a str],
    parameters: Vec<(String, Item)>,
}

const COMPONENTS: &[&str] =
    &["@method", "@target-uri", "content-digest", "content-type", "idempotency-key"];

impl Odd<'_> {
    /// The profile's own parameters, to be bent.
    fn parameters(account: &Account) -> Result<Vec<(String, Item)>> {
        let now = account.platform.now();
        let text = |text: &str| Item::String(text.to_owned());
        let tag = format!("xp2p-{}", account.platform.environment());
        Ok(vec![
            ("created".into(), Item::Integer(now as i64)),
            ("expires".into(), Item::Integer(now as i64 + 300)),
            ("nonce".into(), text(&nonce())),
            ("keyid".into(), text(&account.key.public_key().key_id())),
            ("alg".into(), text("ed25519")),
            ("tag".into(), text(&tag)),
        ])
    }

    /// A payment whose signature is right by RFC 9421 and says what this says.
    fn payment(self, account: &Account) -> Result<HttpRequest> {
        let request = account.payment();
        let digest = content_digest(request.body.as_deref().unwrap_or_default());
        let request = request.with_field("content-digest", digest);
        let components = self.components.iter().filter_map(|name| Component::parse(name)).collect();
        let input = SignatureInput { components, parameters: self.parameters };
        let base = signature_base(&request, &input)?;
        use base64ct::Encoding;
        let signature = base64ct::Base64::encode_string(&account.key.sign(base.as_bytes()));
        Ok(request
            .with_field("signature-input", format!("xp2p={}", input.to_field_value()))
            .with_field("signature", format!("xp2p=:{signature}:")))
    }
}

/// Expects the refusal of a payment that covers these components.
fn covering(account: &Account, components: &[&str], code: &str) -> Result<()> {
    let odd = Odd { components, parameters: Odd::parameters(account)? };
    account.refused(&account.platform.send(&odd.payment(account)?)?, code)
}

/// Expects the refusal of a payment with these parameters.
fn with_parameters(
    account: &Account,
    bend: impl FnOnce(&mut Vec<(String, Item)>),
    code: &str,
) -> Result<()> {
    let mut parameters = Odd::parameters(account)?;
    bend(&mut parameters);
    let odd = Odd { components: COMPONENTS, parameters };
    account.refused(&account.platform.send(&odd.payment(account)?)?, code)
}

/// Expects the refusal of a payment that was changed after it was signed.
fn changed(account: &Account, change: impl FnOnce(&mut HttpRequest), code: &str) -> Result<()> {
    let mut request = account.signed(&account.payment())?;
    change(&mut request);
    account.refused(&account.platform.send(&request)?, code)
}

/// Expects the refusal of a payment signed at another time.
fn at(account: &Account, created: u64, lifetime: u64, code: &str) -> Result<()> {
    let environment = account.platform.environment();
    let parameters = SignatureParameters::new(environment, created, created + lifetime, &nonce())?;
    let request = account.payment();
    let signed = sign(&request, &account.key, &parameters)?.apply_to(request);
    account.refused(&account.platform.send(&signed)?, code)
}

fn set(request: &mut HttpRequest, name: &str, value: &str) {
    for field in request.fields.iter_mut().filter(|field| field.0 == name) {
        value.clone_into(&mut field.1);
    }
}

fn dearer(request: &mut HttpRequest) {
    let body = String::from_utf8(request.body.take().unwrap_or_default()).unwrap_or_default();
    request.body = Some(body.replace("0.10", "9.10").into_bytes());
}

fn in_order(account: &Account) -> Result<()> {
    account.accepted(&account.payment()).map(drop)
}

fn another_order(account: &Account) -> Result<()> {
    let mut components = COMPONENTS.to_vec();
    components.reverse();
    let mut parameters = Odd::parameters(account)?;
    parameters.reverse();
    let request = Odd { components: &components, parameters }.payment(account)?;
    let answer = account.platform.send(&request)?;
    anyhow::ensure!(answer.status == 201, "status {}", answer.status);
    Ok(())
}

fn unsigned(account: &Account) -> Result<()> {
    account.refused(&account.platform.send(&account.payment())?, "signature_missing")
}

fn body_changed(account: &Account) -> Result<()> {
    changed(account, dearer, "digest_mismatch")
}

fn digest_changed(account: &Account) -> Result<()> {
    let change = |request: &mut HttpRequest| {
        dearer(request);
        let digest = content_digest(request.body.as_deref().unwrap_or_default());
        set(request, "content-digest", &digest);
    };
    changed(account, change, "signature_invalid")
}

fn key_changed(account: &Account) -> Result<()> {
    let change =
        |request: &mut HttpRequest| set(request, "idempotency-key", "\"another-intent-of-ours\"");
    changed(account, change, "signature_invalid")
}

fn url_changed(account: &Account) -> Result<()> {
    changed(account, |request| request.url.push_str("?other=1"), "signature_invalid")
}

fn other_signer(account: &Account) -> Result<()> {
    let own = account.signed(&account.payment())?;
    let other = SigningKey::from_seed([77; 32]);
    let forged = sign(&account.payment(), &other, &account.parameters()?)?;
    let signature = forged.fields.iter().find(|(name, _)| name == "signature");
    let mut request = own;
    set(&mut request, "signature", signature.map_or("", |(_, value)| value));
    account.refused(&account.platform.send(&request)?, "signature_invalid")
}

fn stranger(account: &Account) -> Result<()> {
    let request = account.payment();
    let stranger = SigningKey::from_seed([78; 32]);
    let signed = sign(&request, &stranger, &account.parameters()?)?.apply_to(request);
    account.refused(&account.platform.send(&signed)?, "key_unknown")
}

fn digest_uncovered(account: &Account) -> Result<()> {
    let rest = ["@method", "@target-uri", "content-type", "idempotency-key"];
    covering(account, &rest, "signature_incomplete")
}

fn type_uncovered(account: &Account) -> Result<()> {
    let rest = ["@method", "@target-uri", "content-digest", "idempotency-key"];
    covering(account, &rest, "signature_incomplete")
}

fn key_uncovered(account: &Account) -> Result<()> {
    let rest = ["@method", "@target-uri", "content-digest", "content-type"];
    covering(account, &rest, "signature_incomplete")
}

fn address_uncovered(account: &Account) -> Result<()> {
    let rest = ["@method", "content-digest", "content-type", "idempotency-key"];
    covering(account, &rest, "signature_incomplete")
}

fn method_uncovered(account: &Account) -> Result<()> {
    let rest = ["@target-uri", "content-digest", "content-type", "idempotency-key"];
    covering(account, &rest, "signature_incomplete")
}

fn parameter_missing(account: &Account) -> Result<()> {
    for index in 0..6 {
        with_parameters(
            account,
            |parameters| drop(parameters.remove(index)),
            "signature_malformed",
        )?;
    }
    Ok(())
}

fn parameter_unknown(account: &Account) -> Result<()> {
    let add = |parameters: &mut Vec<_>| parameters.push(("extra".into(), Item::Integer(1)));
    with_parameters(account, add, "signature_malformed")
}

fn algorithm(account: &Account) -> Result<()> {
    let bend = |parameters: &mut Vec<(String, Item)>| {
        parameters[4].1 = Item::String("rsa-pss-sha512".into());
    };
    with_parameters(account, bend, "signature_malformed")
}

fn long_lived(account: &Account) -> Result<()> {
    let later = account.platform.now() as i64 + 310;
    let bend = |parameters: &mut Vec<(String, Item)>| parameters[1].1 = Item::Integer(later);
    with_parameters(account, bend, "signature_malformed")
}

fn too_old(account: &Account) -> Result<()> {
    at(account, account.platform.now() - 310, 300, "clock_skew")
}

fn too_early(account: &Account) -> Result<()> {
    at(account, account.platform.now() + 60, 300, "clock_skew")
}

fn expired(account: &Account) -> Result<()> {
    at(account, account.platform.now() - 60, 30, "signature_expired")
}

fn environment(account: &Account) -> Result<()> {
    let bend = |parameters: &mut Vec<(String, Item)>| {
        parameters[5].1 = Item::String("xp2p-elsewhere".into());
    };
    with_parameters(account, bend, "environment_mismatch")
}

fn nonce_twice(account: &Account) -> Result<()> {
    let request = account.signed(&account.payment())?;
    account.platform.send(&request)?;
    account.refused(&account.platform.send(&request)?, "nonce_reused")
}

fn nonce_of_refusal(account: &Account) -> Result<()> {
    let mut body = serde_json::from_slice(account.payment().body.as_deref().unwrap_or_default())?;
    if let serde_json::Value::Object(members) = &mut body {
        members["amount"]["currency"] = "XXX".into();
    }
    let request = account.signed(&account.payment_of(&body))?;
    account.refused(&account.platform.send(&request)?, "currency_unknown")?;
    account.refused(&account.platform.send(&request)?, "nonce_reused")
}

fn two_lines(account: &Account) -> Result<()> {
    let change = |request: &mut HttpRequest| {
        let input = request.field("signature-input").unwrap_or_default();
        request.fields.push(("signature-input".into(), input));
    };
    changed(account, change, "signature_malformed")
}
