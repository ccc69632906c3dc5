//! `boatlift completions`: completions for a shell.

use crate::args::Cli;
use crate::exit::Exit;
use crate::output::Output;
use boatlift_core::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// The arguments of `completions`.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Prints them: `boatlift completions bash > /etc/bash_completion.d/boatlift`.
    pub(crate) fn run(self, output: &Output) -> Result<Exit> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "boatlift", &mut script);
        output.result(String::from_utf8_lossy(&script))?;
        Ok(Exit::Done)
    }
}
