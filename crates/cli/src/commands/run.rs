//! `boatlift run`: run a move from check to report.

use crate::args::{Global, MoveArg, WatchArgs};
use crate::exit::Exit;
use crate::output::Output;
use crate::running::Ended;
use crate::{hive_files, redshift_files, running, show, steer};
use boatlift_core::{Command, Result};
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
    /// Runs the move to its end, and sums up; an approval for a move that runs already is
    /// handed to that run.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        if let Some(plan) = self.approve
            && steer::is_running(&self.target.find(global)?)
        {
            let approve = vec![Command::Approve { plan }];
            steer::give(&self.target.find(global)?, approve, output)?;
            return Ok(Exit::Done);
        }
        let mut job = self.target.job(global, Until::Done, self.watch)?;
        job.approve = self.approve;
        let after_pass = |ended: &Ended| redshift_files::write_after_pass(&job.file, ended, output);
        let ended = running::carry_out_telling(&job, output, &after_pass)?;
        hive_files::write_or_warn(&job.file, &ended, output);
        redshift_files::write_or_warn(&job.file, &ended, output);
        show::summary(&ended, output)?;
        Ok(ended.exit())
    }
}
