//! `GET /v1/account`: whose key it is.

use xp2p::Error;

use crate::failure::Failure;
use crate::operation::{Operation, Order, Work, reply};
use crate::storage::accounts;
use crate::storage::keys::Role;
use crate::storage::replay::Reply;

/// Reads who the signing key belongs to.
pub(crate) struct GetAccount;

impl Operation for GetAccount {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = ();

    fn read(_: &Order) -> Result<(), Error> {
        Ok(())
    }

    async fn carry_out(work: &mut Work<'_>, _: &()) -> Result<Reply, Failure> {
        let account = work.account()?;
        let holder = accounts::by_id(work.connection, account)
            .await?
            .ok_or(Failure::Corrupt("a key whose account has no handle"))?;
        reply(200, &holder)
    }
}
