//! Browsers to test in: those that are there, or Debian's.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{announce, step, succeeds};
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

/// The variables that name the browsers to the tests: Chromium, and Firefox and WebKit where they are
/// there or can be installed. The tests leave out what has no name, and say so.
pub fn all() -> Result<Vec<(&'static str, PathBuf)>> {
    let mut named = vec![(VARIABLE, chromium()?)];
    if let Some(firefox) = optional("Firefox", &["firefox-esr"], firefox)? {
        named.push(("XP2P_FIREFOX", firefox));
    }
    let webkit = ["webkit2gtk-driver", "xvfb", "xauth", "dbus"];
    if let Some((driver, browser)) = optional("WebKit", &webkit, webkit_gtk)? {
        named.push(("XP2P_WEBKIT", driver));
        named.push(("XP2P_MINIBROWSER", browser));
    }
    Ok(named)
}

/// A browser that is found, or found once its packages are installed.
fn optional<T>(name: &str, packages: &[&str], find: impl Fn() -> Option<T>) -> Result<Option<T>> {
    if let Some(found) = find() {
        return Ok(Some(found));
    }
    if debian::can_install() {
        step(&format!("installing {name} from the distribution"), || {
            packages.iter().try_for_each(|package| debian::install(package))
        })?;
        return match find() {
            Some(found) => Ok(Some(found)),
            None => bail!("{name} is installed, and not where it was expected"),
        };
    }
    announce(&format!("{name} is not here: its tests are left out"));
    Ok(None)
}

fn firefox() -> Option<PathBuf> {
    const PLACES: [&str; 2] = [
        "/Applications/Firefox.app/Contents/MacOS/firefox",
        "C:/Program Files/Mozilla Firefox/firefox.exe",
    ];
    let named = std::env::var_os("XP2P_FIREFOX").map(PathBuf::from);
    let found = on_path(&["firefox-esr", "firefox"]).chain(PLACES.iter().map(PathBuf::from));
    named.into_iter().chain(found).find(|browser| runs(browser))
}

/// The driver of WebKitGTK, its browser, and the display server that both need.
fn webkit_gtk() -> Option<(PathBuf, PathBuf)> {
    on_path(&["Xvfb"]).find(|server| server.is_file())?;
    let driver = on_path(&["WebKitWebDriver"]).find(|driver| driver.is_file())?;
    // It lies in a folder for its architecture and one for the version of its interface.
    let libraries = std::fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path());
    let browser = libraries
        .flat_map(|folder| {
            ["webkitgtk-6.0", "webkit2gtk-4.1", "webkit2gtk-4.0"].map(|name| folder.join(name))
        })
        .map(|folder| folder.join("MiniBrowser"))
        .find(|browser| browser.is_file())?;
    Some((driver, browser))
}

fn find() -> Option<PathBuf> {
    on_path(NAMES).chain(PLACES.iter().map(PathBuf::from)).find(|browser| runs(browser))
}

/// Where programs with these names would be on the PATH.
fn on_path(names: &[&str]) -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let files = folders.into_iter().flat_map(|folder| {
        names.iter().map(move |name| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
    });
    files.collect::<Vec<_>>().into_iter()
}

/// Ubuntu has a `chromium` that is only a hint to install something else.
fn runs(browser: &Path) -> bool {
    // Chrome on Windows opens a window for `--version`.
    browser.is_file() && (cfg!(windows) || succeeds(Command::new(browser).arg("--version")))
}
