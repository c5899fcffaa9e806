//! What may be said of a payment after every order of losses, copies and refusals, and after every answer without
//! meaning, that a generator makes up.

#[path = "client/scripted.rs"]
mod scripted;

use std::cell::RefCell;
use std::rc::Rc;

use proptest::prelude::*;
use scripted::*;
use serde_json::json;
use xp2p::Error;
use xp2p::canonical::{HttpRequest, content_digest};
use xp2p::client::{Outcome, PlatformFacts, Step};
use xp2p::transport::HttpResponse;

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
    #![proptest_config(ProptestConfig::with_cases(128))]

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
