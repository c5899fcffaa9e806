//! What must hold when everything is over.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;
use xp2p::client::Outcome;

use crate::people::{LIMITS, PEOPLE, cents, get};
use crate::world::{Event, World};

/// Lets everything that was begun come to its end over a network that works again, and gives what must not
/// have happened. `payments` is how many the platform made.
pub async fn reach(world: &mut World) -> Result<(Vec<String>, usize)> {
    world.run().await?;
    world.calm = true;
    for _ in 0..3 {
        for tab in 0..world.tabs.len() {
            world.after(0, Event::Opened { tab });
        }
        world.run().await?;
    }
    let payments = payments(world).await?;
    let mut found = std::mem::take(&mut world.violations);
    for order in 0..world.orders.len() {
        found.extend(order_is_off(world, order, &payments).await?);
    }
    found.extend(limits_are_passed(&payments));
    found.extend(world.platform.audited().await?.findings);
    let number = payments.values().map(Vec::len).sum();
    Ok((found, number))
}

/// All payments as the platform's lists have them, by the reference, which is the order's number.
async fn payments(world: &mut World) -> Result<BTreeMap<usize, Vec<Value>>> {
    let mut found: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
    for (_, account) in PEOPLE {
        let mut cursor = String::new();
        loop {
            let path = format!("/v1/payments?limit=100{cursor}");
            let page = world.ask_as(account, get(&path)).await?;
            for payment in page["items"].as_array().context("a list")? {
                if payment["payer"]["account"] != account {
                    continue;
                }
                let reference = payment["reference"].as_str().context("a reference")?;
                let order = reference.trim_start_matches("order-").parse()?;
                found.entry(order).or_default().push(payment.clone());
            }
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
    }
    Ok(found)
}

/// What is wrong with an order: it is paid once and known to be, or refused and not paid, or its payer can
/// find out.
async fn order_is_off(
    world: &mut World,
    order: usize,
    payments: &BTreeMap<usize, Vec<Value>>,
) -> Result<Option<String>> {
    let made = payments.get(&order).map_or(&[][..], Vec::as_slice);
    let wanted = &world.orders[order];
    let device = &world.devices[wanted.device];
    let says = |what: &str| Ok(Some(format!("order {order} {what}")));
    if made.len() > 1 {
        return says("was paid twice");
    }
    match (device.settled.get(&order), made) {
        (Some(Outcome::Paid(paid)), [payment]) => {
            let (receipt, amount) = (&paid.receipt, &payment["amount"]["value"]);
            let same = payment["id"] == receipt.payment
                && payment["payee"]["account"] == wanted.payee
                && payment["payer"]["account"] == device.account
                && *amount == wanted.value
                && *amount == receipt.amount.value();
            if same { Ok(None) } else { says("has a receipt of something else") }
        }
        (Some(Outcome::Paid(_)), _) => says("was called paid and is not"),
        (Some(_), []) => Ok(None),
        (Some(_), _) => says("was called refused and is paid"),
        (None, _) => {
            let Some(stored) = device.outbox.get(&order).cloned() else {
                return if made.is_empty() { Ok(None) } else { says("was paid and is not stored") };
            };
            // Nobody but the platform can say that this key is no good any more, or that it is too late.
            if !device.revoked && !world.night {
                return says("was not resolved");
            }
            // The payer asks with another key, for as long as the platform keeps the intent. The intents of
            // a linked key are that key's alone.
            if world.night || device.linked {
                return Ok(None);
            }
            let path = format!("/v1/payments?idempotency_key={}", stored.idempotency_key);
            let account = device.account;
            let found = world.ask_as(account, get(&path)).await?;
            let told = found["items"].as_array().context("a list")?.len();
            if told == made.len() { Ok(None) } else { says("cannot be resolved") }
        }
    }
}

/// The payments of the one link, against what its payer allowed.
fn limits_are_passed(payments: &BTreeMap<usize, Vec<Value>>) -> Option<String> {
    let mut days: BTreeMap<i64, i64> = BTreeMap::new();
    let mut all = 0;
    for payment in payments.values().flatten().filter(|payment| payment["link"].is_string()) {
        let amount = payment["amount"]["value"].as_str().and_then(cents).unwrap_or(i64::MAX);
        if amount > LIMITS[0] {
            return Some("one payment through a link was over its limit".into());
        }
        all += amount;
        // A period is a day in UTC.
        *days.entry(payment["created_at"].as_i64().unwrap_or(0) / 86_400).or_default() += amount;
    }
    if all > LIMITS[2] {
        return Some("a link was paid from over all that it allows".into());
    }
    days.values().any(|day| *day > LIMITS[1]).then(|| "a day's limit was passed".into())
}
