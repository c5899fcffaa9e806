//! What a page on another origin may send and read (Fetch, section 3.3).

use xp2p::canonical::HttpRequest;
use xp2p::transport::HttpResponse;

use crate::client::{LUTECE, Order, Person, send};
use crate::server::{ORIGIN, Server, WALLET};

const SHOP: &str = "https://shop.example";

fn members(answer: &HttpResponse, name: &str) -> Vec<String> {
    let value = answer.field(name).unwrap_or_default().to_ascii_lowercase();
    let mut members: Vec<_> = value.split(',').map(|member| member.trim().to_string()).collect();
    members.sort();
    members
}

#[test]
fn requirement_30_a_preflight_lists_what_the_contract_has_and_little_else() {
    let server = Server::start();
    let preflight = HttpRequest::new("OPTIONS", "/v1/payments")
        .with_field("origin", SHOP)
        .with_field("access-control-request-method", "POST")
        .with_field("access-control-request-headers", "content-digest,content-type,signature");
    let answer = send(server.address, &preflight).unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.field("access-control-allow-origin").as_deref(), Some("*"));
    assert_eq!(answer.field("access-control-allow-credentials"), None);
    assert_eq!(members(&answer, "access-control-allow-methods"), ["get", "post"]);
    assert_eq!(
        members(&answer, "access-control-allow-headers"),
        [
            "content-digest",
            "content-type",
            "idempotency-key",
            "last-event-id",
            // Asks for a fault: docs/testing.md.
            "sandbox-fault",
            "signature",
            "signature-input",
        ]
    );
    assert!(answer.field("access-control-max-age").is_some());
}

#[test]
fn requirement_30_a_page_reads_answers_and_refusals() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let mut order = Order::new(LUTECE, "1.00", "EUR");
    order.fields.push(("origin", SHOP));
    let paid = order.sent_by(&alice, &server);
    let refused = order.sent_by(&Person::stranger(), &server);
    let unknown =
        send(server.address, &HttpRequest::new("GET", "/nothing").with_field("origin", SHOP))
            .unwrap();
    assert_eq!((paid.status, refused.status, unknown.status), (201, 401, 404));
    for answer in [paid, refused, unknown] {
        assert_eq!(answer.field("access-control-allow-origin").as_deref(), Some("*"));
        assert_eq!(
            members(&answer, "access-control-expose-headers"),
            ["idempotency-replayed", "location", "request-id", "retry-after"]
        );
    }
}

#[test]
fn requirement_30_only_the_wallets_page_and_programs_sign_people_in() {
    let server = Server::start();
    let body = r#"{"handle":"alice","jwk":{}}"#;
    for (method, path) in [
        ("GET", "/sandbox/people"),
        ("POST", "/sandbox/accounts"),
        ("POST", "/sandbox/accounts/alice/pages"),
        ("POST", "/sandbox/accounts/alice/rename"),
        ("POST", "/sandbox/enrolments"),
        ("POST", "/sandbox/enrolments/challenge"),
    ] {
        let ask = |fields: &[(&str, &str)]| {
            let mut request = HttpRequest::new(method, format!("{ORIGIN}{path}"));
            if method == "POST" {
                request = request.with_json(body.into());
            }
            for (name, value) in fields {
                request = request.with_field(name, *value);
            }
            send(server.address, &request).unwrap()
        };
        for fields in [
            &[("origin", SHOP)][..],
            &[("origin", ORIGIN), ("sec-fetch-site", "same-origin")],
            &[("origin", "null")],
            &[("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "same-site")],
        ] {
            let refused = ask(fields);
            assert_eq!(refused.status, 404, "{path} {fields:?}");
            let allowed = refused.field("access-control-allow-origin");
            assert_eq!(allowed.as_deref(), Some(WALLET), "{path}");
        }
        // These are refused for what they say, if at all.
        for fields in [&[("origin", WALLET), ("sec-fetch-site", "cross-site")][..], &[]] {
            assert!([200, 400].contains(&ask(fields).status), "{path} {fields:?}");
        }
        let preflight = HttpRequest::new("OPTIONS", path)
            .with_field("origin", WALLET)
            .with_field("access-control-request-method", method)
            .with_field("access-control-request-headers", "content-type");
        let answer = send(server.address, &preflight).unwrap();
        assert_eq!(answer.field("access-control-allow-origin").as_deref(), Some(WALLET));
    }
}
