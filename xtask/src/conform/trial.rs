//! Three people on the platform under test, and what they send.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use uuid::Uuid;
use xp2p::Amount;
use xp2p::canonical::HttpRequest;
use xp2p::signature::{SignatureParameters, SigningKey, sign};
use xp2p::transport::HttpResponse;

use super::platform::{Platform, json_of, nonce};

/// Seeds of approval keys, 32 bytes in hexadecimal. Without them the test people are asked to trust new
/// keys, which only a sandbox lets anybody do.
#[derive(clap::Args, Default)]
pub struct Seeds {
    /// Seed of an approval key of the paying account, 32 bytes in hexadecimal. Without seeds the test
    /// people are asked to trust new keys, which only a sandbox lets anybody do
    #[arg(long, env = "XP2P_CONFORM_SEED", hide_env_values = true, value_name = "HEX")]
    #[arg(requires = "payee_seed", requires = "stranger_seed")]
    seed: Option<String>,
    /// Seed of an approval key of the account that is paid
    #[arg(long, env = "XP2P_CONFORM_PAYEE_SEED", hide_env_values = true, value_name = "HEX")]
    payee_seed: Option<String>,
    /// Seed of an approval key of the account that has nothing to do with it
    #[arg(long, env = "XP2P_CONFORM_STRANGER_SEED", hide_env_values = true, value_name = "HEX")]
    stranger_seed: Option<String>,
}

/// A platform and people on it.
pub struct Trial {
    pub platform: Platform,
    /// Who has money.
    pub payer: Person,
    /// Who gets it.
    pub payee: Person,
    /// Whom it does not concern.
    pub stranger: Person,
    pub known: Known,
}

/// What only those who run a platform can tell.
#[derive(clap::Args, Clone, Default)]
pub struct Known {
    /// An address that the paid account has registered for payers to be sent back to. On a sandbox it is
    /// that of `lutece` unless another one is given
    #[arg(long, value_name = "URL")]
    pub return_url: Option<String>,
    /// An amount in EUR that the platform reviews for some seconds before it is paid. The paying
    /// account needs it once beside the rest. On a sandbox it is 11.07 unless another one is given
    #[arg(long, value_name = "VALUE")]
    pub review_value: Option<String>,
}

impl Known {
    /// With what is known of every sandbox, where nothing else was told.
    pub fn or_of_sandbox(self) -> Self {
        Self {
            return_url: self.return_url.or_else(|| Some("https://lutece.example/thanks".into())),
            review_value: self.review_value.or_else(|| Some("11.07".into())),
        }
    }
}

/// Somebody with an approval key.
pub struct Person {
    pub handle: String,
    pub account: String,
    pub key: SigningKey,
    pub seed: [u8; 32],
}

impl Trial {
    pub fn open(
        platform: Platform,
        seeds: &Seeds,
        handles: [&str; 3],
        known: Known,
    ) -> Result<Self> {
        let [payer, payee, stranger] = handles;
        let payer = Person::find(&platform, payer, seeds.seed.as_deref())?;
        let payee = Person::find(&platform, payee, seeds.payee_seed.as_deref())?;
        let stranger = Person::find(&platform, stranger, seeds.stranger_seed.as_deref())?;
        Ok(Self { platform, payer, payee, stranger, known })
    }

    /// A payment of 0.10 EUR that nobody has made before, not signed.
    pub fn payment(&self) -> HttpRequest {
        self.payment_of(&self.body())
    }

    /// A payment with this body, not signed.
    pub fn payment_of(&self, body: &Value) -> HttpRequest {
        self.post("/v1/payments", body)
    }

    /// A request with a body and an intent of its own, not signed.
    pub fn post(&self, path: &str, body: &Value) -> HttpRequest {
        self.step(path).with_json(body.to_string().into_bytes())
    }

    /// A request without a body and with an intent of its own, not signed.
    pub fn step(&self, path: &str) -> HttpRequest {
        HttpRequest::new("POST", format!("{}{path}", self.platform.origin))
            .with_field("idempotency-key", format!("\"{}\"", Uuid::new_v4()))
    }

    /// A request that only reads, not signed.
    pub fn get(&self, path: &str) -> HttpRequest {
        HttpRequest::new("GET", format!("{}{path}", self.platform.origin))
    }

    /// The body of a payment that is in order.
    pub fn body(&self) -> Value {
        json!({ "payee": self.payee.party(), "amount": { "value": "0.10", "currency": "EUR" } })
    }

    /// The most that one payment may move.
    pub fn maximum(&self) -> Result<Amount> {
        let currencies = self.platform.settings["currencies"].as_array();
        let euro = currencies.into_iter().flatten().find(|entry| entry["code"] == "EUR");
        let maximum = euro.and_then(|entry| entry["maximum"].as_str()).context("no EUR")?;
        Ok(Amount::parse(maximum, "EUR")?)
    }

    /// A request for one payment, not signed.
    pub fn reading(&self, payment: &Value) -> HttpRequest {
        self.get(&format!("/v1/payments/{}", id_of(payment)))
    }

