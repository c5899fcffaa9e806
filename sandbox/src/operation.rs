//! An operation of the contract: from a request whose signature was verified to an answer, in one
//! transaction.
//!
//! Each operation says which keys may ask for it, how its request is read, and what it does. What all
//! of them share stands here once: the nonce, the key's role and origin, the intent, the stored answer.

use std::collections::HashMap;

use axum::body::Bytes;
use serde::Serialize;
use xp2p::signature::PublicKey;
use xp2p::{Amount, Error, ErrorCode};

use crate::Platform;
use crate::failure::Failure;
use crate::http::problem;
use crate::passkey::{self, Demand};
use crate::storage::keys::{self, Key, Role};
use crate::storage::replay::{self, Intent, Reply};
use crate::storage::{self, Connection};
use crate::triggers;
use crate::wallet_only::refuse_other_pages;

/// One of the operations of `contract/openapi.yaml`.
pub(crate) trait Operation {
    /// `x-keys` of the contract: the roles that may ask for it.
    const KEYS: &'static [Role];
    /// What its request says.
    type Request: Send + Sync;

    /// The key that makes itself known by a request with this body: asked only when nobody knows the key
    /// that the signature names, and then the signature is verified with this one.
    fn introduced(_body: &[u8]) -> Result<Option<PublicKey>, Error> {
        Ok(None)
    }

    /// Reads the request. What is refused here was signed, and takes the nonce with it, but is not kept as
    /// the intent's answer.
    fn read(order: &Order) -> Result<Self::Request, Error>;

    /// Before something is only read: does what time alone has made due, which reading cannot.
    fn catch_up(
        _platform: &Platform,
        _order: &Order,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        async { Ok(()) }
    }

    /// Does what takes time and no database, such as asking the DNS: other writers need not wait for it.
    fn prepare(
        _platform: &Platform,
        _request: &mut Self::Request,
    ) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// The amount that its request is about, if it moves one: see `triggers`.
    fn amount(_: &Self::Request) -> Option<&Amount> {
        None
    }

    /// Whether somebody who has a passkey must use it for this.
    fn passkey(_: &Self::Request) -> Demand {
        Demand::Never
    }

    /// Checks what only the platform knows, and writes. A refusal is kept as the intent's answer, with
    /// all that was written before it.
    fn carry_out(
        work: &mut Work<'_>,
        request: &Self::Request,
    ) -> impl Future<Output = Result<Reply, Failure>> + Send;
}

/// A signed request as it arrived.
#[derive(Clone)]
pub(crate) struct Order {
    /// The thumbprint of the key that signed.
    pub key: String,
    pub nonce: String,
    pub expires: i64,
    pub idempotency_key: Option<String>,
    /// Method and path: the same idempotency key on another operation is another intent with a used key.
    pub operation: String,
    /// What the path names, if it names something that can be there.
    pub resource: Option<String>,
    pub query: HashMap<String, String>,
    pub body: Bytes,
    /// The `Content-Digest` of the body.
    pub request_digest: String,
    /// The web origin that the browser says the request came from.
    pub origin: Option<String>,
    /// Whether it says that it came from one that it does not name (`null`).
    pub origin_unnamed: bool,
    /// `Sec-Fetch-Site`, by which a browser says how that origin relates to the platform's.
    pub sec_fetch_site: Option<String>,
    pub request_id: String,
}

/// What an operation works with.
pub(crate) struct Work<'a> {
    pub platform: &'a Platform,
    pub connection: &'a mut Connection,
    pub order: &'a Order,
    pub caller: &'a Key,
    pub now: i64,
}

impl<'a> Work<'a> {
    /// What the path names.
    pub fn resource(&self) -> Result<&'a str, Failure> {
        self.order.resource.as_deref().ok_or(Failure::from(ErrorCode::NotFound))
    }

    /// Whose key it is. Operations that only approval keys may ask for always have one.
    pub fn account(&self) -> Result<&'a str, Failure> {
        let nobody = || refused(ErrorCode::KeyNotAllowed, "keyid");
        self.caller.account.as_deref().ok_or_else(nobody)
    }
}

/// What a client gets.
pub(crate) struct Answer {
    pub reply: Reply,
    /// Whether it was given before.
    pub replayed: bool,
}

impl Platform {
    /// Carries an operation that changes something out once, however often it is sent.
    pub(crate) async fn change<O: Operation>(&self, order: &Order) -> Result<Answer, Failure> {
        let missing = || refused(ErrorCode::IdempotencyKeyMissing, "idempotency-key");
        let idempotency_key = order.idempotency_key.as_deref().ok_or_else(missing)?;
        let request = O::read(order);
        #[cfg(feature = "switches")]
        let request = crate::careless::read::<O>(order, request);
        let mut request = request;
        if let Ok(request) = &mut request {
            O::prepare(self, request).await;
            if let Some(amount) = O::amount(request) {
                triggers::before(amount).await?;
            }
        }
        storage::retry(|| self.try_to_change::<O>(order, idempotency_key, &request)).await
    }

