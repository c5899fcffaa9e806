//! Packages of the distribution, where they can be installed: as root, on Debian and what descends from it.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::command::{output, run};

pub fn can_install() -> bool {
    cfg!(target_os = "linux") && Path::new("/etc/debian_version").exists() && is_root()
}

pub fn is_root() -> bool {
    cfg!(unix) && output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
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
