//! `boatlift guard`: a second process that keeps a cutover's promise when the first cannot.

use crate::args::{Global, MoveArg, values};
use crate::exit::Exit;
use crate::output::Output;
use crate::running::{self, Moving};
use boatlift_core::{Code, Error, Result, SagaState};
use boatlift_engine::journal::read_view;
use boatlift_engine::lift::watch_cutover;
use boatlift_engine::saga::{Finish, Watched};
use boatlift_engine::state::StateDir;
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
}

impl GuardArgs {
    /// Watches until the cutover has ended, by itself or by this.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let place = self.target.find(global)?;
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
