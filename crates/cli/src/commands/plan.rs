//! `boatlift plan`: compare both sides, write down what is to be done, and print it.

use crate::args::{Global, MoveArg, WatchArgs};
use crate::exit::Exit;
use crate::output::Output;
use crate::{hive_files, redshift_files, running, show};
use boatlift_core::Result;
use boatlift_engine::lift::Until;
use clap::Args;

/// The arguments of `plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    target: MoveArg,
    #[command(flatten)]
    watch: WatchArgs,
}

impl PlanArgs {
    /// Makes a plan and prints it. Nothing is written to UPPER.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let job = self.target.job(global, Until::Planned, self.watch)?;
        let ended = running::carry_out(&job, output)?;
        if let Some(warning) = hive_files::warning(&job.file) {
            output.say(format_args!("warning: {warning}"));
        }
        let files = hive_files::write_or_warn(&job.file, &ended, output);
        show::plan(&ended, output)?;
        hive_files::show_locations(files.as_ref(), output)?;
        redshift_files::show_cost(&job.file, &ended, output)?;
        Ok(ended.exit())
    }
}
