//! Every command of the project: `cargo xtask --help`.
#![forbid(unsafe_code)]

mod bench;
mod browser;
mod chaos;
mod command;
mod conform;
mod debian;
mod demo;
mod deny;
mod fuzz;
mod interrupt;
mod load;
mod package;
mod postgres;
mod project;
mod python;
mod reproduce;
mod screenshots;
mod service;
mod setup;
mod simulate;
mod size;
mod stamp;
mod tables;
mod test;
mod wasm;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::project::Project;

/// The project's commands. Each sets up what it needs first.
#[derive(Parser)]
#[command(name = "cargo xtask")]
enum Xtask {
    /// Build the npm package and install it where it is used: www/ and tests/
    Build,
    /// Print the package's sizes beside their budgets
    Size {
        /// Fail when a size is over its budget
        #[arg(long)]
        check: bool,
    },
    /// Serve the sandbox, the shop and the playground, each on its own origin, until Ctrl-C
    Serve,
    /// Make one payment from the command line, then serve as `serve` does
    Demo {
        /// End after the payment, with its exit code
        #[arg(long)]
        once: bool,
    },
    /// Measure the package beside its peers, interleaved in one run
    Bench {
        /// How often each is measured
        #[arg(long, default_value_t = 15)]
        rounds: u32,
    },
    /// Send good and bad exchanges to a platform and print which rules of the contract hold
    Conform(Box<conform::Args>),
    /// Let many clients pay at once, on SQLite and PostgreSQL, and print payments per second
    Load(load::Args),
    /// Simulate payers, pages and tabs over a network that loses, copies and delays
    Simulate(simulate::Args),
    /// Pay from a browser that is killed at random, over a network that loses answers
    Chaos(chaos::Args),
    /// Take pictures of every state of the button, the wallet and the shop
    Screenshots(screenshots::Args),
    /// Search for inputs that break a parser, with libFuzzer
    Fuzz(fuzz::Args),
    /// Make the tables of currencies and locales again, out of ISO 4217 and the CLDR
    Tables,
    /// Hold every crate against deny.toml: licences, sources, versions and known vulnerabilities
    Deny,
    /// Build the package in another folder too, and compare the hashes
    Reproduce,
    /// Run every test
    Test(test::Args),
    /// Run every test, hold sizes to their budgets and crates to deny.toml, and build the package twice
    Ci,
}

fn main() -> ExitCode {
    match run(Xtask::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Xtask) -> Result<ExitCode> {
    let project = Project::find()?;
    match command {
        Xtask::Build => package::build(&project)?,
        Xtask::Size { check } => size::report(&project, check)?,
        Xtask::Serve => demo::serve(&project)?,
        Xtask::Demo { once } => return demo::demo(&project, once),
        Xtask::Bench { rounds } => bench::run_all(&project, rounds)?,
        Xtask::Conform(args) => return conform::run(&project, &args),
        Xtask::Load(args) => load::run_all(&project, &args)?,
        Xtask::Simulate(args) => simulate::simulate(&project, &args)?,
        Xtask::Chaos(args) => chaos::run_all(&project, &args)?,
        Xtask::Screenshots(args) => screenshots::take(&project, &args)?,
        Xtask::Fuzz(args) => fuzz::run_all(&project, &args)?,
        Xtask::Tables => tables::make(&project)?,
        Xtask::Deny => deny::check(&project)?,
        Xtask::Reproduce => reproduce::compare(&project)?,
        Xtask::Test(args) => test::all(&project, &args)?,
        Xtask::Ci => {
            test::all(&project, &test::Args::default())?;
            size::report(&project, true)?;
            deny::check(&project)?;
            reproduce::compare(&project)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
