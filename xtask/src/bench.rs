//! How fast the package is beside what somebody would take instead, in one run.

use anyhow::Result;

use crate::command::{announce, cargo, node, run, step};
use crate::project::Project;
use crate::{browser, demo, package, setup};

pub fn run_all(project: &Project, rounds: u32) -> Result<()> {
    package::build(project)?;
    let folder = project.tests().join("bench");
    setup::npm_packages(&folder)?;
    let chromium = browser::chromium()?;
    step("building ed25519-dalek natively", || {
        run(cargo()
            .args(["build", "--profile", "native", "--package", "xp2p-bench-native"])
            .current_dir(&project.root))
    })?;
    announce("measuring");
    run(node()
        .arg(folder.join("run.mjs"))
        .arg(project.target.join("native/xp2p-bench-native"))
        .arg(rounds.to_string())
        .env(browser::VARIABLE, &chromium)
        .current_dir(&project.root))?;
    demo::build_sandbox(project)?;
    run(node()
        .arg(folder.join("checkout.mjs"))
        .env(browser::VARIABLE, chromium)
        .env("XP2P_SANDBOX", project.sandbox())
        .env("XP2P_WALLET", project.wallet())
        .current_dir(&project.root))
}
