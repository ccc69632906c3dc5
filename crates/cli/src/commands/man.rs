//! `boatlift man`: one man page for the program and one for each verb.

use crate::args::Cli;
use crate::exit::Exit;
use crate::output::Output;
use boatlift_core::{Code, Error, Result};
use clap::{Args, CommandFactory};
use std::path::PathBuf;

/// The arguments of `man`.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The directory to write them to, which must exist
    directory: PathBuf,
}

impl Man {
    /// Writes `boatlift.1`, `boatlift-mirror.1` and so on.
    pub(crate) fn run(self, output: &Output) -> Result<Exit> {
        clap_mangen::generate_to(Cli::command(), &self.directory).map_err(|error| {
            Error::new(Code::Usage, "cannot write man pages to")
                .on(self.directory.display())
                .because(error)
        })?;
        output.say(format_args!("man pages are in {}", self.directory.display()));
        Ok(Exit::Done)
    }
}
