//! `boatlift check`: examine both sides, and change nothing.

use crate::args::{Global, MoveArg, WatchArgs};
use crate::exit::Exit;
use crate::hadoop;
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
    /// Looks at the roots of a tree, or at the conditions of a Hive move, and tells what they
    /// are. Of a Hive move no state is kept.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let job = self.target.job(global, Until::Checked, self.watch)?;
        if let Some(hive) = &job.file.hive {
            let conditions = hadoop::conditions(hive, job.file.s3_sides())?;
            show::conditions(&job.file.name, &conditions, output)?;
            let good = conditions.iter().all(|condition| condition.standing.is_good());
            return Ok(if good { Exit::Done } else { Exit::Usage });
        }
        let ended = running::carry_out(&job, output)?;
        show::roots(&ended, output)?;
        Ok(ended.exit())
    }
}
