//! `cargo xtask conform`: whether a platform keeps the contract, rule by rule.
//!
//! It knows nothing of the platform but its address, and speaks to it as a client does. The requests
//! are signed here, and the bad ones are made bad here, so a rule holds only if the platform looks.

mod payments;
mod platform;
mod public;
mod signing;

use std::process::ExitCode;

use anyhow::Result;

use self::platform::{Account, Platform};

#[derive(clap::Args)]
pub struct Args {
    /// The platform's public origin
    #[arg(long, value_name = "URL")]
    platform: String,
    /// Seed of an approval key of the paying account, 32 bytes in hexadecimal. Without it the test
    /// person `--payer` is asked to trust a new key, which only a sandbox lets anybody do
    #[arg(long, env = "XP2P_CONFORM_SEED", hide_env_values = true)]
    seed: Option<String>,
    /// Handle of the paying account; it needs 20.00 EUR
    #[arg(long, default_value = "alice")]
    payer: String,
    /// Handle of the account that is paid
    #[arg(long, default_value = "lutece")]
    payee: String,
}

/// One rule of the contract.
#[derive(Clone)]
struct Rule {
    /// Where it is written.
    source: &'static str,
    /// What it says.
    says: &'static str,
    /// Whether it holds; otherwise what was seen instead.
    check: fn(&Account) -> Result<()>,
}

/// Ends with 1 when a rule does not hold.
pub fn run(args: &Args) -> Result<ExitCode> {
    let platform = Platform::find(&args.platform)?;
    let account = Account::open(platform, args.seed.as_deref(), &args.payer, &args.payee)?;
    Ok(if all_hold(&account) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether every rule holds for a sandbox.
pub fn holds(sandbox: &str) -> Result<bool> {
    let account = Account::open(Platform::find(sandbox)?, None, "alice", "lutece")?;
    Ok(all_hold(&account))
}

/// Prints a row for each rule.
fn all_hold(account: &Account) -> bool {
    let rules = [public::RULES, signing::RULES, payments::RULES].concat();
    let mut broken = 0;
    for rule in &rules {
        match (rule.check)(account) {
            Ok(()) => println!("holds   {:14} {}", rule.source, rule.says),
            Err(seen) => {
                broken += 1;
                println!("BROKEN  {:14} {}\n        seen: {seen:#}", rule.source, rule.says);
            }
        }
    }
    println!("\n{} of {} rules hold", rules.len() - broken, rules.len());
    broken == 0
}
