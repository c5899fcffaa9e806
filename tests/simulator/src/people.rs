//! Who takes part: people with keys the platform trusts, a page that one of them lets pay, and what they
//! ask the platform for outside of payments, without anything going wrong.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use xp2p::canonical::HttpRequest;
use xp2p::client::{Exchange, PlatformFacts, Reply, Step};
use xp2p::signature::SigningKey;
use xp2p::transport;

use crate::chance::Chance;
use crate::platform::{BEGINNING, ORIGIN, Platform};
use crate::world::World;

pub const PEOPLE: [(&str, &str); 4] = [
    ("alice", "acct_alice000"),
    ("bob", "acct_bob00000"),
    ("nordlicht", "acct_nordlicht"),
    ("carol", "acct_carol000"),
];
pub const PAYEES: [(&str, &str); 3] =
    [("lutece", "acct_lutece00"), ("tamarind", "acct_tamarind"), ("carol", "acct_carol000")];
/// What alice lets the page pay to lutece, in cents: for one payment, in a day, in all.
pub const LIMITS: [i64; 3] = [600, 1500, 2500];

/// The key that each payer keeps in a drawer, and that no simulation touches.
pub fn drawer_key(account: &str) -> SigningKey {
    let mut seed = [9; 32];
    for (byte, place) in account.bytes().zip(&mut seed) {
        *place = byte;
    }
    SigningKey::from_seed(seed)
}

/// Has the platform trust a key of a test person.
pub async fn enrol(platform: &mut Platform, handle: &str, key: &SigningKey) -> Result<()> {
    let body = json!({ "handle": handle, "jwk": jwk(key) }).to_string();
    let request = HttpRequest::new("POST", format!("{ORIGIN}/sandbox/enrolments"));
    let answer = platform.answer(&request.with_json(body.into_bytes()), None).await?;
    let answer = answer.context("an answer")?;
    ensure!(answer.status < 300, "{}", String::from_utf8_lossy(&answer.body));
    Ok(())
}

fn jwk(key: &SigningKey) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": key.public_key().to_jwk_x() })
}

pub fn get(path: &str) -> HttpRequest {
    HttpRequest::new("GET", format!("{ORIGIN}{path}"))
}

/// A `POST`, with a body where there is one.
pub fn post(path: &str, body: Option<&Value>) -> HttpRequest {
    let request = HttpRequest::new("POST", format!("{ORIGIN}{path}"));
    match body {
        Some(body) => request.with_json(body.to_string().into_bytes()),
        None => request,
    }
}

/// Exchanges one request, with nothing going wrong.
async fn ask(
    platform: &mut Platform,
    chance: &mut Chance,
    now: u64,
    key: &SigningKey,
    request: HttpRequest,
) -> Result<Value> {
    let (place, key_id) = (transport::Platform::parse(ORIGIN)?, key.public_key().key_id());
    let url = request.url.clone();
    let request = match request.method.as_str() {
        "POST" => request.with_field("idempotency-key", format!("\"{}\"", chance.text())),
        _ => request,
    };
    let mut exchange = Exchange::new(place, request, &key_id, PlatformFacts::default()).until(now);
    loop {
        match exchange.next(now, &chance.text()) {
            Step::Send(request) => {
                let request = request.clone();
                let answer = platform.answer(&request, None).await?;
                exchange.answered(Ok(answer.context("an answer")?), now, u32::MAX);
            }
            Step::Sign(base) => {
                let signature = key.sign(base.as_bytes());
                exchange.signed(&signature);
            }
            Step::Done(Reply::Answered(answer)) => {
                return Ok(serde_json::from_slice(&answer.body)?);
            }
            Step::Done(reply) => bail!("{url}: {reply:?}"),
            Step::Store(_) | Step::Wait(_) => bail!("{url}: nothing is lost here"),
        }
    }
}

impl World {
    fn time(&self) -> u64 {
        (BEGINNING + (self.now / 1000) as i64).cast_unsigned()
    }

    /// Exchanges one request as somebody who has their key from the drawer.
    pub async fn ask_as(&mut self, account: &str, request: HttpRequest) -> Result<Value> {
        let (key, now) = (drawer_key(account), self.time());
        ask(&mut self.platform, &mut self.chance, now, &key, request).await
    }

    /// Exchanges one request as a device, whose own clock has no part in it.
    async fn ask_from(&mut self, device: usize, request: HttpRequest) -> Result<Value> {
        let (now, key) = (self.time(), &self.devices[device].key);
        ask(&mut self.platform, &mut self.chance, now, key, request).await
    }
}

/// The payer revokes the key of a device.
pub async fn revoke(world: &mut World, device: usize) -> Result<()> {
    let device = &world.devices[device];
    let (account, path) = (device.account, format!("/v1/keys/{}/revoke", device.key_id));
    world.ask_as(account, post(&path, None)).await.map(drop)
}

/// A page's key makes itself known; it may not pay yet.
pub async fn register(world: &mut World, device: usize) -> Result<()> {
    let body = json!({ "jwk": jwk(&world.devices[device].key), "role": "requester" });
    world.ask_from(device, post("/v1/keys", Some(&body))).await.map(drop)
}

/// The page asks for a link, and its payer agrees.
pub async fn link(world: &mut World) -> Result<()> {
    let page = world.devices.iter().position(|device| device.linked);
    let page = page.context("a page that wants to be linked")?;
    let amount = |cents: i64| json!({ "value": euros(cents), "currency": "EUR" });
    let (handle, account) = PAYEES[0];
    let asked = json!({
        "payees": [{ "handle": handle, "account": account }],
        "limits": {
            "per_payment": amount(LIMITS[0]),
            "per_period": amount(LIMITS[1]),
            "period": "day",
            "lifetime": amount(LIMITS[2]),
        },
        "expires_at": world.time() + 20 * 24 * 3600,
    });
    let link = world.ask_from(page, post("/v1/links", Some(&asked))).await?;
    let payer = world.devices[page].account;
    let approval = json!({
        "link": link["id"],
        "payer": payer,
        "payees": link["payees"],
        "limits": link["limits"],
        "expires_at": link["expires_at"],
    });
    let path = format!("/v1/links/{}/approve", link["id"].as_str().context("an id")?);
    world.ask_as(payer, post(&path, Some(&approval))).await.map(drop)
}

pub fn euros(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

pub fn cents(value: &str) -> Option<i64> {
    value.replace('.', "").parse().ok()
}