    /// Everything an operation changes is committed together, or nothing is.
    async fn try_to_change<O: Operation>(
        &self,
        order: &Order,
        idempotency_key: &str,
        request: &Result<O::Request, Error>,
    ) -> Result<Answer, Failure> {
        let now = self.clock.now();
        let mut transaction = self.storage.write().await?;
        step!();
        replay::take_nonce(&mut transaction, &order.key, &order.nonce, order.expires).await?;
        step!();
        let answer = self.answer::<O>(&mut transaction, order, idempotency_key, request, now).await;
        step!();
        match answer {
            Ok(_) => transaction.commit().await?,
            // A refusal commits as well: the nonce stays taken.
            Err(Failure::Refused(_)) if checks!(NonceOfRefusal) => transaction.commit().await?,
            Err(_) => transaction.rollback().await?,
        }
        step!();
        #[cfg(feature = "switches")]
        crate::simulated::keep_apart(self, order, idempotency_key, &answer, now).await?;
        answer
    }

    async fn answer<O: Operation>(
        &self,
        connection: &mut Connection,
        order: &Order,
        idempotency_key: &str,
        request: &Result<O::Request, Error>,
        now: i64,
    ) -> Result<Answer, Failure> {
        // Looked up again, now inside the transaction: the key may have been revoked meanwhile.
        let caller =
            keys::usable(connection, &order.key, now, || O::introduced(&order.body)).await?;
        #[cfg(feature = "switches")]
        let caller = crate::careless::promoted(connection, caller, O::KEYS).await?;
        self.admit(&caller, order, O::KEYS)?;
        let intent = Intent {
            scope: if checks!(ReplayScope) { caller.scope() } else { "" },
            idempotency_key,
            operation: &order.operation,
            request_digest: &order.request_digest,
        };
        #[cfg(feature = "switches")]
        crate::careless::keep_refusal_of_form(connection, &intent, request, order, now).await?;
        let request = request.as_ref().map_err(Clone::clone)?;
        if let Some(reply) = replay::earlier_answer(connection, &intent).await? {
            return Ok(Answer { reply, replayed: true });
        }
        let mut work = Work { platform: self, connection, order, caller: &caller, now };
        // Not kept as the intent's answer: the same intent goes on once the passkey has answered.
        let demanded = passkey::demand(&mut work, &O::passkey(request)).await;
        #[cfg(feature = "switches")]
        crate::careless::keep_demand(work.connection, &intent, &demanded, order, now).await?;
        demanded?;
        let reply = match O::carry_out(&mut work, request).await {
            Ok(reply) => reply,
            // The intent is answered for good: the same key gets the same refusal.
            Err(Failure::Refused(error)) => {
                let (status, body) = problem::document(&error, &order.request_id);
                Reply { status, body, location: None, payment: None }
            }
            Err(failure) => return Err(failure),
        };
        if (reply.status < 400 || checks!(ReplayRefusal)) && kept_together!() {
            replay::keep_answer(connection, &intent, &reply, now).await?;
        }
        Ok(Answer { reply, replayed: false })
    }

    /// Carries an operation that only reads out. Its nonce is taken all the same.
    pub(crate) async fn look<O: Operation>(&self, order: &Order) -> Result<Reply, Failure> {
        let caller = self.caller(order, O::KEYS).await?;
        let request = O::read(order)?;
        O::catch_up(self, order).await?;
        let mut transaction = self.storage.read().await?;
        let now = self.clock.now();
        let mut work =
            Work { platform: self, connection: &mut transaction, order, caller: &caller, now };
        O::carry_out(&mut work, &request).await
    }

    /// Who sent a request that only reads: takes the nonce, and looks whether the key may.
    pub(crate) async fn caller(&self, order: &Order, roles: &[Role]) -> Result<Key, Failure> {
        let caller = storage::retry(|| async {
            let mut transaction = self.storage.write().await?;
            if checks!(NonceOfReading) {
                replay::take_nonce(&mut transaction, &order.key, &order.nonce, order.expires)
                    .await?;
            }
            let now = self.clock.now();
            let caller = keys::usable(&mut transaction, &order.key, now, || Ok(None)).await;
            transaction.commit().await?;
            caller
        })
        .await?;
        #[cfg(feature = "switches")]
        let caller = {
            let mut transaction = self.storage.read().await?;
            crate::careless::promoted(&mut transaction, caller, roles).await?
        };
        self.admit(&caller, order, roles)?;
        Ok(caller)
    }

    /// Whether a key may do this, and from there.
    fn admit(&self, key: &Key, order: &Order, roles: &[Role]) -> Result<(), Failure> {
        if !roles.contains(&key.role) && checks!(Roles) {
            return Err(refused(ErrorCode::KeyNotAllowed, "keyid"));
        }
        if key.origin.is_some() && key.origin != order.origin && checks!(KeyAsksFrom) {
            return Err(refused(ErrorCode::KeyNotAllowed, "origin"));
        }
        if roles == [Role::Approval] {
            refuse_other_pages(order, &self.wallet_origin, &self.origin)?;
        }
        Ok(())
    }
}

/// What has no body in the contract has none: nothing that was signed is passed over.
pub(crate) fn no_body(order: &Order) -> Result<(), Error> {
    if order.body.is_empty() { Ok(()) } else { Err(ErrorCode::RequestMalformed.into()) }
}

/// An answer with a body.
pub(crate) fn reply(status: u16, body: &impl Serialize) -> Result<Reply, Failure> {
    #[cfg(feature = "switches")]
    let body = &crate::careless::answer(status, body);
    let body = serde_json::to_string(body).map_err(|_| Failure::Corrupt("text that is no JSON"))?;
    Ok(Reply { status, body, location: None, payment: None })
}

/// A refusal with the table's own message.
pub(crate) fn refused(code: ErrorCode, param: &'static str) -> Failure {
    code.at(param).into()
}
