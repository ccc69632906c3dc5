//! `boatlift cutover`: hand the users over or lead them back, or undo every step of the
//! attempt.

use crate::args::{Global, MoveArg, WatchArgs, values};
use crate::exit::Exit;
use crate::movefile::MoveFile;
use crate::output::Output;
use crate::running::{self, Whither};
use boatlift_core::{Code, Error, Result};
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
    /// Undo everything if writes would be refused for longer than this [default: 30min; of Pegasus
    /// tables 30s, or their `manual-window` where clients are led by hand]
    #[arg(long, value_name = "TIME", value_parser = values::interval)]
    max_reject: Option<Duration>,
    /// How long the steps before the fence may take
    #[arg(long, value_name = "TIME", default_value = "5min", value_parser = values::interval)]
    prepare: Duration,
    /// Try so often, when a cutover was undone by what may pass [default: 1; of Pegasus tables 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    attempts: Option<u32>,
    /// Of Pegasus tables without a meta-proxy: refuse writes now, and wait for --switched
    #[arg(long)]
    go: bool,
    /// Say that clients were led to UPPER by hand, to the cutover that waits for it
    #[arg(long, conflicts_with_all = ["dry_run", "reverse", "go"])]
    switched: bool,
    #[command(flatten)]
    watch: WatchArgs,
}

/// How long users may be refused, where nothing is said: a metastore's tables, and a table of
/// Pegasus, whose clients wait.
const MAX_REJECT: Duration = Duration::from_secs(30 * 60);
const MAX_REJECT_PEGASUS: Duration = Duration::from_secs(30);
/// Of Pegasus tables, where a tail sticks now and then.
const ATTEMPTS_PEGASUS: u32 = 5;

impl CutoverArgs {
    /// Brings both sides in step, fences LOWER, drains, switches; or looks at what that needs.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        if self.switched {
            let place = self.target.find(global)?;
            boatlift_mover_pegasus::say_switched(&place.directory)?;
            output.result("said: clients follow UPPER, and the cutover goes on")?;
            return Ok(Exit::Done);
        }
        let whither = self.whither();
        let job = self.target.job(global, Until::Done, self.watch)?;
        let wanted = Handover { prepare: self.prepare, max_reject: self.max_reject(&job.file) };
        if self.dry_run {
            let rehearsal = running::rehearse(&job, whither, &wanted, output)?;
            output.result(&rehearsal)?;
            return Ok(if rehearsal.is_ready() { Exit::Done } else { Exit::Differences });
        }
        self.refuse_without_go(&job.file)?;
        let (there, here) = match whither {
            Whither::Upper => ("UPPER", "LOWER"),
            Whither::Lower(_) => ("LOWER", "UPPER"),
        };
        match (
            running::hand_over(&job, whither, &wanted, self.attempts(&job.file), output)?,
            whither,
        ) {
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

    fn attempts(&self, file: &MoveFile) -> u32 {
        let usual = if file.pegasus.is_some() { ATTEMPTS_PEGASUS } else { 1 };
        self.attempts.unwrap_or(usual)
    }

    fn max_reject(&self, file: &MoveFile) -> Duration {
        let usual = match &file.pegasus {
            None => MAX_REJECT,
            Some(pegasus) if pegasus.authority.is_none() => pegasus.cutover.manual_window.0,
            Some(_) => MAX_REJECT_PEGASUS,
        };
        self.max_reject.unwrap_or(usual)
    }

    /// Nobody's writes are refused by accident while no program could lead them on.
    fn refuse_without_go(&self, file: &MoveFile) -> Result<()> {
        let by_hand = file.pegasus.as_ref().is_some_and(|pegasus| pegasus.authority.is_none());
        match by_hand && !self.go {
            true => Err(Error::new(Code::Usage, "cannot begin a cutover:").because(
                "no `authority` is configured, so that clients must be led by hand while writes \
                 are refused; be ready, and say --go",
            )),
            false => Ok(()),
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
