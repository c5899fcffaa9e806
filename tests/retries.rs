//! What is sent again, with what, and what may be said of an intent after an answer was lost, code by code.

#[path = "client/scripted.rs"]
mod scripted;

use scripted::*;
use serde_json::json;
use xp2p::canonical::HttpRequest;
use xp2p::client::{Exchange, Outcome, PlatformFacts, Reply, Step};
use xp2p::transport::{HttpResponse, Platform};
use xp2p::{Error, ErrorCode};

/// The codes that the platform keeps as an intent's answer, at any parameter. Every other one is about
/// one request.
const KEPT: &[&str] = &[
    "handle_unknown",
    "payee_changed",
    "payee_is_payer",
    "currency_unsupported",
    "amount_under_minimum",
    "amount_over_maximum",
    "insufficient_funds",
    "account_blocked",
    "link_limit_exceeded",
    "state_final",
    "approval_mismatch",
    "refund_exceeds_payment",
    "return_url_refused",
    "webhook_url_refused",
];

#[test]
fn requirement_8_a_retry_has_the_same_key_and_bytes_and_a_new_nonce() {
    let mut platform = answering(vec![
        Err(lost()),
        Ok(problem(503, "unavailable")),
        Ok(problem(429, "rate_limited")),
        Ok(problem(409, "idempotency_in_progress")),
        Ok(problem(402, "insufficient_funds")),
    ]);
    assert_eq!(refused(outcome(&mut platform)), ErrorCode::InsufficientFunds);
    let posts = posts(&platform);
    assert_eq!(posts.len(), 5);
    let mut signatures: Vec<_> = posts.iter().map(|post| post.field("signature-input")).collect();
    signatures.dedup();
    assert_eq!(signatures.len(), 5);
    assert!(posts.iter().all(|post| post.body == posts[0].body));
    assert!(
        posts.iter().all(|post| post.field("idempotency-key") == posts[0].field("idempotency-key"))
    );
    assert!(posts.iter().all(|post| post.fields.len() == posts[0].fields.len()));
}

#[test]
fn the_codes_that_are_kept_are_those_of_the_contract() {
    let contract = include_str!("../contract/openapi.yaml");
    let (_, after) = contract.split_once("is stored and replayed as well:").unwrap();
    let (listed, _) = after.split_once("Who tries again").unwrap();
    let codes = listed.split('`').skip(1).step_by(2);
    let mut found = 0;
    for code in codes.filter(|code| ErrorCode::from_wire(code).is_some()) {
        assert!(KEPT.contains(&code) || code == "key_not_allowed", "{code}");
        found += 1;
    }
    assert_eq!(found, 10);
}

#[test]
fn requirement_8_after_a_lost_answer_only_what_the_platform_keeps_is_a_refusal() {
    for (code, status) in sent_codes() {
        let mut platform =
            answering(vec![Err(lost()), Ok(problem(status, code.as_str())), Err(lost())]);
        let ended = outcome(&mut platform);
        if KEPT.contains(&code.as_str()) {
            assert_eq!(refused(ended), code);
            assert_eq!(posts(&platform).len(), 2, "{code:?} is final");
        } else if code.is_retryable() {
            assert_eq!(unknown(ended), ErrorCode::PlatformUnreachable, "{code:?}");
            assert!(posts(&platform).len() > 2, "{code:?} is tried again");
        } else {
            assert_eq!(unknown(ended), code);
            assert_eq!(posts(&platform).len(), 2, "{code:?} comes again");
        }
    }
}

#[test]
fn a_first_answer_is_what_it_says() {
    for (code, status) in sent_codes() {
        let mut platform = answering(vec![Ok(problem(status, code.as_str()))]);
        let ended = outcome(&mut platform);
        match code {
            ErrorCode::IdempotencyInProgress => assert_eq!(ended, Outcome::Pending),
            // The contract's codes that help to try again, and statuses that say nothing.
            _ if code.is_retryable() => {
                let Outcome::Unknown(error) = &ended else { panic!("{code:?}: {ended:?}") };
                assert!(error.code() == code && error.is_retryable());
            }
            ErrorCode::IdempotencyKeyReused => {
                // Of the same intent with another body nothing is known.
                let Outcome::Unknown(error) = &ended else { panic!("{ended:?}") };
                assert!(error.code() == code && !error.is_retryable());
            }
            _ => assert_eq!(refused(ended), code),
        }
    }
    let future = |retryable: bool| {
        let body = json!({"code": "of_the_future", "retryable": retryable}).to_string();
        outcome(&mut answering(vec![Ok(answer(400, "application/problem+json", &body))]))
    };
    assert_eq!(refused(future(false)), ErrorCode::PlatformRefused);
    assert_eq!(unknown(future(true)), ErrorCode::PlatformRefused);
}

