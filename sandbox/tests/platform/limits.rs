//! How often and how slowly a client may ask.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use xp2p::ErrorCode;
use xp2p::canonical::HttpRequest;
use xp2p::transport::HttpResponse;
use xp2p_sandbox::Limits;

use crate::client::{LUTECE, Order, Person, assert_refused, get, send};
use crate::server::Server;

/// No limits but those that a test is about.
fn none() -> Limits {
    Limits { client: 0, lookup: 0, address: 0, ..Limits::default() }
}

/// Asks until it is refused. With one request a second, that is the second one of two that are asked
/// within a second.
fn refused(ask: impl Fn() -> HttpResponse) -> HttpResponse {
    let answer = (0..100).map(|_| ask()).find(|answer| answer.status == 429);
    let answer = answer.expect("100 requests were let through");
    assert_refused(&answer, ErrorCode::RateLimited, None);
    assert!(answer.field("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    answer
}

#[test]
fn requirement_34_a_client_may_ask_so_often() {
    let server = Server::start_limited(Limits { client: 1, ..none() });
    let [alice, bob] = ["alice", "bob"].map(|who| Person::enrolled(&server, who));
    let order = || Order::new(LUTECE, "0.01", "EUR");
    refused(|| order().sent_by(&alice, &server));
    assert_eq!(order().sent_by(&bob, &server).status, 201);
    // Nobody else can use up what is hers: a forged request does not count.
    refused(|| order().sent_by(&bob, &server));
    let mut forged = order().signed_by(&alice, &server);
    forged.body = Some(b"{}".to_vec());
    for _ in 0..5 {
        let answer = send(server.address, &forged).unwrap();
        assert_refused(&answer, ErrorCode::DigestMismatch, Some("content-digest"));
    }
}

#[test]
fn requirement_34_handles_are_not_enumerated() {
    let server = Server::start_limited(Limits { lookup: 1, ..none() });
    refused(|| get(&server, "/v1/handles/nobody"));
    // From one address, also by asking for another handle each time.
    let number = std::cell::Cell::new(0);
    refused(|| {
        number.set(number.get() + 1);
        get(&server, &format!("/v1/handles/nobody{}", number.get()))
    });
    assert_eq!(get(&server, "/.well-known/xp2p").status, 200);
}

#[test]
fn requirement_34_a_handle_is_looked_up_so_often_from_anywhere() {
    let server = Server::start_limited(Limits { lookup: 1, trust_forwarded_for: true, ..none() });
    let number = std::cell::Cell::new(0);
    refused(|| {
        number.set(number.get() + 1);
        let request = HttpRequest::new("GET", "/v1/handles/lutece")
            .with_field("x-forwarded-for", format!("192.0.2.{}", number.get()));
        send(server.address, &request).unwrap()
    });
}

fn from(server: &Server, address: &str) -> HttpResponse {
    let request = HttpRequest::new("GET", "/healthz").with_field("x-forwarded-for", address);
    send(server.address, &request).unwrap()
}

#[test]
fn requirement_34_an_address_may_ask_so_often() {
    let server = Server::start_limited(Limits { address: 1, ..none() });
    let number = std::cell::Cell::new(0);
    // Whatever it claims to be.
    refused(|| {
        number.set(number.get() + 1);
        from(&server, &format!("192.0.2.{}", number.get()))
    });
}

#[test]
fn requirement_34_a_balancer_says_whom_it_asks_for() {
    let server = Server::start_limited(Limits { address: 1, trust_forwarded_for: true, ..none() });
    for number in 0..20 {
        assert_eq!(from(&server, &format!("198.51.100.1, 192.0.2.{number}")).status, 200);
    }
    // What a client wrote there itself stands before what the balancer adds.
    let number = std::cell::Cell::new(0);
    refused(|| {
        number.set(number.get() + 1);
        from(&server, &format!("192.0.2.{}, 198.51.100.1", number.get()))
    });
}

fn connect(server: &Server) -> TcpStream {
    let connection = TcpStream::connect(server.address).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    connection
}

/// What the server says until it closes the connection.
fn until_closed(mut connection: TcpStream) -> String {
    let mut said = Vec::new();
    match connection.read_to_end(&mut said) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
    }
    String::from_utf8(said).unwrap()
}

#[test]
fn slow_clients_are_cut_off() {
    let server = Server::start_limited(Limits { patience: Duration::from_secs(1), ..none() });
    let mut header = connect(&server);
    header.write_all(b"GET /healthz HTTP/1.1\r\nhost: sandbox\r\nx-slow: ").unwrap();
    let silent = connect(&server);
    let mut idle = connect(&server);
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: sandbox\r\n\r\n").unwrap();
    let mut body = connect(&server);
    body.write_all(
        b"POST /sandbox/enrolments HTTP/1.1\r\nhost: sandbox\r\n\
          content-type: application/json\r\ncontent-length: 100\r\n\r\n{",
    )
    .unwrap();
    assert!(!until_closed(header).contains("200"));
    assert_eq!(until_closed(silent), "");
    assert!(until_closed(idle).starts_with("HTTP/1.1 200"));
    assert!(until_closed(body).contains("request_malformed"));
    assert_eq!(get(&server, "/healthz").status, 200);
}

#[test]
fn further_connections_wait_for_a_place() {
    let patience = Duration::from_secs(1);
    let server = Server::start_limited(Limits { connections: 2, patience, ..none() });
    // They never ask: the places come free when they are cut off.
    let silent = [connect(&server), connect(&server)];
    assert_eq!(get(&server, "/healthz").status, 200);
    for connection in silent {
        assert_eq!(until_closed(connection), "");
    }
}

#[test]
fn a_header_that_never_ends_is_refused() {
    let server = Server::start();
    let mut connection = connect(&server);
    connection.write_all(b"GET /healthz HTTP/1.1\r\nhost: sandbox\r\nx-long: ").unwrap();
    // The server may have hung up before all of it was sent.
    let _ = connection.write_all(&[b'a'; 300_000]);
    assert!(!until_closed(connection).contains("200 OK"));
    assert_eq!(get(&server, "/healthz").status, 200);
}
