//! `boatlift status`: where a move stands, or all moves below the state home.

use crate::args::Global;
use crate::exit::Exit;
use crate::output::Output;
use crate::place::{self, Place};
use boatlift_core::{Code, Result};
use boatlift_engine::state::StateDir;
use boatlift_engine::status::Status;
use boatlift_web::Client;
use clap::Args;
use std::ffi::OsString;

/// The arguments of `status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// A move's name, its state directory, or a move file [default: all below the state home]
    #[arg(value_name = "MOVE")]
    target: Option<OsString>,
}

impl StatusArgs {
    /// Shows it, live where the move runs.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        match (&self.target, &global.state_dir) {
            (Some(target), directory) => {
                one(&Place::find(target, directory.as_deref())?, output)?;
            }
            (None, Some(directory)) => one(&Place::find(directory.as_os_str(), None)?, output)?,
            (None, None) => all(output)?,
        }
        Ok(Exit::Done)
    }
}

fn one(place: &Place, output: &Output) -> Result<()> {
    let status = status(&StateDir::open(&place.directory)?)?;
    match output.json {
        true => output.document(&status),
        false => output.result(status.render()),
    }
}

/// Every move that can be read; what cannot is told and does not hide the others.
fn all(output: &Output) -> Result<()> {
    let mut found = Vec::new();
    for directory in place::all()? {
        match StateDir::open(&directory).and_then(|state| status(&state)) {
            Ok(status) => found.push(status),
            Err(error) => output.say(format_args!("warning: {}: {error}", directory.display())),
        }
    }
    match output.json {
        true => output.document(&found),
        false if found.is_empty() => {
            output.say(format_args!("no move below {}", place::state_home()?.display()));
            Ok(())
        }
        false => found.iter().try_for_each(|status| output.result(status.line())),
    }
}

fn status(state: &StateDir) -> Result<Status> {
    match Client::connect(state) {
        Ok(mut client) => client.status(),
        Err(error) if error.code == Code::NotRunning => Status::from_state(state),
        Err(error) => Err(error),
    }
}
