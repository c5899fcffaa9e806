//! Simulated payers, pages and tabs: `tests/simulator`.

use anyhow::Result;
use clap::Args as ClapArgs;

use crate::command::{cargo, run, step};
use crate::project::Project;

/// The simulator comes with the sandbox's switches, which nothing else is built with.
const PACKAGE: [&str; 4] = ["--package", "xp2p-simulator", "--features", "simulation"];

#[derive(ClapArgs)]
pub struct Args {
    /// What the simulator takes: `--seeds N`, `--from N`, `--seed N`, `--without SAFEGUARD`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

pub fn simulate(project: &Project, args: &Args) -> Result<()> {
    let mut simulator = cargo();
    simulator.args(["run", "--quiet"]).args(PACKAGE).arg("--").args(&args.words);
    run(simulator.current_dir(&project.root))
}

/// Two thousand seeds, and those that it takes to notice each safeguard that is left out.
pub fn test(project: &Project) -> Result<()> {
    step("simulating payers, pages and tabs", || {
        run(cargo().arg("test").args(PACKAGE).current_dir(&project.root))
    })
}
