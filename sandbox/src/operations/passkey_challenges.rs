//! `/v1/passkey-challenges`: what a passkey is asked for one request, and what it answers.

use serde::Serialize;
use serde_json::Value;
use xp2p::canonical::Json;
use xp2p::{Error, ErrorCode};

use crate::Platform;
use crate::failure::Failure;
use crate::operation::{Operation, Order, Work, refused, reply};
use crate::relying_party::{Assertion, Ceremony};
use crate::storage::keys::Role;
use crate::storage::passkey_challenges::{self, Challenge, Status};
use crate::storage::replay::Reply;
use crate::storage::{Connection, new_id, passkeys};

/// How long an answer may take, and the request after it.
const TO_ANSWER: i64 = 120;

/// Asks what a passkey has to answer.
pub(crate) struct CreatePasskeyChallenge;

impl Operation for CreatePasskeyChallenge {
    const KEYS: &'static [Role] = &[Role::Approval];
    /// The digest.
    type Request = String;

    fn read(order: &Order) -> Result<String, Error> {
        let body = Json::parse(&order.body)?;
        body.only_members(&["digest"])?;
        let digest = body.text("digest")?;
        if is_digest(digest) {
            Ok(digest.into())
        } else {
            Err(ErrorCode::RequestMalformed.at("digest"))
        }
    }

    async fn carry_out(work: &mut Work<'_>, digest: &String) -> Result<Reply, Failure> {
        let (key, account) = (&work.caller.id, work.account()?);
        let asked = ask(work.platform, work.connection, account, key, Some(digest), work.now);
        let (challenge, options) = asked.await?.ok_or(Failure::from(ErrorCode::NotFound))?;
        reply(201, &ChallengeBody { options: Some(options), ..ChallengeBody::of(&challenge) })
    }
}

/// Takes the answer.
pub(crate) struct AnswerPasskeyChallenge;

impl Operation for AnswerPasskeyChallenge {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = Assertion;

    fn read(order: &Order) -> Result<Assertion, Error> {
        let body = Json::parse(&order.body)?;
        body.only_members(&["credential"])?;
        Assertion::read(body.required("credential")?).map_err(|error| error.within("credential"))
    }

    async fn carry_out(work: &mut Work<'_>, assertion: &Assertion) -> Result<Reply, Failure> {
        let (key, id) = (&work.caller.id, work.resource()?);
        let found = passkey_challenges::find(work.connection, key, id).await?;
        // A challenge to an enrolment is answered by the enrolment.
        let challenge = found.filter(|challenge| challenge.digest.is_some());
        let challenge = challenge.ok_or(Failure::from(ErrorCode::NotFound))?;
        answer(work.platform, work.connection, &challenge, assertion, work.now).await?;
        let answered = Challenge { answered_at: Some(work.now), ..challenge };
        reply(200, &ChallengeBody::of(&answered))
    }
}

/// Asks the passkeys of an account, if it has any. Without a digest it is for the enrolment of the key.
pub(crate) async fn ask(
    platform: &Platform,
    connection: &mut Connection,
    account: &str,
    key: &str,
    digest: Option<&str>,
    now: i64,
) -> Result<Option<(Challenge, Value)>, Failure> {
    let existing = passkeys::active(connection, account).await?;
    let existing: Vec<_> = existing.iter().filter_map(|one| one.credential.as_deref()).collect();
    if existing.is_empty() {
        return Ok(None);
    }
    let Ceremony { options, state } = platform.relying_party.ask(&existing)?;
    let challenge = Challenge {
        id: new_id("pch"),
        account: account.into(),
        key: key.into(),
        digest: digest.map(Into::into),
        status: Status::Asked,
        state,
        created_at: now,
        expires_at: now + TO_ANSWER,
        answered_at: None,
    };
    passkey_challenges::ask(connection, &challenge).await?;
    Ok(Some((challenge, options)))
}

/// Verifies an answer, and notes it, or that there will be none. A refusal is to be committed.
pub(crate) async fn answer(
    platform: &Platform,
    connection: &mut Connection,
    challenge: &Challenge,
    assertion: &Assertion,
    now: i64,
) -> Result<(), Failure> {
    if (challenge.status != Status::Asked || challenge.expires_at <= now) && checks!(PasskeyEnded) {
        return Err(ErrorCode::StateFinal.into());
    }
    let existing = passkeys::active(connection, &challenge.account).await?;
    let verified = platform.relying_party.answered(&challenge.state, assertion, &existing);
    #[cfg(feature = "switches")]
    let verified = crate::careless::taken(verified, &existing);
    let grown = match &verified {
        Ok((id, credential)) => passkeys::used(connection, id, credential, now).await?,
        Err(_) => false,
    };
    match verified {
        Ok((id, _)) if grown => {
            Ok(passkey_challenges::answered(connection, &challenge.id, &id, now).await?)
        }
        Ok(_) | Err(Failure::Refused(_)) => {
            passkey_challenges::fail(connection, &challenge.id).await?;
            Err(refused(ErrorCode::PasskeyInvalid, "credential"))
        }
        Err(failure) => Err(failure),
    }
}

/// `BodyDigest` of the contract.
fn is_digest(text: &str) -> bool {
    let encoded = text.strip_prefix("sha-256=:").and_then(|rest| rest.strip_suffix("=:"));
    encoded.is_some_and(|encoded| {
        encoded.len() == 43
            && encoded
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
    })
}

/// `PasskeyChallenge` of the contract.
#[derive(Serialize)]
struct ChallengeBody<'a> {
    id: &'a str,
    digest: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Value>,
    expires_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    answered_at: Option<i64>,
}

impl<'a> ChallengeBody<'a> {
    fn of(challenge: &'a Challenge) -> Self {
        Self {
            id: &challenge.id,
            digest: challenge.digest.as_deref().unwrap_or_default(),
            options: None,
            expires_at: challenge.expires_at,
            answered_at: challenge.answered_at,
        }
    }
}
