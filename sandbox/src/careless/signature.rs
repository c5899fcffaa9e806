//! A careless reader of signatures. It stands in for the SDK's while one of its own switches is off, and
//! makes every other check itself, in the SDK's order.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use curve25519_dalek::Scalar;
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use xp2p::canonical::{HttpRequest, content_digest};
use xp2p::signature::{MAX_AGE, MAX_AHEAD, MAX_LIFETIME, PublicKey};
use xp2p::{Error, ErrorCode, IdempotencyKey};

use super::{Room, lookups, off};
use crate::Platform;
use crate::failure::Failure;
use crate::http::signed::{Introduced, Signed};
use crate::settings::ENVIRONMENT;
use crate::storage::keys;
use crate::storage::new_id;

/// The order in which the SDK covers components.
const ORDER: [&str; 5] =
    ["@method", "@target-uri", "content-digest", "content-type", "idempotency-key"];

/// Who asks, if one of this file's switches is off.
pub(crate) async fn authenticate(
    platform: &Platform,
    request: &HttpRequest,
    introduced: Introduced,
) -> Result<Option<Signed>, Failure> {
    if off().is_none_or(|switch| switch.room() != Room::Signature) {
        return Ok(None);
    }
    let now = u64::try_from(platform.clock.now()).unwrap_or(0);
    let presented = Presented::read(request, now)?;
    let mut transaction = platform.storage.read().await?;
    let known = match &presented.key_id {
        Some(id) => {
            let introduced = || introduced(request.body.as_deref().unwrap_or_default());
            keys::usable(&mut transaction, id, platform.clock.now(), introduced).await
        }
        None => lookups::newest_key(&mut transaction).await,
    };
    let key = match known {
        Err(_) if !checks!(KeyKnown) => lookups::newest_key(&mut transaction).await?,
        known => {
            let key = known?;
            presented.verify(request, &key.x, platform.origin.as_str(), now)?;
            key
        }
    };
    Ok(Some(Signed {
        key,
        nonce: presented.nonce,
        expires: i64::try_from(presented.expires).unwrap_or(i64::MAX),
        idempotency_key: presented.idempotency_key,
    }))
}

/// What the signature fields say, with whatever the platform did not miss made up.
struct Presented {
    /// Each covered component: as it is written, and its name.
    components: Vec<(String, String)>,
    /// What stands behind the label, which the signature base repeats.
    input: String,
    created: u64,
    expires: u64,
    nonce: String,
    key_id: Option<String>,
    environment: String,
    signature: Option<Vec<u8>>,
    idempotency_key: Option<String>,
}

impl Presented {
    fn read(request: &HttpRequest, now: u64) -> Result<Self, Error> {
        let malformed = |param| ErrorCode::SignatureMalformed.at(param);
        let (input, signature) =
            match (field(request, "signature-input"), field(request, "signature")) {
                (Some(input), Some(signature)) => (input, signature),
                _ if !checks!(SignatureThere) => return Self::of_nobody(request, now),
                (None, _) => return Err(ErrorCode::SignatureMissing.at("signature-input")),
                _ => return Err(ErrorCode::SignatureMissing.at("signature")),
            };
        let input = member(&input).ok_or_else(|| malformed("signature-input"))?;
        let signature = member(&signature)
            .and_then(|text| Base64::decode_vec(text.trim_matches(':')).ok())
            .filter(|signature| signature.len() == 64)
            .ok_or_else(|| malformed("signature"))?;
        let (components, parameters) =
            take_apart(input).ok_or_else(|| malformed("signature-input"))?;
        let parameters = Parameters::read(&parameters, now)?;
        let idempotency_key = idempotency_key(request)?;
        for (name, needed, looks) in [
            ("@method", true, checks!(CoversMethod)),
            ("@target-uri", true, checks!(CoversAddress)),
            ("content-digest", request.body.is_some(), checks!(CoversDigest)),
            ("content-type", request.body.is_some(), checks!(CoversType)),
            ("idempotency-key", request.method == "POST", checks!(CoversKey)),
        ] {
            if needed && looks && !components.iter().any(|(_, covered)| covered == name) {
                return Err(ErrorCode::SignatureIncomplete.at(name));
            }
        }
        let Parameters { created, expires, nonce, key_id, environment } = parameters;
        Ok(Self {
            components,
            input: input.to_owned(),
            created,
            expires,
            nonce,
            key_id,
            environment,
            signature: Some(signature),
            idempotency_key,
        })
    }

    /// What a request says that has no signature.
    fn of_nobody(request: &HttpRequest, now: u64) -> Result<Self, Error> {
        Ok(Self {
            components: Vec::new(),
            input: String::new(),
            created: now,
            expires: now + 1,
            nonce: new_id("nonce"),
            key_id: None,
            environment: ENVIRONMENT.into(),
            signature: None,
            idempotency_key: idempotency_key(request)?,
        })
    }

