//! What the console reads, and who may read it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use serde_json::Value;
use xp2p::canonical::HttpRequest;
use xp2p::transport::HttpResponse;
use xp2p::{ErrorCode, canonical::content_digest};

use crate::client::{
    LUTECE, Order, Person, assert_refused, get, json_of, order, read_payment, send,
};
use crate::receiver::{Receiver, attempted, event};
use crate::server::{ORIGIN, Server};

/// Everything that only the console's own page and programs may ask for.
const OWN: [&str; 8] =
    ["about", "accounts", "clock", "deliveries", "faults", "ledger", "payments", "requests"];

fn ask(server: &Server, path: &str, fields: &[(&str, &str)]) -> HttpResponse {
    let mut request = HttpRequest::new("GET", format!("{ORIGIN}{path}"));
    for (name, value) in fields {
        request = request.with_field(name, *value);
    }
    send(server.address, &request).unwrap()
}

fn requests(server: &Server) -> Vec<Value> {
    let list = json_of(&get(server, "/sandbox/requests"));
    list["requests"].as_array().unwrap().clone()
}

/// The last request, with all that is known about it.
fn last(server: &Server) -> Value {
    let id = requests(server)[0]["id"].as_str().unwrap().to_string();
    json_of(&get(server, &format!("/sandbox/requests/{id}")))
}

#[test]
fn a_payment_is_shown_with_its_legs_its_receipt_and_its_request() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let order = Order::new(LUTECE, "12.50", "EUR");
    let answer = order.sent_by(&alice, &server);
    let paid = json_of(&answer);
    let id = paid["id"].as_str().unwrap();
    assert_eq!(order.again().sent_by(&alice, &server).status, 201);
    assert_eq!(read_payment(&server, &alice, id).status, 200);

    let shown = json_of(&get(&server, &format!("/sandbox/payments/{id}")));
    assert_eq!(shown["payment"], paid);
    assert_eq!(shown["claims"]["jti"], id);
    let legs: Vec<_> =
        shown["legs"].as_array().unwrap().iter().map(|leg| &leg["amount"]["value"]).collect();
    assert_eq!(legs, ["-12.50", "12.50"]);
    let about = shown["requests"].as_array().unwrap();
    let replayed: Vec<_> = about.iter().map(|request| &request["replayed"]).collect();
    assert_eq!(replayed, [true, false]);
    assert_eq!(about[1]["id"], answer.field("request-id").unwrap());
    assert_eq!(json_of(&get(&server, "/sandbox/payments"))["payments"][0], paid);

    let request =
        json_of(&get(&server, &format!("/sandbox/requests/{}", about[1]["id"].as_str().unwrap())));
    assert_eq!((&request["status"], &request["account"]), (&201.into(), &"acct_alice000".into()));
    let base = request["base"].as_str().unwrap();
    assert!(
        base.starts_with(&format!("\"@method\": POST\n\"@target-uri\": {ORIGIN}/v1/payments\n"))
    );
    assert!(request["diagnosis"].is_null() && request["code"].is_null());
}

#[test]
fn accounts_are_shown_with_what_they_have() {
    let server = Server::start();
    Person::enrolled(&server, "alice");
    server.execute("UPDATE accounts SET blocked_at = 1 WHERE id = 'acct_bob00000'");
    let accounts = json_of(&get(&server, "/sandbox/accounts"));
    let find = |handle: &str| {
        let accounts = accounts["accounts"].as_array().unwrap();
        accounts.iter().find(|account| account["handle"] == handle).unwrap().clone()
    };
    let (alice, bob) = (find("alice"), find("bob"));
    assert_eq!(
        (&alice["name"], &alice["keys"], &alice["blocked"]),
        (&"Alice Martin".into(), &1.into(), &false.into())
    );
    assert_eq!(alice["balances"][0], serde_json::json!({ "value": "500.00", "currency": "EUR" }));
    assert_eq!((&bob["keys"], &bob["blocked"]), (&0.into(), &true.into()));
}

