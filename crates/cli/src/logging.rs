//! Logs: JSON lines in the state directory for machines, warnings on the screen for people,
//! and where a replaced tool kept a log of its own, that one.

use crate::output::Output;
use crate::progress::Screen;
use boatlift_core::{Code, Error, Result};
use boatlift_engine::state::StateDir;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::Mutex;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, fmt};

/// The variable that asks for more: `BOATLIFT_LOG=debug`, `BOATLIFT_LOG=boatlift_engine=trace`.
const VARIABLE: &str = "BOATLIFT_LOG";

/// A log in the place and under the name of a replaced tool's: plain lines, of ours alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToolLog {
    /// The file.
    pub(crate) path: PathBuf,
    /// What is written to it.
    pub(crate) level: LevelFilter,
    /// How many older ones are kept beside it, as `NAME.1` and so on.
    pub(crate) older: u32,
}

impl ToolLog {
    /// Begins the file anew; what stood there is the youngest of the older ones.
    fn open(&self) -> Result<File> {
        let failed = |error| {
            Error::new(Code::StateIo, "cannot open the log").on(self.path.display()).because(error)
        };
        if let Some(directory) = self.path.parent() {
            std::fs::create_dir_all(directory).map_err(failed)?;
        }
        for number in (0..self.older).rev() {
            match std::fs::rename(self.older(number), self.older(number + 1)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
                _ => {}
            }
        }
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        options.open(&self.path).map_err(failed)
    }

    fn older(&self, number: u32) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        if number > 0 {
            name.push(format!(".{number}"));
        }
        name.into()
    }
}

/// Logs to the file in `state`, to the replaced tool's where there is one, and warnings to
/// `screen`.
///
/// # Errors
/// [`Code::StateIo`] when a file cannot be opened, [`Code::Usage`] when the variable
/// means nothing.
pub(crate) fn begin(
    state: &StateDir,
    tool: Option<&ToolLog>,
    screen: Screen,
    output: &Output,
) -> Result<()> {
    let path = state.log_path();
    let file =
        OpenOptions::new().append(true).create(true).mode(0o600).open(&path).map_err(|error| {
            Error::new(Code::StateIo, "cannot open").on(path.display()).because(error)
        })?;
    let to_file = fmt::layer().json().with_writer(Mutex::new(file)).with_filter(levels(output)?);
    let to_tool = match tool {
        None => None,
        Some(log) => {
            let ours = Targets::new().with_target("boatlift", log.level);
            let plain = fmt::layer().with_ansi(false).with_target(false);
            Some(plain.with_writer(Mutex::new(log.open()?)).with_filter(ours))
        }
    };
    let to_screen = fmt::layer()
        .without_time()
        .with_target(false)
        .with_ansi(output.colour)
        .with_writer(move || screen.clone())
        .with_filter(told(if output.quiet { LevelFilter::ERROR } else { LevelFilter::WARN }));
    let all = tracing_subscriber::registry().with(to_file).with(to_tool).with(to_screen);
    all.try_init().map_err(|why| Error::new(Code::Bug, "cannot begin to log").because(why))
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_tool_s_log_begins_anew_and_as_many_older_ones_stay_as_were_asked() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("logs/tool.log");
        let log = ToolLog { path, level: LevelFilter::INFO, older: 2 };
        for run in ["one", "two", "three", "four"] {
            log.open().expect("a log").write_all(run.as_bytes()).expect("written");
        }
        let read = |number| std::fs::read_to_string(log.older(number)).ok();
        let expected = ["four", "three", "two"].map(|run| Some(run.to_owned()));
        assert_eq!([read(0), read(1), read(2)], expected);
        assert_eq!(read(3), None);
    }
}
