//! `boatlift abandon`: end a move for good: given up.

use crate::args::{Global, MoveArg};
use crate::ending;
use crate::exit::Exit;
use crate::output::Output;
use boatlift_core::Result;
use boatlift_core::phase::Turn;
use clap::Args;

/// The arguments of `abandon`.
#[derive(Debug, Args)]
pub(crate) struct Abandon {
    #[command(flatten)]
    target: MoveArg,
}

impl Abandon {
    /// Takes away what is ours on UPPER, and closes the journal.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let place = self.target.find(global)?;
        ending::end(&place, Turn::Abandon)?;
        output.say("abandoned: what was moved so far stays on UPPER, and the journal is kept");
        Ok(Exit::Done)
    }
}
