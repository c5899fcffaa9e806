//! The command line: `serve` and `audit`.
#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{ErrorKind, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;
use xp2p_sandbox::{
    Clock, Database, Limits, Origin, Platform, Settings, WalletPage, WebhookSettings,
};

/// A platform for developing against xp2p: the contract, kept for real, with play money.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the platform. Prints `ready URL` on standard output when it answers, and logs to
    /// standard error (RUST_LOG sets how much).
    Serve(Serve),
    /// Add every leg of the ledger up again. Ends with 1 when something is off.
    Audit(Books),
}

#[derive(Args)]
struct Serve {
    /// Address and port to listen on. Another free port is taken when this one is in use.
    #[arg(long, env = "XP2P_SANDBOX_LISTEN", default_value = "127.0.0.1:8787")]
    listen: SocketAddr,
    /// Where clients reach the sandbox, which their signatures cover [default: http://<listen>]
    #[arg(long, env = "XP2P_SANDBOX_PUBLIC_ORIGIN", value_name = "URL")]
    public_origin: Option<Origin>,
    /// Whether webhooks may be on this machine (127.0.0.0/8 and ::1), by plain HTTP if they like
    /// [default: true when both --listen and --public-origin are on this machine]
    #[arg(
        long,
        env = "XP2P_SANDBOX_WEBHOOKS_TO_LOOPBACK",
        value_name = "BOOL",
        num_args = 0..=1,
        default_missing_value = "true"
    )]
    webhooks_to_loopback: Option<bool>,
    /// The folder of the wallet's page, to be served at an origin of its own. `cargo xtask build` makes
    /// one: target/wallet
    #[arg(long, env = "XP2P_SANDBOX_WALLET", value_name = "FOLDER")]
    wallet: Option<PathBuf>,
    /// Address and port for the wallet's page. Another free port is taken when this one is in use
    #[arg(
        long,
        env = "XP2P_SANDBOX_WALLET_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8790"
    )]
    wallet_listen: SocketAddr,
    /// Where browsers reach the wallet [default: http://localhost and the port of --wallet-listen, and
    /// without --wallet the public origin]
    // Passkeys need a name: WebAuthn takes no address for a relying party.
    #[arg(long, env = "XP2P_SANDBOX_WALLET_ORIGIN", value_name = "URL")]
    wallet_origin: Option<Origin>,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    limits: LimitArguments,
    /// How the log is written
    #[arg(long, env = "XP2P_SANDBOX_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

/// All limits, each with a default that only somebody who means it meets.
#[derive(Args)]
struct LimitArguments {
    /// Signed requests of one key in a second, and as many at once; 0 is no limit
    #[arg(long, env = "XP2P_SANDBOX_CLIENT_RATE", value_name = "RATE", default_value_t = Limits::default().client)]
    client_rate: u32,
    /// Lookups of one handle, and from one address, in a second; 0 is no limit
    #[arg(long, env = "XP2P_SANDBOX_LOOKUP_RATE", value_name = "RATE", default_value_t = Limits::default().lookup)]
    lookup_rate: u32,
    /// Requests from one address in a second; 0 is no limit
    #[arg(long, env = "XP2P_SANDBOX_ADDRESS_RATE", value_name = "RATE", default_value_t = Limits::default().address)]
    address_rate: u32,
    /// Connections at once; further ones wait
    #[arg(long, env = "XP2P_SANDBOX_MAX_CONNECTIONS", value_name = "NUMBER", default_value_t = Limits::default().connections)]
    max_connections: usize,
    /// Seconds that a client may take to send a header, and a body, and that a connection may be idle
    #[arg(long, env = "XP2P_SANDBOX_PATIENCE", value_name = "SECONDS", default_value_t = Limits::default().patience.as_secs(),
          value_parser = clap::value_parser!(u64).range(1..))]
    patience: u64,
    /// Take a client's address from the end of `X-Forwarded-For`: only behind a balancer that writes it
    #[arg(long, env = "XP2P_SANDBOX_TRUST_FORWARDED_FOR")]
    trust_forwarded_for: bool,
}

impl LimitArguments {
    fn read(&self) -> Limits {
        Limits {
            client: self.client_rate,
            lookup: self.lookup_rate,
            address: self.address_rate,
            connections: self.max_connections,
            patience: Duration::from_secs(self.patience),
            trust_forwarded_for: self.trust_forwarded_for,
        }
    }
}

