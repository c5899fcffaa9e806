//! `/v1/passkeys`: adding a passkey, and letting it count no longer.

use serde::Serialize;
use serde_json::Value;
use xp2p::canonical::{Json, read_label};
use xp2p::{Error, ErrorCode};

use crate::failure::Failure;
use crate::operation::{Operation, Order, Work, refused, reply};
use crate::page::{List, Page};
use crate::passkey::Demand;
use crate::relying_party::{Ceremony, Registration, User, new_user_handle};
use crate::storage::keys::Role;
use crate::storage::passkeys::{self, Passkey, Status};
use crate::storage::replay::Reply;
use crate::storage::{accounts, new_id};

/// How long a person may take to make a passkey: what WebAuthn level 3 section 15.1 recommends.
const TO_FINISH: i64 = 300;
/// The most of one account: `allowCredentials` of the contract.
const MOST: usize = 16;

/// Begins to add a passkey.
pub(crate) struct CreatePasskey;

impl Operation for CreatePasskey {
    const KEYS: &'static [Role] = &[Role::Approval];
    /// The label.
    type Request = Option<String>;

    fn read(order: &Order) -> Result<Option<String>, Error> {
        let body = Json::parse(&order.body)?;
        body.only_members(&["label"])?;
        read_label(&body)
    }

    async fn carry_out(work: &mut Work<'_>, label: &Option<String>) -> Result<Reply, Failure> {
        let account = work.account()?;
        let holder = accounts::by_id(work.connection, account)
            .await?
            .ok_or(Failure::Corrupt("a key whose account has no handle"))?;
        let existing = passkeys::active(work.connection, account).await?;
        refuse_too_many(&existing)?;
        let user_handle = match passkeys::user_handle(work.connection, account).await? {
            Some(user_handle) => user_handle,
            None => new_user_handle()?,
        };
        let user =
            User { handle_of_user: &user_handle, handle: &holder.handle, name: &holder.name };
        let existing: Vec<_> =
            existing.iter().filter_map(|one| one.credential.as_deref()).collect();
        let Ceremony { options, state } = work.platform.relying_party.begin(&user, &existing)?;
        let passkey = Passkey {
            id: new_id("psk"),
            account: account.into(),
            key: work.caller.id.clone(),
            label: label.clone(),
            user_handle,
            status: Status::Begun,
            registration: state,
            expires_at: work.now + TO_FINISH,
            credential: None,
            created_at: work.now,
            last_used_at: None,
            removed_at: None,
        };
        passkeys::begin(work.connection, &passkey).await?;
        let body = Creation { id: &passkey.id, options, expires_at: passkey.expires_at };
        reply(201, &body)
    }
}

/// Adds it.
pub(crate) struct FinishPasskey;

impl Operation for FinishPasskey {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = Registration;

    fn read(order: &Order) -> Result<Registration, Error> {
        let body = Json::parse(&order.body)?;
        body.only_members(&["credential"])?;
        Registration::read(body.required("credential")?).map_err(|error| error.within("credential"))
    }

    fn passkey(_: &Registration) -> Demand {
        Demand::Always
    }

    async fn carry_out(work: &mut Work<'_>, answer: &Registration) -> Result<Reply, Failure> {
        let passkey = of_account(work).await?;
        if passkey.key != work.caller.id {
            return Err(ErrorCode::NotFound.into());
        }
        if passkey.status != Status::Begun || passkey.expires_at <= work.now {
            return Err(ErrorCode::StateFinal.into());
        }
        refuse_too_many(&passkeys::active(work.connection, &passkey.account).await?)?;
        let verified = work.platform.relying_party.finish(&passkey.registration, answer);
        let credential = match verified {
            Err(refusal @ Failure::Refused(_)) => {
                passkeys::fail(work.connection, &passkey.id).await?;
                return Err(refusal);
            }
            verified => verified?,
        };
        if !passkeys::activate(work.connection, &passkey.id, &credential).await? {
            passkeys::fail(work.connection, &passkey.id).await?;
            return Err(refused(ErrorCode::PasskeyInvalid, "credential"));
        }
        reply(200, &PasskeyBody::of(&passkey))
    }
}

/// Lists the passkeys that count.
pub(crate) struct ListPasskeys;

impl Operation for ListPasskeys {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = Page;

    fn read(order: &Order) -> Result<Page, Error> {
        Page::read(order, "psk")
    }

    async fn carry_out(work: &mut Work<'_>, page: &Page) -> Result<Reply, Failure> {
        let account = work.account()?;
        let passkeys = passkeys::list(work.connection, account, page).await?;
        let (passkeys, next_cursor) = page.cut(passkeys, |passkey| &passkey.id);
        reply(200, &List { items: passkeys.iter().map(PasskeyBody::of).collect(), next_cursor })
    }
}

/// Has one count no longer. One that was removed before stays as it is.
pub(crate) struct RemovePasskey;

impl Operation for RemovePasskey {
    const KEYS: &'static [Role] = &[Role::Approval];
    /// Which one, as the body says it.
    type Request = String;

    fn read(order: &Order) -> Result<String, Error> {
        let body = Json::parse(&order.body)?;
        body.only_members(&["passkey"])?;
        Ok(body.text("passkey")?.into())
    }

    fn passkey(_: &String) -> Demand {
        Demand::Always
    }

    async fn carry_out(work: &mut Work<'_>, named: &String) -> Result<Reply, Failure> {
        let passkey = of_account(work).await?;
        if passkey.id != *named && checks!(PasskeyNamed) {
            return Err(refused(ErrorCode::ApprovalMismatch, "passkey"));
        }
        // What was never added is nobody's yet.
        if !matches!(passkey.status, Status::Active | Status::Removed) {
            return Err(ErrorCode::NotFound.into());
        }
        if checks!(PasskeyRemoved) {
            passkeys::remove(work.connection, &passkey.id, work.now).await?;
        }
        reply(200, &PasskeyBody::of(&of_account(work).await?))
    }
}

/// The passkey that the path names.
async fn of_account(work: &mut Work<'_>) -> Result<Passkey, Failure> {
    let (id, account) = (work.resource()?, work.account()?);
    let found = passkeys::find(work.connection, account, id).await?;
    found.ok_or(Failure::from(ErrorCode::NotFound))
}

fn refuse_too_many(existing: &[Passkey]) -> Result<(), Failure> {
    if existing.len() < MOST {
        return Ok(());
    }
    let why = "an account has at most 16 passkeys";
    Err(Error::new(ErrorCode::RequestMalformed).because(why.into()).into())
}

/// `PasskeyCreation` of the contract.
#[derive(Serialize)]
struct Creation<'a> {
    id: &'a str,
    options: Value,
    expires_at: i64,
}

/// `Passkey` of the contract.
#[derive(Serialize)]
struct PasskeyBody<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    removed_at: Option<i64>,
}

impl<'a> PasskeyBody<'a> {
    fn of(passkey: &'a Passkey) -> Self {
        Self {
            id: &passkey.id,
            label: passkey.label.as_deref(),
            created_at: passkey.created_at,
            last_used_at: passkey.last_used_at,
            removed_at: passkey.removed_at,
        }
    }
}
