//! `boatlift finish`: end a move for good: done.

use crate::args::{Global, MoveArg};
use crate::ending;
use crate::exit::Exit;
use crate::output::Output;
use boatlift_core::Result;
use boatlift_core::phase::Turn;
use clap::Args;

/// The arguments of `finish`.
#[derive(Debug, Args)]
pub(crate) struct Finish {
    #[command(flatten)]
    target: MoveArg,
}

impl Finish {
    /// Takes away what is ours on UPPER, and closes the journal.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let place = self.target.find(global)?;
        ending::end(&place, Turn::Finish)?;
        output.say("finished: what was moved stays as it is, and the journal is kept");
        Ok(Exit::Done)
    }
}
