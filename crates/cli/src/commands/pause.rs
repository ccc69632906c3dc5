//! `boatlift pause`: stop acting; keep the process and its place.

use crate::args::{Global, MoveArg};
use crate::exit::Exit;
use crate::output::Output;
use crate::steer;
use boatlift_core::{Command, Result};
use clap::Args;

/// The arguments of `pause`.
#[derive(Debug, Args)]
pub(crate) struct Pause {
    #[command(flatten)]
    target: MoveArg,
}

impl Pause {
    /// Tells the running move, or records it for the next run.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        steer::give(&self.target.find(global)?, vec![Command::Pause], output)?;
        Ok(Exit::Done)
    }
}
