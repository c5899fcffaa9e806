//! The bounded run of every test: the seeds of each target as they are, and changed at random. It knows
//! nothing of coverage; that is what `cargo xtask fuzz` is for.

#[path = "../../say/mod.rs"]
mod say;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};
use xp2p_fuzz::TARGETS;

/// How often each target is run with something random.
const CASES: u32 = 2_000;

/// One change to an input, at a place that is a part of its length.
#[derive(Clone, Debug)]
enum Edit {
    Replace(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
    Cut(Index),
}

/// What means something to one of the parsers.
const WORDS: &[&str] = &[
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ":",
    ";",
    ",",
    "=",
    ".",
    " ",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "%2F",
    "@",
    "#",
    "?",
    "/",
    "0",
    "00",
    "-1",
    "1e9",
    "999999999999999999",
    "1000000000000000",
    "\\u0000",
    "\\ud83c",
    "null",
    "true",
    "é",
    "🍜",
    "\u{202e}",
    "xp2p",
    ";created=1",
    "\"@method\"",
    "signature: ",
    "sha-256=:",
    "https://",
    "443",
    "EUR",
    "sandbox:",
];

fn edit() -> impl Strategy<Value = Edit> {
    let word = select(WORDS).prop_map(|word| word.as_bytes().to_vec());
    let bytes = prop_oneof![word, prop::collection::vec(any::<u8>(), 1..8)];
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Replace(at, byte)),
        (any::<Index>(), bytes).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        (any::<Index>(), 1_usize..16).prop_map(|(at, length)| Edit::Remove(at, length)),
        (any::<Index>(), 1_usize..32).prop_map(|(at, length)| Edit::Repeat(at, length)),
        any::<Index>().prop_map(Edit::Cut),
    ]
}

fn changed(mut input: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        let place = |at: &Index| at.index(input.len() + 1);
        match edit {
            Edit::Replace(at, byte) if !input.is_empty() => {
                let at = at.index(input.len());
                input[at] = *byte;
            }
            Edit::Replace(..) => {}
            Edit::Insert(at, bytes) => {
                let at = place(at);
                input.splice(at..at, bytes.iter().copied());
            }
            Edit::Remove(at, length) => {
                let at = place(at);
                input.drain(at..input.len().min(at + length));
            }
            Edit::Repeat(at, length) => {
                let at = place(at);
                let part = input[at..input.len().min(at + length)].to_vec();
                input.splice(at..at, part);
            }
            Edit::Cut(at) => input.truncate(place(at)),
        }
    }
    input
}

#[test]
fn requirement_27_every_target_holds_for_its_seeds_and_what_is_near_them() {
    let mut total = 0;
    for target in TARGETS {
        let seeds = target.inputs();
        assert!(!seeds.is_empty(), "{}", target.name);
        for seed in &seeds {
            (target.run)(seed);
        }
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let inputs = (select(seeds.clone()), prop::collection::vec(edit(), 1..6));
        let ran = TestRunner::new(config).run(&inputs, |(seed, edits)| {
            (target.run)(&changed(seed, &edits));
            Ok(())
        });
        ran.unwrap_or_else(|error| panic!("{}: {error}", target.name));
        total += seeds.len();
    }
    let targets = TARGETS.len();
    say::say(&format!("{targets} targets, {total} seeds, {CASES} changed inputs for each"));
}

#[test]
fn requirement_27_every_public_parser_of_the_crate_is_reached_by_a_target() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src");
    let mut found = BTreeSet::new();
    for file in files(&source) {
        let name = file.strip_prefix(&source).unwrap().to_string_lossy().replace('\\', "/");
        if name.starts_with("wasm/") {
            continue;
        }
        for line in fs::read_to_string(&file).unwrap().lines() {
            let Some((_, function)) = line.split_once("pub fn ") else { continue };
            let function = &function[..function.find(['(', '<']).unwrap()];
            if function.starts_with("parse")
                || function.starts_with("read")
                || ["from_bytes", "from_jwk_x", "from_wire"].contains(&function)
            {
                found.insert((name.clone(), function.to_owned()));
            }
        }
    }
    let reached: BTreeSet<_> = TARGETS
        .iter()
        .flat_map(|target| target.parsers)
        .flat_map(|(file, functions)| {
            functions.iter().map(|function| ((*file).to_owned(), (*function).to_owned()))
        })
        .collect();
    let (unreached, gone): (Vec<_>, Vec<_>) =
        (found.difference(&reached).collect(), reached.difference(&found).collect());
    assert!(unreached.is_empty(), "no target in tests/fuzz/src/lib.rs reaches {unreached:?}");
    assert!(gone.is_empty(), "there is no {gone:?} any more");
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
