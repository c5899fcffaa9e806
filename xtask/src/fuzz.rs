//! libFuzzer over every target of tests/fuzz.
//!
//! The coverage counters are LLVM's own, which a stable compiler inserts when it is asked to; the fuzzer
//! itself is C++ and comes with the crate `libfuzzer-sys`. There is no address sanitizer, which would
//! take a nightly compiler: the crate forbids unsafe code, so what is looked for are panics, overflows,
//! results that contradict each other, and inputs that take very long.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};
use xp2p_fuzz::{TARGETS, Target, VARIABLE};

use crate::command::{announce, cargo, output, run, step};
use crate::debian;
use crate::project::Project;

#[derive(clap::Args)]
pub struct Args {
    /// Run one target
    target: Option<String>,
    /// How long each target runs
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

/// What `cargo fuzz` passes for a fuzzer without a sanitizer.
const COVERAGE: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
];

/// How long each target runs in the tests, in seconds.
const BOUNDED: u32 = 3;

pub fn run_all(project: &Project, args: &Args) -> Result<()> {
    let named = |target: &&Target| args.target.as_ref().is_none_or(|name| name == target.name);
    let targets: Vec<_> = TARGETS.iter().filter(named).collect();
    if targets.is_empty() {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        bail!("there is no such target; there are {}", names.join(", "));
    }
    ensure!(has_compiler()?, "the fuzzer needs a C++ compiler, named `c++`: install one");
    fuzz(project, &targets, args.seconds)
}

/// A short run of every target. Without a C++ compiler there is none, which is said; in CI that is a
/// failure. The changes at random in tests/fuzz/tests run everywhere.
pub fn bounded(project: &Project) -> Result<()> {
    if !has_compiler()? {
        let what = "the fuzzer needs a C++ compiler, named `c++`";
        ensure!(std::env::var_os("CI").is_none(), "{what}: install one");
        announce(&format!("skipping the fuzz targets: {what}"));
        return Ok(());
    }
    fuzz(project, &TARGETS.iter().collect::<Vec<_>>(), BOUNDED)
}

fn has_compiler() -> Result<bool> {
    Ok(cfg!(unix) && debian::has("c++", "g++")?)
}

fn fuzz(project: &Project, targets: &[&Target], seconds: u32) -> Result<()> {
    let program = step("building the fuzzer", || build(project))?;
    announce(&format!("fuzzing {} targets, {seconds} s each", targets.len()));
    println!("{:16} {:>12} {:>9} {:>8}", "", "inputs run", "coverage", "kept");
    for target in targets {
        one(project, &program, target, seconds)?;
    }
    Ok(())
}

fn build(project: &Project) -> Result<PathBuf> {
    let rustc = output(Command::new("rustc").arg("-vV"))?;
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("rustc has no host")?;
    let folder = project.target.join("fuzz");
    run(cargo()
        .args(["build", "--package", "xp2p-fuzz", "--features", "libfuzzer", "--bin", "fuzz"])
        // With a target named, the flags are not for build scripts, which would lack the fuzzer.
        .args(["--profile", "fuzz", "--target", host, "--target-dir"])
        .arg(&folder)
        .env("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\x1f"))
        .current_dir(&project.root))?;
    Ok(folder.join(host).join("fuzz/fuzz"))
}

/// Runs one target on what earlier runs found and on its seeds.
fn one(project: &Project, program: &Path, target: &Target, seconds: u32) -> Result<()> {
    let corpus = project.target.join("fuzz/corpus").join(target.name);
    let failures = project.target.join("fuzz/failures");
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&failures)?;
    for input in target.inputs() {
        let name: String =
            Sha256::digest(&input).iter().map(|byte| format!("{byte:02x}")).collect();
        fs::write(corpus.join(name), input)?;
    }
    let ended = Command::new(program)
        .arg(format!("-max_total_time={seconds}"))
        .args(["-timeout=10", "-print_final_stats=1", "-verbosity=1"])
        .arg(format!("-artifact_prefix={}/{}-", failures.display(), target.name))
        .arg(&corpus)
        .env(VARIABLE, target.name)
        .output()
        .with_context(|| format!("could not start {}", program.display()))?;
    let said = String::from_utf8_lossy(&ended.stderr);
    if !ended.status.success() {
        eprintln!("{said}");
        bail!(
            "the fuzz target `{}` failed: when it is mended, put the input from {} into tests/fuzz/kept/{}",
            target.name,
            failures.display(),
            target.name
        );
    }
    let after = |what: &str| {
        let rest = said.rsplit_once(what).map_or("", |(_, rest)| rest);
        rest.split_whitespace().next().unwrap_or("?").to_owned()
    };
    let (runs, coverage) = (after("stat::number_of_executed_units:"), after(" cov: "));
    let kept = fs::read_dir(&corpus)?.count();
    println!("{:16} {runs:>12} {coverage:>9} {kept:>8}", target.name);
    Ok(())
}
