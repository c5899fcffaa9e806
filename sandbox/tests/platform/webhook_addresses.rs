//! Where a webhook may be, whoever says so, and what a server there can do to the platform: requirement 23.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto::ring};
use xp2p::transport::HttpResponse;
use xp2p_sandbox::{Clock, Resolver, WebhookSettings};

use crate::binary::{Process, enrol};
use crate::books::Books;
use crate::client::{LUTECE, Order, Person, json_of, order, send, signed, signed_again};
use crate::receiver::{Receiver, attempted, hook, respond, until};
use crate::server::{Server, block_on, to_loopback};

const PAID: &[&str] = &["payment.paid"];

fn create(server: &Server, person: &Person, url: &str) -> HttpResponse {
    let body = json!({ "url": url, "events": PAID });
    order(server, person, "/v1/webhooks", Some(&body))
}

/// A resolver that gives each list once, and the last one for good. It counts.
fn resolver(answers: &[&[&str]]) -> (Resolver, Arc<AtomicUsize>) {
    let answers: Vec<Vec<IpAddr>> = answers
        .iter()
        .map(|list| list.iter().map(|address| address.parse().unwrap()).collect())
        .collect();
    let asked = Arc::<AtomicUsize>::default();
    let count = asked.clone();
    let resolver = Resolver::new(move |_| {
        let number = count.fetch_add(1, Ordering::Relaxed).min(answers.len() - 1);
        let found = answers[number].clone();
        Box::pin(async move {
            if found.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(found) }
        })
    });
    (resolver, asked)
}

/// A server that finds these addresses for every name, and lutece.
fn server_that_finds(answers: &[&[&str]], to_loopback: bool) -> (Server, Person) {
    let (resolver, _) = resolver(answers);
    let server =
        Server::start_with(WebhookSettings { to_loopback, resolver, ..WebhookSettings::default() });
    let lutece = Person::enrolled(&server, "lutece");
    (server, lutece)
}

fn pay(server: &Server) {
    let alice = Person::enrolled(server, "alice");
    assert_eq!(Order::new(LUTECE, "3.00", "EUR").sent_by(&alice, server).status, 201);
}

#[test]
fn requirement_23_addresses_that_are_not_public_are_refused() {
    let (server, lutece) = server_that_finds(&[&["93.184.215.14"]], false);
    let long = format!("https://shop.example/{}", "x".repeat(2048));
    for url in [
        "",
        "hooks",
        "/hooks",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "http://shop.example/hooks",
        "https://user@shop.example/",
        "https://user:secret@shop.example/",
        "https://shop.example/#part",
        "https://shop.example:22/",
        "https://shop.example:25/",
        "https://shop.example:80/",
        "https://shop.example:0/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://0/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://192.168.1.1/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://[::]/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:8.8.8.8]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://[ff02::1]/",
        &long,
    ] {
        let answer = create(&server, &lutece, url);
        assert_refused_at_url(&answer, url);
    }
    for url in [
        "https://shop.example",
        "https://shop.example:443/hooks?shop=1",
        "https://shop.example:8443/hooks",
        "https://93.184.215.14/",
        "https://[2606:4700::1111]/",
    ] {
        assert_eq!(create(&server, &lutece, url).status, 201, "{url}");
    }
}

#[track_caller]
fn assert_refused_at_url(answer: &HttpResponse, url: &str) {
    assert_eq!(answer.status, 422, "{url}");
    let problem = json_of(answer);
    assert_eq!(
        (&problem["code"], &problem["param"]),
        (&json!("webhook_url_refused"), &json!("url"))
    );
}

#[test]
fn requirement_23_a_name_is_refused_for_any_of_its_addresses() {
    let refused: [&[&str]; 7] = [
        &["10.0.0.1"],
        &["93.184.215.14", "10.0.0.1"],
        &["2606:4700::1111", "::1"],
        &["::ffff:93.184.215.14"],
        &["127.0.0.1"],
        &["169.254.169.254"],
        // The name is not known.
        &[],
    ];
    for found in refused {
        let (server, lutece) = server_that_finds(&[found], false);
        let url = "https://shop.example/";
        assert_refused_at_url(&create(&server, &lutece, url), &format!("{found:?}"));
        assert_eq!(server.count("SELECT count(*) FROM webhooks"), 0);
    }
}

