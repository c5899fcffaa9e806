//! The people and merchants every sandbox starts with.

use super::ledger::{Leg, post};
use super::{Connection, Storage, accounts, new_id};

/// Where test money comes from: the only account that may be in debt.
const ISSUANCE: &str = "acct_issuance";

struct Seed {
    handle: &'static str,
    account: &'static str,
    kind: &'static str,
    name: &'static str,
    /// Minor units by currency.
    funds: &'static [(&'static str, i64)],
}

const SEEDS: [Seed; 5] = [
    Seed {
        handle: "alice",
        account: "acct_alice000",
        kind: "person",
        name: "Alice Martin",
        funds: &[("EUR", 500_00), ("USD", 500_00), ("JPY", 50_000)],
    },
    Seed {
        handle: "bob",
        account: "acct_bob00000",
        kind: "person",
        name: "Bob Okafor",
        funds: &[("EUR", 200_00), ("USD", 200_00), ("KWD", 100_000)],
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
pub(crate) async fn plant(storage: &Storage, now: i64) -> Result<(), sqlx::Error> {
    let mut transaction = storage.write().await?;
    accounts::open(&mut transaction, ISSUANCE, "system", "issuance", now).await?;
    for seed in &SEEDS {
        if accounts::open(&mut transaction, seed.account, seed.kind, seed.name, now).await? {
            accounts::name(&mut transaction, seed.account, seed.handle).await?;
            for &(currency, minor) in seed.funds {
                issue(&mut transaction, seed.account, currency, minor, now).await?;
            }
        }
    }
    transaction.commit().await
}

/// Gives an account test money, as an ordinary transfer.
async fn issue(
    connection: &mut Connection,
    account: &str,
    currency: &str,
    minor: i64,
    now: i64,
) -> Result<(), sqlx::Error> {
    let legs = [
        Leg { account: ISSUANCE, currency, minor: -minor },
        Leg { account, currency, minor },
    ];
    post(connection, &new_id("transfer"), "issuance", &legs, now).await
}
