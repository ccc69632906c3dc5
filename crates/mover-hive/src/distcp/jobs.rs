//! Jobs: begun, watched, killed, and found again after a crash.
//!
//! There is one job of a table (or database) at a time, whoever began it: who wants to begin
//! one waits for the command of an earlier run by its lock, and for an application of one by
//! its tag. Without a ResourceManager's address there is only the lock, hence a job whose
//! command was killed with the run, or ran on another machine, is not found again.

use super::client::{Client, end};
use super::command::{Tags, arguments, filters};
use super::desk::{Desk, NoDesk, reason};
use super::shares::Share;
use super::slots::{GLANCE, Slot, Slots, go_on};
use crate::config::{DistCp, HiveConfig, Stage as Extent, Strategy};
use crate::logins::Logins;
use boatlift_clients::yarn::{
    Application, ApplicationId, FinalStatus, ResourceManager, Stage, YarnError,
};
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::lane::{Pace, Stopped};
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often YARN is asked how a job is.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// How often the log tells that a job goes on.
const TELL_EVERY: Duration = Duration::from_secs(15);
/// How long a ResourceManager may be silent while a job runs: it restarts, or another takes over.
const SILENCE: Duration = Duration::from_secs(600);
/// How long a killed job may take to end.
const DYING: Duration = Duration::from_secs(60);

/// Runs jobs.
pub(crate) struct Jobs {
    name: String,
    settings: DistCp,
    client: Client,
    yarn: Option<ResourceManager>,
    slots: Slots,
}

/// Why a job did not do its work.
pub(super) enum Trouble {
    Stopped,
    Failed(Error),
}

/// The right to run a job of a table: no other of it runs.
pub(super) struct Turn<'a> {
    desk: Desk,
    tags: Tags,
    _slot: Slot<'a>,
}

impl From<Stopped> for Trouble {
    fn from(_: Stopped) -> Self {
        Trouble::Stopped
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Trouble::Failed(error)
    }
}

impl From<NoDesk> for Trouble {
    fn from(none: NoDesk) -> Self {
        match none {
            NoDesk::Stopped(stopped) => stopped.into(),
            NoDesk::Failed(error) => error.into(),
        }
    }
}

impl Jobs {
    /// What runs the jobs of the move `name`, if its files are to come by DistCp. Unsecured
    /// clusters are told that `user` asks.
    ///
    /// # Errors
    /// [`Code::ConfigValue`] when the ResourceManager's address is none.
    pub(crate) fn asked_for(
        config: &HiveConfig,
        name: &str,
        user: &str,
        logins: &Arc<Logins>,
    ) -> Result<Option<Arc<Jobs>>> {
        if config.stage != Extent::Storage || config.storage.strategy != Strategy::Distcp {
            return Ok(None);
        }
        let settings = &config.storage.distcp;
        let client = Client {
            command: settings.command.clone(),
            configuration: config.upper.hadoop_conf.clone(),
            user: config.upper.user.clone().unwrap_or_else(|| user.to_owned()),
            logins: Arc::clone(logins),
        };
        Ok(Some(Arc::new(Jobs::new(name, settings, client)?)))
    }

    fn new(name: &str, settings: &DistCp, client: Client) -> Result<Jobs> {
        let yarn = settings.resource_manager.as_deref();
        let yarn = yarn.map(|address| client.resource_manager(address));
        let yarn = yarn.transpose().map_err(|error| {
            Error::new(Code::ConfigValue, "cannot use storage.distcp.resource-manager")
                .because(error)
        })?;
        if yarn.is_none() {
            tracing::warn!(
                "no storage.distcp.resource-manager: jobs of a run that dies are not found again"
            );
        }
        let slots = Slots::new(settings.jobs);
        Ok(Jobs { name: name.to_owned(), settings: settings.clone(), client, yarn, slots })
    }

