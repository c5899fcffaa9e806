//! Connections: how many, how long a client may take, and how one is cut off.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::limits::Limits;

/// How long requests that are under way at a stop may take to end.
const STOP_DEADLINE: Duration = Duration::from_secs(5);
/// What a request line and all header fields may be together.
const MAX_HEADER: usize = 64 * 1024;
/// How long to wait when there are no more files for connections.
const OUT_OF_FILES: Duration = Duration::from_millis(200);

/// The connection that a request came by.
#[derive(Clone)]
pub(super) struct Connection {
    pub peer: SocketAddr,
    cut: CancellationToken,
}

impl Connection {
    /// Ends the connection at once. Whatever was not sent yet is lost, and so is the request that asks.
    pub fn cut(&self) {
        self.cut.cancel();
    }
}

/// Serves until `stopping`, and lets requests that are under way end.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: &Limits,
    mut stopping: watch::Receiver<bool>,
) {
    let mut http = http1::Builder::new();
    // The time for a header counts from the end of the request before, so it is also how long a
    // connection may be idle.
    http.timer(TokioTimer::new()).header_read_timeout(limits.patience).max_buf_size(MAX_HEADER);
    let free = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &free) => accepted,
            Some(_) = connections.join_next() => continue,
            _ = stopping.wait_for(|stopping| *stopping) => break,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        let cut = CancellationToken::new();
        let connection = Connection { peer, cut: cut.clone() };
        let router = router.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(connection.clone());
            router.clone().oneshot(request.map(Body::new))
        });
        // Answers are small and whole: nothing is gained by waiting for more.
        let _ = stream.set_nodelay(true);
        let serving = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        connections.spawn(async move {
            tokio::select! {
                // Clients that hang up or send no HTTP are no concern of the log.
                _ = serving => {}
                () = cut.cancelled() => {}
            }
            drop(place);
        });
    }
    drop(listener);
    // A client that never ends its request must not keep the process alive.
    let _ = tokio::time::timeout(STOP_DEADLINE, graceful.shutdown()).await;
    connections.shutdown().await;
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    free: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = free.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, place)),
        Err(error) => {
            let gone = [
                std::io::ErrorKind::ConnectionAborted,
                std::io::ErrorKind::ConnectionReset,
                std::io::ErrorKind::ConnectionRefused,
            ];
            if !gone.contains(&error.kind()) {
                tracing::warn!(%error, "no connection can be taken");
                tokio::time::sleep(OUT_OF_FILES).await;
            }
            None
        }
    }
}