#[test]
fn requirement_23_loopback_is_for_developers_and_nothing_else_is() {
    // The exception is for this machine, not for the network that it is in.
    for found in
        ["10.0.0.1", "192.168.1.1", "169.254.169.254", "::ffff:127.0.0.1", "0.0.0.0", "fd00::1"]
    {
        let (server, lutece) = server_that_finds(&[&[found]], true);
        assert_refused_at_url(&create(&server, &lutece, "https://shop.example/"), found);
        assert_refused_at_url(&create(&server, &lutece, "http://shop.example/"), found);
    }
    // Plain HTTP stays on this machine.
    let found: &[&[&str]] =
        &[&["93.184.215.14"], &["127.0.0.1", "93.184.215.14"], &["127.0.0.1", "::1"]];
    let (server, lutece) = server_that_finds(found, true);
    assert_refused_at_url(&create(&server, &lutece, "http://shop.example/"), "public");
    assert_refused_at_url(&create(&server, &lutece, "http://shop.example/"), "mixed");
    assert_eq!(create(&server, &lutece, "http://shop.example/").status, 201);
    assert_eq!(create(&server, &lutece, "http://127.8.9.1:3000/").status, 201);
    assert_eq!(create(&server, &lutece, "http://[::1]:3000/").status, 201);
}

/// Who can be reached from elsewhere reaches nothing on its own machine, unless it is told to.
#[test]
fn requirement_23_loopback_is_off_where_the_origin_is_elsewhere() {
    let books = Books::new();
    for (given, origin, status) in [
        (&[][..], "https://platform.example", 422),
        (&["--webhooks-to-loopback=false"], "http://127.0.0.1:8787", 422),
        (&[], "http://127.0.0.1:8787", 201),
        (&["--webhooks-to-loopback"], "https://platform.example", 201),
    ] {
        let arguments = [&["--public-origin", origin], given].concat();
        let process = Process::start_with(&arguments, &books.location());
        let lutece = Person::stranger();
        enrol(process.address, "lutece", &lutece);
        let body = json!({ "url": "http://127.0.0.1:3000/", "events": PAID });
        let now = Clock::system().now();
        let mut request = signed(&lutece, now, ("POST", "/v1/webhooks"), Some(&body));
        request.url = format!("{origin}/v1/webhooks");
        let mut request = signed_again(&request, &lutece, now);
        request.url = "/v1/webhooks".into();
        assert_eq!(send(process.address, &request).unwrap().status, status, "{given:?} {origin}");
    }
}

/// A name that led elsewhere when the webhook was made.
#[test]
fn requirement_23_a_name_is_looked_up_and_checked_for_every_connection() {
    let receiver = Receiver::answering(204);
    let (server, lutece) = server_that_finds(&[&["93.184.215.14"], &["127.0.0.1"]], false);
    let url = format!("https://shop.example:{}/", receiver.address.port());
    let webhook = hook(&server, &lutece, &url, PAID);
    pay(&server);
    let delivery = attempted(&server, &lutece, &webhook, 1);
    assert_eq!(delivery["status"], "waiting");
    assert_eq!(delivery["attempts"][0].get("status"), None);
    assert_eq!(receiver.connections(), 0);
}

/// Who asked once more after checking would be led elsewhere.
#[test]
fn requirement_23_the_address_that_was_checked_is_the_one_connected_to() {
    let receiver = Receiver::answering(204);
    let (resolver, asked) = resolver(&[&["127.0.0.1"], &["127.0.0.1"], &["10.0.0.1"]]);
    let server = Server::start_with(WebhookSettings { resolver, ..to_loopback() });
    let lutece = Person::enrolled(&server, "lutece");
    let port = receiver.address.port();
    let webhook = hook(&server, &lutece, &format!("http://shop.example:{port}/hooks"), PAID);
    pay(&server);
    assert_eq!(attempted(&server, &lutece, &webhook, 1)["status"], "delivered");
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    let request = &receiver.exactly(1)[0];
    assert_eq!(request.field("host").unwrap(), format!("shop.example:{port}"));
}

#[test]
fn requirement_23_redirects_are_not_followed() {
    let private = Receiver::answering(204);
    let target = private.url();
    for status in [301, 302, 303, 307, 308] {
        let server = Server::start();
        let lutece = Person::enrolled(&server, "lutece");
        let field = format!("location: {target}\r\n");
        let receiver = Receiver::start(move |_, stream| respond(stream, status, &field));
        let webhook = receiver.hook(&server, &lutece, PAID);
        pay(&server);
        let delivery = attempted(&server, &lutece, &webhook, 1);
        assert_eq!(
            (&delivery["status"], &delivery["attempts"][0]["status"]),
            (&json!("waiting"), &json!(status))
        );
    }
    assert_eq!(private.connections(), 0);
}

#[test]
fn requirement_23_a_receiver_that_says_nothing_is_left_and_holds_up_nobody() {
    let server = Server::start();
    let lutece = Person::enrolled(&server, "lutece");
    // More than are sent to one webhook at a time.
    let open = Mutex::new(Vec::new());
    let slow = Receiver::start(move |_, stream| open.lock().unwrap().push(stream));
    let webhook = slow.hook(&server, &lutece, PAID);
    for _ in 0..6 {
        pay(&server);
    }
    until(|| slow.received().len() == 4);
    let fine = Receiver::answering(204);
    fine.hook(&server, &lutece, PAID);
    pay(&server);
    fine.exactly(1);
    // Nobody waited for it.
    assert!(slow.received().len() <= 7);
    until(|| slow.received().len() >= 7);
    let delivery = attempted(&server, &lutece, &webhook, 1);
    assert_eq!(delivery["attempts"][0].get("status"), None);
}

