//! The way to PostgreSQL, encrypted.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use xp2p_sandbox::{Database, Platform, Settings};

use crate::books::Books;
use crate::server::{ORIGIN, block_on};

/// What a client asks first who wants TLS: "SSLRequest" of PostgreSQL's protocol.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Takes TLS off for a server that has none. It lets nobody in without.
async fn serve(listener: TcpListener, tls: TlsAcceptor, server: String) {
    while let Ok((mut client, _)) = listener.accept().await {
        let (tls, server) = (tls.clone(), server.clone());
        tokio::spawn(async move {
            let mut request = [0; 8];
            let read = client.read_exact(&mut request).await;
            if read.is_err() || request != SSL_REQUEST || client.write_all(b"S").await.is_err() {
                return;
            }
            let Ok(mut client) = tls.accept(client).await else { return };
            let mut server = TcpStream::connect(server).await.unwrap();
            let _ = copy_bidirectional(&mut client, &mut server).await;
        });
    }
}

fn certificate(directory: &TempDir, name: &str) -> (rcgen::CertifiedKey<rcgen::KeyPair>, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".into()]).unwrap();
    let file = directory.path().join(name);
    fs::write(&file, made.cert.pem()).unwrap();
    (made, file.to_str().unwrap().into())
}

#[test]
fn the_connection_to_postgresql_is_encrypted_and_the_server_verified() {
    let books = Books::new();
    let Database::Postgres(url) = books.database() else { return };
    let directory = TempDir::new().unwrap();
    let (made, trusted) = certificate(&directory, "trusted.pem");
    let (_, stranger) = certificate(&directory, "stranger.pem");
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let key = made.signing_key.serialize_der().try_into().unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
        tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(config)), server));

        let open = async |host: &str, options: &str| {
            let mut url = url.clone();
            url.set_host(Some(host)).unwrap();
            url.set_port(Some(address.port())).unwrap();
            url.set_query(Some(options));
            let database = Database::Postgres(url);
            let settings = Settings::new(database, ORIGIN.parse().unwrap());
            let platform = Platform::open(settings).await?;
            platform.close().await;
            Ok::<_, xp2p_sandbox::StartError>(())
        };
        open("127.0.0.1", "sslmode=require").await.unwrap();
        let trust = |file: &str| format!("sslmode=verify-full&sslrootcert={file}");
        open("localhost", &trust(&trusted)).await.unwrap();
        // Another certificate than is trusted, another name than it is for, and none at all.
        assert!(open("localhost", &trust(&stranger)).await.is_err());
        assert!(open("127.0.0.1", &trust(&trusted)).await.is_err());
        assert!(open("127.0.0.1", "sslmode=disable").await.is_err());
    });
}