    /// Waits until no job of the share's table runs, ours or that of an earlier run.
    ///
    /// # Errors
    /// When it cannot be told whether there is one; none may be begun then.
    pub(super) fn reserve(&self, share: &Share, pace: &dyn Pace) -> Result<Turn<'_>, Trouble> {
        let tags = Tags::of(&self.name, share);
        let desk = Desk::take(&tags.unit, pace)?;
        let slot = self.slots.take(pace)?;
        if let Some(yarn) = &self.yarn {
            for id in running(yarn, &tags.unit)? {
                tracing::info!(application = %id, unit = share.unit, "an earlier run's job is adopted");
                let ended = self.watch(yarn, id, share, pace);
                // Whatever became of it: what it brought is looked at, the rest is brought anew.
                if let Err(Trouble::Stopped) = ended {
                    return Err(Trouble::Stopped);
                }
            }
        }
        Ok(Turn { desk, tags, _slot: slot })
    }

    /// Runs the job of a share to its end. Harmless when repeated: what is the same is not
    /// copied again.
    ///
    /// # Errors
    /// [`Code::HiveJobFailed`] with the application and what it says; the job may have
    /// brought a part.
    pub(super) fn run(
        &self,
        turn: &Turn<'_>,
        share: &Share,
        pace: &dyn Pace,
    ) -> Result<(), Trouble> {
        let kept = turn.desk.keep_filters(&filters(share))?;
        let path = kept.to_string_lossy();
        let arguments = arguments(&self.settings, (share, &turn.tags), &path);
        let (unit, source) = (&share.unit, &share.source);
        tracing::info!(unit, source, files = share.files.len(), "DistCp begins");
        let mut command = self.client.start(&arguments, turn.desk.outputs()?)?;
        match self.wait(&mut command, (turn, share), pace) {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => self.command_failed(turn, share, pace),
            Err(trouble) => {
                end(&mut command);
                self.kill_begun(turn, share);
                Err(trouble)
            }
        }
    }

    /// Waits for a command to end, and tells how its job is.
    fn wait(
        &self,
        command: &mut Child,
        (turn, share): (&Turn<'_>, &Share),
        pace: &dyn Pace,
    ) -> Result<ExitStatus, Trouble> {
        let mut told = Instant::now();
        loop {
            let ended = command.try_wait().map_err(|error| {
                Error::new(Code::HiveJobFailed, "cannot wait for the command of")
                    .on(&share.unit)
                    .because(error)
            })?;
            if let Some(status) = ended {
                return Ok(status);
            }
            if told.elapsed() >= TELL_EVERY {
                self.tell(&turn.tags, share);
                told = Instant::now();
            }
            std::thread::sleep(GLANCE);
            go_on(pace)?;
        }
    }

    fn tell(&self, tags: &Tags, share: &Share) {
        let tagged = self.yarn.as_ref().and_then(|yarn| yarn.tagged(&tags.files).ok());
        match tagged.as_deref().and_then(<[Application]>::last) {
            Some(application) => tell(application, share),
            None => tracing::info!(unit = share.unit, "DistCp's command goes on"),
        }
    }

    /// Watches an application to its end; kills it when a stop is asked.
    fn watch(
        &self,
        yarn: &ResourceManager,
        id: ApplicationId,
        share: &Share,
        pace: &dyn Pace,
    ) -> Result<(), Trouble> {
        let (mut heard, mut told) = (Instant::now(), Instant::now());
        loop {
            match yarn.application(&id) {
                Ok(Some(application)) if application.stage == Stage::Ended => {
                    return self.ended(&application, share);
                }
                Ok(Some(application)) => {
                    heard = Instant::now();
                    if told.elapsed() >= TELL_EVERY {
                        tell(&application, share);
                        told = Instant::now();
                    }
                }
                Ok(None) => return Err(job_failed(id, "YARN has forgotten it").into()),
                Err(error) if heard.elapsed() > SILENCE => return Err(unanswered(&error).into()),
                Err(error) => tracing::warn!(%error, "cannot ask how a job is"),
            }
            let asked = Instant::now();
            while asked.elapsed() < ASK_EVERY {
                std::thread::sleep(GLANCE);
                if go_on(pace).is_err() {
                    self.kill(yarn, id, share);
                    return Err(Trouble::Stopped);
                }
            }
        }
    }

    fn ended(&self, application: &Application, share: &Share) -> Result<(), Trouble> {
        if application.ended == FinalStatus::Succeeded {
            tracing::info!(application = %application.id, unit = share.unit, "DistCp is done");
            return Ok(());
        }
        self.sweep(share, application.id);
        let mut lines = application.diagnostics.lines().map(str::trim);
        let because = lines.find(|line| !line.is_empty()).unwrap_or("it does not say why");
        Err(job_failed(application.id, because).into())
    }

    /// Kills an application and waits until it has ended, so that nothing is written later.
    fn kill(&self, yarn: &ResourceManager, id: ApplicationId, share: &Share) {
        if let Err(error) = yarn.kill(&id) {
            tracing::info!(application = %id, %error, "YARN does not kill over HTTP");
            self.kill_by_command(id);
        }
        let asked = Instant::now();
        let runs = || !matches!(yarn.application(&id), Ok(Some(app)) if app.stage == Stage::Ended);
        while runs() && asked.elapsed() < DYING {
            std::thread::sleep(GLANCE);
        }
        self.sweep(share, id);
    }

    /// Kills what a command that was ended had begun.
    fn kill_begun(&self, turn: &Turn<'_>, share: &Share) {
        match &self.yarn {
            Some(yarn) => match running(yarn, &turn.tags.unit) {
                Ok(begun) => begun.into_iter().for_each(|id| self.kill(yarn, id, share)),
                Err(error) => tracing::warn!(%error, "cannot tell whether a job was begun"),
            },
            None => {
                if let Some(id) = job_of(&turn.desk.said()) {
                    self.kill_by_command(id);
                    self.sweep(share, id);
                }
            }
        }
    }

    fn kill_by_command(&self, id: ApplicationId) {
        if let Err(error) = self.client.kill(id) {
            tracing::warn!(application = %id, %error, "a job could not be killed");
        }
    }

    /// What attempts leave has names that Hive does not read.
    fn sweep(&self, share: &Share, id: ApplicationId) {
        if let Err(error) = self.client.sweep(&share.target, id) {
            tracing::warn!(target = share.target, %error, "what a job left could not be removed");
        }
    }

    /// What a command that failed means: it may have died while its job goes on.
    fn command_failed(
        &self,
        turn: &Turn<'_>,
        share: &Share,
        pace: &dyn Pace,
    ) -> Result<(), Trouble> {
        if let Some(yarn) = &self.yarn
            && let Some(id) = running(yarn, &turn.tags.unit)?.pop()
        {
            return self.watch(yarn, id, share, pace);
        }
        let said = turn.desk.said();
        let Some(id) = job_of(&said) else {
            let error = Error::new(Code::HiveJobFailed, "cannot begin a DistCp job from");
            let error = error.on(&share.source).because(reason(&said)).retry(Retry::Later);
            return Err(error.into());
        };
        self.sweep(share, id);
        Err(job_failed(id, &reason(&said)).into())
    }
}

