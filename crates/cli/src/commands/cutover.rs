//! `boatlift cutover`: hand the users over or lead them back, or undo every step of the
//! attempt.

use crate::args::{Global, MoveArg, WatchArgs, values};
use crate::exit::Exit;
use crate::output::Output;
use crate::running::{self, Whither};
use boatlift_core::Result;
use boatlift_engine::lift::{Handover, Until, UpperWrites};
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
    /// Lead users back to LOWER, while the window for that is open (`reverse-window` in the move
    /// file). Nothing is carried down: refused when something was written on UPPER meanwhile
    #[arg(long)]
    reverse: bool,
    /// With --reverse: go back even if something was written on UPPER since the cutover. It stays
    /// on UPPER, LOWER never gets it, and users no longer see it
    #[arg(long, requires = "reverse")]
    discard_upper_writes: bool,
    /// Undo everything if writes would be refused for longer than this
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
        let whither = self.whither();
        let job = self.target.job(global, Until::Done, self.watch)?;
        let wanted = Handover { prepare: self.prepare, max_reject: self.max_reject };
        if self.dry_run {
            let rehearsal = running::rehearse(&job, whither, &wanted, output)?;
            output.result(&rehearsal)?;
            return Ok(if rehearsal.is_ready() { Exit::Done } else { Exit::Differences });
        }
        let (there, here) = match whither {
            Whither::Upper => ("UPPER", "LOWER"),
            Whither::Lower(_) => ("LOWER", "UPPER"),
        };
        match (running::hand_over(&job, whither, &wanted, output)?, whither) {
            (Finish::Done, Whither::Upper) => {
                output.result("done: users follow UPPER, and LOWER refuses writes")?;
                Ok(Exit::Done)
            }
            (Finish::Done, Whither::Lower(_)) => {
                output.result("done: users follow LOWER again, and it accepts writes")?;
                Ok(Exit::Done)
            }
            (Finish::Undone(why), _) => {
                output.result(format!(
                    "undone: users follow {here} as before and were not led to {there}: {why}"
                ))?;
                Err(why)
            }
        }
    }

    fn whither(&self) -> Whither {
        match (self.reverse, self.discard_upper_writes) {
            (false, _) => Whither::Upper,
            (true, false) => Whither::Lower(UpperWrites::Refused),
            (true, true) => Whither::Lower(UpperWrites::Discarded),
        }
    }
}
