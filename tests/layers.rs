//! The one arrow: a room imports rooms before it and `error`, never one after it.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms in their order. `receipt` and `transport` do not know each other.
const ROOMS: [&str; 9] = [
    "error",
    "amount",
    "request",
    "canonical",
    "signature",
    "receipt",
    "transport",
    "client",
    "wasm",
];

#[test]
fn every_room_imports_only_earlier_rooms() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut checked = 0;
    for file in rust_files(&source) {
        let name = file.strip_prefix(&source).unwrap().display().to_string();
        let Some(room) = ROOMS.iter().position(|room| belongs_to(&name, room)) else {
            assert_eq!(name, "lib.rs", "a file outside the rooms");
            continue;
        };
        for imported in imports(&fs::read_to_string(&file).unwrap()) {
            let Some(other) = ROOMS.iter().position(|room| *room == imported) else {
                continue;
            };
            let sideways = ROOMS[room] == "transport" && imported == "receipt";
            assert!(other <= room && !sideways, "{name} imports the later room `{imported}`");
            checked += 1;
        }
    }
    assert!(checked > 30, "only {checked} imports were found: does this test still read the code?");
}

#[test]
fn the_pure_rooms_do_no_input_or_output() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in rust_files(&source) {
        let name = file.strip_prefix(&source).unwrap().display().to_string();
        if name.starts_with("wasm/") || name == "transport/fetch.rs" {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for world in [
            "std::net",
            "std::fs",
            "std::time",
            "std::env",
            "std::thread",
            "getrandom",
            "js_sys",
            "web_sys",
        ] {
            assert!(!text.contains(world), "{name} uses {world}");
        }
    }
}

fn belongs_to(file: &str, room: &str) -> bool {
    file == format!("{room}.rs") || file.starts_with(&format!("{room}/"))
}

/// The first segment after every `crate::`, and inside `use crate::{…}`.
fn imports(text: &str) -> Vec<&str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut found = Vec::new();
    for line in code {
        for (index, _) in line.match_indices("crate::") {
            let rest = &line[index + "crate::".len()..];
            assert!(!rest.starts_with('{'), "write `use crate::room::…` for each room: {line}");
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            found.push(&rest[..end]);
        }
    }
    found
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
