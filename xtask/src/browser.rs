//! A browser to test in: one that is there, or Debian's.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{step, succeeds};
use crate::debian;

/// Names a browser to the tests, and to this command.
pub const VARIABLE: &str = "XP2P_CHROMIUM";

const NAMES: &[&str] =
    &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/// Where installers put a browser without putting it on the PATH.
const PLACES: &[&str] = &[
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
    "/opt/google/chrome/chrome",
    "/snap/bin/chromium",
];

/// A Chromium or Chrome, installed if that can be done.
pub fn chromium() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os(VARIABLE) {
        let named = PathBuf::from(named);
        if !named.is_file() {
            bail!("{VARIABLE} names {}, where there is no browser", named.display());
        }
        return Ok(named);
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    if debian::can_install() {
        step("installing Chromium from the distribution", || debian::install("chromium"))?;
        if let Some(found) = find() {
            return Ok(found);
        }
    }
    bail!("the browser tests need Chromium or Chrome: install one, or name it in {VARIABLE}")
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let named = std::env::split_paths(&path).flat_map(|folder| {
        NAMES.iter().map(move |name| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
    });
    named.chain(PLACES.iter().map(PathBuf::from)).find(|browser| runs(browser))
}

/// Ubuntu has a `chromium` that is only a hint to install something else.
fn runs(browser: &Path) -> bool {
    // Chrome on Windows opens a window for `--version`.
    browser.is_file() && (cfg!(windows) || succeeds(Command::new(browser).arg("--version")))
}