    /// Parameters that are in order.
    pub fn parameters(&self) -> Result<SignatureParameters> {
        let now = self.platform.now();
        Ok(SignatureParameters::new(self.platform.environment(), now, now + 300, &nonce())?)
    }

    /// The request, signed by the payer as the contract says.
    pub fn signed(&self, request: &HttpRequest) -> Result<HttpRequest> {
        self.signed_with(&self.payer.key, request)
    }

    /// The request, signed with this key as the contract says.
    pub fn signed_with(&self, key: &SigningKey, request: &HttpRequest) -> Result<HttpRequest> {
        Ok(sign(request, key, &self.parameters()?)?.apply_to(request.clone()))
    }

    /// Sends a request, signed with this key.
    pub fn sent_by(&self, key: &SigningKey, request: &HttpRequest) -> Result<HttpResponse> {
        self.platform.send(&self.signed_with(key, request)?)
    }

    /// Sends a request, signed with this key, and expects success.
    pub fn accepted_by(&self, key: &SigningKey, request: &HttpRequest) -> Result<Value> {
        success(&self.sent_by(key, request)?)
    }

    /// Sends a request, signed with this key, and expects a refusal.
    pub fn refused_by(&self, key: &SigningKey, request: &HttpRequest, code: &str) -> Result<()> {
        refusal(&self.sent_by(key, request)?, code)
    }

    /// Sends a request, signed by the payer.
    pub fn sent(&self, request: &HttpRequest) -> Result<HttpResponse> {
        self.platform.send(&self.signed(request)?)
    }

    /// Sends a request, signed by the payer, and expects success.
    pub fn accepted(&self, request: &HttpRequest) -> Result<Value> {
        success(&self.sent(request)?)
    }

    /// Sends a request, signed by the payer, and expects a refusal.
    pub fn refused(&self, request: &HttpRequest, code: &str) -> Result<()> {
        refusal(&self.sent(request)?, code)
    }
}

impl Person {
    fn find(platform: &Platform, handle: &str, seed: Option<&str>) -> Result<Self> {
        let holder = json_of(&platform.get(&format!("/v1/handles/{handle}"))?)?;
        let text = |name| holder[name].as_str().unwrap_or_default().to_owned();
        let own = seed.map(read_seed).transpose()?;
        let seed = own.unwrap_or_else(new_seed);
        let person = Self {
            handle: text("handle"),
            account: text("account"),
            key: SigningKey::from_seed(seed),
            seed,
        };
        if own.is_none() {
            person.enrol(platform)?;
        }
        Ok(person)
    }

    /// Has a sandbox trust the key.
    fn enrol(&self, platform: &Platform) -> Result<()> {
        let body = json!({ "handle": self.handle, "jwk": jwk_of(&self.key) });
        let body = body.to_string().into_bytes();
        let url = format!("{}/sandbox/enrolments", platform.origin);
        let answer = platform.send(&HttpRequest::new("POST", url).with_json(body))?;
        if answer.status != 201 {
            bail!(
                "this platform lets nobody enrol a key: pass the seeds of three with --seed, --payee-seed and --stranger-seed"
            );
        }
        Ok(())
    }

    /// The person as a side of a payment.
    pub fn party(&self) -> Value {
        json!({ "handle": self.handle, "account": self.account })
    }
}

/// The public key, as it is registered.
pub fn jwk_of(key: &SigningKey) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": key.public_key().to_jwk_x() })
}

/// The id of what was answered.
pub fn id_of(answer: &Value) -> &str {
    answer["id"].as_str().unwrap_or_default()
}

/// A key that nobody knows yet.
pub fn new_key() -> SigningKey {
    SigningKey::from_seed(new_seed())
}

/// Expects success, and reads the answer.
pub fn success(answer: &HttpResponse) -> Result<Value> {
    let text = || String::from_utf8_lossy(&answer.body).chars().take(200).collect::<String>();
    ensure!((200..300).contains(&answer.status), "{} {}", answer.status, text());
    json_of(answer)
}

/// Expects a refusal with this code, in the form of RFC 9457.
pub fn refusal(answer: &HttpResponse, code: &str) -> Result<()> {
    let media_type = answer.media_type().unwrap_or_default();
    ensure!(media_type == "application/problem+json", "{} {media_type}", answer.status);
    let problem = json_of(answer)?;
    ensure!(problem["code"] == code, "{} instead of {code}", problem["code"]);
    let known = xp2p::ErrorCode::from_wire(code).context("a code of the contract")?;
    ensure!(known.status() == Some(answer.status), "status {} for {code}", answer.status);
    ensure!(problem["retryable"] == known.is_retryable(), "retryable is wrong");
    Ok(())
}

fn new_seed() -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..16].copy_from_slice(Uuid::new_v4().as_bytes());
    seed[16..].copy_from_slice(Uuid::new_v4().as_bytes());
    seed
}

fn read_seed(hex: &str) -> Result<[u8; 32]> {
    ensure!(hex.len() == 64 && hex.is_ascii(), "a seed is 64 hexadecimal digits");
    let mut seed = [0; 32];
    for (byte, digits) in seed.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(str::from_utf8(digits)?, 16)?;
    }
    Ok(seed)
}
