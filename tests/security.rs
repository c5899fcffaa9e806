//! The table of SECURITY.md: every requirement has a row, and every row names tests that exist.

mod say;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const REQUIREMENTS: usize = 34;

/// A test of this repository.
struct Test {
    /// The file, from the repository's root, with `/`.
    file: String,
    /// A Rust function, or a title in JavaScript in which a placeholder stands as `*`.
    name: String,
}

impl Test {
    /// The requirements in its name: `requirement_5_and_18_…` in Rust, `requirement 5 and 18: …` in
    /// JavaScript.
    fn requirements(&self) -> Vec<usize> {
        let Some(rest) = self.name.strip_prefix("requirement") else { return Vec::new() };
        let words = rest.split([' ', '_', ':']).skip(1);
        words
            .map_while(|word| if word == "and" { Some(None) } else { word.parse().ok().map(Some) })
            .flatten()
            .collect()
    }

    /// Whether an entry of the table names it: `file: name`, or the name alone.
    fn is_named_by(&self, entry: &str) -> bool {
        let (file, name) = entry.split_once(": ").unwrap_or(("", entry));
        let numbered = self.name.replacen("requirement ", "requirement_", 1).replacen(": ", "_", 1);
        self.file.starts_with(file) && (matches(name, &self.name) || matches(name, &numbered))
    }
}

/// Whether a text is of a pattern in which `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(start) else { return false };
    (0..=text.len()).any(|at| text.is_char_boundary(at) && matches(rest, &text[at..]))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Every file below a folder, without what is installed or built.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !["node_modules", "target", "dist", "vectors"].contains(&name.as_str())
        {
            files(&path, found);
        } else if path.is_file() {
            found.push(path);
        }
    }
}

fn tests() -> Vec<Test> {
    let mut paths = Vec::new();
    for folder in ["src", "tests", "sandbox", "xtask"] {
        files(&root().join(folder), &mut paths);
    }
    let mut found = Vec::new();
    for path in paths {
        let file = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        let names = match path.extension().and_then(|extension| extension.to_str()) {
            Some("rs") => rust_tests(&fs::read_to_string(&path).unwrap()),
            Some("mjs") if file.ends_with(".test.mjs") => {
                javascript_tests(&fs::read_to_string(&path).unwrap())
            }
            _ => continue,
        };
        found.extend(names.into_iter().map(|name| Test { file: file.clone(), name }));
    }
    found
}

/// The functions under `#[test]`, or another attribute that ends in `test`.
fn rust_tests(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut marked = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[") && line.trim_end_matches(']').ends_with("test") {
            marked = true;
        } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| marked) {
            names.push(rest[..rest.find(['(', '<']).unwrap()].to_owned());
            marked = false;
        }
    }
    names
}

/// The titles of `test("…"`, of `await t.test("…"` within one, and of the same with a template, whose
/// placeholders become `*`.
fn javascript_tests(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for line in text.lines().map(str::trim) {
        let line = line.strip_prefix("await t.").unwrap_or(line);
        let Some(rest) = line.strip_prefix("test(") else { continue };
        let Some(quote) = rest.chars().next().filter(|quote| matches!(quote, '"' | '`')) else {
            continue;
        };
        let Some((title, _)) = rest[1..].split_once(quote) else { continue };
        let mut parts = title.split("${");
        let mut name = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            name.push('*');
            name.push_str(part.split_once('}').map_or("", |(_, after)| after));
        }
        names.push(name);
    }
    names
}

struct Row {
    shown: String,
    missing: String,
}

/// The rows by their numbers.
fn rows() -> BTreeMap<usize, Row> {
    let page = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let mut rows = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" |").map(str::trim).collect();
        let Some(number) = cells[0].parse().ok() else { continue };
        let [_, requirement, shown, missing] = cells[..] else { panic!("four cells: {line}") };
        assert!(!requirement.is_empty(), "{line}");
        let row = Row { shown: shown.into(), missing: missing.into() };
        assert!(rows.insert(number, row).is_none(), "{number} twice");
    }
    rows
}

#[test]
fn every_requirement_has_a_row_and_every_row_names_tests_that_exist() {
    let (rows, tests) = (rows(), tests());
    let numbers: Vec<usize> = rows.keys().copied().collect();
    assert_eq!(numbers, (1..=REQUIREMENTS).collect::<Vec<_>>());
    let mut wrong = Vec::new();
    let (mut whole, mut partly, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for (number, Row { shown, missing }) in &rows {
        let numbered = tests.iter().filter(|test| test.requirements().contains(number)).count();
        let entries: Vec<&str> = shown.split('`').skip(1).step_by(2).collect();
        for entry in &entries {
            if !tests.iter().any(|test| test.is_named_by(entry)) {
                wrong.push(format!("{number}: there is no test `{entry}`"));
            }
        }
        match shown.as_str() {
            "not yet" if numbered > 0 => {
                wrong.push(format!(
                    "{number}: not `not yet`, but `requirement_{number}_*`: {numbered} tests"
                ));
            }
            "not yet" if missing.is_empty() => wrong.push(format!("{number}: what is missing?")),
            "not yet" => open.push(*number),
            _ if entries.is_empty() => wrong.push(format!("{number}: names no test")),
            _ if missing.is_empty() => whole.push(*number),
            _ => partly.push(*number),
        }
    }
    assert!(wrong.is_empty(), "SECURITY.md:\n{}", wrong.join("\n"));
    say::say(&format!(
        "requirements: {} shown, {} partly {partly:?}, {} not yet {open:?}",
        whole.len(),
        partly.len(),
        open.len()
    ));
}

#[test]
fn the_check_sees_tests_and_patterns() {
    let test = |file: &str, name: &str| Test { file: file.into(), name: name.into() };
    assert_eq!(test("", "requirement_5_and_18_the_page").requirements(), [5, 18]);
    assert_eq!(test("", "requirement 24: two 7s").requirements(), [24]);
    assert_eq!(test("", "requirements").requirements(), [0; 0]);
    let webhook = test("tests/js/server.test.mjs", "requirement 24: taken once");
    assert!(webhook.is_named_by("requirement_24_*"));
    assert!(webhook.is_named_by("tests/js/server.test.mjs: requirement_24_taken once"));
    assert!(!webhook.is_named_by("requirement_2_*"));
    assert!(!webhook.is_named_by("tests/browser/: *"));
    assert_eq!(
        rust_tests("#[test]\nfn one() {\n#[tokio::test]\nasync fn two() {\nfn three() {"),
        ["one", "two"]
    );
    assert_eq!(
        javascript_tests("test(\"one\", () => {\n  test(`two ${2} 2`, () => {"),
        ["one", "two * 2"]
    );
    assert!(tests().len() > 150);
}

#[test]
fn requirement_19_every_crate_forbids_unsafe_code() {
    let mut paths = Vec::new();
    for folder in ["src", "tests", "sandbox/src", "xtask/src"] {
        files(&root().join(folder), &mut paths);
    }
    let is_root = |path: &PathBuf| {
        let folder = path.parent().unwrap().file_name().unwrap();
        folder == "src"
            && ["lib.rs", "main.rs"].contains(&&*path.file_name().unwrap().to_string_lossy())
    };
    let roots: Vec<_> = paths.into_iter().filter(is_root).collect();
    assert!(roots.len() >= 5, "{roots:?}");
    for path in roots {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("#![forbid(unsafe_code)]"), "{}", path.display());
    }
}
