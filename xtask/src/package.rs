//! The npm package: bundled, packed as it is published, and installed where the project uses it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::command::{node, npm, run, step};
use crate::project::{Project, VERSION};
use crate::stamp::Stamp;
use crate::{setup, wasm};

/// What the bundler reads in pkg/. It writes the modules with the wasm inside itself.
const BUNDLED: &[&str] =
    &["src", "wasm/xp2p", "wasm/amount", "build.mjs", "package-lock.json", "tsconfig.json"];

/// Files of the repository that go into the package beside dist/, and where they lie.
const SHIPPED: &[&str] = &["pkg/package.json", "README.md", "LICENSE-APACHE", "LICENSE-MIT"];

/// Builds everything that changed, and leaves the package in the `node_modules` of www/ and tests/.
pub fn build(project: &Project) -> Result<()> {
    setup::for_build(project)?;
    wasm::build(project)?;
    pack(project)?;
    install(project, &project.www())?;
    setup::npm_packages(&project.tests())?;
    install(project, &project.tests())?;
    wallet(project)
}

fn pack(project: &Project) -> Result<()> {
    let pkg = project.pkg();
    let mut stamp = Stamp::in_folder(&project.target.join("npm")).text(include_str!("package.rs"));
    for input in BUNDLED {
        stamp = stamp.path(&pkg.join(input))?;
    }
    for input in SHIPPED {
        stamp = stamp.path(&project.root.join(input))?;
    }
    stamp.unless_fresh(|| {
        step("bundling the TypeScript", || run(node().arg("build.mjs").current_dir(&pkg)))?;
        step("packing the npm package", || {
            stage(project)?;
            let destination = project.target.join("npm");
            run(npm(&project.published())
                .args(["pack", "--silent", "--pack-destination"])
                .arg(destination))?;
            let tarball = project.tarball();
            ensure!(
                tarball.is_file(),
                "pkg/package.json is not at the version of Cargo.toml, which is {VERSION}"
            );
            Ok(())
        })
    })
}

/// Lays out the package as it is published.
fn stage(project: &Project) -> Result<()> {
    let published = project.published();
    if published.exists() {
        fs::remove_dir_all(&published)?;
    }
    copy_folder(&project.pkg().join("dist"), &published.join("dist"))?;
    for from in SHIPPED.iter().map(|file| project.root.join(file)).filter(|file| file.is_file()) {
        let name = from.file_name().context("a shipped file has a name")?;
        fs::copy(&from, published.join(name))
            .with_context(|| format!("could not copy {}", from.display()))?;
    }
    Ok(())
}

/// Lays out the wallet's page: its files, and the package below xp2p/.
fn wallet(project: &Project) -> Result<()> {
    let (page, dist, wallet) =
        (project.www().join("wallet"), project.published().join("dist"), project.wallet());
    Stamp::in_folder(&wallet).path(&page)?.path(&dist)?.unless_fresh(|| {
        if wallet.exists() {
            fs::remove_dir_all(&wallet)?;
        }
        copy_folder(&page, &wallet)?;
        copy_folder(&dist, &wallet.join("xp2p"))
    })
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("could not read {}", from.display()))? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// Installs the packed package in a folder, as a user would but without writing it down there.
fn install(project: &Project, folder: &Path) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    let installed = folder.join("node_modules/xp2p");
    Stamp::in_folder(&installed).path(&project.tarball())?.unless_fresh(|| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        step(&format!("installing the package in {name}/"), || {
            // npm takes a package of the same version for the same package.
            if installed.exists() {
                fs::remove_dir_all(&installed)?;
            }
            run(npm(folder)
                .args([
                    "install",
                    "--prefix",
                    ".",
                    "--offline",
                    "--ignore-scripts",
                    "--no-audit",
                    "--no-fund",
                ])
                .args(["--no-save", "--no-package-lock"])
                .arg(project.tarball()))
        })
    })
}
