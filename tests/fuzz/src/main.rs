//! One program for all targets: libFuzzer, which looks for inputs that reach code no other has reached.
#![no_main]
#![forbid(unsafe_code)]

use std::sync::LazyLock;

/// The target that the variable names.
static TARGET: LazyLock<&xp2p_fuzz::Target> = LazyLock::new(|| {
    let name = std::env::var(xp2p_fuzz::VARIABLE).unwrap_or_default();
    let found = xp2p_fuzz::TARGETS.iter().find(|target| target.name == name);
    found.unwrap_or_else(|| panic!("{} names no target: {name}", xp2p_fuzz::VARIABLE))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| (TARGET.run)(data));
