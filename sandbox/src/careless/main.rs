//! `careless-sandbox`: the sandbox with one verification switched off, for the test of
//! `cargo xtask conform`. Its books are in memory, and its port is any that is free.
#![forbid(unsafe_code)]

use std::error::Error;
use std::io::Write;

use clap::Parser;
use tokio::net::TcpListener;
use xp2p_sandbox::careless::Switch;
use xp2p_sandbox::{Database, Platform, Settings, WebhookSettings};

#[derive(Parser)]
enum Command {
    /// Print the name of every switch, and what a platform does that lacks it
    List,
    /// Serve until the process is ended. Prints `ready URL` on standard output when it answers
    Serve {
        /// The one that is off
        #[arg(long, value_name = "NAME", value_parser = read)]
        without: Option<Switch>,
    },
}

fn read(name: &str) -> Result<Switch, String> {
    let found = Switch::ALL.iter().find(|switch| switch.name() == name);
    found.copied().ok_or_else(|| format!("there is no switch `{name}`"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut output = std::io::stdout();
    match Command::parse() {
        Command::List => {
            for switch in Switch::ALL {
                writeln!(output, "{}\t{}", switch.name(), switch.says())?;
            }
        }
        Command::Serve { without } => {
            if let Some(switch) = without {
                switch.turn_off().map_err(|other| format!("{} is off already", other.name()))?;
            }
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let url = format!("http://{}", listener.local_addr()?);
            let webhooks = WebhookSettings { to_loopback: true, ..WebhookSettings::default() };
            let settings = Settings {
                webhooks,
                // By its name, because passkeys are for names.
                wallet_origin: url.replace("127.0.0.1", "localhost").parse()?,
                ..Settings::new(Database::Memory, url.parse()?)
            };
            let platform = Platform::open(settings).await?;
            writeln!(output, "ready {url}")?;
            output.flush()?;
            platform.serve(listener, None, std::future::pending()).await;
        }
    }
    Ok(())
}
