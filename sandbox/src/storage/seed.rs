//! The people and merchants every sandbox starts with.

use xp2p::{Amount, Handle};

use super::holds::HOLDING;
use super::ledger::{Leg, post};
use super::{Connection, Storage, accounts, new_id, pages};
use crate::failure::StartError;
use crate::settings;

/// Where test money comes from: the only account that may be in debt.
const ISSUANCE: &str = "acct_issuance";

struct Seed {
    handle: &'static str,
    /// The handle that it had before.
    former: Option<&'static str>,
    account: &'static str,
    kind: &'static str,
    name: &'static str,
    funds: &'static [(&'static str, &'static str)],
    origins: &'static [&'static str],
    return_urls: &'static [&'static str],
    blocked: bool,
}

impl Seed {
    const fn new(
        handle: &'static str,
        account: &'static str,
        kind: &'static str,
        name: &'static str,
    ) -> Self {
        Self {
            handle,
            former: None,
            account,
            kind,
            name,
            funds: &[],
            origins: &[],
            return_urls: &[],
            blocked: false,
        }
    }
}

const SEEDS: [Seed; 10] = [
    Seed {
        funds: &[("500.00", "EUR"), ("500.00", "USD"), ("50000", "JPY"), ("150000", "HUF")],
        ..Seed::new("alice", "acct_alice000", "person", "Alice Martin")
    },
    Seed {
        funds: &[("200.00", "EUR"), ("200.00", "USD"), ("100.000", "KWD")],
        ..Seed::new("bob", "acct_bob00000", "person", "Bob Okafor")
    },
    Seed::new("carol", "acct_carol000", "person", "Carol Nguyen"),
    Seed {
        origins: &["https://lutece.example"],
        return_urls: &["https://lutece.example/thanks", "https://lutece.example/cancelled"],
        ..Seed::new("lutece", "acct_lutece00", "merchant", "Lutèce Books")
    },
    Seed {
        origins: &["https://tamarind.example"],
        return_urls: &["https://tamarind.example/thanks", "https://tamarind.example/cancelled"],
        ..Seed::new("tamarind", "acct_tamarind", "merchant", "Tamarind Kitchen")
    },
    // A business that invoices, and has no pages.
    Seed {
        funds: &[("2500.00", "EUR"), ("2500.00", "USD"), ("250000", "JPY"), ("500.000", "KWD")],
        ..Seed::new("nordlicht", "acct_nordlicht", "merchant", "Nordlicht Logistik")
    },
    Seed {
        funds: &[("100.00", "EUR")],
        blocked: true,
        ..Seed::new("mallory", "acct_mallory0", "person", "Mallory Sato")
    },
    // Nobody has `dana` now.
    Seed {
        former: Some("dana"),
        funds: &[("100.00", "EUR")],
        ..Seed::new("dana.reyes", "acct_dana0000", "person", "Dana Reyes")
    },
    // Somebody else has `robin` now.
    Seed {
        former: Some("robin"),
        ..Seed::new("robin.vance", "acct_robin0old", "person", "Robin Vance")
    },
    Seed::new("robin", "acct_robin0new", "person", "Robin Adeyemi"),
];

/// Opens the accounts that are not there yet and gives them their funds, all or none.
pub(crate) async fn plant(storage: &Storage, now: i64) -> Result<(), StartError> {
    let mut transaction = storage.write().await?;
    accounts::open(&mut transaction, ISSUANCE, "system", "issuance", now).await?;
    accounts::open(&mut transaction, HOLDING, "holding", "holding", now).await?;
    for seed in &SEEDS {
        if accounts::open(&mut transaction, seed.account, seed.kind, seed.name, now).await? {
            for handle in seed.former.into_iter().chain([seed.handle]) {
                name(&mut transaction, seed.account, handle).await?;
            }
            for (value, currency) in seed.funds {
                let funds = settings::currency(currency)
                    .and_then(|currency| Amount::parse_in(value, currency))
                    .map_err(|error| StartError::Database(error.to_string()))?;
                issue(&mut transaction, seed.account, &funds, now).await?;
            }
            if seed.blocked {
                accounts::block(&mut transaction, seed.account, now).await?;
            }
        }
        for origin in seed.origins {
            pages::register_origin(&mut transaction, seed.account, origin).await?;
        }
        for url in seed.return_urls {
            pages::register_return_url(&mut transaction, seed.account, url).await?;
        }
    }
    Ok(transaction.commit().await?)
}

async fn name(connection: &mut Connection, account: &str, handle: &str) -> Result<(), StartError> {
    let parsed = Handle::parse(handle).map_err(|error| StartError::Database(error.to_string()))?;
    if accounts::name(connection, account, &parsed).await? {
        return Ok(());
    }
    Err(StartError::Database(format!("the handle {parsed} of `{account}` is taken")))
}

/// Gives an account test money, as an ordinary transfer.
pub(crate) async fn issue(
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