#[test]
fn a_link_s_refusal_is_kept_and_a_key_s_is_not() {
    let not_allowed = |param: &str| {
        let body = json!({"code": "key_not_allowed", "param": param}).to_string();
        let refusal = answer(403, "application/problem+json", &body);
        outcome(&mut answering(vec![Err(lost()), Ok(refusal)]))
    };
    assert_eq!(refused(not_allowed("payee")), ErrorCode::KeyNotAllowed);
    for param in ["keyid", "origin", "payee.handle"] {
        assert_eq!(unknown(not_allowed(param)), ErrorCode::KeyNotAllowed, "{param}");
    }
}

#[test]
fn the_answer_to_a_copy_says_nothing() {
    // Somebody on the way sent the request twice and passed the second answer on.
    let found = outcome(&mut answering(vec![Ok(problem(401, "nonce_reused"))]));
    assert_eq!(unknown(found), ErrorCode::NonceReused);
    let revoked = vec![Ok(problem(401, "nonce_reused")), Ok(problem(401, "key_revoked"))];
    assert_eq!(unknown(outcome(&mut answering(revoked))), ErrorCode::KeyRevoked);
}

#[test]
fn what_was_put_off_is_not_a_lost_answer() {
    for code in ["clock_skew", "signature_expired", "rate_limited"] {
        let answers = vec![Ok(problem(401, code)), Ok(problem(401, "key_revoked"))];
        assert_eq!(refused(outcome(&mut answering(answers))), ErrorCode::KeyRevoked, "{code}");
    }
}

#[test]
fn a_clock_that_is_behind_makes_signatures_that_expire() {
    let mut platform = answering(vec![
        Ok(problem(401, "signature_expired")),
        Ok(problem(402, "insufficient_funds")),
    ]);
    platform.ahead = 299;
    assert_eq!(refused(outcome(&mut platform)), ErrorCode::InsufficientFunds);
    let created = posts(&platform)[1].field("signature-input").unwrap();
    assert!(created.contains(&format!(";created={};", NOW + 299)), "{created}");
}

#[test]
fn retry_after_is_obeyed() {
    let mut later = problem(503, "unavailable");
    later.fields.push(("retry-after".into(), "17".into()));
    let mut platform = answering(vec![Ok(later), Ok(problem(402, "insufficient_funds"))]);
    let mut payment = start(intent("12.50", "EUR"), PlatformFacts::default());
    let mut waited = Vec::new();
    let ended = drive_with(&mut payment, &mut platform, |step| {
        if let Step::Wait(milliseconds) = step {
            waited.push(*milliseconds);
        }
        true
    });
    assert_eq!(refused(ended), ErrorCode::InsufficientFunds);
    assert!(matches!(waited[..], [17_000..17_500]), "{waited:?}");
}

#[test]
fn what_is_asked_for_before_anything_is_signed_is_tried_again() {
    for path in ["/.well-known/xp2p", "/v1/handles/lutece", "/.well-known/jwks.json"] {
        let mut failures = 3;
        let mut platform = Scripted::with(move |asked, honest| {
            if asked != path || failures == 0 {
                return Ok(honest);
            }
            failures -= 1;
            Ok(problem(503, "unavailable"))
        });
        assert!(matches!(outcome(&mut platform), Outcome::Paid(_)), "{path}");
        assert_eq!(posts(&platform).len(), 1);
    }
}

#[test]
fn a_payment_that_is_stopped_is_pending_once_something_was_sent() {
    let stopped_at = |wanted: fn(&Step<Outcome>) -> bool| {
        let mut platform = answering(vec![Err(lost())]);
        let mut payment = start(intent("12.50", "EUR"), PlatformFacts::default());
        drive_with(&mut payment, &mut platform, |step| !wanted(step))
    };
    fn sends(step: &Step<Outcome>, method: &str) -> bool {
        matches!(step, Step::Send(request) if request.method == method)
    }
    let first: [fn(&Step<Outcome>) -> bool; 3] = [
        |step| sends(step, "GET"),
        |step| matches!(step, Step::Store(_)),
        |step| matches!(step, Step::Sign(_)),
    ];
    for step in first {
        assert_eq!(refused(stopped_at(step)), ErrorCode::Aborted);
    }
    assert_eq!(stopped_at(|step| sends(step, "POST")), Outcome::Pending);
    assert_eq!(stopped_at(|step| matches!(step, Step::Wait(_))), Outcome::Pending);
}

