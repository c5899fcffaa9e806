//! `GET /v1/balances`.

use serde::Serialize;
use xp2p::Error;

use crate::failure::Failure;
use crate::operation::{Operation, Order, Work, reply};
use crate::settings::currency;
use crate::storage::holds;
use crate::storage::keys::Role;
use crate::storage::ledger::signed_value;
use crate::storage::replay::Reply;

/// Reads what the account has.
pub(crate) struct GetBalances;

#[derive(Serialize)]
struct BalanceList<'a> {
    balances: Vec<Balance<'a>>,
}

#[derive(Serialize)]
struct Balance<'a> {
    currency: &'a str,
    available: String,
    held: String,
}

impl Operation for GetBalances {
    const KEYS: &'static [Role] = &[Role::Approval];
    type Request = ();

    fn read(_: &Order) -> Result<(), Error> {
        Ok(())
    }

    async fn carry_out(work: &mut Work<'_>, _: &()) -> Result<Reply, Failure> {
        let account = work.account()?.to_owned();
        let standings = holds::standings(work.connection, &account).await?;
        let mut balances = Vec::with_capacity(standings.len());
        for standing in &standings {
            let exponent = currency(&standing.currency)?.exponent();
            balances.push(Balance {
                currency: &standing.currency,
                available: signed_value(standing.available, exponent),
                held: signed_value(standing.held, exponent),
            });
        }
        reply(200, &BalanceList { balances })
    }
}