#[test]
fn requirement_23_an_endless_answer_is_not_read_to_its_end() {
    for (head, attempt) in [
        ("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n", Some(200)),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffff\r\n", Some(200)),
        ("HTTP/1.1 200 OK\r\nx-endless: ", None),
        ("", None),
    ] {
        let server = Server::start();
        let lutece = Person::enrolled(&server, "lutece");
        let (written, ended) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let (count, done) = (written.clone(), ended.clone());
        let receiver = Receiver::start(move |_, mut stream| {
            let _ = stream.write_all(head.as_bytes());
            while stream.write_all(&[b'x'; 4096]).is_ok() {
                count.fetch_add(4096, Ordering::Relaxed);
            }
            done.store(true, Ordering::Relaxed);
        });
        let webhook = receiver.hook(&server, &lutece, PAID);
        pay(&server);
        let delivery = attempted(&server, &lutece, &webhook, 1);
        assert_eq!(
            delivery["attempts"][0].get("status"),
            attempt.map(|status| json!(status)).as_ref()
        );
        until(|| ended.load(Ordering::Relaxed));
        // What the two systems keep between them, and 64 KiB.
        assert!(written.load(Ordering::Relaxed) < 64 << 20);
    }
}

/// An answer is limited as a whole: a byte now and then does not extend it.
#[test]
fn requirement_23_an_answer_that_trickles_is_late() {
    let server = Server::start();
    let lutece = Person::enrolled(&server, "lutece");
    let receiver = Receiver::start(|_, mut stream| {
        for byte in b"HTTP/1.1 200 OK\r\n".iter().cycle() {
            if stream.write_all(&[*byte]).is_err() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(500));
        }
    });
    let webhook = receiver.hook(&server, &lutece, PAID);
    pay(&server);
    let delivery = attempted(&server, &lutece, &webhook, 1);
    assert_eq!(delivery["attempts"][0].get("status"), None);
}

/// A server with a certificate for a name, which takes one request after the other.
fn receive_over_tls(name: &str) -> (u16, Vec<u8>, Arc<Mutex<Vec<String>>>) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([name.to_string()]).unwrap();
    let (root, key) = (cert.der().to_vec(), signing_key.serialize_der());
    let configuration = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![cert.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key)),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(configuration));
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let kept = seen.clone();
    std::thread::spawn(move || {
        block_on(async {
            listener.set_nonblocking(true).unwrap();
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let asked = stream.get_ref().1.server_name().unwrap_or_default().to_owned();
                let mut head = [0; 1024];
                let _ = stream.read(&mut head).await;
                kept.lock().unwrap().push(asked);
                let answer = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
                let _ = stream.write_all(answer).await;
                let _ = stream.shutdown().await;
            }
        });
    });
    (port, root, seen)
}

#[test]
fn a_delivery_over_tls_goes_to_who_has_the_certificate_of_the_name() {
    let (port, root, seen) = receive_over_tls("shop.example");
    for (name, roots, status) in [
        ("shop.example", vec![root.clone()], Some(json!(204))),
        ("other.example", vec![root], None),
        // Nobody vouches for it.
        ("shop.example", vec![], None),
    ] {
        let (resolver, _) = resolver(&[&["127.0.0.1"]]);
        let settings = WebhookSettings { resolver, further_roots: roots, ..to_loopback() };
        let server = Server::start_with(settings);
        let lutece = Person::enrolled(&server, "lutece");
        let webhook = hook(&server, &lutece, &format!("https://{name}:{port}/hooks"), PAID);
        pay(&server);
        let delivery = attempted(&server, &lutece, &webhook, 1);
        assert_eq!(delivery["attempts"][0].get("status"), status.as_ref());
    }
    assert_eq!(*seen.lock().unwrap(), ["shop.example"]);
}

/// The intent is answered for good, whatever the DNS says later.
#[test]
fn a_refused_address_stays_refused_and_a_taken_one_taken() {
    let found: &[&[&str]] = &[&["10.0.0.1"], &["93.184.215.14"], &["93.184.215.14"], &["10.0.0.1"]];
    let (server, lutece) = server_that_finds(found, false);
    let body = json!({ "url": "https://shop.example/", "events": PAID });
    for status in [422, 201] {
        let now = server.clock.now();
        let first = signed(&lutece, now, ("POST", "/v1/webhooks"), Some(&body));
        let given = send(server.address, &first).unwrap();
        assert_eq!(given.status, status);
        let again = send(server.address, &signed_again(&first, &lutece, now)).unwrap();
        assert_eq!((again.status, &again.body), (status, &given.body));
        assert_eq!(again.field("idempotency-replayed").as_deref(), Some("true"));
    }
}
