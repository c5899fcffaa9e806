//! A server that is told news, on this machine, as a merchant runs one.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use xp2p::canonical::HttpRequest;

/// How long we wait for news: longer than a platform takes that sends it at once.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// The most that is read of one delivery.
const MOST: u64 = 256 * 1024;

/// Listens until it is dropped.
pub struct Receiver {
    address: SocketAddr,
    received: mpsc::Receiver<HttpRequest>,
    ended: Arc<AtomicBool>,
}

impl Receiver {
    /// Answers with these statuses in turn, and with the last one from then on.
    pub fn start(statuses: &'static [u16]) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (sender, received) = mpsc::channel();
        let ended = Arc::new(AtomicBool::new(false));
        let asked_to_end = Arc::clone(&ended);
        thread::spawn(move || {
            let last = statuses.last().copied().into_iter().cycle();
            let mut statuses = statuses.iter().copied().chain(last);
            for stream in listener.incoming() {
                if asked_to_end.load(Ordering::SeqCst) {
                    break;
                }
                // A connection that brings no request takes no status.
                if let (Ok(stream), Some(status)) = (stream, statuses.next()) {
                    let _ = take(address, &stream, status, &sender);
                }
            }
        });
        Ok(Self { address, received, ended })
    }

    pub fn url(&self) -> String {
        url(self.address)
    }

    /// What is delivered next.
    pub fn next(&self) -> Result<HttpRequest> {
        self.received.recv_timeout(PATIENCE).context("no news came")
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Whoever waits for a connection looks once there is one.
        let _ = TcpStream::connect(self.address);
    }
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}/hooks/xp2p")
}

/// Reads a delivery (RFC 9112), answers it, and hands it on.
fn take(
    address: SocketAddr,
    stream: &TcpStream,
    status: u16,
    sender: &Sender<HttpRequest>,
) -> Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.take(MOST));
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let method = line.split(' ').next().unwrap_or_default().to_owned();
    let mut request = HttpRequest::new(&method, url(address));
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request = request.with_field(&name.to_ascii_lowercase(), value.trim());
    }
    let length = request.field("content-length").context("no length")?.parse()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    request.body = Some(body);
    // A redirect leads to ourselves: who follows it delivers twice.
    let location = url(address);
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} -\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )?;
    sender.send(request)?;
    Ok(())
}
