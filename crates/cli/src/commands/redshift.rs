//! `boatlift redshift`: what only a Redshift move can be told.

use crate::args::{Global, MoveArg};
use crate::exit::Exit;
use crate::output::Output;
use boatlift_core::{Code, Error, Result};
use boatlift_engine::state::StateDir;
use boatlift_mover_redshift::{Collected, RedshiftMover};
use clap::{Args, Subcommand};
use jiff::Timestamp;

/// The arguments of `redshift`.
#[derive(Debug, Args)]
pub(crate) struct Redshift {
    #[command(subcommand)]
    verb: RedshiftVerb,
}

#[derive(Debug, Subcommand)]
enum RedshiftVerb {
    /// Take down what the system views tell, before they forget it after seven days; copying
    /// can come later
    Collect(Collect),
}

#[derive(Debug, Args)]
struct Collect {
    #[command(flatten)]
    target: MoveArg,
}

impl Redshift {
    /// Does what was typed.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        match self.verb {
            RedshiftVerb::Collect(collect) => collect.run(global, output),
        }
    }
}

impl Collect {
    fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let place = self.target.find(global)?;
        let file = place.file()?;
        let Some(redshift) = file.redshift else {
            return Err(Error::new(Code::Usage, "cannot collect for")
                .on(&file.name)
                .because("it is no move of mover `redshift`"));
        };
        let state = StateDir::create_or_open(&place.directory)?;
        let mover = RedshiftMover::new(*redshift, &file.name, Some(state.path()))?;
        let collected = mover.collect(Timestamp::now())?;
        output.result(told(&collected))?;
        Ok(Exit::Done)
    }
}

fn told(collected: &Collected) -> String {
    let Some(window) = &collected.window else {
        return "collected   nothing: the window has not begun yet".to_owned();
    };
    let mut text = format!("collected   queries from {} until {}\n", window.from, window.until);
    if let Some(ended) = window.ended_since {
        text += &format!("            of these, what ended since {ended}\n");
    }
    if let Some(since) = collected.forgotten {
        text += &format!("warning     the views have forgotten what was before {since}\n");
    }
    let left = &collected.left_out;
    for (count, what) in [
        (left.failed, "queries failed or were aborted"),
        (left.undone, "queries were undone with their transactions"),
        (left.running, "queries have not ended: the next collection sees them"),
        (left.no_load, "queries only checked files"),
        (left.failed_files, "files were not loaded"),
        (left.unplaced_files, "files have no bucket in the views"),
        (left.unplaced_scans, "places that Spectrum listed are none in S3"),
        (left.empty_scans, "places that Spectrum listed had no file"),
        (left.cut_scans, "names of listed places may be cut: all that begins so is taken"),
        (left.scaled, "queries ran on scaling clusters: their files can be missing"),
    ] {
        if count > 0 {
            text += &format!("left out    {count} {what}\n");
        }
    }
    text
}
