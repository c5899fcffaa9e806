//! The sandbox under load, optimised, on each of its databases: how many payments it makes per second,
//! and whether the books are in order afterwards.

use anyhow::Result;

use crate::command::{announce, cargo, run};
use crate::postgres;
use crate::project::Project;

#[derive(clap::Args)]
pub struct Args {
    /// How many clients pay at once
    #[arg(long, default_value_t = 300)]
    clients: u32,
    /// For how long
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// How many steps are taken, afterwards, over a network that loses requests and answers
    #[arg(long, default_value_t = 10_000)]
    steps: u32,
}

/// Runs two of the sandbox's own tests with other numbers: the load, which fails where a client was told
/// that something failed, and the faulted steps. Both fail where the audit finds something.
pub fn run_all(project: &Project, args: &Args) -> Result<()> {
    announce("putting load on the sandbox with SQLite");
    run(&mut test(project, args))?;
    if let Some(server) = postgres::server()? {
        announce("putting load on the sandbox with PostgreSQL");
        run(test(project, args).env("XP2P_TESTS_ON_POSTGRES", &server.url))?;
    }
    Ok(())
}

fn test(project: &Project, args: &Args) -> std::process::Command {
    let mut test = cargo();
    test.args(["test", "--release", "--package", "xp2p-sandbox", "--test", "platform"])
        .args(["--", "load::", "steps::", "--nocapture", "--test-threads", "1"])
        .env("XP2P_STEPS", args.steps.to_string())
        .env("XP2P_LOAD_CLIENTS", args.clients.to_string())
        .env("XP2P_LOAD_SECONDS", args.seconds.to_string())
        .current_dir(&project.root);
    test
}
