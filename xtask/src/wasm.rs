//! From the crate to optimised wasm and the JavaScript around it, in pkg/wasm/.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::command::{cargo, node, output, run, step};
use crate::project::Project;
use crate::setup::{self, TARGET};
use crate::stamp::Stamp;

/// What the target's baseline and `+simd128` use. `--all-features` would let binaryen write what
/// browsers do not read.
const FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// For size: once, then all expressions taken apart and put together again, then what never has another value.
/// The memory is our own, and so it begins as zeros. In the end what is used most gets the numbers that take
/// least to write.
const OPTIMISE: &[&str] = &[
    "--zero-filled-memory",
    "-Oz",
    "--flatten",
    "--rereloop",
    "-Oz",
    "--gufa-optimizing",
    "--converge",
    "-Oz",
    "--reorder-functions",
    "--reorder-globals",
    "--reorder-locals",
];

/// Sections that only tools read. wasm-bindgen has read `target_features` by then.
const STRIP: &[&str] = &["--strip-debug", "--strip-producers", "--strip-target-features"];

/// A wasm of the package: the crate with a feature of its own.
struct Module {
    feature: &'static str,
    /// What its files in pkg/wasm/ are called.
    name: &'static str,
}

/// The core, and what only those load who use it.
const MODULES: [Module; 2] =
    [Module { feature: "npm", name: "xp2p" }, Module { feature: "npm-amount", name: "amount" }];

pub fn build(project: &Project) -> Result<()> {
    for module in &MODULES {
        let what = format!("compiling the crate to WebAssembly ({})", module.name);
        let compiled = step(&what, || compile(project, module))?;
        let folder = project.wasm().join(module.name);
        let stamp = Stamp::in_folder(&folder)
            .path(&compiled)?
            .path(&project.pkg().join("package-lock.json"))?
            .text(include_str!("wasm.rs"));
        stamp.unless_fresh(|| {
            let unoptimised = step("writing its JavaScript with wasm-bindgen", || {
                bind(project, module, &folder, &compiled)
            })?;
            step("optimising it with wasm-opt", || optimise(project, module, &folder, &unoptimised))
        })?;
    }
    Ok(())
}

fn compile(project: &Project, module: &Module) -> Result<PathBuf> {
    run(cargo()
        .args([
            "rustc",
            "--release",
            "--lib",
            // Here and not in Cargo.toml: as a library the crate has neither allocator nor panic
            // handler, which every other target gets from whoever links it.
            "--crate-type",
            "cdylib",
            "--package",
            "xp2p",
            "--features",
            module.feature,
            "--target",
            TARGET,
        ])
        // Takes the place of every other way to set flags, and takes paths with spaces.
        .env("CARGO_ENCODED_RUSTFLAGS", rustflags(project)?.join("\x1f"))
        .current_dir(&project.root))?;
    // The next module is compiled to the same place.
    let compiled = project.target.join("npm").join(format!("{}-compiled.wasm", module.name));
    fs::create_dir_all(project.target.join("npm"))?;
    fs::copy(project.target.join(TARGET).join("release/xp2p.wasm"), &compiled)?;
    Ok(compiled)
}

/// The Rust program in tests/fetch, which uses the crate without the npm package.
pub fn build_fetch_test(project: &Project) -> Result<PathBuf> {
    let folder = project.target.join("fetch-test");
    step("building a Rust program that fetches", || {
        run(cargo()
            .args(["build", "--release", "--package", "xp2p-fetch-test"])
            .args(["--target", TARGET])
            .current_dir(&project.root))?;
        let compiled = project.target.join(TARGET).join("release/xp2p_fetch_test.wasm");
        Bindgen::new()
            .input_path(compiled)
            .out_name("program")
            .web(true)?
            .omit_default_module_path(true)
            .typescript(false)
            .generate(&folder)
    })?;
    Ok(folder)
}

/// SIMD, and neutral names for the folders of this machine: panic messages hold the paths of sources.
fn rustflags(project: &Project) -> Result<Vec<String>> {
    let mut flags = vec!["-Ctarget-feature=+simd128".to_owned()];
    let mut remap =
        |from: &Path, to: &str| flags.push(format!("--remap-path-prefix={}={to}", from.display()));
    // The last prefix that matches wins, and the target folder may lie in the workspace.
    remap(&project.root, "xp2p");
    remap(&project.target, "target");
    let registry = cargo_home()?.join("registry/src");
    for source in fs::read_dir(&registry).into_iter().flatten() {
        remap(&source?.path(), "registry");
    }
    let rustc = output(Command::new("rustc").arg("-vV"))?;
    let commit = rustc
        .lines()
        .find_map(|line| line.strip_prefix("commit-hash: "))
        .context("rustc has no commit")?;
    // The name that the standard library's sources have where they are not installed.
    remap(&setup::sysroot()?.join("lib/rustlib/src/rust"), &format!("/rustc/{commit}"));
    Ok(flags)
}

fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = std::env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    let home = std::env::home_dir().context("there is no home folder: set CARGO_HOME")?;
    Ok(home.join(".cargo"))
}

/// Empties the module's folder and writes the glue there; the wasm goes aside until it is optimised.
fn bind(project: &Project, module: &Module, folder: &Path, compiled: &Path) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Bindgen::new()
        .input_path(compiled)
        .out_name(module.name)
        .web(true)?
        // The package passes the wasm in; without this the glue would hold a `new URL(…, import.meta.url)`
        // that half of the bundlers cannot follow.
        .omit_default_module_path(true)
        .typescript(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)?;
    let unoptimised = project.target.join("npm").join(format!("{}-unoptimised.wasm", module.name));
    fs::rename(folder.join(format!("{}_bg.wasm", module.name)), &unoptimised)?;
    Ok(unoptimised)
}

fn optimise(project: &Project, module: &Module, folder: &Path, unoptimised: &Path) -> Result<()> {
    let binaryen = project.pkg().join("node_modules/binaryen/bin/wasm-opt");
    ensure!(binaryen.is_file(), "binaryen is not among the npm packages of pkg/");
    run(node()
        .arg(binaryen)
        .args(OPTIMISE)
        .args(FEATURES)
        .args(STRIP)
        .arg(unoptimised)
        .arg("-o")
        .arg(folder.join(format!("{}_bg.wasm", module.name))))
}
