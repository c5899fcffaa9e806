//! Pictures of every state that a person can meet, to be looked at: `tests/browser/screenshots.mjs`.

use anyhow::Result;

use crate::command::{node, run};
use crate::project::Project;
use crate::{browser, demo, package};

#[derive(clap::Args)]
pub struct Args {
    /// `chromium`, `firefox`, `webkit`: those that are named alone
    engines: Vec<String>,
}

/// Writes them to `target/screenshots`, for each engine into a folder of its own.
pub fn take(project: &Project, args: &Args) -> Result<()> {
    let browsers = browser::all()?;
    package::build(project)?;
    demo::build_sandbox(project)?;
    run(node()
        .arg("tests/browser/screenshots.mjs")
        .arg(project.target.join("screenshots"))
        .args(&args.engines)
        .env("XP2P_SANDBOX", project.sandbox())
        .env("XP2P_WALLET", project.wallet())
        .envs(browsers)
        .current_dir(&project.root))
}
