//! `boatlift check`: examine both roots, and change nothing.

use crate::args::{Global, MoveArg, WatchArgs};
use crate::exit::Exit;
use crate::output::Output;
use crate::running;
use crate::show;
use boatlift_core::Result;
use boatlift_engine::lift::Until;
use clap::Args;

/// The arguments of `check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    target: MoveArg,
    #[command(flatten)]
    watch: WatchArgs,
}

impl Check {
    /// Looks at the roots, and tells what they are.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let job = self.target.job(global, Until::Checked, self.watch)?;
        let ended = running::carry_out(&job, output)?;
        show::roots(&ended, output)?;
        Ok(ended.exit())
    }
}
