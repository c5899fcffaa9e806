//! The people and merchants every sandbox starts with.

use xp2p::Amount;

use super::holds::HOLDING;
use super::ledger::{Leg, post};
use super::{Connection, Storage, accounts, new_id};
use crate::failure::StartError;

/// Where test money comes from: the only account that may be in debt.
const ISSUANCE: &str = "acct_issuance";

struct Seed {
    handle: &'static str,
    account: &'static str,
    kind: &'static str,
    name: &'static str,
    funds: &'static [(&'static str, &'static str)],
}

const SEEDS: [Seed; 5] = [
    Seed {
        handle: "alice",
        account: "acct_alice000",
        kind: "person",
        name: "Alice Martin",
        funds: &[("500.00", "EUR"), ("500.00", "USD"), ("50000", "JPY")],
    },
    Seed {
        handle: "bob",
        account: "acct_bob00000",
        kind: "person",
        name: "Bob Okafor",
        funds: &[("200.00", "EUR"), ("200.00", "USD"), ("100.000", "KWD")],
    },
    Seed {
        handle: "carol",
        account: "acct_carol000",
        kind: "person",
        name: "Carol Nguyen",
        funds: &[],
    },
    Seed {
        handle: "lutece",
        account: "acct_lutece00",
        kind: "merchant",
        name: "Lutèce Books",
        funds: &[],
    },
    Seed {
        handle: "tamarind",
        account: "acct_tamarind",
        kind: "merchant",
        name: "Tamarind Kitchen",
        funds: &[],
    },
];

/// Opens the accounts that are not there yet and gives them their funds, all or none.
pub(crate) async fn plant(storage: &Storage, now: i64) -> Result<(), StartError> {
    let mut transaction = storage.write().await?;
    accounts::open(&mut transaction, ISSUANCE, "system", "issuance", now).await?;
    accounts::open(&mut transaction, HOLDING, "holding", "holding", now).await?;
    for seed in &SEEDS {
        if accounts::open(&mut transaction, seed.account, seed.kind, seed.name, now).await? {
            accounts::name(&mut transaction, seed.account, seed.handle).await?;
            for (value, currency) in seed.funds {
                let funds = Amount::parse(value, currency)
                    .map_err(|error| StartError::Database(error.to_string()))?;
                issue(&mut transaction, seed.account, &funds, now).await?;
            }
        }
    }
    Ok(transaction.commit().await?)
}

/// Gives an account test money, as an ordinary transfer.
async fn issue(
    connection: &mut Connection,
    account: &str,
    funds: &Amount,
    now: i64,
) -> Result<(), sqlx::Error> {
    let (currency, minor) = (funds.currency().code(), funds.minor());
    let legs =
        [Leg { account: ISSUANCE, currency, minor: -minor }, Leg { account, currency, minor }];
    post(connection, &new_id("transfer"), "issuance", &legs, now).await
}