#[test]
fn a_request_that_was_signed_for_another_address_is_explained() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    // Signed for where the server listens, while clients know it under its public origin.
    let here = format!("http://{}", server.address);
    let mut request = Order::new(LUTECE, "1.00", "EUR").signed_by(&alice, &server);
    request.fields.retain(|(name, _)| !name.starts_with("signature"));
    request.url = format!("{here}/v1/payments");
    let created = u64::try_from(server.clock.now()).unwrap();
    let nonce = crate::client::fresh();
    let parameters =
        xp2p::signature::SignatureParameters::new("sandbox", created, created + 60, &nonce)
            .unwrap();
    let signed = xp2p::signature::sign(&request, &alice.key, &parameters).unwrap();
    let request = HttpRequest { url: "/v1/payments".into(), ..signed.apply_to(request) };
    let answer = send(server.address, &request).unwrap();
    assert_refused(&answer, ErrorCode::SignatureInvalid, Some("signature"));

    let report = last(&server);
    assert_eq!(report["id"], answer.field("request-id").unwrap());
    assert_eq!(
        (&report["code"], &report["param"]),
        (&"signature_invalid".into(), &"signature".into())
    );
    let diagnosis = &report["diagnosis"];
    assert_eq!(diagnosis["causes"], serde_json::json!(["another_origin"]));
    let lines = diagnosis["lines"].as_array().unwrap();
    let differing: Vec<_> =
        lines.iter().filter(|line| line["expected"] != line["received"]).collect();
    assert_eq!(differing.len(), 1);
    assert_eq!(differing[0]["received"], format!("\"@target-uri\": {here}/v1/payments"));
    assert_eq!(differing[0]["expected"], format!("\"@target-uri\": {ORIGIN}/v1/payments"));
}

#[test]
fn other_refusals_are_explained_as_far_as_they_were_looked_at() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let order = Order::new(LUTECE, "1.00", "EUR");

    let mut changed = order.signed_by(&alice, &server);
    changed.body = Some(b"{}".to_vec());
    send(server.address, &changed).unwrap();
    let report = last(&server);
    assert_eq!(report["diagnosis"]["causes"], serde_json::json!(["body_changed"]));
    assert_eq!(report["diagnosis"]["digest"]["received"], content_digest(b"{}"));

    Order { created: 100, ..order.again() }.sent_by(&alice, &server);
    let report = last(&server);
    assert_eq!(report["diagnosis"]["causes"], serde_json::json!(["clock_ahead"]));

    order.again().sent_by(&Person::stranger(), &server);
    let report = last(&server);
    assert_eq!(
        (&report["code"], &report["diagnosis"]["received"]),
        (&"key_unknown".into(), &Value::Null)
    );

    // The signature was right; what it asked for was not possible.
    Order::new(LUTECE, "9000.00", "EUR").sent_by(&alice, &server);
    let report = last(&server);
    assert_eq!(report["code"], "insufficient_funds");
    assert!(report["diagnosis"].is_null() && report["base"].is_string());

    send(server.address, &HttpRequest::new("POST", "/v1/payments")).unwrap();
    let report = last(&server);
    assert_eq!(report["code"], "signature_missing");
    assert!(report["diagnosis"].is_null() && report["base"].is_null());
}

