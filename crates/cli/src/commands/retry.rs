//! `boatlift retry`: try an item again, or all that failed; also those left out.

use crate::args::{Global, MoveArg};
use crate::exit::Exit;
use crate::output::Output;
use crate::{keys, steer};
use boatlift_core::{Command, Result};
use clap::Args;
use std::ffi::OsString;

/// The arguments of `retry`.
#[derive(Debug, Args)]
pub(crate) struct Retry {
    #[command(flatten)]
    target: MoveArg,
    /// The item, as `items` prints it [default: all]
    key: Option<OsString>,
}

impl Retry {
    /// Tells the running move, or records it for the next run.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let key = self.key.as_deref().map(keys::read).transpose()?;
        steer::give(&self.target.find(global)?, vec![Command::Retry { key }], output)?;
        Ok(Exit::Done)
    }
}
