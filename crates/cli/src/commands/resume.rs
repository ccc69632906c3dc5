//! `boatlift resume`: go on after a pause.

use crate::args::{Global, MoveArg};
use crate::exit::Exit;
use crate::output::Output;
use crate::steer;
use boatlift_core::{Command, Result};
use clap::Args;

/// The arguments of `resume`.
#[derive(Debug, Args)]
pub(crate) struct Resume {
    #[command(flatten)]
    target: MoveArg,
}

impl Resume {
    /// Tells the running move, or records it for the next run.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        steer::give(&self.target.find(global)?, vec![Command::Resume], output)?;
        Ok(Exit::Done)
    }
}
