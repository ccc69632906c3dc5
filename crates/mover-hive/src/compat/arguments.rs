//! hms-mirror's command line: what was typed, and what it means.

use super::{Converted, Remark, Run, metadata_strategy, yaml};
use crate::config::Stage;
use boatlift_core::{Code, Error, Result};
use std::path::{Path, PathBuf};

/// The most databases of one run, as in hms-mirror.
pub const MOST_DATABASES: usize = 100;

/// What was typed after `boatlift hms-mirror`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HmsMirrorArguments {
    /// `-m [STRATEGY]`.
    pub metadata: Option<Option<String>>,
    /// `-s [STRATEGY]`.
    pub storage: Option<Option<String>>,
    /// `-db a,b`.
    pub databases: Vec<String>,
    /// `-cfg FILE`.
    pub config: Option<PathBuf>,
    /// `-o PATH`.
    pub output: Option<PathBuf>,
    /// `-tf REGEX`.
    pub table_filter: Option<String>,
    /// `-dr`.
    pub dry_run: bool,
    /// `-r`.
    pub retry: bool,
    /// `-f FILE`.
    pub report_file: Option<PathBuf>,
}

/// Where the Markdown report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportPlace {
    /// Into this file.
    File(PathBuf),
    /// Into a new file of this directory.
    Directory(PathBuf),
}

impl HmsMirrorArguments {
    /// The configuration to read: `-cfg`, or the one in the home directory.
    #[must_use]
    pub fn config_path(&self, home: &Path) -> PathBuf {
        let usual = || home.join(".hms-mirror/cfg/default.yaml");
        self.config.clone().unwrap_or_else(usual)
    }

    /// Where the report goes: `-f` is a file; `-o` is one if it ends in `.md`, otherwise a
    /// directory.
    #[must_use]
    pub fn report_place(&self, home: &Path) -> ReportPlace {
        if let Some(file) = &self.report_file {
            return ReportPlace::File(file.clone());
        }
        match &self.output {
            Some(path) if path.extension().is_some_and(|end| end == "md") => {
                ReportPlace::File(path.clone())
            }
            Some(path) => ReportPlace::Directory(path.clone()),
            None => ReportPlace::Directory(home.join(".hms-mirror/reports")),
        }
    }

    /// Puts what was typed over what the file says.
    ///
    /// # Errors
    /// [`Code::Usage`] with the option, [`Code::ConfigValue`] when both do not fit together.
    pub fn apply(&self, converted: &mut Converted) -> Result<()> {
        self.stage(converted)?;
        if !self.databases.is_empty() {
            converted.config.scope.databases = self.databases.clone();
        }
        let databases = converted.config.scope.databases.len();
        if databases == 0 {
            return Err(usage("-db", "no database is named, here or in the file"));
        }
        if databases > MOST_DATABASES {
            let why = format!("{databases} databases, more than {MOST_DATABASES}");
            return Err(usage("-db", &why));
        }
        if let Some(filter) = &self.table_filter {
            converted.config.scope.table_regex = Some(filter.clone());
        }
        if self.dry_run {
            converted.run = Run::Plan;
        }
        if self.retry {
            let text = "every run goes on where the last one stopped";
            converted.remarks.push(Remark::new("-r", text));
        }
        converted.config.check().map_err(|why| {
            Error::new(Code::ConfigValue, "cannot use").on("hms-mirror's options").because(why)
        })
    }

    fn stage(&self, converted: &mut Converted) -> Result<()> {
        match (&self.metadata, &self.storage) {
            (Some(strategy), None) => {
                converted.config.stage = Stage::Metadata;
                let Some(word) = strategy else { return Ok(()) };
                let known = yaml::MetadataStrategy::from_word(word);
                let known = known.ok_or_else(|| unknown("-m", word))?;
                metadata_strategy(Some(known), &mut converted.remarks);
            }
            (None, Some(strategy)) => {
                converted.config.stage = Stage::Storage;
                let Some(word) = strategy else { return Ok(()) };
                let known = yaml::StorageStrategy::from_word(word);
                converted.config.storage.strategy =
                    known.ok_or_else(|| unknown("-s", word))?.into();
            }
            (Some(_), Some(_)) => return Err(usage("-m, -s", "one stage at a time")),
            (None, None) => return Err(usage("-m, -s", "one of them says which stage")),
        }
        Ok(())
    }
}

fn unknown(option: &str, word: &str) -> Error {
    usage(option, &format!("`{word}` is no strategy of that stage"))
}

fn usage(option: &str, why: &str) -> Error {
    Error::new(Code::Usage, "cannot use").on(option).because(why)
}
