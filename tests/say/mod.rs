//! Numbers that are part of a test's result.

use std::io::Write;

/// Prints a line past the capture of the test runner, which shows nothing of tests that pass.
pub fn say(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}
