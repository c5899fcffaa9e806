//! What a careless platform finds, keeps and forgets.

use xp2p::{Error, ErrorCode, Handle};

use super::Switch;
use crate::failure::Failure;
use crate::http::problem;
use crate::operation::Order;
use crate::storage::Connection;
use crate::storage::keys::{self, Key};
use crate::storage::payments::Payment;
use crate::storage::replay::{self, Intent, Reply};

/// The key that was enrolled last.
pub(super) async fn newest_key(connection: &mut Connection) -> Result<Key, Failure> {
    let id: String = sqlx::query_scalar("SELECT id FROM keys ORDER BY created_at DESC LIMIT 1")
        .fetch_one(&mut *connection)
        .await?;
    keys::usable(connection, &id, 0, || Ok(None)).await
}

/// Refuses a handle for which `GET /v1/handles/{handle}` looks in vain, because it was not read first.
pub(crate) fn find_handle(text: &str) -> Result<(), Error> {
    let capitals = text.bytes().any(|byte| byte.is_ascii_uppercase());
    let unread = Switch::HandleCapitals.is_off() && capitals
        || Switch::HandleForm.is_off() && Handle::parse(text).is_err();
    if unread { Err(ErrorCode::HandleUnknown.at("handle")) } else { Ok(()) }
}

/// The handle, or somebody's if nobody has it.
pub(crate) async fn known_handle(
    connection: &mut Connection,
    handle: &str,
) -> Result<String, sqlx::Error> {
    if !Switch::HandleKnown.is_off() {
        return Ok(handle.into());
    }
    sqlx::query_scalar("SELECT handle FROM handles ORDER BY handle = $1 DESC LIMIT 1")
        .bind(handle)
        .fetch_one(connection)
        .await
}

/// Any payment, where a platform does not look whose it is.
pub(crate) async fn payment(
    connection: &mut Connection,
    id: &str,
) -> Result<Option<Payment>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM standing_payments WHERE id = $1")
        .bind(id)
        .fetch_optional(connection)
        .await
}

/// A payment as it is shown to a key, where a platform has forgotten that a payee may see it too.
pub(crate) fn shown(payment: Option<Payment>, caller: &Key) -> Option<Payment> {
    let may = |payment: &Payment| caller.account.as_deref() == Some(&payment.payer_account);
    payment.filter(|payment| !Switch::VisibleToPayee.is_off() || may(payment))
}

/// Forgets what an intent was answered, where a platform answers anew.
pub(crate) async fn forget_answer(
    connection: &mut Connection,
    intent: &Intent<'_>,
) -> Result<(), sqlx::Error> {
    if Switch::Replay.is_off() {
        sqlx::query("DELETE FROM answers WHERE scope = $1 AND idempotency_key = $2")
            .bind(intent.scope)
            .bind(intent.idempotency_key)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Keeps the refusal of a body that does not have its form, which is no answer to an intent.
pub(crate) async fn keep_refusal_of_form<T>(
    connection: &mut Connection,
    intent: &Intent<'_>,
    request: &Result<T, Error>,
    order: &Order,
    now: i64,
) -> Result<(), sqlx::Error> {
    let (Err(refused), true) = (request, Switch::ReplayForm.is_off()) else {
        return Ok(());
    };
    let (status, body) = problem::document(refused, &order.request_id);
    let reply = Reply { status, body, location: None, payment: None };
    replay::keep_answer(connection, intent, &reply, now).await
}