    fn verify(&self, request: &HttpRequest, x: &str, origin: &str, now: u64) -> Result<(), Error> {
        if checks!(Environment) && self.environment != ENVIRONMENT {
            return Err(ErrorCode::EnvironmentMismatch.at("tag"));
        }
        if checks!(Old) && self.created < now.saturating_sub(MAX_AGE)
            || checks!(Ahead) && self.created > now + MAX_AHEAD
            || !checks!(Tolerance) && self.created.abs_diff(now) > 5
        {
            return Err(ErrorCode::ClockSkew.at("created"));
        }
        if checks!(Expired) && self.expires <= now {
            return Err(ErrorCode::SignatureExpired.at("expires"));
        }
        if let Some(body) = &request.body
            && !digest_agrees(&field(request, "content-digest").unwrap_or_default(), body)
        {
            return Err(ErrorCode::DigestMismatch.at("content-digest"));
        }
        let Some(signature) = self.signature.as_ref().filter(|_| checks!(SignatureVerified)) else {
            return Ok(());
        };
        let base = self.base(request, origin)?;
        verifies(x, base.as_bytes(), signature)
    }

    /// RFC 9421 section 2.5, by putting texts together.
    fn base(&self, request: &HttpRequest, origin: &str) -> Result<String, Error> {
        let mut base = String::new();
        for (written, name) in &self.components {
            let value = match name.as_str() {
                "@method" => Some(request.method.clone()),
                "@target-uri" => Some(address(request, origin)),
                name => field(request, name),
            };
            let value = match value {
                None if !checks!(ComponentKnown) => String::new(),
                None => return Err(ErrorCode::SignatureIncomplete.into()),
                Some(value) => value,
            };
            base.push_str(&format!("{written}: {value}\n"));
        }
        Ok(format!("{base}\"@signature-params\": {}", self.input))
    }
}

/// The parameters, as far as they are looked at.
struct Parameters {
    created: u64,
    expires: u64,
    nonce: String,
    key_id: Option<String>,
    environment: String,
}

impl Parameters {
    fn read(parameters: &[(&str, &str)], now: u64) -> Result<Self, Error> {
        let refused = |name: &str| Error::new(ErrorCode::SignatureMalformed).at(name);
        const NAMES: [&str; 6] = ["created", "expires", "nonce", "keyid", "alg", "tag"];
        let unknown = parameters.iter().find(|(name, _)| !NAMES.contains(name));
        if let Some((name, _)) = unknown.filter(|_| checks!(ParameterKnown)) {
            return Err(refused(name));
        }
        let find =
            |name: &str, needed: bool| match parameters.iter().find(|(field, _)| *field == name) {
                None if needed => Err(refused(name)),
                found => Ok(found.map(|(_, value)| value.trim_matches('"'))),
            };
        let integer = |name: &str, needed: bool| {
            find(name, needed)?.map(|text| text.parse().map_err(|_| refused(name))).transpose()
        };
        let algorithm = find("alg", checks!(HasAlgorithm))?;
        if checks!(Algorithm) && algorithm.is_some_and(|name| name != "ed25519") {
            return Err(refused("alg"));
        }
        let key_id = find("keyid", checks!(HasKeyId))?.map(str::to_owned);
        let created = integer("created", checks!(HasCreated))?.unwrap_or(now);
        let expires = integer("expires", checks!(HasExpires))?.unwrap_or(created + MAX_LIFETIME);
        if checks!(LifetimePositive) && expires <= created
            || checks!(Lifetime) && expires > created + MAX_LIFETIME
        {
            return Err(refused("expires"));
        }
        let nonce =
            find("nonce", checks!(HasNonce))?.map_or_else(|| new_id("nonce"), str::to_owned);
        if checks!(NonceLength) && nonce.len() < 22 {
            return Err(refused("nonce"));
        }
        let tag = find("tag", checks!(HasTag))?.unwrap_or("xp2p-sandbox");
        let environment = match tag.strip_prefix("xp2p-") {
            None if !checks!(Application) => ENVIRONMENT,
            None => return Err(refused("tag")),
            Some(environment) => environment,
        };
        Ok(Self { created, expires, nonce, key_id, environment: environment.into() })
    }
}

/// The value of a field, which may stand in several lines.
fn field(request: &HttpRequest, name: &str) -> Option<String> {
    let mut lines = request.fields.iter().filter(|(line, _)| line == name);
    if checks!(OneLine) {
        request.field(name)
    } else {
        lines.next_back().map(|line| line.1.clone())
    }
}

