//! Whether every crate is one that `deny.toml` allows, by cargo-deny: an installed program, because no
//! crate does the same.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::command::{announce, cargo, output, run, step};
use crate::project::Project;

const VERSION: &str = "0.20.2";

/// Fails on a licence, a source or a version that is not allowed, and on a known vulnerability. Where the
/// database of these cannot be reached, that is said.
pub fn check(project: &Project) -> Result<()> {
    let program = installed(project)?;
    let deny = |words: &[&str]| {
        let mut deny = Command::new(&program);
        deny.arg("--workspace").args(words).current_dir(&project.root);
        deny
    };
    step("checking licences, sources and versions of every crate", || {
        run(&mut deny(&["check", "--hide-inclusion-graph", "licenses", "sources", "bans"]))
    })?;
    if let Err(why) = run(&mut deny(&["fetch", "db"])) {
        announce(&format!("NOT CHECKED for known vulnerabilities, without their database: {why}"));
        return Ok(());
    }
    step("checking every crate for known vulnerabilities", || {
        run(&mut deny(&["check", "--disable-fetch", "advisories"]))
    })
}

/// The program, installed into target/ where it is missing or another version.
fn installed(project: &Project) -> Result<PathBuf> {
    let folder = project.target.join("tools");
    let program = folder.join(format!("bin/cargo-deny{}", std::env::consts::EXE_SUFFIX));
    let is_there = program.is_file()
        && output(Command::new(&program).arg("--version"))
            .is_ok_and(|said| said.trim() == format!("cargo-deny {VERSION}"));
    if !is_there {
        step(&format!("installing cargo-deny {VERSION}, which takes some minutes"), || {
            // A build for debugging takes half the time, and what it reads is small.
            run(cargo()
                .args(["install", "cargo-deny", "--locked", "--force", "--debug", "--version"])
                .arg(format!("={VERSION}"))
                .arg("--root")
                .arg(&folder)
                .env("CARGO_PROFILE_DEV_DEBUG", "false")
                .current_dir(&project.root))
        })?;
    }
    Ok(program)
}
