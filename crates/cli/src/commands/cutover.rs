//! `boatlift cutover`: hand the users over or lead them back, or undo every step of the
//! attempt.

use crate::args::handover::is_led_by_hand;
use crate::args::{Global, HandoverArgs, MoveArg, WatchArgs};
use crate::exit::Exit;
use crate::movefile::MoveFile;
use crate::output::Output;
use crate::running::{self, Whither};
use boatlift_core::{Code, Error, Result};
use boatlift_engine::lift::{Begin, Until, UpperWrites};
use boatlift_engine::saga::Finish;
use clap::Args;

/// The arguments of `cutover`.
#[derive(Debug, Args)]
pub(crate) struct CutoverArgs {
    #[command(flatten)]
    target: MoveArg,
    /// Only look whether everything holds that a cutover needs
    #[arg(long)]
    dry_run: bool,
    /// Lead users back to LOWER, while the window for that is open (`reverse-window` in the move
    /// file). Nothing is carried down: refused when something was written on UPPER meanwhile. Pegasus
    /// tables need --keep-reverse before, and what was written is shipped down
    #[arg(long)]
    reverse: bool,
    /// Of Pegasus tables: have UPPER ship back what is written there from the switch on, as
    /// `keep-reverse` in the move file
    #[arg(long, conflicts_with = "reverse")]
    keep_reverse: bool,
    /// With --reverse: go back even if something was written on UPPER since the cutover. It stays
    /// on UPPER, LOWER never gets it, and users no longer see it
    #[arg(long, requires = "reverse")]
    discard_upper_writes: bool,
    #[command(flatten)]
    handover: HandoverArgs,
    /// Of Pegasus tables without a meta-proxy: refuse writes now, and wait for --switched
    #[arg(long)]
    go: bool,
    /// Say that clients were led by hand, to the cutover that waits for it
    #[arg(long, conflicts_with_all = ["dry_run", "reverse", "go"])]
    switched: bool,
    #[command(flatten)]
    watch: WatchArgs,
}

impl CutoverArgs {
    /// Brings both sides in step, fences LOWER, drains, switches; or looks at what that needs.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        if self.switched {
            let place = self.target.find(global)?;
            boatlift_mover_pegasus::say_switched(&place.directory)?;
            output.result("said: clients were led, and the cutover goes on")?;
            return Ok(Exit::Done);
        }
        let whither = self.whither();
        let mut job = self.target.job(global, Until::Done, self.watch)?;
        if self.keep_reverse {
            keep_reverse(&mut job.file)?;
        }
        let wanted = self.handover.wanted(Begin::Now, &job.file);
        if self.dry_run {
            let rehearsal = running::rehearse(&job, whither, &wanted, output)?;
            output.result(&rehearsal)?;
            return Ok(if rehearsal.is_ready() { Exit::Done } else { Exit::Differences });
        }
        self.refuse_without_go(&job.file)?;
        let attempts = self.handover.attempts(&job.file);
        let finish = running::hand_over(&job, whither, &wanted, attempts, output)?;
        tell(finish, whither, &job.file, output)
    }

    /// Nobody's writes are refused by accident while no program could lead them on.
    fn refuse_without_go(&self, file: &MoveFile) -> Result<()> {
        match is_led_by_hand(file) && !self.go {
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

/// Says how a cutover ended, and gives its exit code.
///
/// # Errors
/// Why it was undone.
pub(crate) fn tell(
    finish: Finish,
    whither: Whither,
    file: &MoveFile,
    output: &Output,
) -> Result<Exit> {
    let (there, here) = match whither {
        Whither::Upper => ("UPPER", "LOWER"),
        Whither::Lower(_) => ("LOWER", "UPPER"),
    };
    match (finish, whither) {
        (Finish::Done, Whither::Upper) => {
            let pegasus = file.pegasus.as_ref();
            let lower = match pegasus.is_some_and(|pegasus| pegasus.cutover.keep_reverse) {
                true => "LOWER refuses readers, and takes what UPPER ships back",
                false => "LOWER refuses writes",
            };
            output.result(format!("done: users follow UPPER, and {lower}"))?;
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

fn keep_reverse(file: &mut MoveFile) -> Result<()> {
    let pegasus = file.pegasus.as_mut().ok_or_else(|| {
        Error::new(Code::Usage, "cannot keep a way back as --keep-reverse asks:")
            .because("it is for Pegasus tables")
    })?;
    pegasus.cutover.keep_reverse = true;
    file.checked("the command line")
}
