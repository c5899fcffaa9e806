//! Skipping work whose inputs are the ones of last time.
//!
//! A stamp is a file that lies in what it vouches for, so that deleting the output deletes it too.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

pub struct Stamp {
    file: PathBuf,
    inputs: Sha256,
}

impl Stamp {
    /// A stamp in a folder of output.
    pub fn in_folder(folder: &Path) -> Self {
        Self { file: folder.join(".xtask-stamp"), inputs: Sha256::new() }
    }

    /// Adds an input that is a text, such as the flags of a compiler.
    pub fn text(mut self, text: &str) -> Self {
        self.part(text.as_bytes());
        self
    }

    /// Adds an input that is a file, or every file of a folder; one that is not there counts as such.
    pub fn path(mut self, path: &Path) -> Result<Self> {
        for file in files(path)? {
            self.part(file.strip_prefix(path).unwrap_or(path).as_os_str().as_encoded_bytes());
            self.part(
                &fs::read(&file).with_context(|| format!("could not read {}", file.display()))?,
            );
        }
        self.part(b"");
        Ok(self)
    }

    /// Does the work unless it was done with the same inputs.
    pub fn unless_fresh(self, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let inputs: String =
            self.inputs.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        if fs::read_to_string(&self.file).is_ok_and(|last| last == inputs) {
            return Ok(());
        }
        // Work that fails half-way leaves output that no stamp may vouch for.
        if self.file.exists() {
            fs::remove_file(&self.file)?;
        }
        work()?;
        fs::write(&self.file, inputs)
            .with_context(|| format!("could not write {}", self.file.display()))
    }

    /// Adds one part with its length, so that no two lists of parts look the same.
    fn part(&mut self, bytes: &[u8]) {
        self.inputs.update((bytes.len() as u64).to_le_bytes());
        self.inputs.update(bytes);
    }
}

fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let mut entries =
        fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    entries.sort();
    let nested = entries.iter().map(|entry| files(entry)).collect::<Result<Vec<_>>>()?;
    Ok(nested.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the work is done for the inputs in a folder, and the flags.
    fn works(folder: &Path, flags: &str) -> bool {
        let mut worked = false;
        let stamp =
            Stamp::in_folder(&folder.join("out")).path(&folder.join("in")).unwrap().text(flags);
        stamp
            .unless_fresh(|| {
                worked = true;
                Ok(())
            })
            .unwrap();
        worked
    }

    #[test]
    fn work_is_done_again_only_when_an_input_changes() {
        let folder = std::env::temp_dir().join(format!("xp2p-stamp-{}", std::process::id()));
        fs::create_dir_all(folder.join("in/nested")).unwrap();
        fs::create_dir_all(folder.join("out")).unwrap();
        fs::write(folder.join("in/nested/a"), "1").unwrap();

        assert!(works(&folder, "-O"));
        assert!(!works(&folder, "-O"));
        assert!(works(&folder, "-Oz"));

        fs::write(folder.join("in/nested/a"), "2").unwrap();
        assert!(works(&folder, "-Oz"));
        fs::rename(folder.join("in/nested/a"), folder.join("in/nested/b")).unwrap();
        assert!(works(&folder, "-Oz"));
        assert!(!works(&folder, "-Oz"));

        fs::remove_dir_all(folder.join("out")).unwrap();
        fs::create_dir_all(folder.join("out")).unwrap();
        assert!(works(&folder, "-Oz"), "the stamp goes with the output");

        let failed = Stamp::in_folder(&folder.join("out")).unless_fresh(|| anyhow::bail!("no"));
        assert!(failed.is_err());
        assert!(works(&folder, "-Oz"), "work that failed leaves no stamp");
        fs::remove_dir_all(folder).unwrap();
    }
}
