//! What is sent again, with what, and what may be said of an intent after an answer was lost: code by
//! code, and against every order of losses, copies and refusals that a generator makes up.

#[path = "client/scripted.rs"]
mod scripted;

use std::cell::RefCell;
use std::rc::Rc;

use proptest::prelude::*;
use scripted::*;
use serde_json::json;
use xp2p::canonical::{HttpRequest, content_digest};
use xp2p::client::{Exchange, Outcome, Payment, PlatformFacts, Reply, Step};
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

/// A platform that gives these answers to the signed request, one after the other, and then the last one
/// for ever.
fn answering(answers: Vec<Result<HttpResponse, Error>>) -> Scripted {
    let mut left = answers.into_iter();
    let mut last = None;
    Scripted::with(move |path, honest| match path {
        "/v1/payments" => {
            last = left.next().or(last.take());
            last.clone().unwrap()
        }
        _ => Ok(honest),
    })
}

fn posts(platform: &Scripted) -> Vec<&HttpRequest> {
    platform.log.iter().filter(|sent| sent.method == "POST").collect()
}

/// Codes as a platform sends them, with their status.
fn sent_codes() -> impl Iterator<Item = (ErrorCode, u16)> {
    ErrorCode::ALL.iter().filter_map(|code| code.status().map(|status| (*code, status)))
}

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

/// The body that a payment wants to have stored, and all of what was sent.
fn body_of(platform: &mut Scripted) -> Vec<u8> {
    let mut payment = start(intent("12.50", "EUR"), PlatformFacts::default());
    let mut body = Vec::new();
    drive_with(&mut payment, platform, |step| {
        if let Step::Store(bytes) = step {
            body = bytes.to_vec();
        }
        true
    });
    assert!(posts(platform).iter().all(|post| post.body.as_ref() == Some(&body)));
    body
}

fn resume(body: &[u8], begun_at: u64) -> Payment {
    let platform = Platform::parse(ORIGIN).unwrap();
    let key_id = payer().public_key().key_id();
    let facts = PlatformFacts::default();
    Payment::resume(platform, body.to_vec(), idempotency_key(), &key_id, begun_at, facts)
        .until(NOW + PATIENCE)
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
fn a_request_for_somebody_else_is_not_signed() {
    for url in ["https://evil.example/v1/balances", "https://api.example.evil.example/", ORIGIN] {
        let (reply, sent) = exchanged(HttpRequest::new("GET", url), vec![]);
        assert_eq!((reply, sent), (Reply::Refused(ErrorCode::ArgumentInvalid.at("path")), 0));
    }
}

/// What becomes of one request on its way.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// It arrives, and so does the answer.
    Answered,
    LostBefore,
    LostAfter,
    /// It is lost now and arrives when everything else is over.
    Late,
    /// It arrives twice; the answer to the second one comes back.
    Twice,
    /// It arrives, and somebody else answers.
    Proxy(u16),
    /// The platform fails, before it did anything or after.
    Failed {
        after: bool,
    },
    RateLimited,
    /// From here on the key is revoked.
    Revoked,
    /// From here on the payer has no money.
    Poor,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        Just(Fate::Answered),
        Just(Fate::LostBefore),
        Just(Fate::LostAfter),
        Just(Fate::Late),
        Just(Fate::Twice),
        prop_oneof![Just(200), Just(403), Just(429), Just(502)].prop_map(Fate::Proxy),
        any::<bool>().prop_map(|after| Fate::Failed { after }),
        Just(Fate::RateLimited),
        Just(Fate::Revoked),
        Just(Fate::Poor),
    ]
}

/// What a platform remembers, by the rules of the contract, for one intent.
#[derive(Default)]
struct Books {
    nonces: Vec<String>,
    stored: Option<HttpResponse>,
    payments: usize,
    revoked: bool,
    poor: bool,
    late: Vec<(String, HttpResponse)>,
}

impl Books {
    /// A request arrives, of which only the nonce matters; `receipt` is what it is answered when paid.
    fn arrive(&mut self, signature: &str, receipt: &HttpResponse) -> HttpResponse {
        if self.revoked {
            return problem(401, "key_revoked");
        }
        if self.nonces.iter().any(|nonce| nonce == signature) {
            return problem(401, "nonce_reused");
        }
        self.nonces.push(signature.to_owned());
        let poor = self.poor;
        let payments = &mut self.payments;
        let decide = || {
            *payments += usize::from(!poor);
            if poor { problem(402, "insufficient_funds") } else { receipt.clone() }
        };
        self.stored.get_or_insert_with(decide).clone()
    }

    fn meet(
        &mut self,
        fate: Fate,
        signature: &str,
        receipt: HttpResponse,
    ) -> Result<HttpResponse, Error> {
        match fate {
            Fate::Answered => {}
            Fate::LostBefore => return Err(lost()),
            Fate::LostAfter => {
                self.arrive(signature, &receipt);
                return Err(lost());
            }
            Fate::Late => {
                self.late.push((signature.to_owned(), receipt));
                return Err(lost());
            }
            Fate::Twice => {
                self.arrive(signature, &receipt);
            }
            Fate::Proxy(status) => {
                self.arrive(signature, &receipt);
                return Ok(answer(status, "text/html", "<h1>Welcome</h1>"));
            }
            Fate::Failed { after } => {
                if after {
                    self.arrive(signature, &receipt);
                }
                return Ok(problem(500, "internal"));
            }
            Fate::RateLimited => {
                // Refused, and somebody has a copy.
                self.late.push((signature.to_owned(), receipt));
                return Ok(problem(429, "rate_limited"));
            }
            Fate::Revoked => self.revoked = true,
            Fate::Poor => self.poor = true,
        }
        Ok(self.arrive(signature, &receipt))
    }
}

