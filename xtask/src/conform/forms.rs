//! `contract/signing.md`: the form that a signature has, and the times within which it holds.
//!
//! The signatures here are right by RFC 9421 for what they say; what they say is outside the profile.

use anyhow::{Context, Result, ensure};
use base64ct::{Base64, Encoding};
use xp2p::canonical::{HttpRequest, content_digest};

use super::platform::nonce;
use super::trial::{Trial, refusal, success};
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule("signing", "a payment that is signed in order is taken", &["settings-clock"], in_order),
    rule(
        "signing",
        "components and parameters may come in another order",
        &["any-order"],
        another_order,
    ),
    rule("signing", "another field may be covered too", &["component-more"], more_covered),
    rule("signing", "clocks may differ a little", &["tolerance"], other_clock),
    rule("signing", "the label is xp2p", &["label"], other_label),
    rule("signing", "there is one signature", &["one-member"], two_labels),
    rule("signing", "a component is covered once", &["component-once"], component_twice),
    rule("signing", "a component has no parameters", &["component-bare"], component_flag),
    rule("signing", "a component is one of a request", &["component-known"], component_unknown),
    rule("signing", "the method must be covered", &["covers-method"], |trial| {
        not_covering(trial, "@method")
    }),
    rule("signing", "the address must be covered", &["covers-address"], |trial| {
        not_covering(trial, "@target-uri")
    }),
    rule("signing", "the digest must be covered", &["covers-digest"], |trial| {
        not_covering(trial, "content-digest")
    }),
    rule("signing", "the content type must be covered", &["covers-type"], |trial| {
        not_covering(trial, "content-type")
    }),
    rule("signing", "the idempotency key must be covered", &["covers-key"], |trial| {
        not_covering(trial, "idempotency-key")
    }),
    rule(
        "signing",
        "every parameter must be there",
        &["has-created", "has-expires", "has-nonce", "has-keyid", "has-alg", "has-tag"],
        parameter_missing,
    ),
    rule("signing", "a parameter stands once", &["parameter-once"], parameter_twice),
    rule("signing", "no other parameter may be there", &["parameter-known"], parameter_unknown),
    rule("signing", "the algorithm is ed25519", &["alg"], algorithm),
    rule("signing", "a nonce has 128 bits", &["nonce-length"], short_nonce),
    rule("signing", "a signature lives 300 seconds at most", &["lifetime"], long_lived),
    rule("signing", "a signature ends after it was made", &["lifetime-positive"], ended_before),
    rule("signing", "a signature of long ago is clock_skew", &["created-old"], too_old),
    rule("signing", "a signature of the future is clock_skew", &["created-ahead"], too_early),
    rule("signing", "an expired signature is signature_expired", &["expired"], expired),
    rule(
        "signing",
        "the tag of another environment is environment_mismatch",
        &["environment"],
        environment,
    ),
    rule("signing", "the tag is of this application", &["application"], application),
    rule("signing", "the digest is by sha-256", &["digest-algorithm"], digest_algorithm),
    rule("signing", "there is one digest", &["digest-once"], two_digests),
];

/// A signature's input as it is written, to be bent.
pub struct Bent {
    label: &'static str,
    components: Vec<String>,
    parameters: Vec<String>,
}

/// Where a parameter stands in [`Bent::parameters`].
const CREATED: usize = 0;
const EXPIRES: usize = 1;
const NONCE: usize = 2;
const ALG: usize = 4;
const TAG: usize = 5;

impl Bent {
    /// What the profile says for a payment.
    pub fn straight(trial: &Trial) -> Self {
        let now = trial.platform.now();
        let components =
            ["@method", "@target-uri", "content-digest", "content-type", "idempotency-key"];
        Self {
            label: "xp2p",
            components: components.map(|name| format!("\"{name}\"")).into(),
            parameters: vec![
                format!("created={now}"),
                format!("expires={}", now + 300),
                format!("nonce=\"{}\"", nonce()),
                format!("keyid=\"{}\"", trial.payer.key.public_key().key_id()),
                "alg=\"ed25519\"".into(),
                format!("tag=\"xp2p-{}\"", trial.platform.environment()),
            ],
        }
    }

