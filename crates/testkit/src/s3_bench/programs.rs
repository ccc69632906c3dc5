//! The programs that are measured, each told the same: which buckets at which servers.

use super::Bench;
use crate::bench::{Result, Taken, timed};
use crate::services::s3::S3Endpoint;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Ourselves.
pub(super) const BOATLIFT: &str = "boatlift mirror";
/// The peers.
pub(super) const S5CMD: &str = "s5cmd";
pub(super) const RCLONE: &str = "rclone";
/// Objects that `rclone` is told to carry and to look at together: as many as we have requests
/// in flight. By itself it would take 4 and 8. `s5cmd` takes 256 by itself.
const RCLONE_AT_ONCE: &str = "64";

/// A bucket at a server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) server: &'a S3Endpoint,
    pub(super) bucket: &'a str,
}

impl Place<'_> {
    pub(super) fn url(&self) -> String {
        format!("s3://{}", self.bucket)
    }
}

/// The programs, with a folder for the state of ours.
pub(super) struct Programs<'a> {
    bench: &'a Bench,
    home: TempDir,
}

impl<'a> Programs<'a> {
    pub(super) fn new(bench: &'a Bench) -> Result<Programs<'a>> {
        let home = tempfile::Builder::new().prefix("boatlift-bench-").tempdir()?;
        Ok(Programs { bench, home })
    }

    /// `boatlift mirror`, to which options can be added.
    pub(super) fn boatlift(&self, lower: Place<'_>, upper: Place<'_>) -> Command {
        let mut command = self.program(&self.bench.boatlift, lower.server);
        command.args(["mirror", &lower.url(), &upper.url()]);
        command.args(["--lower-endpoint-url", &lower.server.url]);
        command.args(["--upper-endpoint-url", &upper.server.url]);
        command.args(["--lower-credentials=environment", "--upper-credentials=environment"]);
        command.arg("--state-dir").arg(self.state());
        command
    }

    /// Forgets everything that was ever agreed on.
    pub(super) fn forget(&self) -> Result<()> {
        match fs::remove_dir_all(self.state()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// `s5cmd`, with a server and the words that follow.
    pub(super) fn s5cmd(&self, server: &S3Endpoint, words: &[&str]) -> Command {
        let mut command = self.program(&self.bench.s5cmd, server);
        command.args(["--endpoint-url", &server.url, "--log", "error"]).args(words);
        command
    }

    /// `rclone` with the words that follow; `lower:` and `upper:` are the two servers.
    pub(super) fn rclone(&self, lower: &S3Endpoint, upper: &S3Endpoint, words: &[&str]) -> Command {
        let mut command = self.program(&self.bench.rclone, lower);
        // It refuses to start where one is named.
        command.env("RCLONE_CONFIG", "/dev/null").env_remove("AWS_CA_BUNDLE");
        for (name, server) in [("LOWER", lower), ("UPPER", upper)] {
            for (key, value) in [
                ("TYPE", "s3"),
                ("PROVIDER", "Other"),
                ("ENV_AUTH", "true"),
                ("REGION", &server.region),
                ("ENDPOINT", &server.url),
            ] {
                command.env(format!("RCLONE_CONFIG_{name}_{key}"), value);
            }
        }
        command.args(words).args(["--transfers", RCLONE_AT_ONCE, "--checkers", RCLONE_AT_ONCE]);
        command.args(["--fast-list", "--s3-no-check-bucket"]);
        command
    }

    /// Runs one to its end.
    pub(super) fn timed(&self, command: &Command) -> Result<Taken> {
        timed(command, &self.home.path().join("figures"))
    }

    /// A program with the credentials of a server.
    pub(super) fn program(&self, program: &Path, server: &S3Endpoint) -> Command {
        let mut command = Command::new(program);
        command.env("AWS_ACCESS_KEY_ID", &server.owner.access_key);
        command.env("AWS_SECRET_ACCESS_KEY", &server.owner.secret_key);
        command.env("AWS_REGION", &server.region).env("NO_COLOR", "1").stdin(Stdio::null());
        command
    }

    /// Where our state lies.
    pub(super) fn state(&self) -> PathBuf {
        self.home.path().join("state")
    }
}

impl Bench {
    /// What the peers say of themselves.
    pub(super) fn versions(&self) -> Result<BTreeMap<String, String>> {
        let mut versions = BTreeMap::new();
        for (name, program) in [(S5CMD, &self.s5cmd), (RCLONE, &self.rclone)] {
            let output = Command::new(program).arg("version").output()?;
            let said = String::from_utf8_lossy(&output.stdout);
            versions.insert(name.to_owned(), said.lines().next().unwrap_or_default().to_owned());
        }
        versions.insert("server".to_owned(), "Versity's gateway 1.7.0, data in memory".to_owned());
        Ok(versions)
    }
}
