//! `boatlift external-replicator`: a configuration of the External Object Replicator's, run
//! as a native move is.

use crate::args::{Global, WatchArgs};
use crate::exit::Exit;
use crate::logging::ToolLog;
use crate::movefile::{MoveFile, MoverName};
use crate::output::Output;
use crate::running::{self, Job};
use crate::{place, redshift_files, show};
use boatlift_core::limits::Limits;
use boatlift_core::{Code, Error, Policy, Result};
use boatlift_engine::lift::Until;
use boatlift_mover_redshift::compat::{LogLevel, LogSettings, external_replicator};
use clap::Args;
use std::path::{Path, PathBuf};
use tracing::level_filters::LevelFilter;

/// The log, below the directory that the command is given in.
const LOG: &str = "external_replicator_logs/external_replicator.log";

/// The arguments of `external-replicator`.
#[derive(Debug, Args)]
pub(crate) struct ExternalReplicator {
    /// The configuration
    #[arg(value_name = "FILE", default_value = "external_replicator.yaml")]
    config: PathBuf,
    /// Print the plan, and write nothing to the target
    #[arg(long)]
    dry_run: bool,
    /// Print the move file that the configuration amounts to, and do nothing
    #[arg(long)]
    print_move_file: bool,
    #[command(flatten)]
    watch: WatchArgs,
}

impl ExternalReplicator {
    /// Runs the move, and writes the lists that the tool's users know. Nothing is asked on the
    /// terminal.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let path = place::absolute(&self.config)?;
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Error::new(Code::Usage, "cannot read the configuration")
                .on(path.display())
                .because(error)
        })?;
        let converted = external_replicator(&text, &path)?;
        for remark in &converted.remarks {
            output.say(format_args!("remark: {remark}"));
        }
        let log = log(converted.log, place::absolute(Path::new(LOG))?);
        let name = place::name_of_pair("external-replicator", &path.display().to_string());
        let directory = match &global.state_dir {
            Some(directory) => place::absolute(directory)?,
            None => place::named(&name)?,
        };
        let file = MoveFile {
            name,
            mover: MoverName::Redshift,
            hive: None,
            pegasus: None,
            redshift: Some(Box::new(converted.config)),
            lower: String::new(),
            upper: String::new(),
            s3: None,
            policy: Policy::default(),
            limits: Limits::default(),
            follow: None,
        };
        file.checked(path.display())?;
        if self.print_move_file {
            output.result(file.to_yaml()?)?;
            return Ok(Exit::Done);
        }
        let until = if self.dry_run { Until::Planned } else { Until::Done };
        let job = Job { tool_log: Some(log), ..Job::new(directory, file, until, self.watch) };
        let ended = running::carry_out(&job, output)?;
        for remark in &converted.remarks {
            tracing::info!(%remark, "the configuration is read otherwise");
        }
        let exit = redshift_files::write_or_warn(&job.file, &ended, output);
        match self.dry_run {
            true => {
                show::plan(&ended, output)?;
                redshift_files::show_cost(&job.file, &ended, output)?;
            }
            false => show::summary(&ended, output)?,
        }
        Ok(exit)
    }
}

/// The log that the tool's users know.
fn log(wanted: LogSettings, path: PathBuf) -> ToolLog {
    let level = match wanted.level {
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Warning => LevelFilter::WARN,
        LogLevel::Error => LevelFilter::ERROR,
    };
    ToolLog { path, level, older: wanted.older }
}
