//! `boatlift hms-mirror`: a configuration of hms-mirror's, run with its options as a native
//! move is. What was typed is read in `args::dashes` and here; what it means, in the mover.

use crate::args::{Global, WatchArgs};
use crate::exit::Exit;
use crate::hive_files::{self, PAGE, whole};
use crate::movefile::{MoveFile, MoverName};
use crate::output::Output;
use crate::running::{self, Ended, Job};
use crate::{place, show};
use boatlift_core::limits::Limits;
use boatlift_core::{Code, Error, Policy, Result};
use boatlift_engine::lift::Until;
use boatlift_mover_hive::compat::{Converted, HmsMirrorArguments, ReportPlace, Run, hms_mirror};
use boatlift_mover_hive::config::{HiveConfig, Stage};
use boatlift_mover_hive::report::with_masked_uris;
use clap::Args;
use std::path::{Path, PathBuf};

/// The options as hms-mirror's users type them.
const USAGE: &str = "boatlift hms-mirror -m [STRATEGY] | -s [STRATEGY] [-db A,B] [-cfg FILE] \
                     [-o PATH | -f FILE] [-tf REGEX] [-dr] [-r] [--print-move-file]";

/// The arguments of `hms-mirror`.
#[derive(Debug, Args)]
#[command(override_usage = USAGE)]
pub(crate) struct HmsMirror {
    /// The METADATA stage, by this strategy instead of the file's
    #[arg(short, long, value_name = "STRATEGY", num_args = 0..=1)]
    metadata: Option<Option<String>>,
    /// The STORAGE stage, by this strategy instead of the file's
    #[arg(short, long, value_name = "STRATEGY", num_args = 0..=1)]
    storage: Option<Option<String>>,
    /// -db: the databases, up to 100, instead of the file's
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    databases: Vec<String>,
    /// -cfg: the configuration [default: $HOME/.hms-mirror/cfg/default.yaml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The report: a file if it ends in .md, else a directory [default: $HOME/.hms-mirror/reports]
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// -tf: only tables whose whole name matches
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    table_filter: Option<String>,
    /// -dr: print the plan, and write nothing to UPPER
    #[arg(long)]
    dry_run: bool,
    /// Go on where the last run stopped, as every run does
    #[arg(short, long)]
    retry: bool,
    /// The report's file
    #[arg(short = 'f', long, value_name = "FILE", conflicts_with = "output")]
    report_file: Option<PathBuf>,
    /// Print the move file that all this amounts to, without passwords, and do nothing
    #[arg(long)]
    print_move_file: bool,
    #[command(flatten)]
    watch: WatchArgs,
}

impl HmsMirror {
    /// Runs the stage that was typed, or prints its plan, and writes the report.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let home = home()?;
        let typed = self.typed();
        let converted = converted(&typed, &home)?;
        for remark in &converted.remarks {
            output.say(format_args!("remark: {remark}"));
        }
        let job = self.meant(global, &typed.config_path(&home), converted)?;
        if self.print_move_file {
            let mut file = job.file;
            file.hive = file.hive.map(|hive| Box::new(with_masked_uris(*hive)));
            output.result(file.to_yaml()?)?;
            return Ok(Exit::Done);
        }
        let ended = running::carry_out(&job, output)?;
        let files = hive_files::write_or_warn(&job.file, &ended, output);
        if files.is_some() {
            let at = hand_out(&job.file, &ended, &typed.report_place(&home))?;
            output.say(format_args!("report: {}", at.display()));
        }
        if job.until == Until::Planned {
            show::plan(&ended, output)?;
            hive_files::show_locations(files.as_ref(), output)?;
        } else {
            show::summary(&ended, output)?;
        }
        Ok(ended.exit())
    }

    fn typed(&self) -> HmsMirrorArguments {
        HmsMirrorArguments {
            metadata: self.metadata.clone(),
            storage: self.storage.clone(),
            databases: self.databases.clone(),
            config: self.config.clone(),
            output: self.output.clone(),
            table_filter: self.table_filter.clone(),
            dry_run: self.dry_run,
            retry: self.retry,
            report_file: self.report_file.clone(),
        }
    }

    /// The move, and where its state lies: in one place for both stages.
    fn meant(&self, global: &Global, config: &Path, converted: Converted) -> Result<Job> {
        let name = name_of(&place::absolute(config)?, &converted.config);
        let directory = match &global.state_dir {
            Some(directory) => place::absolute(directory)?,
            None => place::named(&name)?,
        };
        let until = match converted.run {
            Run::Plan => Until::Planned,
            Run::Execute => Until::Done,
        };
        let file = MoveFile {
            name,
            mover: MoverName::Hive,
            hive: Some(Box::new(converted.config)),
            pegasus: None,
            redshift: None,
            lower: String::new(),
            upper: String::new(),
            s3: None,
            policy: Policy::default(),
            limits: Limits::default(),
            follow: None,
        };
        file.checked(config.display())?;
        Ok(Job::new(directory, file, until, self.watch))
    }
}

