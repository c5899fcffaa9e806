//! The wallet's page: an origin of its own, and nothing else at it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use xp2p::canonical::HttpRequest;
use xp2p::transport::HttpResponse;

use crate::client::{json_of, send};
use crate::server::ORIGIN;

/// A sandbox that serves a wallet's page of two files.
struct Served {
    child: Child,
    platform: SocketAddr,
    wallet: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Served {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in [("index.html", "the wallet"), ("opening.html", "it is opening")] {
            std::fs::write(folder.path().join(file), text).unwrap();
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_xp2p-sandbox"))
            .args(["serve", "--listen", "127.0.0.1:0", "--database", ":memory:"])
            .args(["--public-origin", ORIGIN, "--wallet-listen", "127.0.0.1:0", "--wallet"])
            .arg(folder.path())
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = |what: &str| {
            let line = lines.next().unwrap().unwrap();
            line.strip_prefix(what).unwrap_or_else(|| panic!("{line}")).to_owned()
        };
        // A name, because WebAuthn takes no address.
        let port = said("wallet http://localhost:");
        let wallet = format!("127.0.0.1:{}", port.trim_end_matches('/')).parse().unwrap();
        let platform = said("ready http://").parse().unwrap();
        Self { child, platform, wallet, _folder: folder }
    }

    fn page(&self, path: &str) -> HttpResponse {
        send(self.wallet, &HttpRequest::new("GET", path)).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn requirement_4_the_wallet_keeps_its_window_to_itself_and_the_opening_page_does_not() {
    let served = Served::start();
    let index = served.page("/?checkout=chk_00000000");
    assert_eq!((index.status, &index.body[..]), (200, &b"the wallet"[..]));
    assert_eq!(index.field("cross-origin-opener-policy").as_deref(), Some("same-origin"));
    // Else the page that opened it could not send it on to its checkout.
    let opening = served.page("/opening");
    assert_eq!((opening.status, &opening.body[..]), (200, &b"it is opening"[..]));
    assert_eq!(opening.field("cross-origin-opener-policy"), None);
}

#[test]
fn requirement_5_nobody_frames_the_wallet() {
    let served = Served::start();
    for path in ["/", "/opening", "/index.html", "/platform.json", "/nothing"] {
        let answer = served.page(path);
        let policy = answer.field("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none';"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(policy.contains("require-trusted-types-for 'script'"), "{path}: {policy}");
        assert_eq!(answer.field("x-frame-options").as_deref(), Some("DENY"), "{path}");
        assert_eq!(answer.field("x-content-type-options").as_deref(), Some("nosniff"), "{path}");
    }
}

#[test]
fn requirement_30_the_wallets_origin_answers_with_its_files_alone() {
    let served = Served::start();
    assert_eq!(json_of(&served.page("/platform.json")), json!({ "platform": ORIGIN }));
    for path in
        ["/v1/payments", "/console/", "/sandbox/ledger", "/../index.html", "/.well-known/xp2p"]
    {
        let answer = served.page(path);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.field("set-cookie"), None, "{path}");
        assert_eq!(answer.field("access-control-allow-origin"), None, "{path}");
    }
    let settings = send(served.platform, &HttpRequest::new("GET", "/.well-known/xp2p")).unwrap();
    let url = format!("http://localhost:{}/", served.wallet.port());
    assert_eq!(json_of(&settings)["wallet_url"], url);
}
