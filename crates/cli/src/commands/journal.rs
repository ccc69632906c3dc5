//! `boatlift journal`: look after the journal of a move.

use crate::args::{Global, MoveArg};
use crate::exit::Exit;
use crate::output::Output;
use boatlift_core::{Code, Error, Event, Result};
use boatlift_engine::journal::{back_up, check, read_events, vacuum};
use boatlift_engine::state::StateDir;
use clap::{Args, Subcommand};
use serde::Serialize;
use std::io::{ErrorKind, Write, stdout};
use std::path::PathBuf;

/// The arguments of `journal`.
#[derive(Debug, Args)]
pub(crate) struct Journal {
    #[command(subcommand)]
    work: Work,
}

#[derive(Debug, Subcommand)]
enum Work {
    /// Read all of it, and tell what does not agree
    Check(MoveArg),
    /// Copy the state to an empty directory, also while the move runs
    Backup {
        #[command(flatten)]
        target: MoveArg,
        /// Where to: an empty directory, or one that does not exist
        directory: PathBuf,
    },
    /// Print every event as one line of JSON
    Export(MoveArg),
    /// Make it small again: old counts become hourly sums
    Vacuum(MoveArg),
}

/// One line of an export. Times are RFC 3339 in UTC.
#[derive(Serialize)]
struct Line {
    seq: u64,
    at: Option<String>,
    #[serde(flatten)]
    event: Event,
}

impl Journal {
    /// Does what was asked.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let open = |target: MoveArg| StateDir::open(&target.find(global)?.directory);
        match self.work {
            Work::Check(target) => check_state(&open(target)?, output),
            Work::Backup { target, directory } => {
                back_up(&open(target)?, &directory)?;
                output.say(format_args!("the state is copied to {}", directory.display()));
                Ok(Exit::Done)
            }
            Work::Export(target) => export(&open(target)?),
            Work::Vacuum(target) => vacuum_state(&open(target)?, output),
        }
    }
}

fn check_state(state: &StateDir, output: &Output) -> Result<Exit> {
    let report = check(state)?;
    match output.json {
        true => output.document(&report)?,
        false if report.is_sound() => output.result(format_args!(
            "sound: {} events and {} segments agree",
            report.events, report.segments
        ))?,
        false => output.result(report.findings.join("\n"))?,
    }
    Ok(if report.is_sound() { Exit::Done } else { Exit::Failed })
}

fn vacuum_state(state: &StateDir, output: &Output) -> Result<Exit> {
    let report = vacuum(state)?;
    match output.json {
        true => output.document(&report)?,
        false => output.result(format_args!(
            "{} events folded, {} segments removed, {} bytes given back",
            report.events_folded, report.segments_removed, report.bytes_freed
        ))?,
    }
    Ok(Exit::Done)
}

fn export(state: &StateDir) -> Result<Exit> {
    let mut out = std::io::BufWriter::new(stdout().lock());
    let mut gone = false;
    let written = read_events(&state.journal_path(), 0, &mut |seq, at_ms, event| {
        let at = jiff::Timestamp::from_millisecond(at_ms).ok().map(|at| at.to_string());
        let line = Line { seq, at, event };
        let text = serde_json::to_string(&line).map_err(unwritable)?;
        writeln!(out, "{text}").map_err(|error| {
            gone = error.kind() == ErrorKind::BrokenPipe;
            unwritable(error)
        })
    });
    match written.and_then(|()| out.flush().map_err(unwritable)) {
        Err(_) if gone => Ok(Exit::Done),
        other => other.map(|()| Exit::Done),
    }
}

fn unwritable(why: impl std::fmt::Display) -> Error {
    Error::new(Code::Usage, "cannot write to standard output").because(why)
}
