//! What a careless platform finds, keeps and forgets.

use xp2p::{Error, ErrorCode, Handle};

use super::{Switch, off};
use crate::failure::Failure;
use crate::http::problem;
use crate::operation::Order;
use crate::page::Page;
use crate::storage::Connection;
use crate::storage::blocks::Block;
use crate::storage::keys::{self, Key, Role};
use crate::storage::payments::Payment;
use crate::storage::replay::{self, Intent, Reply};
use crate::storage::webhooks::Webhook;

/// The key that was enrolled last.
pub(super) async fn newest_key(connection: &mut Connection) -> Result<Key, Failure> {
    let id: String = sqlx::query_scalar(
        "SELECT id FROM keys WHERE role = 'approval' ORDER BY created_at DESC LIMIT 1",
    )
    .fetch_one(&mut *connection)
    .await?;
    keys::usable(connection, &id, 0, || Ok(None)).await
}

/// The key as one of somebody's own, where a platform lets any key do what only an approval key may.
pub(crate) async fn promoted(
    connection: &mut Connection,
    key: Key,
    roles: &[Role],
) -> Result<Key, Failure> {
    if !Switch::Roles.is_off() || roles.contains(&key.role) || key.account.is_some() {
        return Ok(key);
    }
    let account = sqlx::query_scalar(
        "SELECT account FROM keys JOIN accounts ON accounts.id = account
         WHERE role = 'approval' ORDER BY kind = 'merchant' DESC LIMIT 1",
    );
    Ok(Key { role: Role::Approval, account: Some(account.fetch_one(connection).await?), ..key })
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
    sqlx::query_scalar(
        "SELECT handle FROM handles WHERE account IS NOT NULL ORDER BY handle = $1 DESC LIMIT 1",
    )
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

/// A payment as it is shown to a key, where a platform has forgotten that a payee may see it too, or the
/// key that asked.
pub(crate) fn shown(payment: Option<Payment>, caller: &Key) -> Option<Payment> {
    let pays = |payment: &Payment| caller.account.as_deref() == Some(&payment.payer_account);
    let asked = |payment: &Payment| payment.asked_by.as_ref() == Some(&caller.id);
    payment.filter(|payment| match off() {
        Some(Switch::VisibleToPayee) => pays(payment),
        Some(Switch::AskedBy) => !asked(payment),
        _ => true,
    })
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

/// Everybody's payments.
pub(crate) async fn everybodys_payments(
    connection: &mut Connection,
    page: &Page,
) -> Result<Vec<Payment>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM standing_payments ORDER BY id DESC LIMIT $1")
        .bind(page.reach())
        .fetch_all(connection)
        .await
}

/// Whose a block is, where a platform does not look who removes it.
pub(crate) async fn account_of_block(
    connection: &mut Connection,
    id: &str,
    account: &str,
) -> Result<String, sqlx::Error> {
    if !Switch::BlockOfAnother.is_off() {
        return Ok(account.into());
    }
    let owner = sqlx::query_scalar("SELECT account FROM blocks WHERE id = $1").bind(id);
    owner.fetch_one(connection).await
}

/// A block of an account, removed or not.
pub(crate) async fn any_block(
    connection: &mut Connection,
    account: &str,
) -> Result<Option<Block>, sqlx::Error> {
    let block = sqlx::query_as("SELECT * FROM blocks WHERE account = $1 LIMIT 1").bind(account);
    block.fetch_optional(connection).await
}

/// Anybody's webhook.
pub(crate) async fn webhook(
    connection: &mut Connection,
    id: &str,
) -> Result<Option<Webhook>, sqlx::Error> {
    let webhook = sqlx::query_as("SELECT * FROM webhooks WHERE id = $1").bind(id);
    webhook.fetch_optional(connection).await
}

/// An account's webhooks, disabled or not.
pub(crate) async fn all_webhooks(
    connection: &mut Connection,
    account: &str,
) -> Result<Vec<Webhook>, sqlx::Error> {
    let webhooks = sqlx::query_as("SELECT * FROM webhooks WHERE account = $1").bind(account);
    webhooks.fetch_all(connection).await
}

/// Whose a delivery is, where a platform does not look who wants it once more.
pub(crate) async fn account_of_delivery(
    connection: &mut Connection,
    id: &str,
    account: &str,
) -> Result<String, sqlx::Error> {
    if !Switch::DeliveryVisible.is_off() {
        return Ok(account.into());
    }
    sqlx::query_scalar(
        "SELECT webhooks.account FROM deliveries JOIN webhooks ON webhooks.id = deliveries.webhook
         WHERE deliveries.id = $1",
    )
    .bind(id)
    .fetch_one(connection)
    .await
}
