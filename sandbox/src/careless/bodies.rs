//! What a careless platform says about checkouts, links, refunds, payments and lists of them.

use serde_json::{Value, json};

use super::Switch;
use super::answers::{ANOTHER_DIGEST, another_party, leave_out};

/// Changes an answer, by what it is an answer about.
pub(super) fn change(switch: Switch, status: u16, answer: &mut Value) {
    match answer["id"].as_str().and_then(|id| id.split('_').next()) {
        Some("chk") => checkout(switch, answer),
        Some("lnk") => link(switch, status, answer),
        Some("pay") => payment(switch, answer),
        Some("ref") if switch == Switch::RefundAmount => answer["amount"]["value"] = "0.01".into(),
        Some(_) => {}
        None => {
            items(switch, answer);
            balances(switch, answer);
            if switch == Switch::AccountHolder && answer.get("kind").is_some() {
                *answer = another_party();
            }
        }
    }
}

fn checkout(switch: Switch, checkout: &mut Value) {
    match switch {
        Switch::CheckoutPayee => checkout["payee"] = another_party(),
        Switch::CheckoutAmount => checkout["amount"]["value"] = "0.11".into(),
        Switch::CheckoutTexts => {
            leave_out(checkout, "reference");
            leave_out(checkout, "note");
        }
        Switch::CheckoutDigest => checkout["request_digest"] = ANOTHER_DIGEST.into(),
        Switch::CheckoutEnvironment => checkout["environment"] = "live".into(),
        Switch::CheckoutStatus => checkout["status"] = "opened".into(),
        Switch::ReviewStatus if checkout["status"] == "approved" => {
            checkout["status"] = "opened".into();
        }
        Switch::CheckoutEnd => leave_out(checkout, "expires_at"),
        Switch::CheckoutState => leave_out(checkout, "state"),
        Switch::CheckoutWallet => leave_out(checkout, "wallet_url"),
        Switch::CheckoutVerified => checkout["origin_verified"] = true.into(),
        Switch::CheckoutOriginMadeUp => checkout["origin"] = "https://elsewhere.example".into(),
        Switch::CheckoutVersion => checkout["version"] = 1.into(),
        Switch::ReturnUrlKept => leave_out(checkout, "return_url"),
        _ => {}
    }
}

fn link(switch: Switch, status: u16, link: &mut Value) {
    match switch {
        Switch::LinkKey => leave_out(link, "key_id"),
        Switch::LinkPayees => leave_out(link, "payees"),
        Switch::LinkLimitsShown => leave_out(link, "limits"),
        Switch::LinkStatus if status == 201 => link["status"] = "active".into(),
        Switch::LinkWallet => leave_out(link, "wallet_url"),
        Switch::LinkVerified => link["origin_verified"] = true.into(),
        Switch::LinkRemaining => leave_out(link, "remaining"),
        _ => {}
    }
}

fn payment(switch: Switch, payment: &mut Value) {
    match switch {
        Switch::PaymentCheckout => leave_out(payment, "checkout"),
        Switch::PaymentLink => leave_out(payment, "link"),
        Switch::RefundCounted => payment["refunded"] = "0.00".into(),
        Switch::RefundVersion => payment["version"] = 1.into(),
        _ => {}
    }
}

fn items(switch: Switch, list: &mut Value) {
    let Some(items) = list.get_mut("items").and_then(Value::as_array_mut) else { return };
    let of = |item: &Value, kind| item["id"].as_str().is_some_and(|id| id.starts_with(kind));
    match switch {
        Switch::RefundListed => items.retain(|item| !of(item, "ref_")),
        Switch::BlockListed => items.retain(|item| !of(item, "blk_")),
        Switch::PasskeyListed => items.retain(|item| !of(item, "psk_")),
        Switch::DeliveryListed => {
            for delivery in items.iter_mut().filter(|item| of(item, "dlv_")) {
                for attempt in delivery["attempts"].as_array_mut().into_iter().flatten() {
                    leave_out(attempt, "status");
                }
            }
        }
        _ => {}
    }
}

fn balances(switch: Switch, answer: &mut Value) {
    let balances = answer.get_mut("balances").and_then(Value::as_array_mut);
    for balance in balances.into_iter().flatten() {
        match switch {
            Switch::BalancesStand => balance["available"] = json!("100.00"),
            Switch::ReviewHeld => balance["held"] = json!("0.00"),
            Switch::BalanceHeld => leave_out(balance, "held"),
            _ => {}
        }
    }
}
