//! How to run a program: to its end here, or for as long as a
//! [`Service`](super::process::Service) keeps it.

use super::error::{ServiceError, tail};
use super::network::Network;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How long a program that should end may run.
const RUN_LIMIT_SECONDS: &str = "300";

/// How to run a program.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// The name of the service, and of its log.
    pub name: String,
    /// What to run.
    pub program: OsString,
    /// With which words.
    pub arguments: Vec<OsString>,
    /// Variables on top of our own.
    pub environment: Vec<(String, OsString)>,
    /// Where it runs, and where `NAME.log` is appended to.
    pub directory: PathBuf,
    /// Where it listens.
    pub network: Network,
}

impl Recipe {
    /// A program without arguments in the machine's own network.
    pub fn new(name: &str, program: impl Into<OsString>, directory: &Path) -> Self {
        Recipe {
            name: name.to_owned(),
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            directory: directory.to_path_buf(),
            network: Network::Host,
        }
    }

    /// With more arguments.
    #[must_use]
    pub fn arguments(mut self, words: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.arguments.extend(words.into_iter().map(Into::into));
        self
    }

    /// With one more variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// In another network.
    #[must_use]
    pub fn network(mut self, network: &Network) -> Self {
        self.network = network.clone();
        self
    }

    /// The file that takes what it prints.
    pub fn log(&self) -> PathBuf {
        self.directory.join(format!("{}.log", self.name))
    }

    /// Runs it to its end and gives what it printed to stdout. After five minutes it is
    /// ended, with status 124.
    ///
    /// # Errors
    /// When it cannot be started or does not end with 0; with the end of what it printed.
    pub fn run(&self) -> Result<String, ServiceError> {
        let output = self
            .command(&["timeout", "--kill-after=10", RUN_LIMIT_SECONDS])
            .stdin(Stdio::null())
            .output()
            .map_err(|source| ServiceError::Spawn { program: self.name.clone(), source })?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(said);
        }
        let complained = String::from_utf8_lossy(&output.stderr);
        Err(ServiceError::Failed {
            program: self.name.clone(),
            status: output.status,
            said: tail(&format!("{said}{complained}")),
        })
    }

    /// The program, behind the words of another one that starts it.
    pub(super) fn command(&self, starter: &[&str]) -> Command {
        let mut words = starter.iter().map(OsStr::new).chain([self.program.as_os_str()]);
        let mut command = self.network.command(words.next().unwrap_or_default());
        command.args(words).args(&self.arguments).current_dir(&self.directory);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}
