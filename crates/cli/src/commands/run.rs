//! `boatlift run`: run a move from check to report.

use crate::args::{Global, MoveArg, WatchArgs};
use crate::exit::Exit;
use crate::output::Output;
use crate::running;
use crate::show;
use boatlift_core::Result;
use boatlift_engine::lift::Until;
use clap::Args;

/// The arguments of `run`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    target: MoveArg,
    /// Approve the held removals of this plan, and carry it out
    #[arg(long, value_name = "PLAN")]
    approve: Option<u64>,
    #[command(flatten)]
    watch: WatchArgs,
}

impl Run {
    /// Runs the move to its end, and sums up.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let mut job = self.target.job(global, Until::Done, self.watch)?;
        job.approve = self.approve;
        let ended = running::carry_out(&job, output)?;
        show::summary(&ended, output)?;
        Ok(ended.exit())
    }
}
