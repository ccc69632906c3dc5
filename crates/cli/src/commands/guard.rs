//! `boatlift guard`: a second process that keeps a cutover's promise when the first cannot.

use crate::args::{Global, MoveArg, values};
use crate::exit::Exit;
use crate::movefile::MoveFile;
use crate::output::Output;
use crate::running::{self, Moving};
use boatlift_core::{Code, Error, Result, SagaState};
use boatlift_engine::journal::read_view;
use boatlift_engine::lift::watch_cutover;
use boatlift_engine::saga::{Finish, Watched};
use boatlift_engine::state::StateDir;
use boatlift_mover_pegasus::{End, PegasusMover, Promise};
use clap::Args;
use std::time::{Duration, Instant};

/// How often it is looked whether a cutover has begun.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The arguments of `guard`.
#[derive(Debug, Args)]
pub(crate) struct GuardArgs {
    #[command(flatten)]
    target: MoveArg,
    /// Wait so long for a cutover to begin
    #[arg(long, value_name = "TIME", value_parser = values::interval)]
    wait: Option<Duration>,
    /// Of Pegasus tables: guard from any host, with nothing but the move file. The fence is watched
    /// on LOWER itself, and taken down when it has stood for `--max-reject`
    #[arg(long)]
    stateless: bool,
    /// With --stateless: for how long writes may be refused
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = values::interval)]
    #[arg(requires = "stateless")]
    max_reject: Duration,
}

impl GuardArgs {
    /// Watches until the cutover has ended, by itself or by this.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let place = self.target.find(global)?;
        if self.stateless {
            return self.afar(&place.file()?, output);
        }
        let state = StateDir::open(&place.directory)?;
        let Moving { mover, .. } = running::moving(&place.file()?, Some(&state))?;
        self.wait_for_one(&state)?;
        match watch_cutover(&state, &*mover, &|| false)? {
            Watched::Nothing => {
                output.result("nothing to guard: no cutover is open")?;
                Ok(Exit::Done)
            }
            Watched::EndedByRun(how) => {
                output.result(format!("the cutover ended by itself: {}", how.word()))?;
                Ok(Exit::Done)
            }
            Watched::EndedByGuard(Finish::Done) => {
                output.result("brought to its end: the switch had been made")?;
                Ok(Exit::Done)
            }
            Watched::EndedByGuard(Finish::Undone(why)) => {
                output.result(format!("undone: users are where they were before: {why}"))?;
                Err(why)
            }
        }
    }

    fn afar(&self, file: &MoveFile, output: &Output) -> Result<Exit> {
        let Some(pegasus) = &file.pegasus else {
            return Err(Error::new(Code::Usage, "cannot guard without the move's state:")
                .because("only a cutover of Pegasus tables shows on LOWER itself"));
        };
        let mover = PegasusMover::new((**pegasus).clone(), &file.name, None)?;
        let promise = Promise { max_reject: self.max_reject, wait: self.wait };
        let guarded = mover.guard_from_afar(promise)?;
        output.result(guarded)?;
        Ok(match guarded.end {
            End::LiftedOnly => Exit::Differences,
            _ => Exit::Done,
        })
    }

    fn wait_for_one(&self, state: &StateDir) -> Result<()> {
        let Some(wait) = self.wait else { return Ok(()) };
        let begun = Instant::now();
        while begun.elapsed() < wait && !is_open(state)? {
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }
}

fn is_open(state: &StateDir) -> Result<bool> {
    let events = read_view(&state.journal_path())?.saga;
    let state = events.iter().try_fold(SagaState::default(), |state, event| state.after(event));
    state.map(|state| state.is_open()).map_err(|illegal| {
        Error::new(Code::StateDamaged, "cannot follow the cutover in the journal").because(illegal)
    })
}
