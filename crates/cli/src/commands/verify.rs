//! `boatlift verify`: prove again that UPPER is as last agreed. Copies nothing.

use crate::args::{Global, MoveArg, WatchArgs, values};
use crate::exit::Exit;
use crate::output::Output;
use crate::running;
use crate::show;
use boatlift_core::Result;
use boatlift_core::policy::Verify;
use boatlift_engine::lift::Until;
use clap::Args;

/// The arguments of `verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    target: MoveArg,
    /// How: UPPER is listed and compared, also some files are read back, or all
    #[arg(long, value_parser = values::verify(), default_value = "content")]
    mode: Verify,
    #[command(flatten)]
    watch: WatchArgs,
}

impl VerifyArgs {
    /// Reads UPPER, and sums up.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let job = self.target.job(global, Until::Verified(self.mode), self.watch)?;
        let ended = running::carry_out(&job, output)?;
        show::summary(&ended, output)?;
        Ok(ended.exit())
    }
}
