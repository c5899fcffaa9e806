//! Python with the packages that judge us, in a virtual environment of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{announce, output, run, step, succeeds};
use crate::debian;
use crate::project::Project;
use crate::stamp::Stamp;

/// Names the Python to the tests.
pub const VARIABLE: &str = "XP2P_PYTHON";

const NAME: &str = if cfg!(windows) { "python" } else { "python3" };

/// A Python with the packages of tests/requirements.txt. Without a Python the tests that ask it are
/// skipped, which their output says; in CI that is a failure.
pub fn environment(project: &Project) -> Result<Option<PathBuf>> {
    if !can_make_environments() && debian::can_install() {
        step("installing Python's venv from the distribution", || debian::install("python3-venv"))?;
    }
    if !can_make_environments() {
        let what = "the tests that Python judges need Python 3 with venv";
        if std::env::var_os("CI").is_some() {
            bail!("{what}: install it");
        }
        announce(&format!("skipping some tests: {what}"));
        return Ok(None);
    }
    let folder = project.target.join("python");
    let requirements = project.tests().join("requirements.txt");
    let stamp = Stamp::in_folder(&folder)
        .path(&requirements)?
        .text(&output(Command::new(NAME).arg("--version"))?);
    stamp.unless_fresh(|| {
        step("installing the Python packages of tests/", || make(&folder, &requirements))
    })?;
    Ok(Some(python_of(&folder)))
}

fn can_make_environments() -> bool {
    succeeds(
        Command::new(NAME)
            .args(["-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))"]),
    )
}

fn make(folder: &Path, requirements: &Path) -> Result<()> {
    run(Command::new(NAME).args(["-m", "venv", "--clear"]).arg(folder))?;
    let pip = ["-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--requirement"];
    run(Command::new(python_of(folder)).args(pip).arg(requirements))
}

fn python_of(folder: &Path) -> PathBuf {
    folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}
