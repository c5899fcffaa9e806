//! Whether a request needs a passkey's answer: the tag `passkeys` of the contract.

use xp2p::{Amount, ErrorCode};

use crate::failure::Failure;
use crate::operation::{Work, refused};
use crate::settings::offer;
use crate::storage::keys::Role;
use crate::storage::{passkey_challenges, passkeys};

/// When somebody who has a passkey must use it.
pub(crate) enum Demand {
    /// Not for this.
    Never,
    /// For more than `passkey_above` of the currency.
    Amount(Amount),
    /// Always.
    Always,
}

/// Refuses a request that needs an answer and has none, and uses the answer up that it has.
///
/// Only approval keys are asked: what a linked key may do, its payer has agreed to before.
pub(crate) async fn demand(work: &mut Work<'_>, demand: &Demand) -> Result<(), Failure> {
    let needed = match demand {
        Demand::Never => false,
        Demand::Amount(_) if !checks!(PasskeyAmount) => false,
        Demand::Amount(_) if !checks!(PasskeyBelow) => true,
        Demand::Amount(amount) => is_above(amount)?,
        Demand::Always => checks!(PasskeyAlways),
    };
    if !needed || work.caller.role != Role::Approval {
        return Ok(());
    }
    let account = work.account()?;
    if passkeys::active(work.connection, account).await?.is_empty() {
        return Ok(());
    }
    let (key, digest) = (&work.caller.id, &work.order.request_digest);
    #[cfg(feature = "switches")]
    if crate::careless::answered(work.connection, key, digest, work.now).await? {
        return Ok(());
    }
    if passkey_challenges::use_up(work.connection, key, digest, work.now).await? {
        return Ok(());
    }
    Err(refused(ErrorCode::PasskeyRequired, "content-digest"))
}

/// An amount in a currency that is not offered moves nothing, and is refused for that.
fn is_above(amount: &Amount) -> Result<bool, Failure> {
    let Some(offer) = offer(amount.currency().code()) else { return Ok(false) };
    Ok(amount.minor() > offer.passkey_above()?.minor())
}
