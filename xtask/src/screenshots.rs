//! Pictures of every state that a person can meet, to be looked at: `tests/browser/screenshots.mjs`.

use anyhow::Result;

use crate::command::{node, run};
use crate::project::Project;
use crate::{browser, demo, package};

/// Writes them to `target/screenshots`.
pub fn take(project: &Project) -> Result<()> {
    let browsers = browser::all()?;
    package::build(project)?;
    demo::build_sandbox(project)?;
    run(node()
        .arg("tests/browser/screenshots.mjs")
        .arg(project.target.join("screenshots"))
        .env("XP2P_SANDBOX", project.sandbox())
        .env("XP2P_WALLET", project.wallet())
        .envs(browsers)
        .current_dir(&project.root))
}
