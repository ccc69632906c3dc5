//! `boatlift cutover`: hand the users over, or undo every step of the attempt.

use crate::args::{Global, MoveArg, WatchArgs, values};
use crate::exit::Exit;
use crate::output::Output;
use crate::running;
use boatlift_core::Result;
use boatlift_engine::lift::{Handover, Until};
use boatlift_engine::saga::Finish;
use clap::Args;
use std::time::Duration;

/// The arguments of `cutover`.
#[derive(Debug, Args)]
pub(crate) struct CutoverArgs {
    #[command(flatten)]
    target: MoveArg,
    /// Only look whether everything holds that a cutover needs
    #[arg(long)]
    dry_run: bool,
    /// Undo everything if writes on LOWER would be refused for longer than this
    #[arg(long, value_name = "TIME", default_value = "30min", value_parser = values::interval)]
    max_reject: Duration,
    /// How long the steps before the fence may take
    #[arg(long, value_name = "TIME", default_value = "5min", value_parser = values::interval)]
    prepare: Duration,
    #[command(flatten)]
    watch: WatchArgs,
}

impl CutoverArgs {
    /// Brings both sides in step, fences LOWER, drains, switches; or looks at what that needs.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let job = self.target.job(global, Until::Done, self.watch)?;
        let wanted = Handover { prepare: self.prepare, max_reject: self.max_reject };
        if self.dry_run {
            let rehearsal = running::rehearse(&job, &wanted, output)?;
            output.result(&rehearsal)?;
            return Ok(if rehearsal.is_ready() { Exit::Done } else { Exit::Differences });
        }
        match running::hand_over(&job, &wanted, output)? {
            Finish::Done => {
                output.result("done: users follow UPPER, and LOWER refuses writes")?;
                Ok(Exit::Done)
            }
            Finish::Undone(why) => {
                output.result(format!("undone: users follow LOWER as before: {why}"))?;
                Err(why)
            }
        }
    }
}
