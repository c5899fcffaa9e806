//! Lists of more than one page: every entry once, newest first, from one cursor to the next.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use uuid::Uuid;
use xp2p::signature::SigningKey;

use super::deliveries::{about, with_hook};
use super::keys::{page, with_further};
use super::lists::items;
use super::trial::{Trial, id_of};
use super::{Rule, blocks, links, refunds, rule};

/// A platform that lacks any of these does not lead through a list.
const NEEDS: &[&str] = &["list-order", "list-limit", "list-cursor", "list-next"];
const SAYS: &str = "page by page each entry comes once, the newest first";

pub const RULES: &[Rule] = &[
    rule("listPayments", SAYS, NEEDS, payments),
    rule("listRefunds", SAYS, NEEDS, refunds),
    rule("listKeys", SAYS, NEEDS, keys),
    rule("listLinks", SAYS, NEEDS, links),
    rule("listBlocks", SAYS, NEEDS, blocks),
    rule("listWebhooks", SAYS, NEEDS, webhooks),
    rule("listDeliveries", SAYS, NEEDS, deliveries),
    rule("listLinks", "the last page leads nowhere, also when it is full", &["list-end"], last),
    rule(
        "listPayments",
        "a cursor of another list is request_malformed",
        &["list-cursor-form"],
        |trial| {
            let page = page(trial)?;
            for _ in 0..2 {
                trial.accepted_by(&page, &links::request(trial, &links::terms(trial)))?;
            }
            let list = trial.accepted_by(&page, &trial.get("/v1/links?limit=1"))?;
            let path = format!("/v1/payments?cursor={}", cursor(&list)?);
            trial.refused(&trial.get(&path), "request_malformed")
        },
    ),
    rule(
        "listPayments",
        "another's cursor leads to nothing of theirs",
        &["list-visible"],
        of_another,
    ),
];

fn cursor(list: &Value) -> Result<&str> {
    list["next_cursor"].as_str().context("no cursor before the end")
}

/// Goes through a list, two at a time, until what was made is found: all of it, in this order and once.
fn walked(trial: &Trial, key: &SigningKey, path: &str, id: &str, made: &[&str]) -> Result<()> {
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    let newest_first: Vec<_> = made.iter().rev().copied().collect();
    loop {
        let list = trial.accepted_by(key, &trial.get(&format!("{path}{query}")))?;
        let items = items(&list)?;
        ensure!(items.len() <= 2, "{} on a page of two", items.len());
        for item in items {
            let item = item[id].as_str().with_context(|| format!("no {id}"))?.to_owned();
            ensure!(!seen.contains(&item), "{item} on two pages");
            seen.push(item);
        }
        let ours: Vec<_> = seen.iter().filter(|item| made.contains(&&***item)).collect();
        ensure!(
            newest_first.starts_with(&ours.iter().map(|id| &***id).collect::<Vec<_>>()),
            "{seen:?}"
        );
        if ours.len() == made.len() {
            return Ok(());
        }
        query = format!("?limit=2&cursor={}", cursor(&list)?);
    }
}

/// Three, as whoever makes them answers.
fn three(make: impl FnMut(usize) -> Result<Value>) -> Result<[Value; 3]> {
    let made = (0..3).map(make).collect::<Result<Vec<_>>>()?;
    made.try_into().map_err(|_| anyhow::anyhow!("not three"))
}

fn payments(trial: &Trial) -> Result<()> {
    let made = three(|_| trial.accepted(&trial.payment()))?;
    walked(trial, &trial.payer.key, "/v1/payments", "id", &made.each_ref().map(id_of))
}

fn refunds(trial: &Trial) -> Result<()> {
    let payment = trial.accepted(&trial.payment())?;
    let give = || trial.accepted_by(&trial.payee.key, &refunds::refund(trial, &payment, "0.01"));
    let made = three(|_| give())?;
    let path = refunds::refunds(&payment);
    walked(trial, &trial.payer.key, &path, "id", &made.each_ref().map(id_of))
}

fn keys(trial: &Trial) -> Result<()> {
    with_further(trial, |first| {
        with_further(trial, |second| {
            with_further(trial, |third| {
                let made = [first, second, third].map(|key| key.public_key().key_id());
                let made = made.each_ref().map(|id| &**id);
                walked(trial, &trial.payer.key, "/v1/keys", "key_id", &made)
            })
        })
    })
}

fn links(trial: &Trial) -> Result<()> {
    let page = page(trial)?;
    let ask = || trial.accepted_by(&page, &links::request(trial, &links::terms(trial)));
    let made = three(|_| ask())?;
    walked(trial, &page, "/v1/links", "id", &made.each_ref().map(id_of))
}

fn blocks(trial: &Trial) -> Result<()> {
    let key = &trial.stranger.key;
    let made = three(|_| {
        let target = json!({ "origin": format!("https://{}.example", Uuid::new_v4()) });
        trial.accepted_by(key, &trial.post("/v1/blocks", &target))
    })?;
    let walked = walked(trial, key, "/v1/blocks", "id", &made.each_ref().map(id_of));
    for block in &made {
        trial.accepted_by(key, &blocks::removal(trial, block))?;
    }
    walked
}

fn webhooks(trial: &Trial) -> Result<()> {
    let with_hook = |attempt: &dyn Fn(&str) -> Result<()>| {
        with_hook(trial, &[204], &["payment.refunded"], |hook| attempt(&hook.id))
    };
    with_hook(&|first| {
        with_hook(&|second| {
            with_hook(&|third| {
                let made = [first, second, third];
                walked(trial, &trial.payee.key, "/v1/webhooks", "id", &made)
            })
        })
    })
}

fn deliveries(trial: &Trial) -> Result<()> {
    with_hook(trial, &[204], &["payment.paid"], |hook| {
        let made = three(|_| Ok(about(hook, &trial.accepted(&trial.payment())?)?.event))?;
        let path = format!("/v1/webhooks/{}/deliveries", hook.id);
        walked(trial, &trial.payee.key, &path, "event", &made.each_ref().map(id_of))
    })
}

fn last(trial: &Trial) -> Result<()> {
    let page = page(trial)?;
    for _ in 0..2 {
        trial.accepted_by(&page, &links::request(trial, &links::terms(trial)))?;
    }
    for limit in [2, 3] {
        let path = format!("/v1/links?limit={limit}");
        let list = trial.accepted_by(&page, &trial.get(&path))?;
        ensure!(items(&list)?.len() == 2, "{list}");
        ensure!(list.get("next_cursor").is_none(), "next_cursor {}", list["next_cursor"]);
    }
    Ok(())
}

/// A place in a list is no leave to read it.
fn of_another(trial: &Trial) -> Result<()> {
    let older = trial.accepted(&trial.payment())?;
    trial.accepted(&trial.payment())?;
    let list = trial.accepted(&trial.get("/v1/payments?limit=1"))?;
    let path = format!("/v1/payments?limit=100&cursor={}", cursor(&list)?);
    let theirs = trial.sent_by(&trial.stranger.key, &trial.get(&path))?;
    if theirs.status == 200 {
        let list = super::platform::json_of(&theirs)?;
        let seen = items(&list)?.iter().any(|payment| payment["id"] == older["id"]);
        ensure!(!seen, "the stranger sees it");
        return Ok(());
    }
    super::trial::refusal(&theirs, "request_malformed")
}
