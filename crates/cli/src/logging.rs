//! Logs: JSON lines in the state directory for machines, warnings on the screen for people.

use crate::output::Output;
use crate::progress::Screen;
use boatlift_core::{Code, Error, Result};
use boatlift_engine::state::StateDir;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Mutex;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, fmt};

/// The variable that asks for more: `BOATLIFT_LOG=debug`, `BOATLIFT_LOG=boatlift_engine=trace`.
const VARIABLE: &str = "BOATLIFT_LOG";

/// Logs to the file in `state`, and warnings to `screen`.
///
/// # Errors
/// [`Code::StateIo`] when the file cannot be opened, [`Code::Usage`] when the variable
/// means nothing.
pub(crate) fn begin(state: &StateDir, screen: Screen, output: &Output) -> Result<()> {
    let path = state.log_path();
    let file =
        OpenOptions::new().append(true).create(true).mode(0o600).open(&path).map_err(|error| {
            Error::new(Code::StateIo, "cannot open").on(path.display()).because(error)
        })?;
    let to_file = fmt::layer().json().with_writer(Mutex::new(file)).with_filter(levels(output)?);
    let to_screen = fmt::layer()
        .without_time()
        .with_target(false)
        .with_ansi(output.colour)
        .with_writer(move || screen.clone())
        .with_filter(told(if output.quiet { LevelFilter::ERROR } else { LevelFilter::WARN }));
    let both = tracing_subscriber::registry().with(to_file).with(to_screen);
    both.try_init().map_err(|why| Error::new(Code::Bug, "cannot begin to log").because(why))
}

/// What is told on the screen. Amazon's client warns of every place without credentials on
/// its way to one that has some; what comes of it is an error of ours.
fn told(level: LevelFilter) -> Targets {
    Targets::new().with_default(level).with_target("aws_config", LevelFilter::ERROR)
}

fn levels(output: &Output) -> Result<EnvFilter> {
    let usual = match output.verbose {
        0 => LevelFilter::INFO,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    // The clients warn of every answer that is an error, before we know what it means.
    let asked = std::env::var(VARIABLE).unwrap_or_default();
    let asked = match asked.is_empty() {
        true => format!("{usual},hdfs_native=error,aws_config=error"),
        false => asked,
    };
    EnvFilter::builder().with_default_directive(usual.into()).parse(asked).map_err(|why| {
        Error::new(Code::Usage, "cannot read the variable").on(VARIABLE).because(why)
    })
}