#[derive(Args)]
struct Books {
    /// Where the books are kept: a SQLite file, which is made at the first start, `:memory:`, or a
    /// database that several sandboxes may share, as postgres://USER:PASSWORD@SERVER/DATABASE
    // Read into its type later, because clap repeats what it cannot read, and shows the environment.
    #[arg(
        long,
        env = "XP2P_SANDBOX_DATABASE",
        hide_env_values = true,
        value_name = "DATABASE",
        default_value = "xp2p-sandbox.sqlite"
    )]
    database: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(arguments) => serve(arguments).await,
        Command::Audit(Books { database }) => audit(&database).await,
    };
    done.unwrap_or_else(|error| {
        eprintln!("xp2p-sandbox: {error}");
        ExitCode::FAILURE
    })
}

async fn serve(arguments: Serve) -> Result<ExitCode, Box<dyn Error>> {
    log_to_standard_error(arguments.log_format);
    // Before `ready`, so that a stop that follows at once is graceful too.
    let stop = stop_signal()?;
    let listener = bind(arguments.listen).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let public_origin = match arguments.public_origin {
        Some(origin) => origin,
        None => url.parse()?,
    };
    let wallet = wallet_page(arguments.wallet, arguments.wallet_listen).await?;
    let wallet_origin = match (arguments.wallet_origin, &wallet) {
        (Some(origin), _) => origin,
        (None, None) => public_origin.clone(),
        (None, Some(WalletPage { listener, .. })) => wallet_url(listener)?.parse()?,
    };
    let database = arguments.books.database.parse()?;
    if let Database::File(file) = &database
        && let Some(directory) = file.parent()
    {
        std::fs::create_dir_all(directory)?;
    }
    // What somebody else can reach must not reach what is only on this machine.
    let on_this_machine = listener.local_addr()?.ip().is_loopback() && public_origin.is_loopback();
    let webhooks = WebhookSettings {
        to_loopback: arguments.webhooks_to_loopback.unwrap_or(on_this_machine),
        ..WebhookSettings::default()
    };
    let limits = arguments.limits.read();
    let settings =
        Settings { limits, webhooks, wallet_origin, ..Settings::new(database, public_origin) };
    let platform = Platform::open(settings).await?;
    let mut output = std::io::stdout();
    if wallet.is_some() {
        writeln!(output, "wallet {}", platform.wallet_url())?;
    }
    writeln!(output, "ready {url}")?;
    output.flush()?;
    platform.serve(listener, wallet, stop).await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// The wallet's page, if there is to be one.
async fn wallet_page(
    folder: Option<PathBuf>,
    listen: SocketAddr,
) -> Result<Option<WalletPage>, Box<dyn Error>> {
    let Some(folder) = folder else { return Ok(None) };
    if !folder.join("index.html").is_file() {
        return Err(format!("{} has no index.html", folder.display()).into());
    }
    Ok(Some(WalletPage { folder, listener: bind(listen).await? }))
}

/// The name by which a browser on this machine reaches a listener.
fn wallet_url(listener: &TcpListener) -> std::io::Result<String> {
    let address = listener.local_addr()?;
    Ok(match address.ip().is_loopback() {
        true => format!("http://localhost:{}", address.port()),
        false => format!("http://{address}"),
    })
}

fn log_to_standard_error(format: LogFormat) {
    // The WebAuthn library calls each answer that does not verify an error of its own, and dumps it.
    let usual = || EnvFilter::new("info,webauthn_rs_core=off");
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| usual());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().flatten_event(true).with_span_list(false).init(),
    }
}

/// Listens at the address, or at another port of it when this one is in use.
async fn bind(address: SocketAddr) -> Result<TcpListener, Box<dyn Error>> {
    match TcpListener::bind(address).await {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let listener = TcpListener::bind(SocketAddr::new(address.ip(), 0)).await?;
            let port = listener.local_addr()?.port();
            eprintln!("xp2p-sandbox: port {} is in use, taking {port} instead", address.port());
            Ok(listener)
        }
        bound => Ok(bound.map_err(|error| format!("cannot listen on {address}: {error}"))?),
    }
}

/// Done at the first Ctrl-C or, on Unix, SIGTERM.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Done at the first Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

async fn audit(database: &str) -> Result<ExitCode, Box<dyn Error>> {
    let report = xp2p_sandbox::audit(&database.parse()?, &Clock::system()).await?;
    println!("{} transfers, {} legs, {} payments", report.transfers, report.legs, report.payments);
    for (handle, value, currency) in &report.balances {
        println!("{handle:>30} {value:>20} {currency}");
    }
    for finding in &report.findings {
        println!("off: {finding}");
    }
    println!(
        "{}",
        if report.findings.is_empty() { "the books are in order" } else { "the books are off" }
    );
    Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
