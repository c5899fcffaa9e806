//! What a machine needs beside rustup and Node: installed where that can be done, named where not.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{cargo, node, npm, output, run, step, succeeds};
use crate::project::Project;
use crate::stamp::Stamp;

/// What browsers run.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Everything a build needs.
pub fn for_build(project: &Project) -> Result<()> {
    require_node()?;
    wasm_target()?;
    npm_packages(&project.pkg())
}

fn require_node() -> Result<()> {
    let version = node().arg("--version").output().ok().filter(|output| output.status.success());
    let Some(version) = version.and_then(|output| String::from_utf8(output.stdout).ok()) else {
        bail!(
            "Node.js is missing: install version 20 or later so that `node` and `npm` are on the PATH"
        );
    };
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < 20) {
        bail!("Node.js is {} and too old: install version 20 or later", version.trim());
    }
    Ok(())
}

/// rustup reads the target from rust-toolchain.toml only when it installs the toolchain.
fn wasm_target() -> Result<()> {
    if sysroot()?.join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        return Ok(());
    }
    step("installing Rust's standard library for WebAssembly", || {
        rustup(&["target", "add", TARGET])
    })
}

/// Where the active toolchain lies.
pub fn sysroot() -> Result<PathBuf> {
    Ok(output(Command::new("rustc").args(["--print", "sysroot"]))?.trim().into())
}

/// The linter and the formatter.
pub fn rust_components() -> Result<()> {
    let missing = |tool: &str| !succeeds(cargo().args([tool, "--version"]));
    if missing("clippy") || missing("fmt") {
        step("installing clippy and rustfmt", || {
            rustup(&["component", "add", "clippy", "rustfmt"])
        })?;
    }
    Ok(())
}

fn rustup(args: &[&str]) -> Result<()> {
    if !succeeds(Command::new("rustup").arg("--version")) {
        bail!("rustup is missing, and without it only you can do `rustup {}`", args.join(" "));
    }
    run(Command::new("rustup").args(args))
}

/// The npm packages of a folder, as its lock file has them.
pub fn npm_packages(folder: &Path) -> Result<()> {
    let installed = folder.join("node_modules");
    let stamp = Stamp::in_folder(&installed).path(&folder.join("package-lock.json"))?;
    stamp.unless_fresh(|| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        step(&format!("installing the npm packages of {name}/"), || run(npm(folder).arg("ci")))
    })
}