/// A platform that keeps these books while these fates last, and answers properly afterwards.
fn fateful(books: &Rc<RefCell<Books>>, fates: Vec<Fate>) -> Scripted {
    let (books, mut fates) = (books.clone(), fates.into_iter());
    Scripted::seeing(move |request, honest| {
        if !request.url.ends_with("/v1/payments") {
            return Ok(honest);
        }
        let signature = request.field("signature-input").unwrap();
        books.borrow_mut().meet(fates.next().unwrap_or(Fate::Answered), &signature, honest)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn requirement_8_no_order_of_losses_pays_twice_or_calls_a_payment_refused(
        fates in prop::collection::vec(fate(), 0..9),
        stopped_after in 0_usize..40,
    ) {
        let books = Rc::new(RefCell::new(Books::default()));
        let mut payment = start(intent("12.50", "EUR"), PlatformFacts::default());
        let (mut body, mut steps) = (None, 0);
        let ended = drive_with(&mut payment, &mut fateful(&books, fates), |step| {
            if let Step::Store(bytes) = step {
                body = Some(bytes.to_vec());
            }
            steps += 1;
            steps <= stopped_after
        });
        let late = std::mem::take(&mut books.borrow_mut().late);
        for (signature, receipt) in late {
            books.borrow_mut().arrive(&signature, &receipt);
        }
        let payments = books.borrow().payments;
        prop_assert!(payments <= 1, "paid twice");
        match ended {
            Outcome::Paid(_) => prop_assert_eq!(payments, 1),
            Outcome::Refused(_) => prop_assert_eq!(payments, 0),
            Outcome::Pending | Outcome::Unknown(_) => {
                // Whoever has the bytes finds out, as long as the platform takes the key.
                let body = body.expect("stored before anything was sent");
                let again = drive(&mut resume(&body, NOW), &mut fateful(&books, vec![]));
                let (revoked, payments) = (books.borrow().revoked, books.borrow().payments);
                match again {
                    Outcome::Paid(_) => prop_assert_eq!(payments, 1),
                    Outcome::Refused(_) => prop_assert_eq!(payments, 0),
                    Outcome::Unknown(_) => prop_assert!(revoked),
                    Outcome::Pending => prop_assert!(false, "nobody waits"),
                }
            }
        }
    }
}

/// Answers that say nothing about the payment: whatever they are, it may have been made.
fn meaningless() -> impl Strategy<Value = Result<HttpResponse, Error>> {
    let media_type = prop_oneof![
        Just("application/json"),
        Just("application/problem+json"),
        Just("text/html"),
        Just(""),
    ];
    let codes: Vec<_> = sent_codes().map(|(code, _)| code.as_str()).collect();
    let problem = |code: &str| json!({"code": code, "param": "amount"}).to_string();
    prop_oneof![
        Just(Err(lost())),
        // A failure of the platform or of somebody before it, also one that quotes a refusal.
        (500_u16..600, prop::sample::select(codes.clone()), media_type.clone())
            .prop_map(move |(status, code, kind)| Ok(answer(status, kind, &problem(code)))),
        // A refusal that is none of the contract's: of a proxy, or with a damaged body.
        (400_u16..500, "\\PC{0,40}", media_type.clone())
            .prop_map(|(status, body, kind)| Ok(answer(status, kind, &body))),
        (400_u16..500, prop::sample::select(codes)).prop_map(move |(status, code)| Ok(answer(
            status,
            "text/html",
            &problem(code)
        ))),
        // A success without proof, or an answer that HTTP gives and the contract does not.
        (100_u16..400, "\\PC{0,40}", media_type)
            .prop_map(|(status, body, kind)| Ok(answer(status, kind, &body))),
        "[A-Za-z0-9_.-]{0,60}".prop_map(|receipt| Ok(ok(json!({"receipt": receipt})))),
        prop_oneof![
            Just(json!({"amount": {"value": "1.00", "currency": "EUR"}})),
            Just(json!({"payee": {"handle": "lutece", "account": "acct_mallory0"}})),
            Just(json!({"iss": "https://api.example/live"})),
            Just(json!({"reference": "order-1043"})),
            Just(json!({"request_digest": content_digest(b"another")})),
        ]
        .prop_map(|claims| {
            let request = HttpRequest::new("POST", ORIGIN).with_json(paying_body());
            Ok(ok(json!({"receipt": Scripted::honest().receipt(&request, claims)})))
        }),
    ]
}

/// The body of the payment that these tests make.
fn paying_body() -> Vec<u8> {
    body_of(&mut Scripted::honest())
}

proptest! {
    #[test]
    fn requirement_8_no_answer_without_meaning_turns_unknown_into_refused(
        answers in prop::collection::vec(meaningless(), 1..4),
    ) {
        let (mut platform, last) = (answering(answers.clone()), answers.last().cloned());
        let ended = outcome(&mut platform);
        let open = matches!(ended, Outcome::Unknown(_) | Outcome::Pending);
        prop_assert!(open, "{:?} after {:?}", ended, last);
        let body = paying_body();
        let ended = drive(&mut resume(&body, NOW), &mut answering(answers));
        prop_assert!(matches!(ended, Outcome::Unknown(_) | Outcome::Pending), "{:?}", ended);
    }
}
