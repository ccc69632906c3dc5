//! The finished binary at work, measured from process start to exit.

use super::results::Taken;
use super::{Bench, Result, USER};
use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
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

/// Runs a program under GNU time, which leaves its figures in `notes`.
///
/// # Errors
/// When the program does not end with 0; with what it said.
pub(super) fn timed(command: &Command, notes: &Path) -> Result<Taken> {
    let mut timed = Command::new("/usr/bin/time");
    timed.args(["--quiet", "--format=%U %S %M", "--output"]).arg(notes);
    timed.arg(command.get_program()).args(command.get_args());
    timed.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    timed.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let begun = Instant::now();
    let output = timed.output().map_err(|error| format!("cannot start GNU time: {error}"))?;
    let wall_seconds = begun.elapsed().as_secs_f64();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let program = words(command.get_program());
        return Err(format!("{program} ended with {}: {said}", output.status).into());
    }
    figures(&fs::read_to_string(notes)?, wall_seconds)
}

fn words(program: &OsStr) -> String {
    program.to_string_lossy().into_owned()
}

fn figures(text: &str, wall_seconds: f64) -> Result<Taken> {
    let mut words = text.split_whitespace();
    let mut next = || words.next().ok_or_else(|| format!("GNU time says `{text}`"));
    let (user, system): (f64, f64) = (next()?.parse()?, next()?.parse()?);
    let peak_kib = Some(next()?.parse()?);
    Ok(Taken { wall_seconds, processor_seconds: Some(user + system), peak_kib })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_timed_and_its_failure_told() {
        let home = tempfile::tempdir().expect("a directory");
        let notes = home.path().join("figures");
        let taken = timed(&Command::new("true"), &notes).expect("timed");
        assert!(taken.peak_kib.is_some_and(|kib| kib > 100), "{taken:?}");
        let mut shell = Command::new("sh");
        let failed = timed(shell.args(["-c", "echo woe >&2; exit 3"]), &notes);
        let failed = failed.expect_err("a failure").to_string();
        assert!(failed.contains("woe"), "{failed}");
        assert!(figures("1.0", 1.0).is_err());
    }
}
