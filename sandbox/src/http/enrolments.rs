//! Outside the contract, for development only: how a test person gets their first key, at the wallet or
//! anywhere. A real platform asks who somebody is; this one asks for a passkey, where the person has one.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use xp2p::canonical;
use xp2p::signature::PublicKey;
use xp2p::{Error, ErrorCode, Handle};

use super::signed::web_origin;
use super::{Shared, read};
use crate::Platform;
use crate::failure::Failure;
use crate::operation::refused;
use crate::operations::passkey_challenges::{answer, ask};
use crate::relying_party::Assertion;
use crate::storage::accounts::Holder;
use crate::storage::keys::Key;
use crate::storage::{self, Connection, accounts, keys, overview, passkey_challenges, passkeys};

/// The most characters of a label: `KeyRegistration` of the contract.
const MAX_LABEL: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asking {
    handle: String,
    jwk: Jwk,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Enrolment {
    handle: String,
    jwk: Jwk,
    label: Option<String>,
    passkey: Option<Answered>,
}

/// What the passkey answered, and to which challenge.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    challenge: String,
    credential: Value,
}

/// A public key as WebCrypto exports it: RFC 8037 section 2, with members that say nothing new.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
}

impl Jwk {
    fn read(&self) -> Result<PublicKey, Error> {
        if self.kty != "OKP" || self.crv != "Ed25519" {
            return Err(ErrorCode::KeyMalformed.at("jwk"));
        }
        PublicKey::from_jwk_x(&self.x).map_err(|error| error.at("jwk.x"))
    }
}

/// `GET /sandbox/people`: who can be signed in as, and who has a passkey for it.
pub(super) async fn people(State(platform): Shared) -> Result<Json<Value>, Failure> {
    let mut transaction = platform.storage.read().await?;
    let people = overview::people(&mut transaction).await?;
    let people = people.iter().map(|person| {
        json!({
            "handle": person.handle,
            "account": person.account,
            "name": person.name,
            "passkey": person.passkeys > 0,
        })
    });
    Ok(Json(json!({ "people": people.collect::<Vec<_>>() })))
}

/// `POST /sandbox/enrolments/challenge`: what the person's passkey has to answer before this key, and no
/// other, is enrolled for them.
pub(super) async fn challenge(
    State(platform): Shared,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Value>), Failure> {
    let Asking { handle, jwk } = read(&headers, body)?;
    let handle = Handle::parse(&handle)?;
    let key = jwk.read()?.key_id();
    let (challenge, options) = storage::retry(|| async {
        let mut transaction = platform.storage.write().await?;
        let holder = holder(&mut transaction, &handle).await?;
        let now = platform.clock.now();
        let asked = ask(&platform, &mut transaction, &holder.account, &key, None, now).await?;
        transaction.commit().await?;
        asked.ok_or(Failure::from(ErrorCode::NotFound))
    })
    .await?;
    let answer =
        json!({ "id": challenge.id, "options": options, "expires_at": challenge.expires_at });
    Ok((StatusCode::CREATED, Json(answer)))
}

/// `POST /sandbox/enrolments`: the key may from now on approve payments from the handle's account. It is
/// bound to the web origin that sends it, if one does.
pub(super) async fn enrol(
    State(platform): Shared,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Value>), Failure> {
    let Enrolment { handle, jwk, label, passkey } = read(&headers, body)?;
    let handle = Handle::parse(&handle)?;
    let public = jwk.read()?;
    if label.as_ref().is_some_and(|label| !is_label(label)) {
        return Err(refused(ErrorCode::RequestMalformed, "label"));
    }
    let passkey = passkey.map(Answered::read).transpose()?;
    let origin = web_origin(&headers);
    let (holder, key) = storage::retry(|| async {
        let mut transaction = platform.storage.write().await?;
        let holder = holder(&mut transaction, &handle).await?;
        let now = platform.clock.now();
        let shown =
            show_passkey(&platform, &mut transaction, &holder, &public, passkey.as_ref(), now);
        if let Err(failure) = shown.await {
            // An answer that does not verify has ended its challenge.
            transaction.commit().await?;
            return Err(failure);
        }
        let new = Key {
            origin: origin.clone(),
            label: label.clone(),
            ..Key::approval(&public, &holder.account, now)
        };
        let key = keys::register(&mut transaction, new, now).await?;
        transaction.commit().await?;
        Ok((holder, key))
    })
    .await?;
    let answer = json!({
        "key_id": key.id,
        "handle": holder.handle,
        "account": holder.account,
        "role": key.role.as_str(),
    });
    Ok((StatusCode::CREATED, Json(answer)))
}

impl Answered {
    fn read(self) -> Result<(String, Assertion), Error> {
        let credential = canonical::Json::parse(self.credential.to_string().as_bytes())?;
        let assertion = Assertion::read(&credential);
        Ok((self.challenge, assertion.map_err(|error| error.within("passkey.credential"))?))
    }
}

/// Whoever has a passkey uses it to enrol a key: bound to the person and to this key.
async fn show_passkey(
    platform: &Platform,
    connection: &mut Connection,
    holder: &Holder,
    public: &PublicKey,
    passkey: Option<&(String, Assertion)>,
    now: i64,
) -> Result<(), Failure> {
    let Some((challenge, assertion)) = passkey else {
        let has_one = !passkeys::active(connection, &holder.account).await?.is_empty();
        return if has_one { Err(refused(ErrorCode::PasskeyRequired, "passkey")) } else { Ok(()) };
    };
    let found = passkey_challenges::find(connection, &public.key_id(), challenge).await?;
    let challenge = found
        .filter(|challenge| challenge.digest.is_none() && challenge.account == holder.account)
        .ok_or_else(|| refused(ErrorCode::PasskeyInvalid, "passkey.challenge"))?;
    answer(platform, connection, &challenge, assertion, now).await?;
    Ok(passkey_challenges::use_up_enrolment(connection, &challenge.id).await?)
}

async fn holder(connection: &mut Connection, handle: &Handle) -> Result<Holder, Failure> {
    let found = accounts::by_handle(connection, handle.as_str()).await?;
    found.ok_or_else(|| refused(ErrorCode::HandleUnknown, "handle"))
}

fn is_label(text: &str) -> bool {
    (1..=MAX_LABEL).contains(&text.chars().count()) && canonical::is_displayable(text)
}
