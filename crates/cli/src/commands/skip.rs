//! `boatlift skip`: leave an item out, with a reason that goes into the report.

use crate::args::{Global, MoveArg};
use crate::exit::Exit;
use crate::output::Output;
use crate::{keys, steer};
use boatlift_core::{Command, Result};
use clap::Args;
use std::ffi::OsString;

/// The arguments of `skip`.
#[derive(Debug, Args)]
pub(crate) struct Skip {
    #[command(flatten)]
    target: MoveArg,
    /// The item, as `items` prints it; a directory's key ends in `/`
    key: OsString,
    /// Why: it goes into the report
    #[arg(long)]
    reason: String,
}

impl Skip {
    /// Tells the running move, or records it for the next run.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let key = keys::read(&self.key)?;
        let command = Command::Skip { key, reason: self.reason };
        steer::give(&self.target.find(global)?, vec![command], output)?;
        Ok(Exit::Done)
    }
}
