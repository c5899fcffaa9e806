//! Where news may be sent: to public addresses, over HTTPS, and to nobody else's machine.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::deliveries::{about, with_hook};
use super::lists::items;
use super::trial::{Trial, id_of};
use super::{Rule, rule};

pub const RULES: &[Rule] = &[
    rule(
        "createWebhook",
        "an address that is not public is webhook_url_refused",
        &["webhook-address"],
        |trial| {
            refused(
                trial,
                &[
                    "https://10.0.0.1/hooks",
                    "https://192.168.1.1/hooks",
                    "https://172.16.0.1/hooks",
                    "https://169.254.169.254/latest/meta-data",
                    "https://100.64.0.1/hooks",
                    "https://0.0.0.0/hooks",
                    "https://[fd00::1]/hooks",
                    "https://[fe80::1]/hooks",
                    "https://[::ffff:10.0.0.1]/hooks",
                ],
            )
        },
    ),
    rule("createWebhook", "plain HTTP is webhook_url_refused", &["webhook-https"], |trial| {
        refused(trial, &["http://8.8.8.8/hooks", "ftp://8.8.8.8/hooks"])
    }),
    rule(
        "createWebhook",
        "a user, a password or a fragment is webhook_url_refused",
        &["webhook-bare"],
        |trial| {
            refused(
                trial,
                &["https://user@8.8.8.8/", "https://user:secret@8.8.8.8/", "https://8.8.8.8/#top"],
            )
        },
    ),
    rule("createWebhook", "a port of another protocol is refused", &["webhook-port"], |trial| {
        refused(trial, &["https://8.8.8.8:22/hooks", "https://8.8.8.8:25/hooks"])
    }),
    rule(
        "createWebhook",
        "news that there is not is request_malformed",
        &["webhook-news"],
        |trial| {
            let body = json!({ "url": "https://8.8.8.8/hooks", "events": ["payment.forgotten"] });
            let request = trial.post("/v1/webhooks", &body);
            trial.refused_by(&trial.payee.key, &request, "request_malformed")
        },
    ),
    rule("listWebhooks", "it is listed, for its account alone", &["webhook-visible"], listed),
    rule("disableWebhook", "another's webhook is not_found", &["webhook-visible"], |trial| {
        with_hook(trial, &[204], &["payment.paid"], |hook| {
            let path = format!("/v1/webhooks/{}/disable", hook.id);
            trial.refused_by(&trial.stranger.key, &trial.step(&path), "not_found")
        })
    }),
    rule(
        "disableWebhook",
        "a disabled webhook is told nothing more",
        &["webhook-disabled"],
        disabled,
    ),
    rule(
        "resendDelivery",
        "for a disabled webhook it is state_final",
        &["resend-disabled"],
        |trial| {
            with_hook(trial, &[204], &["payment.paid"], |hook| {
                let payment = trial.accepted(&trial.payment())?;
                about(hook, &payment)?;
                let delivery = hook.settled(&payment)?;
                hook.disable()?;
                let path = format!("/v1/deliveries/{}/resend", id_of(&delivery));
                trial.refused_by(&trial.payee.key, &trial.step(&path), "state_final")
            })
        },
    ),
];

fn refused(trial: &Trial, urls: &[&str]) -> Result<()> {
    for url in urls {
        let body = json!({ "url": url, "events": ["payment.paid"] });
        let request = trial.post("/v1/webhooks", &body);
        trial
            .refused_by(&trial.payee.key, &request, "webhook_url_refused")
            .context((*url).to_owned())?;
    }
    Ok(())
}

fn listed(trial: &Trial) -> Result<()> {
    with_hook(trial, &[204], &["payment.paid"], |hook| {
        for (person, sees) in [(&trial.payee, true), (&trial.stranger, false)] {
            let list = trial.accepted_by(&person.key, &trial.get("/v1/webhooks?limit=100"))?;
            let found = items(&list)?.iter().any(|webhook| webhook["id"] == hook.id);
            ensure!(found == sees, "{} sees otherwise", person.handle);
        }
        let path = format!("/v1/webhooks/{}/deliveries", hook.id);
        trial.refused_by(&trial.stranger.key, &trial.get(&path), "not_found")
    })
}

/// There is no delivery of what happened afterwards: one that is only late would stand in the list.
fn disabled(trial: &Trial) -> Result<()> {
    with_hook(trial, &[204], &["payment.paid"], |hook| {
        let disabled = hook.disable()?;
        ensure!(disabled["enabled"] == false, "enabled {}", disabled["enabled"]);
        trial.accepted(&trial.payment())?;
        let deliveries = hook.deliveries()?;
        ensure!(deliveries.is_empty(), "{} deliveries", deliveries.len());
        Ok(())
    })
}