#[test]
fn what_is_accepted_for_later_is_pending() {
    let accepted = answer(202, "application/json", "{}");
    assert_eq!(outcome(&mut answering(vec![Ok(accepted)])), Outcome::Pending);
}

#[test]
fn requirement_8_a_payment_is_finished_from_its_stored_bytes() {
    let body = body_of(&mut answering(vec![Err(lost())]));
    let mut platform = Scripted::honest();
    let ended = drive(&mut resume(&body, NOW - 1000), &mut platform);
    let Outcome::Paid(paid) = ended else { panic!("{ended:?}") };
    assert_eq!(paid.receipt.reference.as_deref(), Some("order-1042"));
    assert_eq!(posts(&platform)[0].body.as_ref(), Some(&body));
    assert!(platform.log.iter().all(|sent| !sent.url.contains("/v1/handles/")), "nothing new");
}

#[test]
fn a_resumed_payment_may_have_been_made() {
    let body = body_of(&mut Scripted::honest());
    for (code, status) in sent_codes() {
        let refusal = Ok(problem(status, code.as_str()));
        let ended = drive(&mut resume(&body, NOW), &mut answering(vec![refusal]));
        let kept = KEPT.contains(&code.as_str());
        assert_eq!(matches!(ended, Outcome::Refused(_)), kept, "{code:?}: {ended:?}");
    }
    let unreachable = drive(&mut resume(&body, NOW), &mut Scripted::with(|_, _| Err(lost())));
    assert_eq!(unknown(unreachable), ErrorCode::PlatformUnreachable);
    let damaged = drive(&mut resume(b"{", NOW), &mut Scripted::honest());
    assert_eq!(unknown(damaged), ErrorCode::RequestMalformed);
}

#[test]
fn requirement_8_what_the_platform_may_have_forgotten_is_not_sent_again() {
    let body = body_of(&mut Scripted::honest());
    let hours = |hours: u64| hours * 3600;
    for (begun_at, sent) in [
        (NOW, true),
        (NOW - hours(21), true),
        (NOW + 600, true),
        (NOW - hours(23), false),
        (NOW - hours(24 * 365), false),
        // Our clock was wrong then or is wrong now: how long it was cannot be known.
        (NOW + hours(2), false),
    ] {
        let mut platform = Scripted::honest();
        let ended = drive(&mut resume(&body, begun_at), &mut platform);
        assert_eq!(posts(&platform).len(), usize::from(sent));
        if !sent {
            let Outcome::Unknown(error) = ended else { panic!("{ended:?}") };
            assert_eq!(error.code(), ErrorCode::IntentExpired);
            assert!(!error.is_retryable());
        }
    }
    // The same for a process that slept between two tries.
    let mut platform = answering(vec![Err(lost())]);
    let mut payment = start(intent("12.50", "EUR"), PlatformFacts::default());
    let ended = drive_with(&mut payment, &mut platform, |step| !matches!(step, Step::Wait(_)));
    assert_eq!(ended, Outcome::Pending);
    let mut payment = start(intent("12.50", "EUR"), PlatformFacts::default());
    let mut platform = answering(vec![Err(lost())]);
    let asleep = drive_sleeping(&mut payment, &mut platform, hours(30));
    assert_eq!(unknown(asleep), ErrorCode::IntentExpired);
    assert_eq!(posts(&platform).len(), 1);
}

fn exchange(request: HttpRequest) -> Exchange {
    let platform = Platform::parse(ORIGIN).unwrap();
    let key_id = payer().public_key().key_id();
    Exchange::new(platform, request, &key_id, PlatformFacts::default()).until(NOW + PATIENCE)
}

fn decline() -> HttpRequest {
    let platform = Platform::parse(ORIGIN).unwrap();
    let mut post = platform.post("/v1/checkouts/chk_00000001/decline", Vec::new());
    (post.body, post.fields) = (None, Vec::new());
    post.with_field("idempotency-key", idempotency_key().to_field_value())
}

