//! `boatlift run`: run a move from check to report.

use super::cutover;
use crate::args::handover::{CutoverWhen, is_led_by_hand};
use crate::args::{Global, HandoverArgs, MoveArg, WatchArgs};
use crate::exit::Exit;
use crate::output::Output;
use crate::running::{Ended, Whither};
use crate::{hive_files, redshift_files, running, show, steer};
use boatlift_core::{Code, Command, Error, Result};
use boatlift_engine::lift::{Begin, Until};
use clap::Args;

/// The arguments of `run`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    target: MoveArg,
    /// Approve the held removals of this plan, and carry it out
    #[arg(long, value_name = "PLAN")]
    approve: Option<u64>,
    /// When to hand the users over: `manual` (`boatlift cutover` does), `auto` (as soon as nothing
    /// stands against it), or `at=TIME`, a time with its zone; until then the move follows LOWER
    #[arg(long, value_name = "WHEN", default_value = "manual", conflicts_with = "approve")]
    cutover: CutoverWhen,
    #[command(flatten)]
    watch: WatchArgs,
    #[command(flatten, next_help_heading = "With --cutover auto or at=TIME")]
    handover: HandoverArgs,
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
        if let Some(begin) = self.cutover.begin()? {
            return self.hand_over(begin, global, output);
        }
        let mut job = self.target.job(global, Until::Done, self.watch)?;
        job.approve = self.approve;
        let after_pass = |ended: &Ended| redshift_files::write_after_pass(&job.file, ended, output);
        let ended = running::carry_out_telling(&job, output, &after_pass)?;
        hive_files::write_or_warn(&job.file, &ended, output);
        let exit = redshift_files::write_or_warn(&job.file, &ended, output);
        show::summary(&ended, output)?;
        Ok(exit)
    }

    /// Follows LOWER until it is time, and hands the users over.
    fn hand_over(self, begin: Begin, global: &Global, output: &Output) -> Result<Exit> {
        let job = self.target.job(global, Until::Done, self.watch)?;
        if is_led_by_hand(&job.file) {
            return Err(Error::new(Code::Usage, "cannot begin a cutover by itself:").because(
                "no `authority` is configured, so that clients must be led by hand: run `boatlift \
                 cutover MOVE --go` when somebody is ready",
            ));
        }
        let wanted = self.handover.wanted(begin, &job.file);
        let attempts = self.handover.attempts(&job.file);
        let finish = running::hand_over(&job, Whither::Upper, &wanted, attempts, output)?;
        cutover::tell(finish, Whither::Upper, &job.file, output)
    }
}
