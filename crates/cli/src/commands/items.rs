//! `boatlift items`: the items that need attention, one per line.

use crate::args::{Global, MoveArg};
use crate::exit::Exit;
use crate::output::Output;
use crate::show;
use boatlift_core::event::Note;
use boatlift_core::{Code, Result};
use boatlift_engine::journal::read_view;
use boatlift_engine::state::StateDir;
use boatlift_web::Client;
use clap::Args;

/// The states in which an item needs attention.
const STATES: [&str; 4] = ["failed", "skipped", "moving", "vanished"];

/// The arguments of `items`.
#[derive(Debug, Args)]
pub(crate) struct Items {
    #[command(flatten)]
    target: MoveArg,
    /// Only items in this state
    #[arg(long, value_parser = STATES)]
    state: Option<String>,
}

impl Items {
    /// Lists them, from the running move or from its journal.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let state = StateDir::open(&self.target.find(global)?.directory)?;
        let notes = notes(&state, self.state.as_deref())?;
        match output.json {
            true => output.document(&notes)?,
            false if notes.is_empty() => output.say("no item needs attention"),
            false => output.result(show::notes(&notes))?,
        }
        Ok(Exit::Done)
    }
}

fn notes(state: &StateDir, wanted: Option<&str>) -> Result<Vec<Note>> {
    match Client::connect(state) {
        Ok(mut client) => client.items(wanted),
        Err(error) if error.code == Code::NotRunning => {
            let mut notes = read_view(&state.journal_path())?.notes.first;
            notes.retain(|note| wanted.is_none_or(|wanted| note.state == wanted));
            Ok(notes)
        }
        Err(error) => Err(error),
    }
}
