//! `boatlift report`: the report of a move, made from its journal.

use crate::args::{Global, MoveArg};
use crate::exit::Exit;
use crate::output::Output;
use crate::running;
use boatlift_core::{Code, Error, Result};
use boatlift_engine::report::{Format, Report};
use boatlift_engine::state::StateDir;
use clap::Args;
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write, stdout};
use std::path::PathBuf;

/// The arguments of `report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    target: MoveArg,
    /// Form of the report: md, json, csv (one line per item) or html [default: md; json with --json]
    #[arg(long)]
    format: Option<Format>,
    /// Write it to this file, not to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl ReportArgs {
    /// Prints the report, or writes it to a file.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let place = self.target.find(global)?;
        let mover = running::moving(&place.file()?, None)?.mover;
        let report = Report::from_state(&StateDir::open(&place.directory)?, mover.as_ref())?;
        let usual = if output.json { Format::Json } else { Format::Markdown };
        let format = self.format.unwrap_or(usual);
        match &self.out {
            None => report.write(format, &mut Forgiving(stdout().lock()))?,
            Some(path) => {
                let fail = |error: std::io::Error| {
                    Error::new(Code::Usage, "cannot write report to")
                        .on(path.display())
                        .because(error)
                };
                let mut file = BufWriter::new(File::create(path).map_err(fail)?);
                report.write(format, &mut file)?;
                file.flush().map_err(fail)?;
            }
        }
        Ok(Exit::Done)
    }
}

/// A writer whose reader may go away (`| head`): what is not read is not missed.
struct Forgiving<W>(W);

impl<W: Write> Write for Forgiving<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(bytes.len()),
            other => other,
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self.0.flush() {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }
}
