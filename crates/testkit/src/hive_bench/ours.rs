//! The finished binary at work, measured from process start to exit.

use super::{Bench, Result, USER};
use crate::bench::{Taken, timed};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A move file with its state, both in a directory of their own.
pub(super) struct Ours<'a> {
    bench: &'a Bench,
    home: TempDir,
}

impl<'a> Ours<'a> {
    /// No move yet.
    pub(super) fn new(bench: &'a Bench) -> Result<Ours<'a>> {
        let home = tempfile::Builder::new().prefix("boatlift-bench-").tempdir()?;
        Ok(Ours { bench, home })
    }

    /// Forgets everything that was ever agreed on.
    pub(super) fn forget(&self) -> Result<()> {
        match fs::remove_dir_all(self.state()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Runs `boatlift run` on a move file with this text.
    ///
    /// # Errors
    /// When it does not end with 0; with what it said.
    pub(super) fn run(&self, text: &str) -> Result<Taken> {
        let file = self.home.path().join("move.yaml");
        fs::write(&file, text)?;
        let mut command = self.command("run");
        command.arg(&file).arg("--state-dir").arg(self.state());
        timed(&command, &self.home.path().join("figures"))
    }

    /// The report of the move.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn report(&self) -> Result<Value> {
        let mut command = self.command("report");
        let output = command.arg(self.state()).args(["--format", "json"]).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    fn state(&self) -> PathBuf {
        self.home.path().join("state")
    }

    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(&self.bench.boatlift);
        command.arg(verb).stdin(Stdio::null());
        command.env("HADOOP_USER_NAME", USER).env("NO_COLOR", "1");
        command.env("XDG_STATE_HOME", self.home.path().join("none"));
        command
    }
}