    /// A payment that is signed so: RFC 9421 section 2.5.
    fn payment(&self, trial: &Trial) -> HttpRequest {
        self.sign(trial, trial.payment(), content_digest)
    }

    /// A request that is signed so, whose digest is written so.
    pub fn sign(
        &self,
        trial: &Trial,
        request: HttpRequest,
        digest: impl FnOnce(&[u8]) -> String,
    ) -> HttpRequest {
        let digest = digest(request.body.as_deref().unwrap_or_default());
        let request = request.with_field("content-digest", digest);
        let mut input = format!("({})", self.components.join(" "));
        for parameter in &self.parameters {
            input.push(';');
            input.push_str(parameter);
        }
        let mut base = String::new();
        for component in &self.components {
            let value = match component.split('"').nth(1).unwrap_or_default() {
                "@method" => request.method.clone(),
                "@target-uri" => request.url.clone(),
                name => request.field(name).unwrap_or_default(),
            };
            base.push_str(&format!("{component}: {value}\n"));
        }
        base.push_str(&format!("\"@signature-params\": {input}"));
        let signature = Base64::encode_string(&trial.payer.key.sign(base.as_bytes()));
        request
            .with_field("signature-input", format!("{}={input}", self.label))
            .with_field("signature", format!("{}=:{signature}:", self.label))
    }
}

/// Expects the refusal of a payment whose signature's input was bent.
fn bent(trial: &Trial, bend: impl FnOnce(&mut Bent), code: &str) -> Result<()> {
    let mut input = Bent::straight(trial);
    bend(&mut input);
    refusal(&trial.platform.send(&input.payment(trial))?, code)
}

/// Expects the refusal of a payment with another parameter in the place of one.
fn other_parameter(trial: &Trial, at: usize, parameter: &str, code: &str) -> Result<()> {
    bent(trial, |bent| parameter.clone_into(&mut bent.parameters[at]), code)
}

/// Expects the refusal of a payment that was signed so many seconds ago.
fn made(trial: &Trial, ago: i64, lifetime: u64, code: &str) -> Result<()> {
    let created = trial.platform.now().saturating_add_signed(-ago);
    let bend = |bent: &mut Bent| {
        bent.parameters[CREATED] = format!("created={created}");
        bent.parameters[EXPIRES] = format!("expires={}", created + lifetime);
    };
    bent(trial, bend, code)
}

fn in_order(trial: &Trial) -> Result<()> {
    trial.accepted(&trial.payment()).map(drop)
}

fn another_order(trial: &Trial) -> Result<()> {
    let mut other = Bent::straight(trial);
    other.components.reverse();
    other.parameters.reverse();
    success(&trial.platform.send(&other.payment(trial))?).map(drop)
}

fn more_covered(trial: &Trial) -> Result<()> {
    let mut more = Bent::straight(trial);
    more.components.push("\"x-order\"".into());
    let request = trial.payment().with_field("x-order", "1042");
    let request = more.sign(trial, request, content_digest);
    success(&trial.platform.send(&request)?).map(drop)
}

/// Almost as old, and almost as early, as a signature may be.
fn other_clock(trial: &Trial) -> Result<()> {
    let now = trial.platform.now();
    for created in [now - 280, now + 20] {
        let mut other = Bent::straight(trial);
        other.parameters[CREATED] = format!("created={created}");
        other.parameters[EXPIRES] = format!("expires={}", created + 300);
        success(&trial.platform.send(&other.payment(trial))?)?;
    }
    Ok(())
}

fn other_label(trial: &Trial) -> Result<()> {
    bent(trial, |bent| bent.label = "sig1", "signature_malformed")
}

