//! How large the package is on the wire, beside the budgets of the design.

use anyhow::{Context, Result, bail};

use crate::command::{node, output};
use crate::package;
use crate::project::Project;

struct Row {
    what: &'static str,
    /// Files of the package's dist/ whose sizes are added up.
    files: &'static [&'static str],
    /// Thousands of bytes after brotli.
    budget: usize,
}

const WASM: &str = "xp2p.wasm";
/// What a page loads first. What asks payers is imported while the wasm is on its way, and does not hold it up.
const SLIM: &str = "slim.js";

const ROWS: &[Row] = &[
    Row { what: "xp2p/xp2p.wasm", files: &[WASM], budget: 40 },
    Row { what: "xp2p/slim, script before the wasm", files: &[SLIM], budget: 6 },
    // The two above, which come one after the other.
    Row { what: "xp2p/slim, wasm and script", files: &[WASM, SLIM], budget: 46 },
    // As bundlers send it first.
    Row { what: "xp2p, wasm inline", files: &["index.js"], budget: 50 },
    // One file with what asks payers as well.
    Row { what: "xp2p.min.js", files: &["xp2p.min.js"], budget: 54 },
    // As one classic script, for a tag.
    Row { what: "xp2p with xp2p/button", files: &["xp2p-button.min.js"], budget: 60 },
    Row { what: "xp2p/xp2p-amount.wasm", files: &["xp2p-amount.wasm"], budget: 27 },
    Row { what: "xp2p/amount, wasm inline", files: &["xp2p-amount.min.js"], budget: 33 },
];

/// Node has both compressions at the settings of a server that compresses once. A file that is one of several
/// is measured as bundlers send it: with what it imports, and without what it imports later.
const MEASURE: &str = r#"
    const { readFileSync, readdirSync } = require('node:fs');
    const { dirname, join } = require('node:path');
    const { gzipSync, brotliCompressSync } = require('node:zlib');
    const { buildSync } = require(require.resolve('esbuild', { paths: [process.cwd()] }));
    const bundled = (file) => {
        const modules = readdirSync(dirname(file)).filter((name) => name.endsWith('.js'));
        const texts = modules.map((name) => readFileSync(join(dirname(file), name), 'utf8'));
        const external = texts.flatMap((text) => [...text.matchAll(/import\("([^"]+)"\)/g)].map(([, path]) => path));
        const options = { bundle: true, minify: true, format: 'esm', target: 'es2022', charset: 'utf8' };
        const logOverride = { 'ignored-bare-import': 'silent' };
        const made = buildSync({ ...options, logOverride, entryPoints: [file], external, write: false });
        return Buffer.from(made.outputFiles[0].contents);
    };
    for (const file of process.argv.slice(1)) {
        const bytes = /(?<!\.min)\.js$/.test(file) ? bundled(file) : readFileSync(file);
        console.log(bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length);
    }"#;

/// Raw, gzip and brotli bytes.
type Sizes = [usize; 3];

pub fn report(project: &Project, check: bool) -> Result<()> {
    package::build(project)?;
    println!(
        "{:34} {:>9} {:>9} {:>9}   budget (1 KB is 1000 bytes of brotli)",
        "", "raw", "gzip", "brotli"
    );
    let mut over = Vec::new();
    for row in ROWS {
        let [raw, gzip, brotli] = measure(project, row)?;
        let within = brotli <= row.budget * 1000;
        let verdict = if within { "within" } else { "OVER" };
        println!("{:34} {raw:9} {gzip:9} {brotli:9}   {:>2} KB, {verdict}", row.what, row.budget);
        if !within {
            over.push(row.what);
        }
    }
    if check && !over.is_empty() {
        bail!("over budget: {}", over.join("; "));
    }
    Ok(())
}

/// Each file is compressed on its own, as it is sent.
fn measure(project: &Project, row: &Row) -> Result<Sizes> {
    let dist = project.published().join("dist");
    let files = row.files.iter().map(|file| dist.join(file));
    let measure = ["--eval", MEASURE, "--"];
    let printed = output(node().args(measure).args(files).current_dir(project.pkg()))?;
    let numbers = printed.split_whitespace().map(str::parse).collect::<Result<Vec<usize>, _>>()?;
    let (each, []) = numbers.as_chunks::<3>() else {
        bail!("node did not print three sizes for each file")
    };
    each.iter()
        .copied()
        .reduce(|a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]])
        .context("no file was measured")
}
