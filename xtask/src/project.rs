//! Where things are.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::command::{cargo, output};

/// The version of the crate and of the npm package.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub struct Project {
    /// The workspace.
    pub root: PathBuf,
    /// Cargo's target folder, wherever it was configured to be.
    pub target: PathBuf,
}

impl Project {
    pub fn find() -> Result<Self> {
        let metadata = output(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
        let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
        let path = |key| {
            metadata[key].as_str().map(PathBuf::from).context("cargo metadata names no workspace")
        };
        Ok(Self { root: path("workspace_root")?, target: path("target_directory")? })
    }

    /// The npm package's sources.
    pub fn pkg(&self) -> PathBuf {
        self.root.join("pkg")
    }

    pub fn tests(&self) -> PathBuf {
        self.root.join("tests")
    }

    pub fn www(&self) -> PathBuf {
        self.root.join("www")
    }

    /// What wasm-bindgen writes for the package.
    pub fn wasm(&self) -> PathBuf {
        self.pkg().join("wasm")
    }

    /// The npm package as it is published, unpacked.
    pub fn published(&self) -> PathBuf {
        self.target.join("npm/package")
    }

    /// The npm package as it is published.
    pub fn tarball(&self) -> PathBuf {
        self.target.join(format!("npm/xp2p-{VERSION}.tgz"))
    }

    /// The wallet's page with the package beside it, as the sandbox serves it.
    pub fn wallet(&self) -> PathBuf {
        self.target.join("wallet")
    }

    /// The sandbox that `cargo build -p xp2p-sandbox` makes.
    pub fn sandbox(&self) -> PathBuf {
        self.program("xp2p-sandbox")
    }

    /// The sandbox that can do without a verification.
    pub fn careless_sandbox(&self) -> PathBuf {
        self.program("careless-sandbox")
    }

    fn program(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }
}
