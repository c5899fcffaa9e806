//! `cargo xtask conform`: whether a platform keeps the contract, rule by rule.
//!
//! It knows nothing of the platform but its address, and speaks to it as a client does. The requests
//! are signed here, and the bad ones are made bad here, so a rule holds only if the platform looks.

mod bodies;
mod careless;
mod forms;
mod once;
mod payments;
mod platform;
mod problems;
mod public;
mod receipts;
mod signatures;
mod trial;

use std::process::ExitCode;

use anyhow::{Context, Error, Result};

pub use self::careless::notices_every_switch;
use self::platform::Platform;
use self::trial::{Seeds, Trial};
use crate::project::Project;

#[derive(clap::Args)]
pub struct Args {
    /// The platform's public origin
    #[arg(long, value_name = "URL", required_unless_present = "careless")]
    platform: Option<String>,
    #[command(flatten)]
    seeds: Seeds,
    /// Handle of the paying account. It needs 20.00 EUR, and less than the most that one payment may move
    #[arg(long, default_value = "alice")]
    payer: String,
    /// Handle of the account that is paid
    #[arg(long, default_value = "lutece")]
    payee: String,
    /// Handle of an account that has nothing to do with it
    #[arg(long, default_value = "carol")]
    stranger: String,
    /// In place of a platform: hold these rules against sandboxes that each lack one verification, or
    /// against the one that lacks this verification
    #[arg(long, value_name = "NAME", num_args = 0..=1, conflicts_with = "platform")]
    careless: Option<Option<String>>,
}

/// One rule of the contract.
#[derive(Clone, Copy)]
struct Rule {
    /// Where it is written.
    source: &'static str,
    /// What it says.
    says: &'static str,
    /// The switches of the careless sandbox any of which breaks it: a rule that nothing breaks says
    /// nothing.
    needs: &'static [&'static str],
    /// Whether it holds; otherwise what was seen instead.
    check: fn(&Trial) -> Result<()>,
}

const fn rule(
    source: &'static str,
    says: &'static str,
    needs: &'static [&'static str],
    check: fn(&Trial) -> Result<()>,
) -> Rule {
    Rule { source, says, needs, check }
}

/// Every rule, in the order in which a platform is built.
fn rules() -> Vec<Rule> {
    [
        public::RULES,
        problems::RULES,
        forms::RULES,
        signatures::RULES,
        bodies::RULES,
        payments::RULES,
        once::RULES,
        receipts::RULES,
    ]
    .concat()
}

/// Ends with 1 when a rule does not hold.
pub fn run(project: &Project, args: &Args) -> Result<ExitCode> {
    let green = match (&args.platform, &args.careless) {
        (Some(platform), _) => {
            let platform = Platform::find(platform)?;
            let handles = [&*args.payer, &*args.payee, &*args.stranger];
            print(&Trial::open(platform, &args.seeds, handles)?)
        }
        (None, Some(Some(name))) => careless::shows(project, name)?,
        _ => {
            notices_every_switch(project)?;
            true
        }
    };
    Ok(if green { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether every rule holds for a sandbox.
pub fn holds(sandbox: &str) -> Result<bool> {
    Ok(print(&trial(sandbox)?))
}

/// A trial of a sandbox, by its test people.
fn trial(sandbox: &str) -> Result<Trial> {
    Trial::open(Platform::find(sandbox)?, &Seeds::default(), ["alice", "lutece", "carol"])
        .context("the trial could not begin")
}

/// The rules that do not hold, with what was seen instead.
fn broken(trial: &Trial) -> Vec<(Rule, Error)> {
    let broken = |rule: Rule| Some((rule, (rule.check)(trial).err()?));
    rules().into_iter().filter_map(broken).collect()
}

/// Prints a row for each rule.
fn print(trial: &Trial) -> bool {
    let rules = rules();
    let mut broken = 0;
    for rule in &rules {
        match (rule.check)(trial) {
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