fn two_labels(trial: &Trial) -> Result<()> {
    let mut request = Bent::straight(trial).payment(trial);
    for (name, value) in &mut request.fields {
        if matches!(name.as_str(), "signature" | "signature-input") {
            let member = value.strip_prefix("xp2p").context("our label")?;
            *value = format!("{value}, sig1{member}");
        }
    }
    refusal(&trial.platform.send(&request)?, "signature_malformed")
}

fn component_twice(trial: &Trial) -> Result<()> {
    bent(trial, |bent| bent.components.push("\"@method\"".into()), "signature_malformed")
}

fn component_flag(trial: &Trial) -> Result<()> {
    bent(trial, |bent| bent.components[0].push_str(";req"), "signature_malformed")
}

fn component_unknown(trial: &Trial) -> Result<()> {
    bent(trial, |bent| bent.components.push("\"@status\"".into()), "signature_malformed")?;
    bent(trial, |bent| bent.components.push("\"x-absent\"".into()), "signature_incomplete")
}

fn not_covering(trial: &Trial, component: &str) -> Result<()> {
    let quoted = format!("\"{component}\"");
    bent(trial, |bent| bent.components.retain(|name| *name != quoted), "signature_incomplete")
}

fn parameter_missing(trial: &Trial) -> Result<()> {
    for at in CREATED..=TAG {
        bent(trial, |bent| drop(bent.parameters.remove(at)), "signature_malformed")?;
    }
    Ok(())
}

fn parameter_twice(trial: &Trial) -> Result<()> {
    let again = |bent: &mut Bent| bent.parameters.push("alg=\"ed25519\"".into());
    bent(trial, again, "signature_malformed")
}

fn parameter_unknown(trial: &Trial) -> Result<()> {
    bent(trial, |bent| bent.parameters.push("extra=1".into()), "signature_malformed")
}

fn algorithm(trial: &Trial) -> Result<()> {
    other_parameter(trial, ALG, "alg=\"rsa-pss-sha512\"", "signature_malformed")
}

fn short_nonce(trial: &Trial) -> Result<()> {
    let short = format!("nonce=\"{}\"", &nonce()[..21]);
    other_parameter(trial, NONCE, &short, "signature_malformed")
}

fn long_lived(trial: &Trial) -> Result<()> {
    made(trial, 0, 301, "signature_malformed")
}

fn ended_before(trial: &Trial) -> Result<()> {
    made(trial, -20, 0, "signature_malformed")
}

fn too_old(trial: &Trial) -> Result<()> {
    made(trial, 310, 300, "clock_skew")
}

fn too_early(trial: &Trial) -> Result<()> {
    made(trial, -60, 300, "clock_skew")
}

fn expired(trial: &Trial) -> Result<()> {
    made(trial, 60, 30, "signature_expired")
}

fn environment(trial: &Trial) -> Result<()> {
    other_parameter(trial, TAG, "tag=\"xp2p-elsewhere\"", "environment_mismatch")
}

fn application(trial: &Trial) -> Result<()> {
    let other = format!("tag=\"other-{}\"", trial.platform.environment());
    other_parameter(trial, TAG, &other, "signature_malformed")
}

/// Expects the refusal of a payment whose digest is written so, and covered so.
fn digest(trial: &Trial, digest: impl FnOnce(&[u8]) -> String) -> Result<()> {
    let request = Bent::straight(trial).sign(trial, trial.payment(), digest);
    ensure!(request.field("content-digest").is_some(), "a digest to refuse");
    refusal(&trial.platform.send(&request)?, "digest_mismatch")
}

fn digest_algorithm(trial: &Trial) -> Result<()> {
    use sha2::{Digest, Sha512};
    digest(trial, |body| format!("sha-512=:{}:", Base64::encode_string(&Sha512::digest(body))))
}

fn two_digests(trial: &Trial) -> Result<()> {
    digest(trial, |body| format!("{}, {}", content_digest(body), content_digest(b"other")))
}