fn tell(application: &Application, share: &Share) {
    let Application { id, progress_percent: percent, .. } = application;
    tracing::info!(application = %id, unit = share.unit, percent, "DistCp goes on");
}

/// The applications with a tag that have not ended.
fn running(yarn: &ResourceManager, tag: &str) -> Result<Vec<ApplicationId>> {
    let tagged = yarn.tagged(tag).map_err(|error| unanswered(&error))?;
    let runs = tagged.iter().filter(|application| application.stage != Stage::Ended);
    Ok(runs.map(|application| application.id).collect())
}

/// The job that a command's log tells of.
fn job_of(said: &str) -> Option<ApplicationId> {
    let words = said.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let mut jobs = words.filter(|word| word.starts_with("job_"));
    jobs.find_map(|job| job.parse().ok())
}

fn job_failed(id: ApplicationId, because: &str) -> Error {
    Error::new(Code::HiveJobFailed, "cannot bring files by DistCp as")
        .on(id)
        .because(because)
        .retry(Retry::Later)
}

fn unanswered(error: &YarnError) -> Error {
    let code = match error {
        YarnError::Transport { .. } => Code::ServerUnreachable,
        YarnError::Status { .. } => Code::ServerRefused,
        _ => Code::ServerFailed,
    };
    Error::new(code, "cannot ask YARN about jobs").because(error).retry(Retry::Later)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_job_is_found_in_a_log() {
        let log = "INFO DistCp: Number of paths: 4\n\
                   INFO Job: Running job: job_1795237057373_0012\nINFO Job:  map 0% reduce 0%";
        let id = job_of(log).expect("a job");
        assert_eq!(id.to_string(), "application_1795237057373_0012");
        assert_eq!(job_of("a job_ is no job_1"), None);
    }
}