/// Drives any exchange, against these answers to what is signed.
fn exchanged(request: HttpRequest, answers: Vec<Result<HttpResponse, Error>>) -> (Reply, usize) {
    let (mut exchange, mut now, mut sent) = (exchange(request), NOW, 0);
    let mut answers = answers.into_iter();
    for turn in 0..100 {
        match exchange.next(now, &format!("nonce-{turn:0>22}")) {
            Step::Send(request) if request.url.ends_with("/.well-known/xp2p") => {
                let answer = Scripted::honest().send(request.clone());
                exchange.answered(answer, now, 0);
            }
            Step::Send(request) => {
                assert!(request.field("signature").is_some());
                sent += 1;
                exchange.answered(answers.next().unwrap_or(Err(lost())), now, u32::MAX);
            }
            Step::Sign(base) => {
                let signature = payer().sign(base.as_bytes());
                exchange.signed(&signature);
            }
            Step::Wait(milliseconds) => {
                now += u64::from(milliseconds.div_ceil(1000));
                exchange.waited();
            }
            Step::Store(_) => panic!("only a payment has something to store"),
            Step::Done(reply) => return (reply.clone(), sent),
        }
    }
    panic!("an exchange that never ends");
}

#[test]
fn any_operation_is_exchanged_in_the_same_way() {
    let done = || Ok(ok(json!({"status": "declined"})));
    let (reply, sent) = exchanged(decline(), vec![Err(lost()), done()]);
    assert_eq!((reply, sent), (Reply::Answered(done().unwrap()), 2));
    let refusal = |code| Ok(problem(409, code));
    let (reply, _) = exchanged(decline(), vec![Err(lost()), refusal("state_final")]);
    assert_eq!(reply, Reply::Refused(ErrorCode::StateFinal.at("amount")));
    let (reply, _) = exchanged(decline(), vec![Err(lost()), refusal("not_found")]);
    assert!(matches!(reply, Reply::Unknown(error) if error.code() == ErrorCode::NotFound));
    let (reply, sent) = exchanged(decline(), vec![]);
    assert!(matches!(reply, Reply::Unknown(_)) && sent > 4);
}

#[test]
fn reading_is_never_unknown() {
    let get = || Platform::parse(ORIGIN).unwrap().get("/v1/balances");
    let (reply, sent) = exchanged(get(), vec![Err(lost()), Ok(ok(json!({"items": []})))]);
    assert!(matches!(reply, Reply::Answered(_)) && sent == 2);
    let (reply, sent) = exchanged(get(), vec![Err(lost()), Ok(problem(401, "key_revoked"))]);
    assert!(matches!(reply, Reply::Refused(_)) && sent == 2);
    let (reply, _) = exchanged(get(), vec![]);
    assert!(matches!(reply, Reply::Refused(error) if error.is_retryable()));
    let skewed = || Ok(problem(401, "clock_skew"));
    let (reply, sent) = exchanged(get(), vec![skewed(), skewed()]);
    assert_eq!((reply, sent), (Reply::Refused(ErrorCode::ClockSkew.at("amount")), 2));
}

#[test]
fn without_a_key_nothing_is_signed() {
    let platform = Platform::parse(ORIGIN).unwrap();
    let keys = HttpRequest::new("GET", format!("{ORIGIN}/.well-known/jwks.json"));
    let exchange = Exchange::new(platform, keys, "", PlatformFacts::default());
    let mut exchange = exchange.until(NOW + PATIENCE);
    let mut tries = 0;
    loop {
        match exchange.next(NOW, "") {
            Step::Send(request) => {
                assert!(request.field("signature").is_none());
                tries += 1;
                let lost = if tries < 3 { Err(lost()) } else { Ok(ok(json!({"keys": []}))) };
                exchange.answered(lost, NOW, 0);
            }
            Step::Wait(_) => exchange.waited(),
            Step::Done(reply) => {
                assert!(matches!(reply, Reply::Answered(_)));
                return assert_eq!(tries, 3);
            }
            step => panic!("{step:?}"),
        }
    }
}

#[test]
fn a_request_for_somebody_else_is_not_signed() {
    for url in ["https://evil.example/v1/balances", "https://api.example.evil.example/", ORIGIN] {
        let (reply, sent) = exchanged(HttpRequest::new("GET", url), vec![]);
        assert_eq!((reply, sent), (Reply::Refused(ErrorCode::ArgumentInvalid.at("path")), 0));
    }
}