#[test]
fn requirement_26_the_console_shows_no_secret() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let mut order = Order::new(LUTECE, "1.00", "EUR");
    order.fields = vec![("authorization", "Bearer hidden-a"), ("cookie", "session=hidden-b")];
    let accepted = order.signed_by(&alice, &server);
    send(server.address, &accepted).unwrap();
    let refused = send(server.address, &accepted).unwrap();
    assert_refused(&refused, ErrorCode::NonceReused, Some("nonce"));
    let signature = accepted.field("signature").unwrap();
    let payment = json_of(&get(&server, "/sandbox/payments"))["payments"][0]["id"].clone();
    let mut pages: Vec<String> = OWN.iter().map(|name| format!("/sandbox/{name}")).collect();
    pages.push(format!("/sandbox/payments/{}", payment.as_str().unwrap()));
    for request in requests(&server) {
        pages.push(format!("/sandbox/requests/{}", request["id"].as_str().unwrap()));
    }
    for page in pages {
        let answer = get(&server, &page);
        assert_eq!(answer.status, 200, "{page}");
        let text = String::from_utf8(answer.body).unwrap();
        for secret in ["hidden-a", "hidden-b", signature.as_str(), "\"d\":"] {
            assert!(!text.contains(secret), "{page} shows {secret}");
        }
    }
}

#[test]
fn requirement_30_other_origins_and_pointed_names_read_nothing() {
    let server = Server::start();
    let refused = |path: &str, fields: &[(&str, &str)], param| {
        let answer = ask(&server, path, fields);
        assert_refused(&answer, ErrorCode::NotFound, Some(param));
        assert_eq!(answer.field("access-control-allow-origin"), None, "{path}");
    };
    for name in OWN.into_iter().chain(["live", "payments/pay_00000000", "requests/req_00000000"]) {
        let path = format!("/sandbox/{name}");
        refused(&path, &[("sec-fetch-site", "same-site")], "sec-fetch-site");
        refused(&path, &[("sec-fetch-site", "cross-site")], "sec-fetch-site");
        refused(&path, &[("origin", "https://shop.example")], "origin");
        let pointed = [("host", "shop.example"), ("sec-fetch-site", "same-origin")];
        refused(&path, &pointed, "host");
    }
    for name in OWN {
        let path = format!("/sandbox/{name}");
        for site in ["same-origin", "none"] {
            let answer = ask(&server, &path, &[("sec-fetch-site", site)]);
            assert_eq!(answer.status, 200, "{path} {site}");
            assert_eq!(answer.field("access-control-allow-origin"), None);
        }
        // The name that the operator chose may be that of a proxy.
        assert_eq!(ask(&server, &path, &[("host", "platform.example")]).status, 200);
    }
}

#[test]
fn requirement_5_and_18_the_page_is_served_under_a_strict_policy() {
    let server = Server::start();
    let answer = get(&server, "/console/");
    assert_eq!(answer.status, 200);
    let page = String::from_utf8(answer.body.clone()).unwrap();
    assert_eq!(get(&server, "/").body, answer.body, "the sandbox's own address leads here");
    assert!(page.contains("SANDBOX") && page.contains("Play money"));
    assert!(!page.contains("style=") && !page.contains("onclick"));
    let policy = answer.field("content-security-policy").unwrap();
    for part in [
        "default-src 'none'",
        "script-src 'self';",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(part), "{part}");
    }
    assert!(!policy.contains("unsafe"));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.field(name).as_deref(), Some(value));
        assert_eq!(get(&server, "/sandbox/about").field(name).as_deref(), Some(value));
    }
    for file in ["console.js", "console.css", "icon.svg"] {
        assert!(page.contains(&format!("/console/{file}\"")), "{file}");
        assert_eq!(get(&server, &format!("/console/{file}")).status, 200);
    }
    assert_refused(&get(&server, "/console/nothing.js"), ErrorCode::NotFound, None);
}

