//! Payments from a real browser over a network that loses, delays, cuts and repeats, with tabs that are
//! closed and browsers that are killed: `tests/chaos`.

use anyhow::Result;

use crate::command::{node, run};
use crate::project::Project;
use crate::{browser, demo, package};

#[derive(clap::Args)]
pub struct Args {
    /// How many orders are to be paid
    #[arg(long, default_value_t = 500)]
    payments: u32,
    /// Draw the same fates as an earlier run
    #[arg(long)]
    seed: Option<u32>,
}

/// Prints a table, and fails where an order was paid twice, lost, or told wrongly.
pub fn run_all(project: &Project, args: &Args) -> Result<()> {
    let browsers = browser::all()?;
    package::build(project)?;
    demo::build_sandbox(project)?;
    let mut chaos = node();
    chaos
        .args(["tests/chaos/main.mjs", "--payments", &args.payments.to_string()])
        .env("XP2P_SANDBOX", project.sandbox())
        .envs(browsers)
        .current_dir(&project.root);
    if let Some(seed) = args.seed {
        chaos.args(["--seed", &seed.to_string()]);
    }
    run(&mut chaos)
}
