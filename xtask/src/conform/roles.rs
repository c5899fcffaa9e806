//! `x-keys` of the contract: what a key may ask for that is not somebody's own.

use anyhow::Result;
use serde_json::json;

use super::checkouts::checkout;
use super::decisions::step;
use super::keys::page;
use super::trial::{Trial, id_of};
use super::{Rule, approvals, links, rule};

pub const RULES: &[Rule] = &[
    rule("createPayment", "a requester key does not pay", &["roles"], |trial| {
        trial.refused_by(&page(trial)?, &trial.payment(), "key_not_allowed")
    }),
    rule("approveCheckout", "a requester key approves nothing", &["roles"], approves),
    rule("openCheckout", "a requester key opens no checkout", &["roles"], |trial| {
        steps(trial, "open")
    }),
    rule("declineCheckout", "a requester key declines nothing", &["roles"], |trial| {
        steps(trial, "decline")
    }),
    rule("createRefund", "a requester key gives nothing back", &["roles"], refunds),
    rule("getBalances", "a requester key reads no balances", &["roles"], |trial| {
        trial.refused_by(&page(trial)?, &trial.get("/v1/balances"), "key_not_allowed")
    }),
    rule("createWebhook", "a requester key has no news sent", &["roles"], |trial| {
        let body = json!({ "url": "https://shop.example/hooks", "events": ["payment.paid"] });
        trial.refused_by(&page(trial)?, &trial.post("/v1/webhooks", &body), "key_not_allowed")
    }),
    rule("listWebhooks", "a requester key lists no webhooks", &["roles"], |trial| {
        trial.refused_by(&page(trial)?, &trial.get("/v1/webhooks"), "key_not_allowed")
    }),
    rule("createBlock", "a requester key blocks nobody", &["roles"], |trial| {
        let body = json!({ "account": trial.stranger.account });
        trial.refused_by(&page(trial)?, &trial.post("/v1/blocks", &body), "key_not_allowed")
    }),
    rule("approveLink", "a requester key approves no link", &["roles"], approves_link),
    rule("requestLink", "an approval key asks for no link", &["roles"], |trial| {
        trial.refused(&links::request(trial, &links::terms(trial)), "key_not_allowed")
    }),
];

fn approves(trial: &Trial) -> Result<()> {
    let page = page(trial)?;
    let checkout = checkout(trial, &page)?;
    let approval = approvals::approval(trial, &checkout);
    trial.refused_by(&page, &approvals::request(trial, &checkout, &approval), "key_not_allowed")
}

fn steps(trial: &Trial, name: &str) -> Result<()> {
    let page = page(trial)?;
    let checkout = checkout(trial, &page)?;
    trial.refused_by(&page, &step(trial, &checkout, name), "key_not_allowed")
}

fn refunds(trial: &Trial) -> Result<()> {
    let payment = trial.accepted(&trial.payment())?;
    let path = format!("/v1/payments/{}/refunds", id_of(&payment));
    let body = json!({ "amount": payment["amount"] });
    trial.refused_by(&page(trial)?, &trial.post(&path, &body), "key_not_allowed")
}

fn approves_link(trial: &Trial) -> Result<()> {
    let page = page(trial)?;
    let terms = links::terms(trial);
    let link = trial.accepted_by(&page, &links::request(trial, &terms))?;
    trial.refused_by(&page, &links::approval(trial, &link, &terms), "key_not_allowed")
}