#[test]
fn a_delivery_is_shown_with_its_attempts_and_sent_again() {
    let server = Server::start();
    let [alice, lutece] = ["alice", "lutece"].map(|who| Person::enrolled(&server, who));
    let receiver = Receiver::answering(500);
    let webhook = receiver.hook(&server, &lutece, &["payment.paid"]);
    assert_eq!(Order::new(LUTECE, "1.00", "EUR").sent_by(&alice, &server).status, 201);
    attempted(&server, &lutece, &webhook, 1);
    let list = json_of(&get(&server, "/sandbox/deliveries"));
    let [delivery] = &list["deliveries"].as_array().unwrap()[..] else { panic!("{list}") };
    assert_eq!(delivery["account"], "acct_lutece00");
    assert_eq!((&delivery["status"], &delivery["attempts"]), (&"waiting".into(), &1.into()));
    // The query of such an address may be a password.
    assert_eq!(delivery["url"], receiver.url().replace("shop=1", "..."));
    let path = format!("/sandbox/deliveries/{}", delivery["id"].as_str().unwrap());
    let shown = json_of(&get(&server, &path));
    assert_eq!(shown["attempts"][0]["status"], 500);
    let told: Value = serde_json::from_str(shown["body"].as_str().unwrap()).unwrap();
    assert_eq!(told, event(&receiver.received()[0]));

    let resend = HttpRequest::new("POST", format!("{ORIGIN}{path}/resend"));
    let elsewhere = resend.clone().with_field("sec-fetch-site", "same-site");
    let refused = send(server.address, &elsewhere).unwrap();
    assert_refused(&refused, ErrorCode::NotFound, Some("sec-fetch-site"));
    assert_eq!(send(server.address, &resend).unwrap().status, 204);
    attempted(&server, &lutece, &webhook, 2);
    let disable = format!("/v1/webhooks/{webhook}/disable");
    assert_eq!(order(&server, &lutece, &disable, None).status, 200);
    let refused = send(server.address, &resend).unwrap();
    assert_refused(&refused, ErrorCode::StateFinal, Some("webhook"));
}

#[test]
fn a_request_whose_answer_was_lost_is_shown_and_its_payment_too() {
    let server = Server::start();
    let alice = Person::enrolled(&server, "alice");
    let lost = Order::new(LUTECE, "1.00", "EUR")
        .signed_by(&alice, &server)
        .with_field("sandbox-fault", "commit-then-drop");
    assert!(send(server.address, &lost).is_err());
    let report = last(&server);
    assert_eq!((&report["status"], &report["code"]), (&Value::Null, &Value::Null));
    assert!(report["base"].is_string() && report["account"] == "acct_alice000");
    assert_eq!(report["faults"], serde_json::json!(["commit-then-drop"]));
    let payments = json_of(&get(&server, "/sandbox/payments"));
    assert_eq!(payments["payments"].as_array().unwrap().len(), 1);
}

#[test]
fn requirement_30_another_origin_switches_no_fault_and_moves_no_clock() {
    let server = Server::start();
    for (path, body) in [
        ("/sandbox/faults", r#"{"rules":[{"fault":"internal"}]}"#),
        ("/sandbox/clock", r#"{"advance":3600}"#),
        ("/sandbox/keys/rotate", "{}"),
    ] {
        let request = HttpRequest::new("POST", format!("{ORIGIN}{path}")).with_json(body.into());
        let here = request.clone().with_field("sec-fetch-site", "same-origin");
        let site = request.with_field("sec-fetch-site", "same-site");
        assert_refused(
            &send(server.address, &site).unwrap(),
            ErrorCode::NotFound,
            Some("sec-fetch-site"),
        );
        assert!(send(server.address, &here).unwrap().status < 300, "{path}");
    }
}

#[test]
fn what_happens_is_told_live_until_the_platform_stops() {
    let server = Server::start();
    let mut stream = TcpStream::connect(server.address).unwrap();
    write!(stream, "GET /sandbox/live HTTP/1.1\r\nhost: {}\r\n\r\n", server.address).unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let mut wait_for = |text: &str| lines.by_ref().find(|line| line.contains(text));
    assert!(wait_for("text/event-stream").is_some());
    assert!(wait_for("data: everything").is_some());
    get(&server, "/v1/handles/alice");
    assert!(wait_for("event: request").is_some());
    assert!(wait_for("/v1/handles/alice").is_some());
    // A reader that stays does not hold the stop up, and its stream ends.
    drop(server);
    assert!(wait_for("never").is_none());
}