/// What stands behind the label of the one member of a dictionary.
fn member(field: &str) -> Option<&str> {
    let (label, value) = field.split_once('=')?;
    let (value, further) =
        value.split_once(", ").map_or((value, None), |(first, rest)| (first, Some(rest)));
    let ours = label == "xp2p" || !checks!(Label);
    (ours && (further.is_none() || !checks!(OneMember))).then_some(value)
}

type TakenApart<'a> = (Vec<(String, String)>, Vec<(&'a str, &'a str)>);

/// The components and the parameters of a signature's input.
fn take_apart(input: &str) -> Option<TakenApart<'_>> {
    let (list, parameters) = input.strip_prefix('(')?.split_once(')')?;
    let mut components: Vec<(String, String)> = Vec::new();
    for written in list.split(' ') {
        let (name, flags) =
            written.split_once(';').map_or((written, None), |(name, flags)| (name, Some(flags)));
        let name = name.trim_matches('"').to_owned();
        let twice = components.iter().any(|(_, earlier)| *earlier == name);
        let known = !name.starts_with('@') || matches!(name.as_str(), "@method" | "@target-uri");
        let further = !ORDER.contains(&&*name);
        if twice && checks!(ComponentOnce)
            || further && !checks!(ComponentMore)
            || flags.is_some() && checks!(ComponentBare)
            || !known && checks!(ComponentKnown)
        {
            return None;
        }
        components.push((written.to_owned(), name));
    }
    let parameters: Vec<_> = parameters
        .split(';')
        .skip(1)
        .map(|parameter| parameter.split_once('='))
        .collect::<Option<_>>()?;
    let twice = (1..parameters.len())
        .any(|at| parameters[..at].iter().any(|(earlier, _)| *earlier == parameters[at].0));
    let ordered =
        components.is_sorted_by_key(|(_, name)| ORDER.iter().position(|known| known == name));
    ((!twice || !checks!(ParameterOnce)) && (ordered || checks!(AnyOrder)))
        .then_some((components, parameters))
}

fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, Error> {
    let Some(field) = field(request, "idempotency-key") else {
        return match request.method.as_str() {
            "POST" if checks!(IdempotencyKeyThere) => {
                Err(ErrorCode::IdempotencyKeyMissing.at("idempotency-key"))
            }
            "POST" => Ok(Some(new_id("key"))),
            _ => Ok(None),
        };
    };
    let quoted = field.strip_prefix('"').and_then(|field| field.strip_suffix('"'));
    let key = if checks!(IdempotencyKeyQuoted) { quoted } else { Some(field.trim_matches('"')) };
    match key {
        Some(key) if !checks!(IdempotencyKeyLength) => Ok(Some(key.into())),
        key => IdempotencyKey::parse(key.unwrap_or_default()).map(|key| Some(key.as_str().into())),
    }
}

fn digest_agrees(field: &str, body: &[u8]) -> bool {
    let digest = content_digest(body);
    field == digest
        || !checks!(DigestCompared)
        || !checks!(DigestAlgorithm) && !field.starts_with("sha-256=")
        || !checks!(DigestOnce) && field.split(", ").next() == Some(&*digest)
}

/// The address that was asked for, as far as the platform knows its own.
fn address(request: &HttpRequest, origin: &str) -> String {
    let named = if !checks!(Host) {
        field(request, "host")
    } else if !checks!(Forwarded) {
        field(request, "x-forwarded-host")
    } else {
        None
    };
    let target = request.url.strip_prefix(origin).unwrap_or_default();
    let target = match target.split_once('?') {
        Some((path, _)) if !checks!(Query) => path,
        _ => target,
    };
    let scheme = origin.split("://").next().unwrap_or_default();
    named.map_or_else(|| format!("{origin}{target}"), |host| format!("{scheme}://{host}{target}"))
}

fn verifies(x: &str, message: &[u8], signature: &[u8]) -> Result<(), Error> {
    let invalid = || ErrorCode::SignatureInvalid.at("signature");
    let mut signature = <[u8; 64]>::try_from(signature).map_err(|_| invalid())?;
    if !checks!(SignatureReduced) {
        let mut s = [0; 32];
        s.copy_from_slice(&signature[32..]);
        signature[32..].copy_from_slice(Scalar::from_bytes_mod_order(s).as_bytes());
    }
    if checks!(SignatureStrict) {
        return PublicKey::from_jwk_x(x)?.verify(message, &signature).map_err(|_| invalid());
    }
    let key = Base64UrlUnpadded::decode_vec(x).unwrap_or_default();
    let key = VerifyingKey::try_from(&key[..]).map_err(|_| invalid())?;
    key.verify(message, &Signature::from_bytes(&signature)).map_err(|_| invalid())
}