fn home() -> Result<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
    home.ok_or_else(|| {
        Error::new(Code::Usage, "cannot tell where the home directory is")
            .because("HOME is not an absolute path")
    })
}

/// The configuration that was named, with what was typed put over it.
fn converted(typed: &HmsMirrorArguments, home: &Path) -> Result<Converted> {
    let path = typed.config_path(home);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Error::new(Code::Usage, "cannot read hms-mirror's configuration")
            .on(path.display())
            .because(error)
    })?;
    let mut converted = hms_mirror(&text, &path)?;
    typed.apply(&mut converted)?;
    Ok(converted)
}

/// One name for a configuration and a set of databases, whatever the stage.
fn name_of(config: &Path, hive: &HiveConfig) -> String {
    let mut databases: Vec<String> =
        hive.scope.databases.iter().map(|name| name.to_lowercase()).collect();
    databases.sort_unstable();
    databases.dedup();
    let scope = databases.join(",");
    place::name_of_pair(&format!("hms-mirror-{}", databases.join("-")), &{
        format!("{}\0{scope}", config.display())
    })
}

/// Puts the page where hms-mirror's users look for it.
fn hand_out(file: &MoveFile, ended: &Ended, place: &ReportPlace) -> Result<PathBuf> {
    let path = match place {
        ReportPlace::File(path) => place::absolute(path)?,
        ReportPlace::Directory(directory) => {
            let hive = file.hive.as_ref().map(|hive| hive.stage).unwrap_or_default();
            let stage = if hive == Stage::Storage { "storage" } else { "metadata" };
            let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
            place::absolute(directory)?.join(format!("{}-{stage}-{now}.md", file.name))
        }
    };
    let fail = |error: std::io::Error| {
        Error::new(Code::StateIo, "cannot write the report to").on(path.display()).because(error)
    };
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).map_err(fail)?;
    }
    let mut page = std::fs::File::open(ended.state.reports_path().join(PAGE)).map_err(fail)?;
    whole(&path, |out| std::io::copy(&mut page, out).map(drop).map_err(fail))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Verb, dashes};
    use crate::movefile::check_name;
    use clap::Parser;
    use std::ffi::OsString;

    const CONFIG: &str = "\
clusters:
  LOWER:
    legacyHive: true
    hcfsNamespace: hdfs://lower:8020
    metastore: thrift://lower:9083
    hiveServer2:
      uri: jdbc:hive2://lower:10000/default;password=hunter2;trustStorePassword=hunter2
      connectionProperties: {user: u, password: hunter2}
  UPPER:
    legacyHive: false
    hcfsNamespace: hdfs://upper:8020
    metastore: thrift://upper:9083
    hiveServer2: {uri: 'jdbc:hive2://upper:10000'}
";

    fn job(directory: &Path, words: &str) -> Job {
        let path = directory.join("cfg.yaml");
        std::fs::write(&path, CONFIG).expect("written");
        let line = format!("boatlift --state-dir /s hms-mirror -cfg {} {words}", path.display());
        let words = dashes::translated(line.split_whitespace().map(OsString::from));
        let cli = Cli::try_parse_from(words).expect("well typed");
        let Verb::HmsMirror(command) = cli.verb else { panic!("another verb: {:?}", cli.verb) };
        let converted = converted(&command.typed(), directory).expect("converted");
        command.meant(&cli.global, &path, converted).expect("a job")
    }

    #[test]
    fn both_stages_and_a_retry_share_one_journal() {
        let directory = tempfile::tempdir().expect("a directory");
        let first = job(directory.path(), "-m -db sales,hr");
        for later in ["-s -db hr,sales", "-m -db Sales,hr -r", "-s HYBRID -db sales,hr -tf t.*"] {
            assert_eq!(job(directory.path(), later).file.name, first.file.name, "{later}");
        }
        assert_ne!(job(directory.path(), "-m -db sales").file.name, first.file.name);
        assert_eq!(check_name(&first.file.name), Ok(()));
    }

    #[test]
    fn the_stage_and_the_filter_reach_the_move() {
        let directory = tempfile::tempdir().expect("a directory");
        let job = job(directory.path(), "-s SQL -db sales -tf fact_.* -dr");
        let hive = job.file.hive.expect("a hive part");
        assert_eq!((hive.stage, job.until), (Stage::Storage, Until::Planned));
        assert_eq!(hive.scope.table_regex.as_deref(), Some("fact_.*"));
    }

    #[test]
    fn the_move_file_can_be_kept_and_read_again_without_the_password() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut file = job(directory.path(), "-m -db sales").file;
        file.hive = file.hive.map(|hive| Box::new(with_masked_uris(*hive)));
        let yaml = file.to_yaml().expect("YAML");
        assert!(!yaml.contains("hunter2"), "{yaml}");
        MoveFile::parse(&yaml, Path::new("kept")).expect("a move file");
    }
}
