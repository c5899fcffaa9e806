//! A checkout's changes as server-sent events.

use std::io::{BufRead, BufReader, Read};

use serde_json::{Value, json};
use ureq::http::Request;
use xp2p::ErrorCode;

use crate::call::Call;
use crate::client::{Person, assert_refused};
use crate::server::{ORIGIN, Server};
use crate::shop::{ALICE, act, approving, ask, page, path};

/// An open stream.
struct Stream {
    lines: BufReader<Box<dyn Read + Send>>,
}

impl Stream {
    fn open(server: &Server, person: &Person, checkout: &Value, seen: Option<&str>) -> Self {
        let mut call = Call::get(path(checkout, "/events"));
        if let Some(seen) = seen {
            call = call.with_field("last-event-id", seen);
        }
        let request = call.signed_by(person, server);
        let address = request.url.replace(ORIGIN, &format!("http://{}", server.address));
        let mut message = Request::get(address);
        for (name, value) in &request.fields {
            message = message.header(name, value);
        }
        let answer = ureq::run(message.body(()).unwrap()).unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        Self { lines: BufReader::new(Box::new(answer.into_body().into_reader())) }
    }

    /// The next event's version and status; nothing at the end.
    fn next(&mut self) -> Option<(i64, String)> {
        let mut fields = Vec::new();
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).unwrap() == 0 {
                assert!(fields.is_empty(), "half an event: {fields:?}");
                return None;
            }
            match line.trim_end() {
                "" if fields.is_empty() => {}
                "" => break,
                comment if comment.starts_with(':') => {}
                field => {
                    let (name, value) = field.split_once(": ").unwrap();
                    fields.push((name.to_string(), value.to_string()));
                }
            }
        }
        let field = |name: &str| &fields.iter().find(|(field, _)| field == name).unwrap().1;
        assert_eq!((field("event").as_str(), fields.len()), ("checkout", 3));
        let checkout: Value = serde_json::from_str(field("data")).unwrap();
        assert_eq!(checkout["version"].to_string(), *field("id"));
        assert_eq!(checkout.get("payment").is_some(), checkout["status"] == "paid");
        Some((checkout["version"].as_i64().unwrap(), checkout["status"].as_str().unwrap().into()))
    }
}

fn event(version: i64, status: &str) -> Option<(i64, String)> {
    Some((version, status.into()))
}

#[test]
fn a_stream_tells_each_change_and_ends_with_the_last() {
    let server = Server::start();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let checkout = ask(&server, &page, "12.50");
    let mut stream = Stream::open(&server, &page, &checkout, None);
    assert_eq!(stream.next(), event(1, "created"));
    act(&server, &alice, &checkout, "open");
    assert_eq!(stream.next(), event(2, "opened"));
    approving(&checkout, ALICE).sent_by(&alice, &server);
    assert_eq!(stream.next(), event(3, "paid"));
    assert_eq!(stream.next(), None);
}

#[test]
fn a_stream_goes_on_after_the_last_event() {
    let server = Server::start();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let checkout = ask(&server, &page, "12.50");
    act(&server, &alice, &checkout, "open");
    let mut behind = Stream::open(&server, &page, &checkout, Some("1"));
    let mut level = Stream::open(&server, &alice, &checkout, Some("2"));
    assert_eq!(behind.next(), event(2, "opened"));
    act(&server, &alice, &checkout, "decline");
    for stream in [&mut behind, &mut level] {
        assert_eq!(stream.next(), event(3, "declined"));
        assert_eq!(stream.next(), None);
    }
    assert_eq!(Stream::open(&server, &page, &checkout, Some("3")).next(), None);
    assert_eq!(Stream::open(&server, &page, &checkout, None).next(), event(3, "declined"));
    for seen in ["x", "-1", "1.5", "+1", "1234567890", ""] {
        let call = Call::get(path(&checkout, "/events")).with_field("last-event-id", seen);
        let refused = call.sent_by(&page, &server);
        assert_refused(&refused, ErrorCode::RequestMalformed, Some("last-event-id"));
    }
}

#[test]
fn a_stream_tells_what_another_process_did() {
    let server = Server::start();
    let other = server.beside();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let checkout = ask(&server, &page, "12.50");
    let mut stream = Stream::open(&server, &page, &checkout, None);
    assert_eq!(stream.next(), event(1, "created"));
    approving(&checkout, ALICE).sent_by(&alice, &other);
    assert_eq!(stream.next(), event(2, "paid"));
    assert_eq!(stream.next(), None);
}

#[test]
fn a_stream_tells_that_time_is_over() {
    let server = Server::start();
    let page = page(&server);
    let checkout = ask(&server, &page, "12.50");
    let mut stream = Stream::open(&server, &page, &checkout, None);
    assert_eq!(stream.next(), event(1, "created"));
    server.clock.shift(901);
    assert_eq!(stream.next(), event(2, "expired"));
    assert_eq!(stream.next(), None);
}

#[test]
fn a_stream_ends_properly_when_the_platform_stops() {
    let server = Server::start();
    let page = page(&server);
    let checkout = ask(&server, &page, "12.50");
    let mut streams: Vec<_> =
        (0..20).map(|_| Stream::open(&server, &page, &checkout, None)).collect();
    for stream in &mut streams {
        assert_eq!(stream.next(), event(1, "created"));
    }
    let server = server.restart();
    for mut stream in streams {
        assert_eq!(stream.next(), None);
    }
    // The client goes on where it was.
    let mut stream = Stream::open(&server, &page, &checkout, Some("1"));
    act(&server, &page, &checkout, "cancel");
    assert_eq!(stream.next(), event(2, "cancelled"));
}

#[test]
fn a_stream_ends_when_its_key_is_revoked() {
    let server = Server::start();
    let page = page(&server);
    let checkout = ask(&server, &page, "12.50");
    let mut stream = Stream::open(&server, &page, &checkout, None);
    assert_eq!(stream.next(), event(1, "created"));
    server.execute("UPDATE keys SET revoked_at = 1 WHERE role = 'requester'");
    assert_eq!(stream.next(), None);
}

/// Many more streams than the platform has connections to its database, most of them never read.
#[test]
fn streams_that_nobody_reads_hold_nothing_up() {
    let server = Server::start();
    let (page, alice) = (page(&server), Person::enrolled(&server, "alice"));
    let checkout = ask(&server, &page, "12.50");
    let unread: Vec<_> = (0..40).map(|_| Stream::open(&server, &page, &checkout, None)).collect();
    let gone: Vec<_> = (0..40).map(|_| Stream::open(&server, &page, &checkout, None)).collect();
    drop(gone);
    assert_eq!(act(&server, &alice, &checkout, "open").status, 200);
    assert_eq!(approving(&checkout, ALICE).sent_by(&alice, &server).status, 201);
    for mut stream in unread {
        let told: Vec<_> = std::iter::from_fn(|| stream.next()).collect();
        assert_eq!(told.last(), event(3, "paid").as_ref());
    }
    let refused = Call::get(path(&json!({ "id": "chk_nothing0" }), "/events"));
    assert_refused(&refused.sent_by(&page, &server), ErrorCode::NotFound, None);
}
