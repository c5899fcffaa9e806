//! Every test, from the quick to the slow; Node's runner comes last, with its summary.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};
use clap::ValueEnum;

use crate::command::{announce, cargo, node, run, step};
use crate::project::Project;
use crate::service::{Service, Stop};
use crate::{
    browser, conform, debian, demo, fuzz, package, postgres, python, setup, simulate, wasm,
};

#[derive(clap::Args, Default)]
pub struct Args {
    /// Run one kind of test
    #[arg(long, value_enum)]
    only: Option<Kind>,
    /// Leave out the linter, PostgreSQL, the fuzzer, the careless sandboxes, the packaging tests and the
    /// browser
    #[arg(long, conflicts_with = "only")]
    quick: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Kind {
    Rust,
    Js,
    Packaging,
    Browser,
}

impl Args {
    fn wants(&self, kind: Kind) -> bool {
        let quick = matches!(kind, Kind::Rust | Kind::Js);
        self.only.map_or(quick || !self.quick, |only| only == kind)
    }
}

pub fn all(project: &Project, args: &Args) -> Result<()> {
    if args.wants(Kind::Rust) {
        rust(project, args)?;
    }
    // Node's folders in the order of their worth when one fails.
    let folders = [(Kind::Js, "js"), (Kind::Packaging, "packaging"), (Kind::Browser, "browser")];
    let wanted: Vec<_> = folders.into_iter().filter(|(kind, _)| args.wants(*kind)).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let browsers = if args.wants(Kind::Browser) { browser::all()? } else { Vec::new() };
    package::build(project)?;
    let sandbox = args.wants(Kind::Js) || args.wants(Kind::Browser);
    // `cargo test --workspace` has built it for its own tests; alone, with fewer features of its
    // dependencies, it would be built once more.
    let built = args.wants(Kind::Rust) && project.sandbox().is_file();
    if sandbox && !built {
        demo::build_sandbox(project)?;
    }
    let mut variables = browsers;
    if args.wants(Kind::Js) {
        conformance(project)?;
        if !args.quick {
            conform::notices_every_switch(project)?;
        }
        variables.push(("XP2P_FETCH_TEST", wasm::build_fetch_test(project)?));
        variables.extend(python::environment(project)?.map(|python| (python::VARIABLE, python)));
        // For the shell of docs/receipts.md. Its test is skipped without it, except in CI.
        debian::has("jq", "jq")?;
    }
    type_check(project)?;
    let mut files = Vec::new();
    for (_, folder) in wanted {
        files.extend(test_files(project, folder)?);
    }
    node_tests(project, files, variables)
}

fn rust(project: &Project, args: &Args) -> Result<()> {
    let cargo = |words: &[&str]| {
        let mut cargo = cargo();
        cargo.args(words).current_dir(&project.root);
        cargo
    };
    setup::rust_components()?;
    step("checking the format", || run(&mut cargo(&["fmt", "--all", "--check"])))?;
    if !args.quick {
        let clippy = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        let switches = ["clippy", "--package", "xp2p-sandbox", "--features", "switches"];
        step("linting", || {
            run(&mut cargo(&clippy))?;
            run(cargo(&switches).args(["--", "-D", "warnings"]))
        })?;
    }
    let mut test = cargo(&["test", "--workspace"]);
    let postgres = if args.quick { None } else { postgres::server()? };
    if let Some(postgres) = &postgres {
        test.env(postgres::VARIABLE, &postgres.url);
    }
    step("running the tests in Rust", || run(&mut test))?;
    if args.quick {
        return Ok(());
    }
    simulate::test(project)?;
    fuzz::bounded(project)
}

/// The contract's rules, sent to a sandbox of its own.
fn conformance(project: &Project) -> Result<()> {
    announce("holding the sandbox against the contract");
    let stop = Stop::listen()?;
    let mut serve = Command::new(project.sandbox());
    // A wallet that nobody serves will do; it has a name, because passkeys are for names.
    serve.args(["serve", "--wallet-origin", "http://localhost:8790"]);
    serve.args(["--listen", "127.0.0.1:0", "--database"]);
    let folder = project.target.join("conform");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let sandbox =
        Service::start(project, "sandbox", &stop, serve.arg(folder.join("ledger.sqlite")))?;
    ensure!(conform::holds(&sandbox.url)?, "the sandbox does not keep the contract");
    Ok(())
}

/// The tests' own TypeScript, against the types that the package ships.
fn type_check(project: &Project) -> Result<()> {
    let tests = project.tests();
    if !tests.join("tsconfig.json").is_file() {
        return Ok(());
    }
    step("checking the types of the tests", || {
        run(node()
            .arg("node_modules/typescript/bin/tsc")
            .args(["--noEmit", "--project", "."])
            .current_dir(&tests))
    })
}

fn test_files(project: &Project, folder: &str) -> Result<Vec<PathBuf>> {
    let folder = project.tests().join(folder);
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).into_iter().flatten() {
        let file = entry?.path();
        if file.to_string_lossy().ends_with(".test.mjs") {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

fn node_tests(
    project: &Project,
    files: Vec<PathBuf>,
    variables: Vec<(&str, PathBuf)>,
) -> Result<()> {
    ensure!(!files.is_empty(), "there is no *.test.mjs to run");
    announce("running the tests in Node");
    let mut node: Command = node();
    // What waits for something that never comes fails by its name, and not by the patience of who looks on.
    node.args(["--test", "--test-reporter", "spec", "--test-timeout", "900000"])
        .args(files)
        .env("XP2P_SANDBOX", project.sandbox())
        .env("XP2P_TARBALL", project.tarball())
        .env("XP2P_WALLET", project.wallet())
        .envs(variables)
        .current_dir(&project.root);
    run(&mut node)
}
