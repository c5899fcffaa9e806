//! A server that is told news, as a merchant runs one.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use xp2p::canonical::HttpRequest;

use crate::client::{Person, json_of, look, order};
use crate::server::Server;

pub struct Receiver {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<HttpRequest>>>,
    connections: Arc<AtomicUsize>,
}

impl Receiver {
    /// A receiver that answers as `answer` writes to the connection.
    pub fn start(answer: impl Fn(&HttpRequest, TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::<Mutex<Vec<_>>>::default();
        let connections = Arc::<AtomicUsize>::default();
        let (kept, count, answer) = (received.clone(), connections.clone(), Arc::new(answer));
        // It ends with the tests: nobody connects once its test is over.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::Relaxed);
                let (stream, kept, answer) = (stream.unwrap(), kept.clone(), answer.clone());
                std::thread::spawn(move || {
                    let Some(request) = read(address, &stream) else { return };
                    kept.lock().unwrap().push(request.clone());
                    answer(&request, stream);
                });
            }
        });
        Self { address, received, connections }
    }

    /// A receiver that answers with a status and nothing else.
    pub fn answering(status: u16) -> Self {
        Self::start(move |_, stream| respond(stream, status, ""))
    }

    pub fn url(&self) -> String {
        format!("http://{}/hooks/xp2p?shop=1", self.address)
    }

    /// Has a person's account send its news here, and gives the webhook's id.
    pub fn hook(&self, server: &Server, person: &Person, events: &[&str]) -> String {
        hook(server, person, &self.url(), events)
    }

    /// How many connections were made to it.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// What has come so far.
    pub fn received(&self) -> Vec<HttpRequest> {
        self.received.lock().unwrap().clone()
    }

    /// What has come once so many are there, which must not become more for a while.
    pub fn exactly(&self, count: usize) -> Vec<HttpRequest> {
        until(|| self.received().len() >= count);
        std::thread::sleep(Duration::from_millis(700));
        let received = self.received();
        assert_eq!(received.len(), count, "{:#?}", received.iter().map(event).collect::<Vec<_>>());
        received
    }
}

/// Makes a webhook that must not be refused.
pub fn hook(server: &Server, person: &Person, url: &str, events: &[&str]) -> String {
    let body = json!({ "url": url, "events": events });
    let answer = order(server, person, "/v1/webhooks", Some(&body));
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    json_of(&answer)["id"].as_str().unwrap().into()
}

/// The event of a delivery.
pub fn event(request: &HttpRequest) -> Value {
    serde_json::from_slice(request.body.as_deref().unwrap()).unwrap()
}

/// The deliveries of a webhook as its owner sees them, the newest first.
pub fn deliveries(server: &Server, person: &Person, webhook: &str) -> Vec<Value> {
    let list = look(server, person, &format!("/v1/webhooks/{webhook}/deliveries"));
    assert_eq!(list.status, 200);
    json_of(&list)["items"].as_array().unwrap().clone()
}

/// The newest delivery of a webhook, once so many attempts at it were made.
pub fn attempted(server: &Server, person: &Person, webhook: &str, attempts: usize) -> Value {
    let newest = || deliveries(server, person, webhook).into_iter().next().unwrap_or_default();
    until(|| newest()["attempts"].as_array().is_some_and(|made| made.len() >= attempts));
    newest()
}

/// Waits for what must come, and gives up when it has long been overdue.
#[track_caller]
pub fn until(is: impl Fn() -> bool) {
    let started = Instant::now();
    while !is() {
        assert!(started.elapsed() < Duration::from_secs(60), "what was waited for did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub fn respond(mut stream: TcpStream, status: u16, fields: &str) {
    let _ = write!(
        stream,
        "HTTP/1.1 {status} Status\r\n{fields}content-length: 0\r\nconnection: close\r\n\r\n"
    );
}

/// A request as it arrived, its URL rebuilt from the receiver's own address.
fn read(address: SocketAddr, stream: &TcpStream) -> Option<HttpRequest> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let [method, target, _] = lines[0].split(' ').collect::<Vec<_>>().try_into().ok()?;
    let mut request = HttpRequest::new(method, format!("http://{address}{target}"));
    for line in &lines[1..] {
        let (name, value) = line.split_once(": ")?;
        request = request.with_field(name, value);
    }
    let mut body = vec![0; request.field("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    request.body = Some(body);
    Some(request)
}
