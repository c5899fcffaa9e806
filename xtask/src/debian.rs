//! Packages of the distribution, where they can be installed: as root, on Debian and what descends from it.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::command::{output, run, step, succeeds};

pub fn can_install() -> bool {
    cfg!(target_os = "linux") && Path::new("/etc/debian_version").exists() && is_root()
}

pub fn is_root() -> bool {
    cfg!(unix) && output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Whether a program is there, after installing its package where that can be done.
pub fn has(program: &str, package: &str) -> Result<bool> {
    let found = || succeeds(Command::new(program).arg("--version"));
    if !found() && can_install() {
        step(&format!("installing {package} from the distribution"), || install(package))?;
    }
    Ok(found())
}

pub fn install(package: &str) -> Result<()> {
    let apt_get = || {
        let mut apt_get = Command::new("apt-get");
        apt_get.env("DEBIAN_FRONTEND", "noninteractive").arg("-q");
        apt_get
    };
    run(apt_get().arg("update"))?;
    run(apt_get().args(["install", "--yes", "--no-install-recommends", package]))
}
