//! `cargo xtask conform`: whether a platform keeps the contract, rule by rule.
//!
//! It knows nothing of the platform but its address, and speaks to it as a client does. The requests
//! are signed here, and the bad ones are made bad here, so a rule holds only if the platform looks.

mod approvals;
mod balances;
mod blocks;
mod bodies;
mod careless;
mod checkouts;
mod decisions;
mod deliveries;
mod forms;
mod keys;
mod link_limits;
mod links;
mod lists;
mod once;
mod outcome;
mod pages;
mod passkeys;
mod payments;
mod platform;
mod problems;
mod public;
mod receipts;
mod receiver;
mod refunds;
mod reviews;
mod roles;
mod signatures;
mod streams;
mod trial;
mod webhooks;

use std::process::ExitCode;

use anyhow::{Context, Result};

pub use self::careless::notices_every_switch;
use self::outcome::{Outcome, Tally};
use self::platform::Platform;
use self::trial::{Known, Seeds, Trial};
use crate::project::Project;

#[derive(clap::Args)]
pub struct Args {
    /// The platform's public origin
    #[arg(long, value_name = "URL", required_unless_present = "careless")]
    platform: Option<String>,
    #[command(flatten)]
    seeds: Seeds,
    /// Handle of the paying account. It needs 40.00 EUR, and less than the most that one payment may move
    #[arg(long, default_value = "alice")]
    payer: String,
    /// Handle of the account that is paid
    #[arg(long, default_value = "lutece")]
    payee: String,
    /// Handle of an account that has nothing to do with it
    #[arg(long, default_value = "carol")]
    stranger: String,
    #[command(flatten)]
    known: Known,
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
        lists::RULES,
        keys::RULES,
        roles::RULES,
        checkouts::RULES,
        decisions::RULES,
        approvals::RULES,
        reviews::RULES,
        streams::RULES,
        refunds::RULES,
        balances::RULES,
        links::RULES,
        link_limits::RULES,
        blocks::RULES,
        pages::RULES,
        passkeys::RULES,
        webhooks::RULES,
        deliveries::RULES,
    ]
    .concat()
}

/// Ends with 1 when a rule does not hold.
pub fn run(project: &Project, args: &Args) -> Result<ExitCode> {
    let green = match (&args.platform, &args.careless) {
        (Some(platform), _) => {
            let platform = Platform::find(platform)?;
            let handles = [&*args.payer, &*args.payee, &*args.stranger];
            let sandbox = platform.environment() == "sandbox" && args.payee == "lutece";
            let known = args.known.clone();
            let known = if sandbox { known.or_of_sandbox() } else { known };
            print(&Trial::open(platform, &args.seeds, handles, known)?).broken == 0
        }
        (None, Some(Some(name))) => careless::shows(project, name)?,
        _ => {
            notices_every_switch(project)?;
            true
        }
    };
    Ok(if green { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether every rule was tried on a sandbox, and holds.
pub fn holds(sandbox: &str) -> Result<bool> {
    Ok(print(&trial(sandbox)?).all_hold())
}

/// A trial of a sandbox, by its test people.
fn trial(sandbox: &str) -> Result<Trial> {
    let (platform, people) = (Platform::find(sandbox)?, ["alice", "lutece", "carol"]);
    Trial::open(platform, &Seeds::default(), people, Known::default().or_of_sandbox())
        .context("the trial could not begin")
}

/// Prints a row for each rule.
fn print(trial: &Trial) -> Tally {
    let mut tally = Tally::default();
    for rule in rules() {
        let outcome = Outcome::of(&rule, trial);
        let word = tally.count(&outcome);
        println!("{word:9} {:14} {}", rule.source, rule.says);
        match outcome {
            Outcome::Holds => {}
            Outcome::NotTried(why) => println!("          why: {why}"),
            Outcome::Broken(seen) => println!("          seen: {seen:#}"),
        }
    }
    println!("\n{tally}");
    tally
}
