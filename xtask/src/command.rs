//! Running other programs, and saying clearly what went wrong with them.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The cargo that runs this command, without what it says of this command's own crate: build scripts that look
/// at it (ring's do) would run, and all that needs them be compiled, each time that another one calls cargo.
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(name);
        }
    }
    cargo
}

pub fn node() -> Command {
    Command::new("node")
}

/// npm in a folder, with nothing that it would only say to a person who called it.
pub fn npm(folder: &Path) -> Command {
    // On Windows npm is a batch file, which is found only by its full name.
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.args(["--loglevel", "error", "--no-update-notifier"]).current_dir(folder);
    npm
}

/// Runs a program on our own output and fails unless it succeeds.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| cannot_start(command))?;
    check(command, status)
}

/// Runs a program for what it prints.
pub fn output(command: &mut Command) -> Result<String> {
    let Output { status, stdout, .. } =
        command.stderr(Stdio::inherit()).output().with_context(|| cannot_start(command))?;
    check(command, status)?;
    String::from_utf8(stdout)
        .with_context(|| format!("`{}` printed something else than text", line(command)))
}

/// Whether a program is there and succeeds; its output goes nowhere.
pub fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Says what is being done, does it, and says how long it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    announce(what);
    let start = Instant::now();
    let done = work().with_context(|| format!("{what} failed"))?;
    eprintln!("    {:.1} s", start.elapsed().as_secs_f32());
    Ok(done)
}

/// Says what is being done, where the work says itself when it is over.
pub fn announce(what: &str) {
    eprintln!("==> {what}");
}

pub fn cannot_start(command: &Command) -> String {
    format!("could not start `{}`", command.get_program().to_string_lossy())
}

fn check(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("`{}` ended with {status}", line(command));
    }
    Ok(())
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
