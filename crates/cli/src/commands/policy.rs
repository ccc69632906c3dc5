//! `boatlift policy`: the least rights that a move needs, as policies of IAM.

use crate::args::{Global, MoveArg};
use crate::exit::Exit;
use crate::output::Output;
use boatlift_core::{Code, Error, Result};
use boatlift_engine::state::StateDir;
use boatlift_mover_redshift::RedshiftMover;
use clap::Args;

/// The arguments of `policy`.
#[derive(Debug, Args)]
pub(crate) struct Policy {
    #[command(flatten)]
    target: MoveArg,
}

impl Policy {
    /// Prints LOWER's policy and UPPER's, by what has been collected and planned so far.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let place = self.target.find(global)?;
        let file = place.file()?;
        let Some(redshift) = file.redshift else {
            return Err(Error::new(Code::Usage, "cannot tell the rights of")
                .on(&file.name)
                .because("only moves of mover `redshift` have policies of IAM"));
        };
        let state = StateDir::open(&place.directory)?;
        let mover = RedshiftMover::new(*redshift, &file.name, Some(state.path()))?;
        let [lower, upper] = mover.policies()?;
        let both = serde_json::json!({ "lower": lower, "upper": upper });
        output.result(format!("{both:#}"))?;
        output.say(
            "hint: objects that LOWER encrypts with keys of KMS need kms:Decrypt on those keys, \
             for whoever reads them; the views do not tell the keys",
        );
        Ok(Exit::Done)
    }
}
