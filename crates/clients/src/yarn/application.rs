//! An application of YARN, as its ResourceManager tells of it.

use super::YarnError;
use super::answers::App;
use std::fmt;
use std::str::FromStr;

/// An application's name in the cluster: `application_1700000000000_0042`. Later ones are
/// greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApplicationId {
    /// When the ResourceManager was started, in milliseconds since 1970.
    cluster: u64,
    number: u64,
}

impl ApplicationId {
    /// The same as the name of a MapReduce job.
    #[must_use]
    pub fn job(self) -> String {
        format!("job_{}_{:04}", self.cluster, self.number)
    }

    /// What the names of its task attempts begin with.
    #[must_use]
    pub fn attempts(self) -> String {
        format!("attempt_{}_{:04}_", self.cluster, self.number)
    }
}

impl fmt::Display for ApplicationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "application_{}_{:04}", self.cluster, self.number)
    }
}

impl FromStr for ApplicationId {
    type Err = YarnError;

    /// Takes the name of a MapReduce job as well.
    fn from_str(text: &str) -> Result<ApplicationId, YarnError> {
        let numbers = text.strip_prefix("application_").or_else(|| text.strip_prefix("job_"));
        let parsed = numbers.and_then(|numbers| {
            let (cluster, number) = numbers.split_once('_')?;
            Some(ApplicationId { cluster: cluster.parse().ok()?, number: number.parse().ok()? })
        });
        parsed.ok_or_else(|| YarnError::Malformed(format!("`{text}` is no application")))
    }
}

/// How far an application is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It waits for its first container.
    Waiting,
    /// Its master runs.
    Running,
    /// It came to an end: see [`FinalStatus`].
    Ended,
}

/// How it ended, in its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinalStatus {
    /// It has not ended, or did not tell.
    Undefined,
    /// All was done.
    Succeeded,
    /// Something was not done.
    Failed,
    /// Somebody killed it.
    Killed,
}

/// What the ResourceManager tells of an application.
#[derive(Debug, Clone, PartialEq)]
pub struct Application {
    /// Its name.
    pub id: ApplicationId,
    /// How far it is.
    pub stage: Stage,
    /// How it ended.
    pub ended: FinalStatus,
    /// From 0 to 100, by its own account.
    pub progress_percent: f64,
    /// What went wrong, many lines.
    pub diagnostics: String,
}

impl TryFrom<App> for Application {
    type Error = YarnError;

    fn try_from(app: App) -> Result<Application, YarnError> {
        let unknown = |what: &str| YarnError::Malformed(format!("`{what}` is no state"));
        let stage = match app.state.as_str() {
            "NEW" | "NEW_SAVING" | "SUBMITTED" | "ACCEPTED" => Stage::Waiting,
            "RUNNING" | "FINISHING" => Stage::Running,
            "FINISHED" | "FAILED" | "KILLED" => Stage::Ended,
            other => return Err(unknown(other)),
        };
        let ended = match app.final_status.as_str() {
            "UNDEFINED" => FinalStatus::Undefined,
            "SUCCEEDED" => FinalStatus::Succeeded,
            "FAILED" => FinalStatus::Failed,
            "KILLED" => FinalStatus::Killed,
            other => return Err(unknown(other)),
        };
        let (progress_percent, diagnostics) = (app.progress, app.diagnostics);
        Ok(Application { id: app.id.parse()?, stage, ended, progress_percent, diagnostics })
    }
}
