//! Whether the package is the same wherever it is built: in a copy of the sources in another folder, with
//! nothing that was compiled before.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{announce, cargo, output, run};
use crate::package;
use crate::project::Project;

/// The hashes of what pages load, in pkg/dist/: the build writes them.
const HASHES: &str = "pkg/dist/integrity.json";

pub fn compare(project: &Project) -> Result<()> {
    package::build(project)?;
    let copy = project.target.join("reproduce").join("another folder");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    announce("building the package once more, in another folder");
    copy_sources(&project.root, &copy)?;
    run(cargo().args(["xtask", "build"]).current_dir(&copy).env_remove("CARGO_TARGET_DIR"))?;
    let [here, there] = [&project.root, &copy].map(|root| fs::read_to_string(root.join(HASHES)));
    let (here, there) = (here?, there?);
    print!("{here}");
    if here != there {
        bail!("another folder gives another package:\n{there}");
    }
    println!("the same, built in two folders");
    Ok(())
}

/// Every file that git does not ignore, as it is now.
fn copy_sources(root: &Path, copy: &Path) -> Result<()> {
    let mut list = Command::new("git");
    list.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root);
    let files = output(&mut list)?;
    for file in files.split_terminator('\0') {
        let to = copy.join(file);
        fs::create_dir_all(to.parent().context("a file lies in a folder")?)?;
        fs::copy(root.join(file), to).with_context(|| format!("could not copy {file}"))?;
    }
    Ok(())
}
