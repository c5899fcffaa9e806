//! A payment step by step, against answers that are made up here: what ends it, and how.

#[path = "client/scripted.rs"]
mod scripted;

use scripted::*;
use serde_json::{Value, json};
use xp2p::canonical::content_digest;
use xp2p::client::{Outcome, PlatformFacts, Settings, Step, settings_request};
use xp2p::signature::SigningKey;
use xp2p::transport::Platform;
use xp2p::{Amount, ErrorCode, PaymentIntent};

#[test]
fn an_honest_platform_is_paid_and_believed() {
    let mut platform = Scripted::honest();
    let Outcome::Paid(paid) = outcome(&mut platform) else { panic!("not paid") };
    assert_eq!(paid.receipt.amount.value(), "12.50");
    assert_eq!(paid.receipt.reference.as_deref(), Some("order-1042"));
    let paths: Vec<_> = platform.log.iter().map(|sent| &sent.url[ORIGIN.len()..]).collect();
    assert_eq!(
        paths,
        ["/.well-known/xp2p", "/v1/handles/lutece", "/v1/payments", "/.well-known/jwks.json"]
    );
}

#[test]
fn what_was_learned_is_not_asked_for_again() {
    let mut platform = Scripted::honest();
    let mut first = start(intent("12.50", "EUR"), PlatformFacts::default());
    drive(&mut first, &mut platform);
    platform.log.clear();
    let mut second = start(intent("12.50", "EUR"), first.facts().clone());
    assert!(matches!(drive(&mut second, &mut platform), Outcome::Paid(_)));
    assert_eq!(platform.log.len(), 2, "the handle, because it can change hands, and the payment");
}

#[test]
fn what_is_lost_before_anything_was_signed_is_a_refusal() {
    for path in ["/.well-known/xp2p", "/v1/handles/lutece"] {
        let mut platform = Scripted::with(
            move |asked, honest| if asked == path { Err(lost()) } else { Ok(honest) },
        );
        assert_eq!(refused(outcome(&mut platform)), ErrorCode::PlatformUnreachable);
        assert!(platform.log.iter().all(|sent| sent.method == "GET"));
    }
}

