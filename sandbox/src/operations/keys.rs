//! `/v1/keys`: making a key known, and stopping it for good.

use serde::Serialize;
use xp2p::canonical::{Json, read_label};
use xp2p::signature::PublicKey;
use xp2p::{Error, ErrorCode};

use crate::failure::Failure;
use crate::link;
use crate::operation::{Operation, Order, Work, no_body, refused, reply};
use crate::page::{List, Page};
use crate::passkey::Demand;
use crate::storage::keys::{self, Key, Role};
use crate::storage::links;
use crate::storage::replay::Reply;

/// `KeyRegistration` of the contract.
pub(crate) struct Registration {
    public: PublicKey,
    role: Role,
    label: Option<String>,
}

impl Registration {
    fn read(body: &[u8]) -> Result<Self, Error> {
        let body = Json::parse(body)?;
        body.only_members(&["jwk", "role", "label"])?;
        let read = |jwk: &Json| {
            jwk.only_members(&["kty", "crv", "x"])?;
            for (member, only) in [("kty", "OKP"), ("crv", "Ed25519")] {
                if jwk.text(member)? != only {
                    return Err(ErrorCode::KeyMalformed.at(member));
                }
            }
            PublicKey::from_jwk_x(jwk.text("x")?)
        };
        let role = Role::try_from(body.text("role")?.to_owned()).ok();
        Ok(Self {
            public: read(body.required("jwk")?).map_err(|error| error.within("jwk"))?,
            // A key becomes a linked one by a link alone.
            role: role
                .filter(|role| *role != Role::Linked)
                .ok_or_else(|| ErrorCode::RequestMalformed.at("role"))?,
            label: read_label(&body)?,
        })
    }
}

/// Makes a key known: a requester key itself, an approval key another one of its account.
pub(crate) struct RegisterKey;

impl Operation for RegisterKey {
    const KEYS: &'static [Role] = &[Role::Requester, Role::Linked, Role::Approval];
    type Request = Registration;

    fn introduced(body: &[u8]) -> Result<Option<PublicKey>, Error> {
        let Registration { public, role, .. } = Registration::read(body)?;
        Ok(Some(public).filter(|_| role == Role::Requester && checks!(KeyIntroduced)))
    }

    fn read(order: &Order) -> Result<Registration, Error> {
        Registration::read(&order.body)
    }

    fn passkey(registration: &Registration) -> Demand {
        if registration.role == Role::Approval { Demand::Always } else { Demand::Never }
    }

    async fn carry_out(work: &mut Work<'_>, registration: &Registration) -> Result<Reply, Failure> {
        let Registration { public, role, label } = registration;
        let key = match (work.caller.role, role) {
            (Role::Approval, Role::Approval) if checks!(KeyFurther) => {
                let account = work.account()?;
                // From wherever it will ask: another device's origin is not this one's to say.
                let new = Key { label: label.clone(), ..Key::approval(public, account, work.now) };
                keys::register(work.connection, new, work.now).await?
            }
            (Role::Requester | Role::Linked, role)
                if *role == Role::Requester || !checks!(KeyByApproval) =>
            {
                if public.key_id() != work.caller.id && checks!(KeySigner) {
                    return Err(refused(ErrorCode::KeyNotAllowed, "jwk"));
                }
                let new = Key {
                    origin: work.order.origin.clone(),
                    label: label.clone(),
                    ..Key::introduced(public, work.now)
                };
                keys::register(work.connection, new, work.now).await?
            }
            _ => return Err(refused(ErrorCode::KeyNotAllowed, "role")),
        };
        reply(201, &KeyBody::of(&key))
    }
}

/// Lists the keys of an account, or the one key that has none.
pub(crate) struct ListKeys;

impl Operation for ListKeys {
    const KEYS: &'static [Role] = &[Role::Requester, Role::Linked, Role::Approval];
    type Request = Page;

    fn read(order: &Order) -> Result<Page, Error> {
        Page::read(order, "key")
    }

    async fn carry_out(work: &mut Work<'_>, page: &Page) -> Result<Reply, Failure> {
        let keys = match work.caller.role {
            Role::Approval => {
                let account = work.account()?;
                keys::of_account(work.connection, account, page).await?
            }
            // The only page of one key is the first.
            Role::Requester | Role::Linked if page.before().is_some() => Vec::new(),
            Role::Requester | Role::Linked => vec![work.caller.clone()],
        };
        let (keys, next_cursor) = page.cut(keys, |key| &key.registration);
        reply(200, &List { items: keys.iter().map(KeyBody::of).collect(), next_cursor })
    }
}

/// Stops a key for good: any key itself, an approval key every one of its account. Of a requester key that
/// has a link to its account it ends the links, and leaves the key to whoever else uses it.
pub(crate) struct RevokeKey;

impl Operation for RevokeKey {
    const KEYS: &'static [Role] = &[Role::Requester, Role::Linked, Role::Approval];
    type Request = ();

    fn read(order: &Order) -> Result<(), Error> {
        no_body(order)
    }

    async fn carry_out(work: &mut Work<'_>, _: &()) -> Result<Reply, Failure> {
        let id = work.resource()?;
        let key = found(work, id).await?;
        let caller = work.caller;
        let payer = caller.account.as_deref().filter(|_| caller.role == Role::Approval);
        if id == caller.id
            || (key.role == Role::Approval && key.account.as_deref() == payer)
            || !checks!(KeyOfAnother)
        {
            if key.revoked_at.is_some() && !checks!(KeyRevokedOnce) {
                return Err(ErrorCode::StateFinal.into());
            }
            keys::revoke(work.connection, id, work.now).await?;
            link::end_all_of_key(work, id, None).await?;
        } else {
            let payer = payer.ok_or(Failure::from(ErrorCode::NotFound))?;
            if !links::ever_between(work.connection, id, payer).await? {
                return Err(ErrorCode::NotFound.into());
            }
            link::end_all_of_key(work, id, Some(payer)).await?;
        }
        reply(200, &KeyBody::of(&found(work, id).await?))
    }
}

async fn found(work: &mut Work<'_>, id: &str) -> Result<Key, Failure> {
    keys::find(work.connection, id, work.now).await?.ok_or(Failure::from(ErrorCode::NotFound))
}

/// `RegisteredKey` of the contract.
#[derive(Serialize)]
struct KeyBody<'a> {
    key_id: &'a str,
    role: &'static str,
    jwk: Jwk<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<i64>,
}

/// RFC 8037 section 2.
#[derive(Serialize)]
struct Jwk<'a> {
    kty: &'static str,
    crv: &'static str,
    x: &'a str,
}

impl<'a> KeyBody<'a> {
    fn of(key: &'a Key) -> Self {
        Self {
            key_id: &key.id,
            role: key.role.as_str(),
            jwk: Jwk { kty: "OKP", crv: "Ed25519", x: &key.x },
            account: key.account.as_deref(),
            origin: key.origin.as_deref(),
            label: key.label.as_deref(),
            created_at: key.created_at,
            revoked_at: key.revoked_at,
        }
    }
}