#[test]
fn a_lost_answer_is_unknown_and_never_a_failure() {
    use ErrorCode::*;
    assert_eq!(unknown(after_payment(|_| Err(lost()))), PlatformUnreachable);
    assert_eq!(unknown(after_payment(|_| Ok(problem(500, "internal")))), Internal);
    assert_eq!(unknown(after_payment(|_| Ok(problem(503, "unavailable")))), Unavailable);
    let running = after_payment(|_| Ok(problem(409, "idempotency_in_progress")));
    assert_eq!(running, Outcome::Pending);
    // Somebody in between answers: a captive portal, a proxy, a firewall.
    for (status, media_type, body) in [
        (200, "text/html", "<h1>Welcome</h1>"),
        (200, "application/json", "{}"),
        (200, "application/json", "not json"),
        (204, "application/json", ""),
        (302, "text/html", ""),
        (403, "text/html", "<h1>Forbidden</h1>"),
        (402, "application/json", r#"{"code":"insufficient_funds"}"#),
        (502, "application/problem+json", r#"{"code":"insufficient_funds"}"#),
    ] {
        let found = after_payment(move |_| Ok(answer(status, media_type, body)));
        assert!(matches!(found, Outcome::Unknown(_)), "{status} {media_type} {body}: {found:?}");
    }
}

#[test]
fn a_refusal_of_the_contract_is_a_refusal() {
    for code in ["insufficient_funds", "payee_changed", "key_revoked"] {
        let found = after_payment(move |_| Ok(problem(402, code)));
        assert_eq!(refused(found).as_str(), code);
    }
    let found = after_payment(|_| Ok(problem(400, "a_code_of_the_future")));
    assert_eq!(refused(found), ErrorCode::PlatformRefused);
}

#[test]
fn a_receipt_that_does_not_verify_proves_nothing() {
    for (claim, value) in [
        ("amount", json!({"value": "12.51", "currency": "EUR"})),
        ("payee", json!({"handle": "lutece", "account": "acct_mallory0"})),
        ("reference", json!("order-1043")),
        ("request_digest", json!(content_digest(b"{}"))),
        ("iss", json!("https://evil.example/sandbox")),
    ] {
        let mut platform = Scripted::honest();
        outcome(&mut platform);
        let request = platform.log.iter().find(|sent| sent.method == "POST").unwrap();
        let token = platform.receipt(request, json!({claim: value}));
        let found = after_payment(move |_| Ok(ok(json!({"receipt": token}))));
        assert_eq!(unknown(found), ErrorCode::ReceiptMismatch, "{claim}");
    }
    let found = after_payment(|_| Ok(ok(json!({"receipt": "a.b.c"}))));
    assert_eq!(unknown(found), ErrorCode::ReceiptMalformed);
}

#[test]
fn a_wrong_clock_is_corrected_once() {
    for ahead in [-86_400, 86_400] {
        let mut platform = Scripted::honest();
        platform.ahead = ahead;
        assert!(matches!(outcome(&mut platform), Outcome::Paid(_)));
        let posts: Vec<_> = platform.log.iter().filter(|sent| sent.method == "POST").collect();
        assert_eq!(posts.len(), 2);
        assert_eq!(posts[0].body, posts[1].body, "the same bytes");
        assert_eq!(posts[0].field("idempotency-key"), posts[1].field("idempotency-key"));
        assert_ne!(posts[0].field("signature-input"), posts[1].field("signature-input"));
    }
    let stubborn = after_payment(|_| Ok(problem(401, "clock_skew")));
    // A copy of what our wrong clock signed ahead of time could still be taken.
    assert_eq!(unknown(stubborn), ErrorCode::ClockSkew);
}

#[test]
fn a_new_key_of_the_platform_is_asked_for_once() {
    let mut old = Scripted::honest();
    let mut first = start(intent("12.50", "EUR"), PlatformFacts::default());
    drive(&mut first, &mut old);
    let mut rotated = Scripted::honest();
    rotated.key = SigningKey::from_seed([8; 32]);
    let mut second = start(intent("12.50", "EUR"), first.facts().clone());
    assert!(matches!(drive(&mut second, &mut rotated), Outcome::Paid(_)));
    let mut stubborn = Scripted::with(|path, honest| match path {
        "/.well-known/jwks.json" => Ok(ok(json!({"keys": []}))),
        _ => Ok(honest),
    });
    assert_eq!(unknown(outcome(&mut stubborn)), ErrorCode::ReceiptKeyUnknown);
    let asked = stubborn.log.iter().filter(|sent| sent.url.ends_with("/jwks.json")).count();
    assert_eq!(asked, 1, "a key that stays unknown is not asked for again");
}

#[test]
fn a_withdrawn_key_proves_nothing_once_the_key_set_is_old() {
    let withdrawn = || {
        Scripted::with(|path, honest| match path {
            "/.well-known/jwks.json" => Ok(ok(json!({"keys": []}))),
            _ => Ok(honest),
        })
    };
    let mut first = start(intent("12.50", "EUR"), PlatformFacts::default());
    drive(&mut first, &mut Scripted::honest());
    let again = |seconds: i64| {
        let mut platform = withdrawn();
        platform.ahead = seconds;
        let mut payment = start(intent("12.50", "EUR"), first.facts().clone());
        drive_at(platform.now(), &mut payment, &mut platform)
    };
    assert!(matches!(again(299), Outcome::Paid(_)));
    assert_eq!(unknown(again(300)), ErrorCode::ReceiptKeyUnknown);
}

#[test]
fn the_platform_s_limits_are_checked_before_anything_is_sent_about_the_payee() {
    let pay = |amount, currency| {
        let mut platform = Scripted::honest();
        let mut payment = start(intent(amount, currency), PlatformFacts::default());
        let found = refused(drive(&mut payment, &mut platform));
        assert_eq!(platform.log.len(), 1, "only the settings");
        found
    };
    assert_eq!(pay("100.01", "EUR"), ErrorCode::AmountOverMaximum);
    assert_eq!(pay("12.50", "USD"), ErrorCode::CurrencyUnsupported);
}

/// What a platform with these settings makes of a payment of so much in its own currency.
fn in_its_own_currency(value: &str, code: &str, platform: &mut Scripted) -> Outcome {
    let request = settings_request(&Platform::parse(ORIGIN).unwrap());
    let answer = platform.send(request).unwrap();
    let settings = Settings::read(&answer, &Platform::parse(ORIGIN).unwrap()).unwrap();
    let amount = Amount::parse_in(value, settings.currency(code).unwrap()).unwrap();
    let intent = PaymentIntent::new("@lutece", amount).unwrap().with_reference("order-1042");
    let facts = PlatformFacts { settings: Some(settings.into()), ..PlatformFacts::default() };
    drive(&mut start(intent.unwrap(), facts), platform)
}

#[test]
fn the_platform_s_decimals_win_over_iso_4217() {
    for (value, code) in [("1250", "HUF"), ("12.50", "ISK")] {
        let mut platform = Scripted::honest();
        let outcome = in_its_own_currency(value, code, &mut platform);
        let Outcome::Paid(paid) = outcome else { panic!("not paid: {outcome:?}") };
        assert_eq!(paid.receipt.amount.to_string(), format!("{value} {code}"));
        let sent = platform.log.iter().find(|sent| sent.method == "POST").unwrap();
        let body: Value = serde_json::from_slice(sent.body.as_deref().unwrap()).unwrap();
        assert_eq!(body["amount"], json!({"value": value, "currency": code}));
    }
    let forint = |value: &str| {
        let own = xp2p::Currency::parse("HUF").unwrap().with_exponent(0).unwrap();
        Amount::parse_in(value, own).unwrap_err().code()
    };
    assert_eq!(forint("12.50"), ErrorCode::AmountTooPrecise);
    // An amount with the decimals of ISO 4217 is not one of this platform's.
    let mut payment = start(intent("1250", "HUF"), PlatformFacts::default());
    let found = refused(drive(&mut payment, &mut Scripted::honest()));
    assert_eq!(found, ErrorCode::CurrencyMismatch);
    let over = in_its_own_currency("5000001", "HUF", &mut Scripted::honest());
    assert_eq!(refused(over), ErrorCode::AmountOverMaximum);
}

#[test]
fn a_receipt_has_the_platform_s_decimals() {
    for (claimed, code) in [
        (json!({"value": "1250.00", "currency": "HUF"}), ErrorCode::ReceiptMalformed),
        (json!({"value": "1250.0", "currency": "HUF"}), ErrorCode::ReceiptMalformed),
        (json!({"value": "01250", "currency": "HUF"}), ErrorCode::ReceiptMalformed),
        (json!({"value": "125000", "currency": "HUF"}), ErrorCode::ReceiptMismatch),
        (json!({"value": "1250", "currency": "JPY"}), ErrorCode::ReceiptMismatch),
    ] {
        let mut honest = Scripted::honest();
        in_its_own_currency("1250", "HUF", &mut honest);
        let request = honest.log.iter().find(|sent| sent.method == "POST").unwrap();
        let token = honest.receipt(request, json!({"amount": claimed}));
        let mut platform = Scripted::with(move |path, honest| match path {
            "/v1/payments" => Ok(ok(json!({"receipt": token}))),
            _ => Ok(honest),
        });
        assert_eq!(unknown(in_its_own_currency("1250", "HUF", &mut platform)), code, "{claimed}");
    }
}

#[test]
fn a_platform_speaks_only_for_itself() {
    let replaced = |path: &'static str, member: &'static str, value: Value| {
        let mut platform = Scripted::with(move |asked, honest| {
            if asked != path {
                return Ok(honest);
            }
            let mut body: Value = serde_json::from_slice(&honest.body).unwrap();
            body[member] = value.clone();
            Ok(ok(body))
        });
        refused(outcome(&mut platform))
    };
    let invalid = ErrorCode::PlatformAnswerInvalid;
    let settings = "/.well-known/xp2p";
    assert_eq!(replaced(settings, "issuer", json!("https://evil.example/sandbox")), invalid);
    assert_eq!(replaced(settings, "environment", json!("live")), invalid);
    assert_eq!(replaced(settings, "now", json!("today")), invalid);
    assert_eq!(replaced(settings, "currencies", json!({})), invalid);
    assert_eq!(replaced("/v1/handles/lutece", "handle", json!("mallory")), invalid);
    assert_eq!(replaced("/v1/handles/lutece", "account", json!("")), invalid);
    assert_eq!(replaced("/v1/handles/lutece", "kind", json!("robot")), invalid);
}

#[test]
fn a_signer_that_says_no_has_paid_nothing() {
    let mut platform = Scripted::honest();
    let mut payment = start(intent("12.50", "EUR"), PlatformFacts::default());
    loop {
        match payment.next(NOW, "q83vEjRWeJCrze8SNFZ4kA") {
            Step::Send(request) => {
                let answer = platform.send(request.clone());
                payment.answered(answer, NOW, 0);
            }
            Step::Store(_) => payment.stored(),
            Step::Wait(_) => panic!("nothing was lost"),
            Step::Sign(_) => payment.not_signed(ErrorCode::KeyNotAllowed.into()),
            Step::Done(outcome) => {
                assert_eq!(refused(outcome.clone()), ErrorCode::KeyNotAllowed);
                break;
            }
        }
    }
    assert!(platform.log.iter().all(|sent| sent.method == "GET"));
}

#[test]
fn what_was_not_asked_for_changes_nothing() {
    let mut payment = start(intent("12.50", "EUR"), PlatformFacts::default());
    payment.signed(&[0; 64]);
    payment.stored();
    payment.waited();
    payment.not_signed(ErrorCode::KeyNotAllowed.into());
    let mut platform = Scripted::honest();
    assert!(matches!(drive(&mut payment, &mut platform), Outcome::Paid(_)));
    payment.answered(Err(lost()), NOW, 0);
    payment.stop(ErrorCode::Aborted.into());
    assert!(matches!(payment.next(NOW, ""), Step::Done(Outcome::Paid(_))));
}
